import { Redactor, resolveVariables } from '../environment/index.ts';
import type * as protocol from '../protocol/deploy.ts';
import type { LogLine } from '../protocol/deployTypes.ts';
import type { PartialOf } from '../protocol/message.ts';
import { Failure } from '../rpc/failure.ts';
import { containersOf } from './containers.ts';
import { maskedLine, readLog } from './deploymentLog.ts';
import type { Happening, Parts } from './parts.ts';
import { type DeploymentRecord, readDeployment } from './records.ts';
import { variableQuestion } from './variableQuestion.ts';

type FollowPartial = PartialOf<typeof protocol.follow>;
type Lines = PartialOf<typeof protocol.log>;

/** Lines that travel at once, and happenings that may wait for a slow reader before it is given up. */
const page = 500;
const mostWaiting = 50_000;
/** Of a live container's output, before it is followed. */
const containerTail = 200;

/** Waits for what happens, one piece after the other. */
class Inbox {
  #waiting: Happening[] = [];
  #wake: () => void = () => {};
  readonly #stop: () => void;

  constructor(parts: Parts, wanted: (happening: Happening) => boolean) {
    this.#stop = parts.happenings.listen((happening) => {
      if (happening.kind !== 'suspended' && !wanted(happening)) return;
      if (this.#waiting.length < mostWaiting) this.#waiting.push(happening);
      this.#wake();
    });
  }

  /** Everything that has come since; waits for the first. Rejects when this hub ends, and with `cancelled`. */
  async next(signal: AbortSignal): Promise<Happening[]> {
    while (this.#waiting.length === 0) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    const all = this.#waiting;
    this.#waiting = [];
    if (all.some(({ kind }) => kind === 'suspended')) {
      throw new Failure('io', 'The hub ends; the deployment goes on with the next one.', { hint: 'Follow it again.' });
    }
    return all;
  }

  close(): void {
    this.#stop();
  }
}

/** Tells of the deployments of a run until all have ended: first what has happened, then what does. */
export async function followRun(
  parts: Parts,
  records: readonly DeploymentRecord[],
  withLog: boolean,
  emit: (partial: FollowPartial) => unknown,
  signal: AbortSignal,
): Promise<DeploymentRecord[]> {
  const ids = new Map(records.map((record) => [record.id, record]));
  const inbox = new Inbox(parts, (happening) => happening.kind !== 'suspended' && ids.has(happening.record.id));
  try {
    const told = new Map<string, number>();
    // Read after the inbox has opened: nothing falls between.
    const fresh = await parts.store.read((reader) => records.flatMap(({ id }) => readDeployment(reader, id) ?? []));
    for (const record of fresh) {
      ids.set(record.id, record);
      const changes = record.phaseTimes.map(({ phase, started }) => changeOf(record, phase, started, null));
      await emit({ changes, lines: [] });
      const lines = withLog ? ((await readLog(parts.home, record.id)) ?? []) : [];
      for (let at = 0; at < lines.length; at += page) {
        await emit({
          changes: [],
          lines: lines.slice(at, at + page).map((line) => ({ ...line, deployment: record.id, service: record.service })),
        });
      }
      told.set(record.id, lines.at(-1)?.n ?? 0);
    }
    while ([...ids.values()].some(({ ended }) => ended === null)) {
      const partial: FollowPartial = { changes: [], lines: [] };
      for (const happening of await inbox.next(signal)) {
        if (happening.kind === 'changed') {
          const { record, progress } = happening;
          if (isOlder(record, ids.get(record.id))) continue;
          ids.set(record.id, record);
          partial.changes.push(changeOf(record, record.phase, record.phaseTimes.at(-1)?.started ?? record.created, progress));
        } else if (happening.kind === 'line' && withLog) {
          const { record, line } = happening;
          if (line.n <= (told.get(record.id) ?? 0)) continue;
          told.set(record.id, line.n);
          partial.lines.push({ ...line, deployment: record.id, service: record.service });
        }
      }
      if (partial.changes.length > 0 || partial.lines.length > 0) await emit(partial);
    }
    return [...ids.values()];
  } finally {
    inbox.close();
  }
}

/** What happened between the opening of the inbox and the first reading was told already. */
function isOlder(record: DeploymentRecord, known: DeploymentRecord | undefined): boolean {
  if (known === undefined) return false;
  return record.phaseTimes.length < known.phaseTimes.length || (record.ended === null && known.ended !== null);
}

function changeOf(record: DeploymentRecord, phase: DeploymentRecord['phase'], time: number, progress: string | null) {
  return { deployment: record.id, service: record.service, phase, time, progress };
}

interface LogQuestion {
  readonly after: number;
  readonly tail: number;
  readonly follow: boolean;
}

/** The lines of a deployment; followed until it has ended, and of a live one further with what its containers say. */
export async function followLog(
  parts: Parts,
  record: DeploymentRecord,
  { after, tail, follow }: LogQuestion,
  emit: (partial: Lines) => unknown,
  signal: AbortSignal,
): Promise<{ last: number; ended: boolean; kept: boolean }> {
  const inbox = new Inbox(parts, (happening) => happening.kind !== 'suspended' && happening.record.id === record.id);
  try {
    const file = await readLog(parts.home, record.id, after);
    const lines = tail === 0 ? (file ?? []) : (file ?? []).slice(-tail);
    for (let at = 0; at < lines.length; at += page) await emit({ lines: lines.slice(at, at + page) });
    let last = file?.at(-1)?.n ?? after;
    let present = (await parts.store.read((reader) => readDeployment(reader, record.id))) ?? record;
    while (follow && present.ended === null) {
      const more: LogLine[] = [];
      for (const happening of await inbox.next(signal)) {
        if (happening.kind === 'changed') present = happening.record;
        else if (happening.kind === 'line' && happening.line.n > last) {
          more.push(happening.line);
          last = happening.line.n;
        }
      }
      if (more.length > 0) await emit({ lines: more });
    }
    if (present.state === 'live' && present.ended !== null) {
      await containerOutput(parts, present, { tail: tail === 0 ? containerTail : tail, follow, last }, emit, signal);
    }
    return { last, ended: present.ended !== null, kept: file !== undefined };
  } finally {
    inbox.close();
  }
}

/** What the containers of a live release say. These lines are kept by the engine, not by us: their numbers only put them in order. */
async function containerOutput(
  parts: Parts,
  record: DeploymentRecord,
  { tail, follow, last }: { tail: number; follow: boolean; last: number },
  emit: (partial: Lines) => unknown,
  signal: AbortSignal,
): Promise<void> {
  const { values, problems } = await parts.store.read((reader) => resolveVariables(variableQuestion(reader, parts.keys, record)));
  if (problems.length > 0) {
    throw new Failure('precondition', `What ${record.service} says is not shown: ${problems.join(' ')}`, {
      hint: 'Secrets that cannot be read cannot be masked.',
    });
  }
  const redactor = new Redactor(values.filter(({ secret }) => secret).map(({ value }) => value));
  const engine = await parts.engine(record.engine, signal);
  const rows = await containersOf({ engine, owner: await parts.owner() }, record, signal, 'service');
  let n = last;
  let waiting: LogLine[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length > 0) emit({ lines: waiting });
    waiting = [];
  };
  const heard = (replica: number) => (text: string) => {
    const shown = maskedLine(redactor, text).slice(0, 8000);
    waiting.push({ n: ++n, time: Date.now(), stream: 'container', text: rows.length > 1 ? `${replica}: ${shown}` : shown });
    if (waiting.length >= page) flush();
    else timer ??= setTimeout(flush, 50);
  };
  try {
    await Promise.all(rows.map(({ id }, replica) => engine.containerLog(id, { follow, tail }, heard(replica), signal)));
  } finally {
    flush();
  }
}
