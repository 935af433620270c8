// Homes that are not ours to touch: another host's, another user's, a newer Hearth's. Each is refused in one sentence and stays byte for
// byte as it was. Two versions that write side by side lose nothing.
import { chmodSync, chownSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { readHubFile } from '../../server/hub/hubFile.ts';
import { isRunning } from '../../server/hub/identity.ts';
import { highestFence, type Owner, readOwner } from '../../server/hub/owner.ts';
import { migrations } from '../../server/store/schema.ts';
import { Store } from '../../server/store/store.ts';
import { filesHolding } from '../support/filesHolding.ts';
import { HubHome, otherVersion } from '../support/hub.ts';
import { isAlive, kill as killProcess, until } from '../support/processes.ts';
import { Random } from '../support/repositories/random.ts';
import { ensureBuilt, startServer } from '../support/server.ts';
import { startHubProcess } from './support/hubs.ts';
import { cliWriter, LinkClient, Notes, noHub, windowWriter } from './support/notes.ts';
import { seeds } from './support/seeds.ts';
import { Invariants, survived } from './support/tally.ts';

const disposables: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0).reverse()) await each.dispose();
});
beforeAll(ensureBuilt);

function home(): HubHome {
  const made = new HubHome();
  disposables.push(made);
  return made;
}

/** A home that was written and is not in use. */
async function used(how: 'ended' | 'killed', notes = new Notes()): Promise<HubHome> {
  const place = home();
  const hub = startHubProcess(place.path);
  await hub.report;
  const link = new LinkClient(place.path, noHub);
  for (let each = 0; each < 3; each++) await notes.write(link.write, `note ${each}`);
  link.dispose();
  hub.process.kill(how === 'ended' ? 'SIGTERM' : 'SIGKILL');
  await hub.ended;
  return place;
}

/** Every file but the log, which may say that somebody was refused. */
function contents(place: HubHome, below = ''): Map<string, string> {
  const files = readdirSync(path.join(place.path, below), { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const names = files.map((each) => path.join(each.parentPath, each.name)).filter((name) => !name.includes(`${path.sep}log${path.sep}`));
  return new Map(names.sort().map((name) => [name, readFileSync(name, 'base64')]));
}

/** A client is refused with a sentence, by command line and by a window, and no file is another than before. */
async function refused(place: HubHome, sentence: RegExp, invariants: Invariants, below = ''): Promise<void> {
  const before = contents(place, below);
  const { code, stderr } = await place.cli(['rpc', 'events/note', '{"text":"x"}']);
  invariants.that(code !== 0 && sentence.test(stderr), `not refused as it should be: ${code} ${stderr}`);
  invariants.that(!/\n\s+at |Error:/.test(stderr), `a stack instead of a sentence: ${stderr}`);
  invariants.that(stderr.trim().split('\n').length <= 2, `more than a sentence and a hint: ${stderr}`);
  const link = new LinkClient(place.path);
  const message = await link.write('x').then(
    () => 'written',
    (error: Error) => error.message,
  );
  link.dispose();
  invariants.that(sentence.test(message), `a window was told: ${message}`);
  const after = contents(place, below);
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
  invariants.that(changed.length === 0, `refused, but changed ${changed.join(', ')}`);
}

const foreign: Partial<Owner> = { host: 'elsewhere', machine: 'another-machine', bootId: 'another-boot' };

test.each(['ended', 'killed'] as const)('a home copied from another host, whose hub %s', async (how) => {
  const invariants = new Invariants();
  const notes = new Notes();
  const place = await used(how, notes);
  place.editOwner(foreign);
  await refused(place, /used by another machine \(elsewhere\)/, invariants);
  const hub = startHubProcess(place.path);
  invariants.that((await hub.report).state === 'failed', 'a hub started in it');
  await hub.ended;
  // Claimed, it is ours, with all that is in it.
  const claimed = await place.cli(['hub', 'claim', how === 'ended' ? '--move' : '--copy', '--yes']);
  expect(claimed.code, claimed.stderr).toBe(0);
  const link = new LinkClient(place.path);
  disposables.push(link);
  await notes.write(link.write, 'after the claim');
  invariants.report(await notes.check(place));
  survived('copies');
  invariants.check();
});

test('a store of a newer Hearth', async () => {
  const invariants = new Invariants();
  for (const how of ['journal', 'snapshot'] as const) {
    const place = await used('killed');
    const newer = [...migrations, { version: (migrations.at(-1)?.version ?? 0) + 1, name: 'of the future', run: () => {} }];
    const fence = { number: 99, check: () => {} };
    const store = await Store.open({ home: place.path, fence, log: () => {}, migrations: newer });
    await store.write({ actor: 'test', correlationId: '1' }, (transaction) => transaction.run("insert into meta values ('future', '1')"));
    if (how === 'snapshot') await store.close();
    await refused(place, /written by a newer Hearth/, invariants, 'store');
    await store.close();
    survived('copies');
  }
  invariants.check();
});

test('a token, hub.json, socket folder or home of another user, or open to others', async () => {
  const invariants = new Invariants();
  const root = process.getuid?.() === 0;
  const nobody = 65_534;
  const take = (file: string, open: number) => (root ? chownSync(file, nobody, nobody) : chmodSync(file, open));
  for (const what of ['token', 'hub.json', 'socket', 'home'] as const) {
    const place = home();
    const hub = startHubProcess(place.path);
    await hub.report;
    const link = new LinkClient(place.path, noHub);
    await link.write('before');
    link.dispose();
    const files = {
      token: path.join(place.path, 'token'),
      'hub.json': path.join(place.path, 'hub.json'),
      socket: path.dirname(place.hubFile().socket),
      home: place.path,
    };
    // A hub that is alive repairs its file, and makes its daily backup; one that stands still cannot.
    process.kill(hub.pid, 'SIGSTOP');
    take(files[what], what === 'socket' || what === 'home' ? 0o777 : 0o644);
    if (what === 'home') hub.process.kill('SIGKILL');
    await refused(place, root ? /belongs to another user\./ : /Other users can/, invariants);
    if (root) chownSync(files[what], 0, 0);
    hub.process.kill('SIGKILL');
    await hub.ended;
    survived('copies');
  }
  invariants.check();
});

test('owner files and hub.json with a wrong bit or cut: somebody owns the home at a higher fence, and nothing is lost', {
  timeout: 600_000,
}, async () => {
  const invariants = new Invariants();
  const random = new Random(12);
  const place = home();
  const notes = new Notes();
  for (let round = 0; round < (seeds > 0 ? 60 : 5); round++) {
    const hub = await startedOrClaimed(place, invariants);
    if (hub === undefined) continue;
    const link = new LinkClient(place.path, noHub);
    await notes.write(link.write, `round ${round}`);
    link.dispose();
    const fence = highestFence(place.path);
    const name = path.join(place.path, ...random.pick([['hub.json'], ['owner', String(fence)]]));
    const bytes = readFileSync(name);
    hub.process.kill('SIGKILL');
    await hub.ended;
    if (random.chance(0.3)) writeFileSync(name, bytes.subarray(0, random.below(bytes.length)));
    else {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      writeFileSync(name, bytes);
    }
    survived('flips');
  }
  const last = await startedOrClaimed(place, invariants);
  invariants.report(await notes.check(place));
  last?.process.kill('SIGKILL');
  await last?.ended;
  invariants.check();
});

/** A hub that listens; undefined when the boot or the machine is another one by a wrong bit: refused in a sentence, and claimed. */
async function startedOrClaimed(place: HubHome, invariants: Invariants) {
  const hub = startHubProcess(place.path);
  const report = await hub.report;
  if (report.state === 'listening') return hub;
  invariants.that(/used by/.test(report.message ?? ''), JSON.stringify(report));
  await hub.ended;
  const claimed = await place.cli(['hub', 'claim', '--move', '--yes']);
  invariants.that(claimed.code === 0, claimed.stderr);
  return undefined;
}

test('an old and a new version write side by side', { timeout: 600_000 }, async () => {
  const invariants = new Invariants();
  const place = home();
  const folder = mkdtempSync(path.join(tmpdir(), 'hearth-version-'));
  disposables.push({ dispose: () => rmSync(folder, { recursive: true, force: true }) });
  const newer = otherVersion(folder, '99.0.0');
  const notes = new Notes();
  const old = await place.window();
  notes.keepWriting('old window', windowWriter(old));
  await until(() => notes.acknowledged > 5);
  const { pid } = place.owner();
  const window = await startServer({ env: place.env, program: newer.server });
  disposables.push({ dispose: () => window.close() });
  notes.keepWriting('new window', windowWriter(window));
  notes.keepWriting('old terminal', cliWriter(place));
  await until(() => highestFence(place.path) > 1 && !isAlive(pid));
  for (let kill = 0; kill < (seeds > 0 ? 10 : 2); kill++) {
    // Whoever starts the next one, the newer version stays or comes back.
    const known = notes.acknowledged;
    await until(() => notes.acknowledged > known + 10);
    const owner = readOwner(place.path);
    // It may have ended for the newer one.
    if (owner !== undefined && isRunning(owner)) killProcess(owner.pid);
    survived('kills');
  }
  const known = notes.acknowledged;
  await until(() => notes.acknowledged > known + 10);
  await until(() => readHubFile(place.path)?.version === '99.0.0');
  await notes.stop();
  invariants.report(await notes.check(place));
  survived('copies');
  invariants.check();
});

test('a home copied on this machine while its hub runs: refused, then claimed as a home of its own', async () => {
  const invariants = new Invariants();
  const notes = new Notes();
  const place = home();
  const link = new LinkClient(place.path);
  disposables.push(link);
  await notes.write(link.write, 'in the first');
  const copy = home();
  // A hub that is not stopped may remove a file, such as one of its daily backup, while it is copied.
  const { pid } = place.owner();
  process.kill(pid, 'SIGSTOP');
  try {
    cpSync(place.path, copy.path, { recursive: true, preserveTimestamps: true });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await refused(copy, /is a copy of .* which a hub of this machine .* uses\./, invariants);
  const claimed = await copy.cli(['hub', 'claim', '--copy', '--yes']);
  expect(claimed.code, claimed.stderr).toBe(0);
  const other = new LinkClient(copy.path);
  disposables.push(other);
  await other.write('in the copy');
  await notes.write(link.write, 'in the first again');
  const has = (each: HubHome) => filesHolding(path.join(each.path, 'store'), 'in the copy').length > 0;
  invariants.that(!has(place) && has(copy), 'what was written to the copy is not where it belongs');
  invariants.report(await notes.check(place));
  survived('copies');
  invariants.check();
});
