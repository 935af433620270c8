// One life of a store: it opens, is looked at, works, and is closed, unless something ends it before.
import { setImmediate } from 'node:timers/promises';
import { asFailure, Failure } from '../../../server/rpc/failure.ts';
import type { Disk } from '../../../server/store/disk.ts';
import { Segments } from '../../../server/store/segments.ts';
import { Store } from '../../../server/store/store.ts';
import type { Fence } from '../../../server/store/types.ts';
import { Random } from '../../support/repositories/random.ts';
import type { Saying } from './oracle.ts';
import { inspect, perform, planWork, replayed, type Work } from './workload.ts';

export interface Life {
  readonly home: string;
  readonly disk: Disk;
  readonly fence: Fence;
  readonly seed: number;
  readonly life: number;
  /** How many new pieces of work. */
  readonly count: number;
  readonly writers: number;
  /** To be asked for again under their keys. */
  readonly again: readonly Work[];
  readonly clock: () => number;
  /** Ends without closing. */
  readonly abandon?: boolean;
  readonly say: (saying: Saying) => void;
}

/** Rejects only when the test itself is wrong. */
export async function live({ home, disk, fence, seed, life, count, writers, again, clock, abandon, say }: Life): Promise<void> {
  const random = new Random(seed * 1009 + life);
  let store: Store;
  try {
    store = await Store.open({ home, disk, fence, clock, log: () => {} });
  } catch (error) {
    say(
      error instanceof Failure ? { say: 'refused', message: error.message } : { say: 'crashed', message: String((error as Error).stack) },
    );
    return;
  }
  try {
    if (store.warnings.length > 0) say({ say: 'warned', warnings: store.warnings });
    const seen = await inspect(store);
    const problems = [...seen.problems, ...(await replayProblems(store, home, seen.digest))];
    say({ say: 'seen', seen: { ...seen, problems } });
    const fresh = planWork(random, `${seed}.${life}`, count);
    await work(store, random, [...again, ...fresh], writers, clock, say);
    if (abandon === true) return;
    if (random.chance(0.5)) await store.snapshot().catch(() => {});
    const { digest } = await inspect(store);
    await store.close();
    say({ say: 'closed', digest });
  } catch (error) {
    // The disk is gone under it, or the store has failed: what it said before counts.
    if (!(error instanceof Failure) && (error as NodeJS.ErrnoException).code === undefined) {
      say({ say: 'crashed', message: String((error as Error).stack) });
    }
  } finally {
    await store.close().catch(() => {});
  }
}

/** The state is that of its journals, whatever snapshot one starts from. */
async function replayProblems(store: Store, home: string, digest: string): Promise<string[]> {
  const snapshots = (await store.disk.list(store.layout.snapshots)).filter((name) => name.endsWith('.snapshot'));
  const journals = (await store.disk.list(store.layout.journal)).length;
  const complete = journals > 0 && !snapshots.some((name) => Number(name.split('-')[0]) > 0 && snapshots.length > 2);
  const starts = snapshots.length > 1 ? [snapshots.length - 1] : complete && snapshots.length > 0 ? [0] : [];
  const problems: string[] = [];
  for (const start of starts) {
    const again = await replayed(store.disk, home, store.schema, start);
    if (again.digest !== digest || again.position !== store.position) {
      problems.push(
        `replayed from ${start === 0 ? 'nothing' : 'an older snapshot'} the state is another (${again.position}, ${store.position})`,
      );
    }
  }
  return problems;
}

async function work(store: Store, random: Random, all: Work[], writers: number, clock: () => number, say: Life['say']): Promise<void> {
  const segments = new Segments(store.disk, store.layout.segments);
  const queue = [...all];
  const besides: Promise<unknown>[] = [];
  const writer = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const twice = next.keyed && random.chance(0.2);
      await Promise.all([ask(store, next, say), ...(twice ? [ask(store, next, say)] : [])]);
      for (let pause = random.below(4); pause > 0; pause--) await setImmediate();
      if (random.chance(0.06)) besides.push(store.snapshot().catch(() => {}));
      if (random.chance(0.04)) besides.push(segments.seal(store, clock()).catch(() => {}));
      if (random.chance(0.03)) besides.push(replaceBySame(store).catch(() => {}));
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  await Promise.all(besides);
}

async function ask(store: Store, work: Work, say: Life['say']): Promise<void> {
  say({ say: 'asked', work });
  try {
    say({ say: 'done', id: work.id, answer: await perform(store, work) });
  } catch (error) {
    const failure = asFailure(error);
    if (failure.reason === 'io' || failure.reason === 'locked') {
      say({ say: 'failed', id: work.id, reason: failure.message, nothing: /nothing was changed/i.test(failure.hint ?? '') });
    } else say({ say: 'thrown', id: work.id, message: (error as Error).message });
  }
}

/** A restore of the present: the same state, but through a replacement record. */
function replaceBySame(store: Store): Promise<void> {
  return store.replace(async ({ image }, reader) => ({
    image,
    lastEvent: reader.get<{ last: number | null }>('select max(sequence) as last from events')?.last ?? 0,
    answer: undefined,
  }));
}
