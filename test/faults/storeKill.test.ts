// Kill −9 of a real process at any operation on its files, life after life: what was acknowledged is there, once; what was not is there
// whole or not at all; what is asked for again under the same key is done once.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, test } from 'vitest';
import { Random } from '../support/repositories/random.ts';
import { bundled } from './support/bundle.ts';
import { Oracle, type Saying } from './support/oracle.ts';
import { repeat, seeds, seedsOf } from './support/seeds.ts';
import type { Orders } from './support/storeProgram.ts';
import { Invariants, survived } from './support/tally.ts';

let program: Awaited<ReturnType<typeof bundled>>;
beforeAll(async () => {
  program = await bundled('storeProgram.ts');
});
afterAll(() => program.dispose());

const hour = 3_600_000;
const day = 24 * hour;

test('kill −9 at each journal record of random work', { timeout: 7_200_000 }, async () => {
  const invariants = new Invariants();
  const waiting = seedsOf(8);
  const next = async () => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      invariants.report(await history(seed), repeat('storeKill', seed));
      survived('seeds');
    }
  };
  await Promise.all([next(), next()]);
  invariants.check();
});

test('kill −9 before, in the middle of and after each operation of one workload', { timeout: 3_600_000 }, async () => {
  const invariants = new Invariants();
  const places = ['before', 'middle', 'after'] as const;
  const step = seeds > 0 ? 1 : 23;
  let reached = 0;
  for (let turn = 0; ; turn += step) {
    const kill = 1 + Math.floor(turn / places.length);
    const home = mkdtempSync(path.join(tmpdir(), 'hearth-fault-'));
    const oracle = new Oracle();
    const orders = { home, seed: 2, count: 20, writers: 2, again: [], where: places[turn % places.length] ?? 'before', part: 0.5 };
    const clock = { time: Date.UTC(2026, 0, 1), jump: hour };
    const first = await run({ ...orders, ...clock, life: 1, kill });
    const second = await run({ ...orders, ...clock, life: 2, kill: 0 });
    for (const saying of [...first.sayings, ...second.sayings]) {
      invariants.report(oracle.hear(saying), `killed ${orders.where} operation ${kill}`);
    }
    invariants.that(second.code === 0, `after a kill ${orders.where} operation ${kill}: ${second.errors}`);
    rmSync(home, { recursive: true });
    if (!first.killed) break;
    reached = kill;
    survived('kills');
  }
  invariants.that(reached > 30, `only ${reached} operations`);
  invariants.check();
});

async function history(seed: number): Promise<string[]> {
  const random = new Random(seed * 7919);
  const home = mkdtempSync(path.join(tmpdir(), 'hearth-fault-'));
  const oracle = new Oracle();
  const problems: string[] = [];
  const ages = random.chance(0.4);
  const lives = random.between(4, 7);
  try {
    for (let life = 1; life <= lives && problems.length === 0; life++) {
      const last = life === lives;
      const { sayings, killed, code, errors } = await run({
        home,
        seed,
        life,
        count: last ? 3 : random.between(5, 30),
        writers: random.pick([1, 2, 6]),
        again: ages ? [] : oracle.retryable().filter(() => random.chance(0.3)),
        // The operations of opening come first: most kills are meant for records.
        kill: last ? 0 : random.chance(0.2) ? random.between(1, 12) : random.between(8, 60),
        where: random.pick(['before', 'middle', 'after'] as const),
        part: random.next(),
        time: Date.UTC(2026, 0, 1) + life * (ages ? 60 * day : 1000),
        jump: hour,
      });
      if (killed) survived('kills');
      else if (code !== 0) problems.push(`life ${life} ended with code ${code}: ${errors}`);
      survived('clocks');
      for (const saying of sayings) problems.push(...oracle.hear(saying).map((each) => `life ${life}: ${each}`));
      if (last && !sayings.some(({ say }) => say === 'closed')) problems.push('the last life did not end cleanly');
    }
    return problems;
  } finally {
    rmSync(home, { recursive: true });
  }
}

function run(orders: Orders): Promise<{ sayings: Saying[]; killed: boolean; code: number | null; errors: string }> {
  // A process that lives a moment need not have its WebAssembly optimised.
  const { NODE_V8_COVERAGE: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--liftoff-only', program.file, JSON.stringify(orders)], {
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let errors = '';
  (child.stdio[3] as Readable).setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const lines = said.split('\n').slice(0, -1);
      resolve({ sayings: lines.map((line) => JSON.parse(line)), killed: signal === 'SIGKILL', code, errors });
    });
  });
}
