// Kill −9 in the middle of a rotation of the master key (fault 17): all secrets are sealed with the earlier key or all with the new one, each
// still what was stored, and rotating again goes through.
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundled } from '../support/bundle.ts';
import type { Sayings, SecretOrders, SecretsFound } from '../support/secretsProgram.ts';
import { seeds } from '../support/seeds.ts';
import { survived } from '../support/tally.ts';

const count = 25;
const values = Object.fromEntries(Array.from({ length: count }, (_, at) => [`SECRET_${at}`, `value ${at}`]));

let program: Awaited<ReturnType<typeof bundled>>;
let root = '';
let before: SecretsFound;
beforeAll(async () => {
  program = await bundled('secretsProgram.ts');
  root = mkdtempSync(path.join(tmpdir(), 'hearth-rotation-'));
  mkdirSync(path.join(root, 'first'));
  before = sayings(await run({ home: path.join(root, 'first'), action: 'store', count })).after;
  expect(before.values).toEqual(values);
});
afterAll(() => {
  program.dispose();
  rmSync(root, { recursive: true, force: true });
});

test('kill −9 at operations on the journal', { timeout: 600_000 }, async () => {
  const places = ['before', 'middle', 'after'] as const;
  // A few here, each with HEARTH_FAULT_SEEDS.
  const step = seeds > 0 ? 1 : 7;
  let [old, fresh] = [0, 0];
  for (let turn = 0; ; turn += step) {
    const disk = 1 + Math.floor(turn / places.length);
    const outcome = await rotateKilled({ disk, where: places[turn % places.length] ?? 'before' });
    if (outcome === 'finished') break;
    if (outcome === 'old') old++;
    else fresh++;
  }
  // Killed before it was durable, and after.
  expect(old).toBeGreaterThan(0);
  expect(fresh).toBeGreaterThan(0);
});

test('kill −9 while the file of the new key is written', async () => {
  for (const call of ['openSync', 'writeSync', 'fsyncSync'] as const) {
    expect(await rotateKilled({ call }), call).toBe('old');
  }
});

/** Which key the secrets are sealed with after the kill; `finished` when the place was not reached. */
async function rotateKilled(kill: NonNullable<SecretOrders['kill']>): Promise<'old' | 'fresh' | 'finished'> {
  const home = path.join(root, 'again');
  rmSync(home, { recursive: true, force: true });
  cpSync(path.join(root, 'first'), home, { recursive: true });
  // A copy of a folder is open to all.
  chmodSync(path.join(home, 'keys'), 0o700);
  const killed = await run({ home, action: 'rotate', count, kill });
  if (killed.signal === null) return 'finished';
  survived('kills');
  const text = JSON.stringify(kill);
  // The next one finds what the kill has left, then rotates again.
  const { before: after, after: again } = sayings(await run({ home, action: 'rotate', count }));
  expect(after.values, text).toEqual(values);
  expect(after.needed, text).toEqual([after.current]);
  expect(after.files, text).toContain(after.current);
  expect(again.values, text).toEqual(values);
  expect(again.needed, text).toEqual([again.current]);
  expect([before.current, after.current], text).not.toContain(again.current);
  return after.current === before.current ? 'old' : 'fresh';
}

interface Outcome {
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
  readonly errors: string;
}

function sayings({ said, errors }: Outcome): Sayings {
  if (said === '') throw new Error(errors);
  return JSON.parse(said) as Sayings;
}

async function run(orders: SecretOrders): Promise<Outcome> {
  // A process that lives a moment need not have its WebAssembly optimised.
  const child = spawn(process.execPath, ['--liftoff-only', program.file, JSON.stringify(orders)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const read = async (stream: Readable) => {
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    return text;
  };
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, signal) => resolve(signal)));
  const [errors, said, signal] = await Promise.all([
    read(child.stderr as unknown as Readable),
    read(child.stdio[3] as unknown as Readable),
    ended,
  ]);
  return { signal, said, errors };
}
