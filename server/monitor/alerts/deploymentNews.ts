import { appliedConfig, nothingWatched } from '../../config/index.ts';
import { type DeploymentRecord, readDeployment } from '../../deploy/index.ts';
import { asFailure } from '../../rpc/failure.ts';
import type { Log } from '../../rpc/log.ts';
import type { Author, Reader, StateStore, Transaction } from '../../store/types.ts';
import { addEntry } from '../incidents/journal.ts';
import { openIncidents } from '../incidents/records.ts';
import type { AppliedConfigs } from './appliedConfigs.ts';
import { deploymentPayload } from './messages.ts';
import { queueMessage } from './outbox.ts';
import { plainLine } from './payload.ts';

interface NewsParts {
  readonly store: StateStore;
  readonly configs: Pick<AppliedConfigs, 'of'>;
  readonly log: Log;
  /** Something was queued, or added to an incident. */
  told(project: string): void;
}

/** Sequence of the last event that was looked at. */
const cursorKey = 'alertsCursor';
const page = 200;
/** So many events that concern nobody here are passed before that is written down. */
const worthWriting = 2000;
const author: Author = { actor: 'hub', correlationId: 'alerts' };

interface News {
  readonly sequence: number;
  readonly time: number;
  readonly kind: 'live' | 'failed' | 'rolled-back';
  /** Undefined: it is not kept any more. */
  readonly record: DeploymentRecord | undefined;
}

type Known = News & { readonly record: DeploymentRecord };

/** Reads in the event log which deployments went live or failed: each is told once, whichever hub comes to it. */
export class DeploymentNews {
  readonly #parts: NewsParts;
  #cursor: number | undefined;
  #written = 0;
  #reading: Promise<void> | undefined;
  #again = false;
  #stop: () => void = () => {};

  constructor(parts: NewsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stop = this.#parts.store.onAppended(() => this.#wake());
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stop();
    this.#again = false;
    await this.#reading;
  }

  #wake(): void {
    if (this.#reading !== undefined) {
      this.#again = true;
      return;
    }
    this.#reading = this.#read()
      .catch((error: unknown) => this.#parts.log('error', 'deployments cannot be told of', { error: asFailure(error).message }))
      .finally(() => {
        this.#reading = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.#wake();
      });
  }

  async #read(): Promise<void> {
    const { store } = this.#parts;
    this.#cursor ??= await this.#first();
    for (;;) {
      const from: number = this.#cursor;
      const { head, news } = await store.read((reader) => ({ head: headOf(reader), news: newsAfter(reader, from) }));
      for (const { record, ...each } of news) if (record !== undefined) await this.#tell({ ...each, record });
      this.#cursor = news.length === page ? (news.at(-1)?.sequence ?? head) : head;
      if (news.length === page) continue;
      if (head - this.#written >= worthWriting) await this.#write(head);
      return;
    }
  }

  /** Where the hub before this one had come to. */
  async #first(): Promise<number> {
    const known = await this.#parts.store.read(
      (reader) => reader.get<{ value: string }>('select value from meta where key = ?', [cursorKey])?.value,
    );
    this.#written = Number(known ?? 0);
    return this.#written;
  }

  async #tell({ sequence, time, kind, record }: Known): Promise<void> {
    const { store, configs, told } = this.#parts;
    const { project } = record;
    const { notifications } = (await configs.of(project)) ?? nothingWatched;
    const on = kind === 'live' ? 'deployed' : 'failed';
    const payload = deploymentPayload(on, { ...record, rollback: record.rollbackTo !== null, tookBack: kind === 'rolled-back', time });
    const touched = await store.write(author, (transaction) => {
      writeCursor(transaction, sequence);
      // What happened before these notifications were applied is told to nobody.
      const from = appliedConfig(transaction, project)?.time ?? 0;
      const queued = notifications
        .filter(() => time >= from)
        .filter((channel) => channel.on.includes(on))
        .filter((channel) => queueMessage(transaction, { project, channel, cause: `deployment:${record.id}:${kind}`, payload }));
      return noteInIncidents(transaction, { kind, record, time }) || queued.length > 0;
    });
    this.#cursor = sequence;
    this.#written = sequence;
    if (touched) told(project);
  }

  async #write(sequence: number): Promise<void> {
    await this.#parts.store.write(author, (transaction) => writeCursor(transaction, sequence));
    this.#written = sequence;
  }
}

/** What was deployed to an environment while something was wrong there belongs to the story. Answers whether there was. */
function noteInIncidents(transaction: Transaction, { kind, record, time }: Omit<Known, 'sequence'>): boolean {
  const { project, environment, service, commit, subject, rollbackTo, reason } = record;
  const open = openIncidents(transaction, project).filter(
    (each) => each.started <= time && (each.environment === null || each.environment === environment),
  );
  const release = `${service} ${commit.slice(0, 10)}`;
  const became =
    kind === 'live'
      ? rollbackTo === null
        ? 'is live'
        : 'is live again (rolled back)'
      : kind === 'failed'
        ? 'failed'
        : 'went back by itself';
  const text = plainLine(`${release} ${became} in ${environment}: ${kind === 'live' ? subject : (reason ?? subject)}`);
  for (const { id } of open) addEntry(transaction, id, { time, actor: record.actor, kind: 'deployment', text });
  return open.length > 0;
}

function newsAfter(reader: Reader, cursor: number): News[] {
  return reader
    .all<{ sequence: number; time: number; kind: News['kind']; id: string }>(
      `select sequence, time, kind, entity_id as id from events
       where sequence > ? and entity = 'deployment' and kind in ('live', 'failed', 'rolled-back') order by sequence limit ?`,
      [cursor, page],
    )
    .map(({ id, ...event }) => ({ ...event, record: readDeployment(reader, id) }));
}

function headOf(reader: Reader): number {
  return reader.get<{ last: number | null }>('select max(sequence) as last from events')?.last ?? 0;
}

function writeCursor(transaction: Transaction, sequence: number): void {
  transaction.run('insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value', [
    cursorKey,
    String(sequence),
  ]);
}
