// The power goes at any operation on the disk, again and again: what was acknowledged is there, once; what was not is there whole or not at all.
import { test } from 'vitest';
import { Random } from '../support/repositories/random.ts';
import { type Fault, FaultDisk } from './support/faultDisk.ts';
import { live } from './support/life.ts';
import { MemoryDisk } from './support/memoryDisk.ts';
import { Oracle, type Saying } from './support/oracle.ts';
import { repeat, seeds, seedsOf } from './support/seeds.ts';
import { Invariants, survived } from './support/tally.ts';

const home = '/home';
const start = Date.UTC(2026, 0, 1);
const hour = 3_600_000;
const day = 24 * hour;

test('at random operations, in every life of a home', { timeout: 3_600_000 }, async () => {
  const invariants = new Invariants();
  for (const seed of seedsOf(20)) {
    const problems = await history(seed);
    invariants.report(problems, repeat('storePower', seed));
    survived('seeds');
  }
  invariants.check();
});

async function history(seed: number): Promise<string[]> {
  const random = new Random(seed);
  const oracle = new Oracle();
  const problems: string[] = [];
  let memory = new MemoryDisk();
  // Either keys live long enough to be asked for again, or the log gets old enough to be sealed.
  const ages = random.chance(0.4);
  const lives = random.between(4, 9);
  for (let life = 1; life <= lives && problems.length === 0; life++) {
    const last = life === lives;
    const cut = random.between(1, 70);
    const fault: Fault = { kind: 'cut', where: random.pick(['before', 'middle', 'after'] as const), part: random.next() };
    const disk = new FaultDisk(memory, ({ index }) => (index === cut && !last ? fault : undefined));
    const base = start + life * (ages ? 60 * day : 1000);
    await live({
      home,
      disk,
      fence: { number: life, check: () => {} },
      seed,
      life,
      count: random.between(5, 40),
      writers: random.pick([1, 2, 8]),
      again: ages ? [] : oracle.retryable().filter(() => random.chance(0.3)),
      // An hour to and fro.
      clock: () => base + random.between(-hour, hour),
      say: (saying: Saying) => {
        if (!disk.gone) problems.push(...oracle.hear(saying).map((each) => `life ${life}: ${each}`));
      },
    });
    // Only the process may have ended: the next one finds what was not synced, and the power may go then.
    if (disk.gone && random.chance(0.6)) {
      memory = memory.afterPowerCut(random);
      survived('powerCuts');
    }
    survived('clocks');
  }
  return problems;
}

test('before, in the middle of and after each operation of one workload', { timeout: 600_000 }, async () => {
  const invariants = new Invariants();
  const count = 16;
  const total = await cutAt(Number.POSITIVE_INFINITY, 'before', count, invariants);
  const places = ['before', 'middle', 'after'] as const;
  for (let at = 1; at <= total; at++) {
    for (const [index, where] of places.entries()) if (seeds > 0 || (at + index) % 3 === 0) await cutAt(at, where, count, invariants);
  }
  invariants.that(total > 40, `only ${total} operations`);
  invariants.check();
});

async function cutAt(at: number, where: 'before' | 'middle' | 'after', count: number, invariants: Invariants): Promise<number> {
  const oracle = new Oracle();
  const memory = new MemoryDisk();
  let operations = 0;
  const each = async (life: number, disk: FaultDisk, clock: number) => {
    const problems: string[] = [];
    await live({
      home,
      disk,
      fence: { number: life, check: () => {} },
      seed: 4,
      life,
      count,
      writers: 3,
      again: [],
      clock: () => clock,
      say: (saying) => {
        if (!disk.gone) problems.push(...oracle.hear(saying));
      },
    });
    invariants.report(problems, `cut ${where} operation ${at}, life ${life}`);
    operations += disk.operations;
  };
  let left = at;
  let survivor = memory;
  for (let life = 1; life <= 3; life++) {
    const cut = left;
    const disk = new FaultDisk(survivor, ({ index }) => (index === cut ? { kind: 'cut', where } : undefined));
    await each(life, disk, start + life * 60 * day);
    if (disk.gone) {
      survivor = survivor.afterPowerCut(new Random(at * 3 + where.length));
      survived('powerCuts');
      left = Number.POSITIVE_INFINITY;
    } else left -= disk.operations;
  }
  return operations;
}
