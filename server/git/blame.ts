import type { blame as definition } from '../protocol/git.ts';
import type { ParamsOf, PartialOf, ResultOf } from '../protocol/message.ts';
import { asFailure, Failure } from '../rpc/failure.ts';
import type { Context } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { type BlameCall, type BlameOptions, isLineWise, runBlame } from './blameCommand.ts';
import { CommittedBlames } from './blameCommitted.ts';
import { type BlameHistory, blameHistory } from './blameHistory.ts';
import { LiveBlame } from './blameLive.ts';
import { BlameStore } from './blameStore.ts';
import { RowStream } from './blameStream.ts';
import { isUnchanged, WorktreeComparisons, type WorktreeLines, type WorktreeTarget } from './blameWorktree.ts';
import type { Repository } from './repository.ts';
import { argumentPath, resolveCommit } from './resolve.ts';

type Params = ParamsOf<typeof definition>;
type Range = { start: number; end: number };

/** A blame to read from; only its first `lineCount` lines count when that is set. */
export interface BlameView {
  readonly live: LiveBlame;
  readonly lineCount: number | undefined;
}

/** What `git/blame` is: which text, which blame answers for it, and the rows on their way out. */
export class Blames {
  readonly store = new BlameStore();
  readonly committed: CommittedBlames;
  readonly worktree = new WorktreeComparisons();
  readonly #services: Services;
  readonly #told = new Set<string>();

  constructor(services: Services) {
    this.#services = services;
    this.committed = new CommittedBlames(this.store, services.log);
    services.watchers.onDidMove((facts, what) => {
      if (!what.has('gone')) return;
      this.committed.forget(facts.root);
      this.worktree.forget(facts.root);
    });
    services.session.onDidChangeTrust(() => this.worktree.forget());
  }

  async answer(params: Params, context: Context<PartialOf<typeof definition>>): Promise<ResultOf<typeof definition>> {
    const { signal, session } = context;
    const repository = await this.#services.repositories.at(params.repository, session);
    const path = argumentPath(params.file);
    if (params.revision !== undefined && (params.contents !== undefined || params.contentsBytes !== undefined)) {
      throw new Failure('invalid', 'Contents stand for the working file: leave out the revision.');
    }
    if (params.lines !== undefined && params.lines.end < params.lines.start)
      throw new Failure('invalid', 'The last line comes before the first one.');
    const history = await this.history(repository, params.options, signal);
    const commit = params.revision === undefined ? undefined : (await resolveCommit(repository, params.revision, signal)).commit;
    const base = commit ?? history.head;
    const kept =
      base === undefined ? undefined : await this.committed.kept(repository, { path, options: params.options, history, commit: base });
    const wanted = params.lines;
    const rows = new RowStream(wanted, (batch) => context.emit(batch));
    const early = context.streaming && kept === undefined ? this.#early(repository, path, commit, params, history) : undefined;
    const releaseEarly = early?.hold();
    const stopEarly = early?.onChange(() => {
      if (early.state !== 'failed') rows.pump(early);
      if (early.state === 'done') rows.flush();
    });
    let release: (() => Promise<void>) | undefined;
    try {
      const view = await this.#view(repository, { path, commit, kept, params, history, patient: early !== undefined }, signal);
      release = view.live.hold();
      if (context.streaming) await rows.follow(view, params.visible, signal);
      else await view.live.finish(signal);
      const { table } = view.live;
      const lineCount = view.lineCount ?? table.lineCount;
      if (wanted !== undefined && wanted.start > lineCount) throw new Failure('invalid', `${path} has only ${lineCount} lines.`);
      const revision = commit ?? history.head;
      const summary = {
        path,
        ...(revision === undefined ? {} : { revision }),
        lineCount,
        ...(history.warnings.length === 0 ? {} : { warnings: [...history.warnings] }),
      };
      return context.streaming ? summary : { ...summary, ...linesOf(view, wanted) };
    } finally {
      stopEarly?.();
      await Promise.all([release?.(), releaseEarly?.()]);
    }
  }

  /** What decides a blame beside its text. Problems with lists of ignored revisions are said once in the log. */
  async history(repository: Repository, options: BlameOptions, signal?: AbortSignal): Promise<BlameHistory> {
    const history = await blameHistory(repository, options, signal);
    for (const warning of history.warnings) {
      const key = `${repository.facts.commonDir}\0${warning}`;
      if (this.#told.has(key)) continue;
      this.#told.add(key);
      this.#services.log('warn', warning, { root: repository.root });
    }
    return history;
  }

  /** The blame of the working file or of contents in its place, complete or in the making. Hold it at once. */
  async ofWorktree(repository: Repository, target: WorktreeTarget, signal: AbortSignal, patient = false): Promise<BlameView> {
    const { history, path, options } = target;
    const ofHead = async () =>
      history.head === undefined ? undefined : await this.committed.at(repository, { path, commit: history.head, options, history });
    // HEAD's blame starts beside the comparison, unless lines that somebody waits for are being blamed already.
    const soon = patient ? undefined : await ofHead();
    let release = soon?.hold();
    try {
      const lines = await this.worktree.lines(repository, target, signal);
      const base = soon ?? (isUnchanged(lines, path) ? await ofHead() : undefined);
      release ??= base?.hold();
      if (base !== undefined && isUnchanged(lines, path) && isLineWise(options)) return { live: base, lineCount: lines.lineCount };
      if (!isLineWise(options)) {
        if (base !== undefined && isUnchanged(lines, path)) {
          await base.finish(signal);
          if (base.table.lineCount === lines.lineCount) return { live: base, lineCount: undefined };
        }
        return { live: direct(repository, { ...target, ignore: history.ignore }), lineCount: undefined };
      }
      return { live: this.#composed(repository, target, lines), lineCount: undefined };
    } catch (error) {
      await release?.();
      throw error;
    } finally {
      const letGo = release;
      // Let the caller take hold first.
      if (letGo !== undefined) setImmediate(() => void letGo());
    }
  }

  /** HEAD's blame carried over to a text that differs from HEAD's. */
  #composed(repository: Repository, { options, history }: WorktreeTarget, lines: WorktreeLines): LiveBlame {
    return LiveBlame.start(async ({ table, signal, changed }) => {
      table.copy(lines.others, 1, lines.lineCount, 1);
      changed();
      if (lines.basePath === undefined) return;
      const base = await this.committed.at(repository, { path: lines.basePath, commit: lines.head, options, history });
      const release = base.hold();
      const carry = () => {
        for (let index = 0; index < lines.lineCount; ) {
          const from = lines.toBase[index] as number;
          let count = 1;
          while (from > 0 && index + count < lines.lineCount && lines.toBase[index + count] === from + count) count++;
          if (from > 0) table.copy(base.table, from, count, index + 1);
          index += count;
        }
        changed();
      };
      let last = 0;
      const stop = base.onChange(() => {
        if (performance.now() - last < 50) return;
        last = performance.now();
        carry();
      });
      try {
        await base.finish(signal);
        carry();
      } finally {
        stop();
        await release();
      }
    });
  }

  async #view(repository: Repository, asked: Asked, signal: AbortSignal): Promise<BlameView> {
    const { path, commit, kept, params, history } = asked;
    const { options, lines } = params;
    const contents = contentsOf(params);
    const target = { path, options, history };
    // A few lines of a file that was never blamed: only those are followed. Block-wise options see what git sees with `-L`.
    if (lines !== undefined && (kept === undefined || !isLineWise(options))) {
      if (commit === undefined && contents === undefined) await this.worktree.lines(repository, target, signal);
      const call = { path, commit, contents, ranges: [lines], options, ignore: history.ignore, prompt: true };
      return { live: direct(repository, call), lineCount: undefined };
    }
    if (commit !== undefined) return { live: kept ?? (await this.committed.at(repository, { ...target, commit })), lineCount: undefined };
    return this.ofWorktree(repository, { ...target, contents }, signal, asked.patient);
  }

  /** The lines in view, blamed from the beginning on beside everything else. Nobody hears of its failure: they may lie beyond the end. */
  #early(repository: Repository, path: string, commit: string | undefined, params: Params, history: BlameHistory): LiveBlame | undefined {
    const { visible, lines, options } = params;
    if (visible === undefined || lines !== undefined || !isLineWise(options) || history.head === undefined) return undefined;
    const call = { path, commit, contents: contentsOf(params), ranges: [visible], options, ignore: history.ignore, prompt: true };
    return direct(repository, call);
  }
}

interface Asked {
  readonly path: string;
  readonly commit: string | undefined;
  readonly kept: LiveBlame | undefined;
  readonly params: Params;
  readonly history: BlameHistory;
  /** Lines in view are on their way: the rest may start later. */
  readonly patient: boolean;
}

/** Feeds lines into a blame in the making from a process of their own, which ends with it. */
export async function preferLines(
  repository: Repository,
  live: LiveBlame,
  call: Omit<BlameCall, 'signal' | 'ranges' | 'prompt'>,
  range: Range,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const known = () => {
    for (let line = range.start; line <= range.end; line++) if (!live.table.isKnown(line)) return false;
    return true;
  };
  const stop = live.onChange(() => {
    if (live.state !== 'running' || known()) over.abort();
  });
  try {
    const all = AbortSignal.any([signal, live.signal, over.signal]);
    await runBlame(
      repository,
      { ...call, ranges: [range], prompt: true, signal: all },
      (entry) => live.table.addEntry(entry),
      () => live.notify(),
    );
  } catch (error) {
    // Lines beyond the end, or nobody waits any more; the whole file is on its way anyhow.
    if (asFailure(error).reason === 'internal') throw error;
  } finally {
    stop();
  }
}

function direct(repository: Repository, call: Omit<BlameCall, 'signal'>): LiveBlame {
  return LiveBlame.start(({ table, signal, changed }) =>
    runBlame(repository, { ...call, signal }, (entry) => table.addEntry(entry), changed),
  );
}

function contentsOf({ contents, contentsBytes }: Params): Uint8Array | undefined {
  if (contentsBytes !== undefined) return Buffer.from(contentsBytes, 'base64');
  return contents === undefined ? undefined : Buffer.from(contents, 'utf8');
}

/** The columns of the contract, one entry per line. */
function linesOf({ live: { table }, lineCount }: BlameView, range: Range | undefined) {
  const lines = { commit: [] as string[], originalLine: [] as number[], origin: [] as number[] };
  const origins = new Map<number, number>();
  const commits: Record<string, (typeof table.facts)[number]> = {};
  const last = Math.min(range?.end ?? Number.POSITIVE_INFINITY, lineCount ?? table.lineCount);
  for (const run of table.ordered(range?.start ?? 1, last)) {
    const id = table.ids[run.commit] as string;
    commits[id] ??= table.facts[run.commit] as (typeof table.facts)[number];
    let origin = origins.get(run.origin);
    if (origin === undefined) {
      origin = origins.size;
      origins.set(run.origin, origin);
    }
    for (let index = 0; index < run.count; index++) {
      lines.commit.push(id);
      lines.originalLine.push(run.originalLine + index);
      lines.origin.push(origin);
    }
  }
  return { lines, origins: [...origins.keys()].map((index) => table.origins[index] as (typeof table.origins)[number]), commits };
}

const made = new WeakMap<Services, Blames>();

/** One for each connection: requests, documents and lenses share what was blamed. */
export function blamesOf(services: Services): Blames {
  let blames = made.get(services);
  if (blames === undefined) {
    blames = new Blames(services);
    made.set(services, blames);
  }
  return blames;
}
