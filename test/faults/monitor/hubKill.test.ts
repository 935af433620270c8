// A real hub that watches a real server is killed −9 at random moments while the server breaks and recovers, and stopped (SIGSTOP) while it is
// well: what is kept is always the change, its event and its message together, or none of them; nothing of ours is ever called down.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { list as listEvents } from '../../../server/protocol/events.ts';
import { listMonitors, showMonitor } from '../../../server/protocol/monitor.ts';
import { outbox } from '../../../server/protocol/notify.ts';
import { cli } from '../../support/cli.ts';
import { until } from '../../support/processes.ts';
import { Random } from '../../support/repositories/random.ts';
import type { Repository } from '../../support/repositories/repository.ts';
import { type WorkPlace, workPlace } from '../../support/workItems.ts';
import { seeds } from '../support/seeds.ts';
import { survived } from '../support/tally.ts';

let place: WorkPlace;
let repository: Repository;
let server: Server;
let status = 200;

beforeAll(async () => {
  place = await workPlace();
  server = createServer((_, response) => {
    response.statusCode = status;
    response.end('shop');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  repository = place.repository();
  // Nobody listens where messages go: they wait in the outbox, where they can be counted.
  repository.write(
    'hearth.yaml',
    `version: 1
project: shop
services:
  web: { image: "web:1" }
environments:
  production: {}
monitors:
  - { name: home, http: "http://127.0.0.1:${port}/", interval: 3s, timeout: 3s, retry_interval: 1s, failures: 2, successes: 1, assert: ["status == 200"] }
notifications:
  - { name: hook, to: webhook, url: "http://127.0.0.1:9/", on: [down], group: 0s }
incidents: { auto: false }
`,
  );
  repository.commit('Watch');
  const applied = await cli(['config', 'apply'], { env: place.home.env, cwd: repository.root });
  expect(applied).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await place?.dispose();
  server?.close();
});

const show = () => place.server.send(showMonitor, { repository: repository.root, monitor: 'home' });
const state = async () => (await place.server.send(listMonitors, { repository: repository.root })).monitors[0]?.state;

/** What is kept of the monitor; asked again when it has changed between the questions, or is down by now and that is being written. */
async function kept() {
  for (;;) {
    const before = await show();
    const { messages } = await place.server.send(outbox, { repository: repository.root, limit: 1000 });
    const { events } = await place.server.send(listEvents, { entity: 'monitor', limit: 1000 });
    const { changes, row } = await show();
    const isKept = row.state !== 'down' || changes[0]?.to === 'down';
    if (isKept && changes.length === before.changes.length) return { changes, row, messages, events };
  }
}

async function consistent(): Promise<number> {
  const { changes, row, messages, events } = await kept();
  const downs = changes.filter(({ to }) => to === 'down').map(({ time }) => time);
  expect(messages.filter(({ kind }) => kind === 'down')).toHaveLength(downs.length);
  expect(events.filter(({ kind }) => kind === 'down')).toHaveLength(downs.length);
  // Each change goes on from the one before.
  for (const [index, { from }] of changes.entries()) expect(from).toBe(changes[index + 1]?.to ?? 'unknown');
  expect(new Set(downs).size).toBe(downs.length);
  if (row.state === 'down') expect(changes[0]?.to).toBe('down');
  return downs.length;
}

test('killed between a beat and its message, the next hub finds both or none', { timeout: 300_000 }, async () => {
  const random = new Random(20);
  await until(async () => (await state()) === 'up');
  for (let kill = 0; kill < (seeds > 0 ? 40 : 5); kill++) {
    status = status === 200 ? 500 : 200;
    // Two looks make a state: around then something is being written.
    await wait(random.between(700, 4300));
    await place.home.kill();
    survived('kills');
    await consistent();
  }
  status = 500;
  await until(async () => (await state()) === 'down');
  expect(await consistent()).toBeGreaterThan(0);
  status = 200;
  await until(async () => (await state()) === 'up');
  await consistent();
});

test('stopped for some seconds while all is well, nothing was down', { timeout: 300_000 }, async () => {
  status = 200;
  await until(async () => (await state()) === 'up');
  const before = (await show()).changes.length;
  for (let stop = 0; stop < 2; stop++) {
    const { pid } = place.home.owner();
    process.kill(pid, 'SIGSTOP');
    try {
      // Longer than a look may take.
      await wait(4500);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    survived('pauses');
    await wait(3500);
  }
  const after = await until(async () => {
    const seen = await show();
    return seen.row.state === 'up' && seen;
  });
  expect(after.changes.slice(0, after.changes.length - before).map(({ to }) => to)).toEqual([]);
  expect(after.row.state).toBe('up');
});
