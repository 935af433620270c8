// An owner stands still at any operation on the disk while others take over the home, then goes on: it acknowledges nothing more, and
// nothing it still writes reaches the state of those who came after.
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Failure } from '../../server/rpc/failure.ts';
import type { Disk } from '../../server/store/disk.ts';
import { Store } from '../../server/store/store.ts';
import type { Fence } from '../../server/store/types.ts';
import { Random } from '../support/repositories/random.ts';
import { FaultDisk } from './support/faultDisk.ts';
import { live } from './support/life.ts';
import { MemoryDisk } from './support/memoryDisk.ts';
import { Oracle } from './support/oracle.ts';
import { repeat, seeds, seedsOf } from './support/seeds.ts';
import { Invariants, survived } from './support/tally.ts';
import { inspect, perform, planWork, type Work } from './support/workload.ts';

const home = '/home';
const now = Date.UTC(2026, 0, 1);

/** Who owns the home, as `owner/` would say. */
class Ownership {
  highest = 0;

  claim(): Fence {
    const number = ++this.highest;
    const check = () => {
      if (this.highest !== number) throw new Failure('locked', 'Another hub has taken over.');
    };
    return { number, check };
  }
}

test('paused at each operation while two others take over', { timeout: 1_200_000 }, async () => {
  const invariants = new Invariants();
  const operations = await paused(0, 'before', 1, invariants);
  expect(operations).toBeGreaterThan(15);
  for (let at = 1; at <= operations; at++) {
    for (const where of ['before', 'after'] as const) {
      if (seeds > 0 || (at + where.length) % 2 === 0) await paused(at, where, at, invariants);
      survived('pauses');
    }
  }
  invariants.check();
});

test('three owners at random moments', { timeout: 3_600_000 }, async () => {
  const invariants = new Invariants();
  for (const seed of seedsOf(30)) {
    const random = new Random(seed);
    await paused(random.between(1, 20), random.pick(['before', 'after'] as const), seed, invariants);
    survived('pauses');
  }
  invariants.check();
});

/** Answers how many operations the paused one does when it is not paused. */
async function paused(at: number, where: 'before' | 'after', seed: number, invariants: Invariants): Promise<number> {
  const say = (breaches: readonly string[]) =>
    invariants.report(breaches, `paused ${where} operation ${at}, ${repeat('storePause', seed)}`);
  const random = new Random(seed * 17);
  const memory = new MemoryDisk();
  const ownership = new Ownership();
  const oracle = new Oracle();
  const open = (disk: Disk, fence = ownership.claim()) => Store.open({ home, disk, fence, clock: () => now, log: () => {} });
  const hear = (saying: Parameters<Oracle['hear']>[0]) => say(oracle.hear(saying));
  const ask = async (store: Store, work: Work) => {
    hear({ say: 'asked', work });
    try {
      hear({ say: 'done', id: work.id, answer: await perform(store, work) });
      return true;
    } catch (error) {
      if (['thrown', 'orphan'].includes(work.kind) && !(error instanceof Failure))
        hear({ say: 'thrown', id: work.id, message: String(error) });
      return false;
    }
  };
  const first = await open(memory);
  for (const work of planWork(random, 'first', random.between(0, 3))) await ask(first, work);

  let reached = () => {};
  const standing = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let goOn = () => {};
  const until = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const stand = () => {
    reached();
    return until;
  };
  const disk = new FaultDisk(memory, ({ index }) => (index === at ? { kind: 'pause', where, until: stand } : undefined));
  const fence = ownership.claim();
  let acknowledged = 0;
  let stood = false;
  const burst = async () => {
    const second = await open(disk, fence);
    const some = planWork(random, 'second', 12);
    const asked = some.map(async (work) => {
      if ((await ask(second, work)) && stood) acknowledged++;
    });
    await second.snapshot().catch(() => {});
    await Promise.all(asked);
    await Promise.all(planWork(random, 'second-late', 3).map(async (work) => (await ask(second, work)) && stood && acknowledged++));
    return second;
  };
  const going = burst();
  going.catch(() => {});
  await Promise.race([standing, going]);
  // The first one, replaced long ago, still tries: nothing of it may count either.
  const third = await open(memory);
  stood = true;
  const late = planWork(random, 'first-late', 2).filter(({ kind }) => kind === 'note');
  for (const work of late) invariants.that(!(await ask(first, work)), 'the first owner acknowledged after the third had opened');
  const early = random.chance(0.5);
  if (early) await Promise.all(planWork(random, 'third', random.between(1, 6)).map((work) => ask(third, work)));
  const fourth = random.chance(0.5) ? await open(memory) : third;
  goOn();
  const second = await going.catch(() => undefined);
  invariants.that(acknowledged === 0, `${acknowledged} acknowledged after it was replaced (${where} ${at})`);
  await Promise.all(planWork(random, 'fourth', random.between(1, 6)).map((work) => ask(fourth, work)));
  // What was not answered is asked for again under its key.
  await Promise.all(oracle.retryable().map((work) => ask(fourth, work)));
  if (random.chance(0.5)) await fourth.snapshot();
  const { digest } = await inspect(fourth);
  await setImmediate();
  for (const each of new Set([second, first, ...(random.chance(0.5) ? [third, fourth] : [])])) await each?.close().catch(() => {});
  const last: Parameters<typeof live>[0] = {
    home,
    disk: memory,
    fence: ownership.claim(),
    seed,
    life: 9,
    count: 2,
    writers: 1,
    again: [],
    clock: () => now,
    say: (saying) => {
      if (saying.say === 'seen' && saying.seen.digest !== digest) say(['the state is not that of the last owner']);
      hear(saying);
    },
  };
  await live(last);
  return disk.operations;
}
