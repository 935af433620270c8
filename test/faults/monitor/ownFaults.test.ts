// What goes wrong on our side is never said to be "down": a stopped process, sleep, clocks that are set, no network. The clock is the test's.
import { afterEach, expect, it } from 'vitest';
import type { ResultOf } from '../../../server/protocol/message.ts';
import type { listMonitors, showMonitor } from '../../../server/protocol/monitor.ts';
import { failed, type MonitorWorld, monitorOn, monitorWorld, up } from '../../support/monitorWorld.ts';

let world: MonitorWorld;
const minute = 60_000;

afterEach(async () => {
  await world.dispose();
});

const names = ['home', 'api', 'docs'];

async function watched(given: Parameters<typeof monitorOn>[1] = {}): Promise<void> {
  world = await monitorWorld();
  await world.start();
  await world.apply(names.map((name) => monitorOn(name, { failures: 2, ...given })));
  await world.advance(5 * minute);
}

const downs = (): string[] => world.transitions().filter((each) => each.endsWith('→ down'));
const uptimes = async (): Promise<(number | null)[]> =>
  (await world.ask<ResultOf<typeof listMonitors>>('monitor/list', {})).monitors.map(({ uptime24h }) => uptime24h);

it('a network that is gone for a quarter of an hour: nobody is down, the time is unobserved, and afterwards all is as before', async () => {
  await watched();
  world.setOutside(false);
  for (const name of names) world.answers.set(`${name}.example.test`, failed('no answer within 10 s', false));
  await world.advance(15 * minute);
  expect(downs()).toEqual([]);
  // Asked sooner, but not all the time.
  expect(world.looks.length).toBeLessThan(3 * 15 * 6);
  const { row } = await world.ask<ResultOf<typeof showMonitor>>('monitor/show', { monitor: 'home' });
  expect(row).toMatchObject({ state: 'unobserved', health: { message: expect.stringMatching(/own network/) } });
  world.setOutside(true);
  world.answers.clear();
  await world.advance(5 * minute);
  expect(await uptimes()).toEqual([1, 1, 1]);
  expect(world.transitions()).toHaveLength(3);
});

it('a network that is there while everything else is really gone: all are down', async () => {
  await watched();
  for (const name of names) world.answers.set(`${name}.example.test`, failed('no answer within 10 s', false));
  await world.advance(5 * minute);
  expect(downs().sort()).toEqual(['api: up → down', 'docs: up → down', 'home: up → down']);
});

it('without a name server, one host that is silent is down as soon as another one answers', async () => {
  await watched();
  world.setOutside(undefined);
  world.answers.set('home.example.test', failed('no answer within 10 s', false));
  await world.advance(5 * minute);
  expect(downs()).toEqual(['home: up → down']);
});

it('where no name server can be asked, silence of all is believed in the end', async () => {
  await watched();
  world.setOutside(undefined);
  for (const name of names) world.answers.set(`${name}.example.test`, failed('no answer within 10 s', false));
  await world.advance(3 * minute);
  expect(downs()).toEqual([]);
  await world.advance(6 * minute);
  expect(downs()).toHaveLength(3);
});

it('a host that refuses is reached: the network is there, and what is silent is down', async () => {
  await watched();
  world.setOutside(false);
  for (const name of names) world.answers.set(`${name}.example.test`, failed('refused', name === 'home'));
  await world.advance(5 * minute);
  expect(downs().sort()).toEqual(['api: up → down', 'docs: up → down', 'home: up → down']);
});

it('a process that is stopped for ten minutes in the middle of failures begins to count anew', async () => {
  await watched({ failures: 3, retryInterval: 20_000 });
  world.answers.set('home.example.test', failed('no answer', true));
  while ((await world.stateOf('home'))?.status.failures !== 2) await world.advance(1000);
  world.clock.stand(10 * minute);
  let left = 1;
  world.answers.set('home.example.test', () => (left-- > 0 ? failed('no answer', true) : up()));
  await world.advance(5 * minute);
  expect(downs()).toEqual([]);
  expect(await uptimes()).toEqual([1, 1, 1]);
  expect(world.logged.some((line) => line.includes('stood still'))).toBe(true);
});

it.each([
  ['an hour on, or the machine slept for one', 60 * minute],
  ['an hour back', -60 * minute],
])('a clock that is set %s: looks are neither bunched nor skipped, failures count anew', async (_what, by) => {
  await watched({ failures: 3, retryInterval: 20_000 });
  world.answers.set('home.example.test', failed('no network yet', true));
  while ((await world.stateOf('home'))?.status.failures !== 2) await world.advance(1000);
  world.clock.setWall(by);
  let left = 1;
  world.answers.set('home.example.test', () => (left-- > 0 ? failed('no network yet', true) : up()));
  const before = world.looks.length;
  await world.advance(10 * minute);
  expect(downs()).toEqual([]);
  const looks = world.looks.slice(before).filter(({ target }) => target === 'api.example.test');
  expect(looks.length).toBeGreaterThanOrEqual(9);
  expect(looks.length).toBeLessThanOrEqual(11);
  for (const [index, look] of looks.entries()) if (index > 0) expect(look.at - (looks[index - 1]?.at ?? 0)).toBeGreaterThan(0.8 * minute);
  expect(await uptimes()).toContain(1);
  expect((await world.ask<ResultOf<typeof showMonitor>>('monitor/show', { monitor: 'home' })).row.state).toBe('up');
});

it('what was seen of a monitor that was changed meanwhile is not said of what it is now', async () => {
  world = await monitorWorld();
  await world.start();
  await world.apply([monitorOn('home', { failures: 1 })]);
  await world.advance(2 * minute);
  let answer: (result: ReturnType<typeof failed>) => void = () => {};
  world.answers.set('home.example.test', () => new Promise((resolve) => (answer = resolve)));
  while (world.open === 0) await world.advance(1000);
  world.answers.set('new.example.test', up());
  await world.apply([monitorOn('home', { failures: 1, host: 'new.example.test' })]);
  answer(failed('refused', true));
  await world.advance(3 * minute);
  expect(downs()).toEqual([]);
  expect(world.looks.at(-1)?.target).toBe('new.example.test');
});
