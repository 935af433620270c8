import { throwIfCancelled } from '../rpc/failure.ts';
import type { Log } from '../rpc/log.ts';
import { advanceBlame, canAdvance } from './blameAdvance.ts';
import { type BlameOptions, runBlame } from './blameCommand.ts';
import type { BlameHistory } from './blameHistory.ts';
import { blameThroughKnot, type KnotLimits, keptKnots, knotLimits } from './blameKnot.ts';
import { type BlameWork, LiveBlame } from './blameLive.ts';
import type { BlameSlot, BlameStore, KeptBlame } from './blameStore.ts';
import type { Repository } from './repository.ts';

/** A file in a commit, and how its lines are to be followed. */
export interface CommittedTarget {
  readonly path: string;
  readonly commit: string;
  readonly options: BlameOptions;
  readonly history: BlameHistory;
}

/** Blames of committed files: kept ones, those being made, and new ones made from the nearest kept one. */
export class CommittedBlames {
  readonly #store: BlameStore;
  readonly #log: Log;
  readonly #limits: KnotLimits;
  readonly #live = new Map<string, { root: string; live: LiveBlame }>();

  constructor(store: BlameStore, log: Log, limits = knotLimits) {
    this.#store = store;
    this.#log = log;
    this.#limits = limits;
  }

  /** The finished blame, when one is kept or has just been made. No git process. */
  async kept(repository: Repository, target: CommittedTarget): Promise<LiveBlame | undefined> {
    const table = await this.#store.get(slotOf(repository, target), target.commit);
    return table === undefined ? undefined : LiveBlame.complete(table);
  }

  /** The blame, complete or in the making. It is given up when nobody holds it, so hold it at once. */
  async at(repository: Repository, target: CommittedTarget): Promise<LiveBlame> {
    const kept = await this.kept(repository, target);
    if (kept !== undefined) return kept;
    const slot = slotOf(repository, target);
    const key = JSON.stringify([repository.trusted, repository.root, slot, target.commit]);
    const known = this.#live.get(key)?.live;
    if (known !== undefined && !known.abandoned) return known;
    const live = LiveBlame.start((work) => this.#make(repository, target, slot, work));
    this.#live.set(key, { root: repository.root, live });
    void live.ended.then(() => {
      if (this.#live.get(key)?.live === live) this.#live.delete(key);
    });
    return live;
  }

  /** The work tree is gone: what is being read from it is of no use. */
  forget(root: string): void {
    for (const [key, { root: of }] of this.#live) if (of === root) this.#live.delete(key);
  }

  async #make(repository: Repository, target: CommittedTarget, slot: BlameSlot, work: BlameWork): Promise<void> {
    const { path, commit, options, history } = target;
    const { table, signal, changed } = work;
    const done = await this.#shortcut(repository, target, slot, work);
    if (!done) {
      const call = { path, commit, options, ignore: history.ignore, signal };
      await runBlame(repository, call, (entry) => table.addEntry(entry), changed);
    }
    throwIfCancelled(signal);
    this.#store.keep(slot, commit, table);
  }

  /** From what is kept, or with more to keep. What is right of it stays in the table also when it comes to nothing. */
  async #shortcut(repository: Repository, target: CommittedTarget, slot: BlameSlot, work: BlameWork): Promise<boolean> {
    if (!canAdvance(target.options)) return false;
    const kept = await this.#nearest(slot, target.commit);
    try {
      if (kept !== undefined) {
        const knots = () => keptKnots(this.#store, slot);
        if (await advanceBlame(repository, { ...target, kept, knots, ...work })) return true;
      }
      return await blameThroughKnot(repository, this.#store, { ...target, slot, limits: this.#limits }, work);
    } catch (error) {
      throwIfCancelled(work.signal);
      // The other commit may be gone from the repository; the whole blame will tell if something is really wrong.
      this.#log('debug', 'kept blame not used', { path: target.path, from: kept?.commit, error: String(error) });
      return false;
    }
  }

  async #nearest(slot: BlameSlot, commit: string): Promise<KeptBlame | undefined> {
    for (const other of await this.#store.commits(slot)) {
      if (other === commit) continue;
      const table = await this.#store.get(slot, other);
      if (table !== undefined) return { commit: other, table };
    }
    return undefined;
  }
}

export function slotOf(repository: Repository, { path, options, history }: Omit<CommittedTarget, 'commit'>): BlameSlot {
  const { ignoreWhitespace, moves, copies, ignoreRevs } = options;
  const print = `${history.print} ${ignoreWhitespace ? 'w' : ''}${moves ? 'M' : ''}${copies}${ignoreRevs ? 'i' : ''}`;
  return { commonDir: repository.facts.commonDir, path, print };
}
