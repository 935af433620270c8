// The wall clock of the hub jumps an hour to and fro while it writes, is killed, seals old events and is challenged: order is by sequence,
// silence is measured by the monotonic clock, and nothing is lost.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeAll, expect, test } from 'vitest';
import * as events from '../../server/protocol/events.ts';
import { HubHome } from '../support/hub.ts';
import { isAlive, until } from '../support/processes.ts';
import { ensureBuilt } from '../support/server.ts';
import { startHubProcess } from './support/hubs.ts';
import { LinkClient, Notes, noHub } from './support/notes.ts';
import { seeds } from './support/seeds.ts';
import { Invariants, survived } from './support/tally.ts';

const preload = path.join(import.meta.dirname, 'support/clockPreload.cjs');
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

test('an hour to and fro during writes, kills and take-overs', { timeout: 600_000 }, async () => {
  const invariants = new Invariants();
  const place = home();
  const notes = new Notes();
  for (let round = 0; round < (seeds > 0 ? 20 : 3); round++) {
    const hub = startHubProcess(place.path, {}, preload);
    expect(await hub.report).toEqual({ state: 'listening' });
    const link = new LinkClient(place.path, noHub);
    for (let each = 0; each < 20; each++) {
      await notes.write(link.write, `${round} ${each}`);
      // The clock jumps every tenth of a second.
      await wait(30);
    }
    link.dispose();
    hub.process.kill(round % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
    await hub.ended;
    survived('clocks', 20);
  }
  invariants.report(await notes.check(place));
  // The clock did jump: times are not in the order of the log.
  const link = new LinkClient(place.path);
  disposables.push(link);
  const { events: rows } = await link.ask(events.list, { after: 0, limit: 1000, sealed: false });
  const backwards = rows.filter(({ time }, index) => index > 0 && time < (rows[index - 1]?.time ?? 0));
  invariants.that(backwards.length > 3, 'the clock did not jump');
  invariants.check();
});

test('a challenger whose clock jumps replaces no owner that answers, and waits as long for one that does not', {
  timeout: 300_000,
}, async () => {
  const invariants = new Invariants();
  const place = home();
  const owner = startHubProcess(place.path);
  await owner.report;
  const shift = path.join(place.root, 'shift');
  const env = { HEARTH_FAULT_CLOCK: shift, HEARTH_HUB_SILENCE_MS: '60000' };
  for (const hours of [0, 1, -1, 24 * 400]) {
    writeFileSync(shift, String(hours * 3_600_000));
    const challenger = startHubProcess(place.path, env, preload);
    expect(await challenger.report).toEqual({ state: 'another' });
    expect((await challenger.ended).code).toBe(0);
    survived('clocks');
  }
  // Silent for less than the time that is given, however far the clock jumps meanwhile.
  process.kill(owner.pid, 'SIGSTOP');
  const challenger = startHubProcess(place.path, env, preload);
  for (const hours of [1, -1, 24, 0]) {
    await wait(300);
    writeFileSync(shift, String(hours * 3_600_000));
    survived('clocks');
  }
  invariants.that(place.owner().pid === owner.pid, 'replaced before its time');
  process.kill(owner.pid, 'SIGCONT');
  expect(await challenger.report).toEqual({ state: 'another' });
  invariants.that(place.owner().pid === owner.pid && isAlive(owner.pid), 'replaced though it answers again');
  invariants.check();
});

test('old events are sealed by a clock that is months ahead, and the log goes on when it is set right', { timeout: 240_000 }, async () => {
  const invariants = new Invariants();
  const place = home();
  const notes = new Notes();
  const shift = path.join(place.root, 'shift');
  const day = 86_400_000;
  for (const days of [0, 40, 80, 200, 0]) {
    writeFileSync(shift, String(days * day));
    const hub = startHubProcess(place.path, { HEARTH_FAULT_CLOCK: shift }, preload);
    await hub.report;
    const link = new LinkClient(place.path, noHub);
    for (let each = 0; each < 5; each++) await notes.write(link.write, `${days} ${each} ${place.owner().fence}`);
    if (days === 200) {
      // What is due is done a while after the start.
      const sealings = { after: 0, limit: 10, sealed: false, entity: 'segment' };
      await until(async () => (await link.ask(events.list, sealings)).events.length > 0);
    }
    link.dispose();
    hub.process.kill('SIGKILL');
    await hub.ended;
    survived('clocks');
  }
  // Sealed events are checked and found too.
  const link = new LinkClient(place.path);
  disposables.push(link);
  const verified = await link.ask(events.verify, {});
  invariants.report(verified.problems.map(({ problem }) => problem));
  invariants.that(verified.segments > 0, 'nothing was sealed');
  invariants.report(await notes.check(place));
  invariants.check();
});
