// Who is told what of an outage: once for each notification and cause, the incident that opens, suppression by dependencies.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AlertWorld, alertWorld, channel } from '../../support/alertWorld.ts';
import { type HttpSink, httpSink } from '../../support/sinks.ts';

const minute = 60_000;
const hour = 60 * minute;
/** However busy the machine is. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 30_000, interval: 20 });
let sink: HttpSink;
let world: AlertWorld;

beforeEach(async () => {
  sink = await httpSink();
  world = await alertWorld({
    notifications: [
      channel({ kind: 'webhook', name: 'ops', target: [sink.address], on: ['down', 'recovered', 'certificate'], group: 30_000 }),
    ],
  });
});
afterEach(async () => {
  await world.close();
  await sink.close();
});

const titles = () => sink.received.map(({ body }) => (JSON.parse(body) as { title: string }).title);

describe('an outage', () => {
  test('is told once when it begins and once when it ends, and opens an incident that resolves itself', async () => {
    await world.service('web', [], 'docs/runbook.md');
    await world.monitor('home', { service: 'web' });
    await world.goes('home', 'up');
    await world.goes('home', 'down', 'status 500, wanted 200');
    expect(await world.outbox()).toEqual(['ops down waiting']);
    await world.pass(30_000);
    expect(await world.outbox()).toEqual(['ops down sent']);
    expect(titles()).toEqual(['Down: web in production']);
    const sent = JSON.parse(sink.received[0]?.body ?? '') as { text: string; messages: { incident: string }[] };
    expect(sent.text).toContain('home: status 500, wanted 200');
    expect(sent.text).toContain('Runbook: docs/runbook.md');
    expect(sent.messages[0]?.incident).toBe('I-1');
    expect(await world.incident('I-1')).toMatchObject({
      ...{ title: 'web is down in production', state: 'investigating', severity: 'major', source: 'monitor', runbook: 'docs/runbook.md' },
      ...{ services: ['web'], environment: 'production', resolved: null },
      monitors: [{ name: 'home', recovered: null }],
    });

    await world.pass(11 * minute);
    await world.goes('home', 'up');
    await world.pass(30_000);
    expect(await world.outbox()).toEqual(['ops down sent', 'ops recovered sent']);
    expect(titles()[1]).toBe('Recovered: web in production after 12 min');
    expect(await world.incident('I-1')).toMatchObject({ state: 'monitoring', monitors: [{ name: 'home' }] });
    await world.pass(5 * minute);
    await eventually(async () => (await world.incident('I-1')).state).toBe('resolved');
    expect((await world.timeline('I-1')).map((line) => line.split(':')[0])).toEqual([
      ...['opened', 'monitor-down', 'alert', 'monitor-up', 'state', 'alert', 'state'],
    ]);
    // Nothing is left to wait for.
    await eventually(() => world.timers().filter((time) => time > 1000)).toEqual([]);
  });

  test('that ends before anybody was told is told to nobody, and leaves its incident', async () => {
    await world.monitor('home');
    await world.goes('home', 'down');
    await world.pass(10_000);
    await world.goes('home', 'up');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down dropped']);
    expect(sink.received).toEqual([]);
    expect((await world.incident('I-1')).state).toBe('monitoring');
  });

  test('of several monitors of a service is one message and one incident; it ends with the last of them', async () => {
    await world.monitor('home', { service: 'web' });
    await world.monitor('cart', { service: 'web' });
    await world.goes('home', 'down');
    await world.pass(minute);
    await world.goes('cart', 'down');
    await world.pass(minute);
    await world.goes('home', 'up');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down sent']);
    await world.goes('cart', 'up');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down sent', 'ops recovered sent']);
    expect(JSON.parse(sink.received[1]?.body ?? '')).toMatchObject({ text: expect.stringContaining('home, cart are up again') });
    expect(await world.incidents()).toHaveLength(1);
  });

  test('is told of a monitor that is still down when the first one is up again before it was sent', async () => {
    await world.monitor('home', { service: 'web' });
    await world.monitor('cart', { service: 'web' });
    await world.goes('home', 'down');
    await world.goes('cart', 'down', 'connection refused');
    await world.goes('home', 'up');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down dropped', 'ops down sent']);
    expect(sink.received[0]?.body).toContain('cart: connection refused');
  });

  test('that comes again while its incident is watched opens no other one, and is told again', async () => {
    await world.monitor('home');
    for (const state of ['down', 'up', 'down', 'up'] as const) {
      await world.goes('home', state);
      await world.pass(minute);
    }
    expect(await world.outbox()).toEqual(['ops down sent', 'ops recovered sent', 'ops down sent', 'ops recovered sent']);
    expect(await world.incidents()).toHaveLength(1);
    expect(await world.timeline('I-1')).toContain('state: Investigating again: home is down');
  });

  test('goes on through maintenance without another word; a pause ends it without a word', async () => {
    await world.monitor('home');
    await world.goes('home', 'down');
    await world.pass(minute);
    await world.goes('home', 'maintenance');
    await world.pass(minute);
    await world.goes('home', 'down');
    await world.pass(minute);
    await world.goes('home', 'paused');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down sent']);
    expect((await world.incident('I-1')).state).toBe('monitoring');
  });

  test('that goes on under another name of its monitor is told once', async () => {
    for (const name of ['home', 'home2']) await world.monitor(name, { service: 'web' });
    await world.goes('home', 'down');
    await world.pass(minute);
    for (const [gone, come] of [
      ['home', 'home2'],
      ['home2', 'home'],
    ] as const) {
      await world.goes(gone, 'unknown');
      await world.goes(come, 'down');
      await world.pass(minute);
    }
    expect(await world.outbox()).toEqual(['ops down sent']);
    await world.goes('home', 'up');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down sent', 'ops recovered sent']);
  });

  test('of another monitor is told though the one that was told of left without a word', async () => {
    const host = 'one.example.test';
    await world.monitor('db', { check: { kind: 'tcp', host, port: 5432 } });
    await world.monitor('mail', { check: { kind: 'tcp', host, port: 25 } });
    await world.goes('db', 'down');
    await world.goes('mail', 'down');
    await world.goes('mail', 'up');
    await world.pass(minute);
    await world.goes('db', 'paused');
    await world.goes('mail', 'down');
    await world.pass(minute);
    expect(titles()).toEqual(['Down: db in production', 'Down: mail in production']);
    expect(await world.incidents()).toHaveLength(1);
  });

  test.each([2 * minute, hour])(
    'that ended while its monitor was paused is told to be over when somebody looks again, %d ms later',
    async (pause) => {
      await world.monitor('home');
      await world.goes('home', 'down');
      await world.pass(minute);
      await world.goes('home', 'paused');
      await world.pass(pause);
      await world.goes('home', 'unknown');
      expect(await world.outbox()).toEqual(['ops down sent']);
      await world.goes('home', 'up');
      await world.pass(minute);
      expect(await world.outbox()).toEqual(['ops down sent', 'ops recovered sent']);
      expect(sink.received[1]?.body).toContain('home is up again');
      // Once.
      for (const state of ['paused', 'unknown', 'up'] as const) await world.goes('home', state);
      await world.pass(minute);
      expect(await world.outbox()).toHaveLength(2);
    },
  );

  test('is told only to the notifications of its monitor', async () => {
    const [ops] = [channel({ kind: 'webhook', name: 'ops', target: [sink.address] })];
    world.configure({ notifications: [ops, { ...ops, name: 'dev' }, { ...ops, name: 'releases', on: ['deployed'] }] });
    await world.monitor('home', { notify: ['dev', 'releases'] });
    await world.goes('home', 'down');
    expect(await world.outbox()).toEqual(['dev down sent']);
  });

  test('reminds until somebody looks at it', async () => {
    await world.monitor('home');
    await world.goes('home', 'down', 'no answer');
    const since = world.state.clock;
    const remind = async () => world.happens({ kind: 'reminder', monitor: await world.record('home'), since, message: 'no answer' });
    await world.pass(minute);
    await world.outbox();
    await world.pass(59 * minute);
    await remind();
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down sent', 'ops reminder sent']);
    expect(titles()[1]).toBe('Still down: home in production, for 1 h');
    await world.ask('incident/update', { incident: 'I-1', acknowledge: true });
    await remind();
    expect(await world.outbox()).toEqual(['ops down sent', 'ops reminder sent']);
  });

  test('without incidents is told all the same', async () => {
    world.configure({ incidents: { auto: false, settle: 5 * minute, correlate: 5 * minute } });
    await world.monitor('home');
    for (const state of ['down', 'maintenance', 'down', 'up', 'down'] as const) {
      await world.goes('home', state);
      await world.pass(minute);
    }
    expect(await world.outbox()).toEqual(['ops down sent', 'ops recovered sent', 'ops down sent']);
    expect(await world.incidents()).toEqual([]);
  });
});

describe('one cause', () => {
  test('what needs a service that is down tells nobody and joins its incident', async () => {
    await world.service('db');
    await world.service('api', ['db']);
    await world.service('web', ['api']);
    for (const name of ['db', 'api', 'web']) await world.monitor(name);
    await world.goes('db', 'down');
    await world.pass(minute);
    await world.goes('web', 'down');
    await world.goes('api', 'down');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down sent']);
    expect(await world.incidents()).toMatchObject([
      { services: ['db', 'api', 'web'], monitors: [{ name: 'db' }, { name: 'api' }, { name: 'web' }] },
    ]);
    expect(await world.timeline('I-1')).toContain('monitor-down: web is down (it needs db: nobody is told of it)');
    for (const name of ['db', 'api', 'web']) await world.goes(name, 'up');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down sent', 'ops recovered sent']);
  });

  test('that is suppressed is suppressed for every notification, with incidents and without', async () => {
    const [ops] = [channel({ kind: 'webhook', name: 'ops', target: [sink.address] })];
    await world.service('db');
    await world.service('web', ['db']);
    await world.monitor('db', { notify: ['ops'] });
    await world.monitor('web', { notify: ['dev'] });
    for (const auto of [true, false]) {
      world.configure({ notifications: [ops, { ...ops, name: 'dev' }], incidents: { auto, settle: minute, correlate: minute } });
      for (const [name, state] of [
        ['db', 'down'],
        ['web', 'down'],
        ['db', 'up'],
        ['web', 'up'],
      ] as const)
        await world.goes(name, state);
      await world.pass(10 * minute);
    }
    expect((await world.outbox()).filter((line) => line.startsWith('dev'))).toEqual([]);
    expect((await world.outbox()).filter((line) => line.startsWith('ops down'))).toHaveLength(2);
    expect(await world.incidents()).toHaveLength(1);
  });

  test('what is down still when that has been up for a while is told then', async () => {
    await world.service('db');
    await world.service('web', ['db']);
    await world.monitor('db');
    await world.monitor('web');
    await world.goes('db', 'down');
    await world.goes('web', 'down', 'status 502');
    await world.pass(minute);
    await world.outbox();
    await world.goes('db', 'up');
    await world.pass(4 * minute);
    expect(await world.outbox()).toEqual(['ops down sent', 'ops recovered sent']);
    await world.pass(minute);
    await eventually(async () => (await world.messages()).length).toBe(3);
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down sent', 'ops recovered sent', 'ops down sent']);
    expect(sink.received[2]?.body).toContain('status 502');
    await world.goes('web', 'up');
    await world.pass(minute);
    expect((await world.outbox()).at(-1)).toBe('ops recovered sent');
  });

  test('what a service needs takes the place of what waits to be told of it', async () => {
    await world.service('db');
    await world.service('web', ['db']);
    await world.monitor('db');
    await world.monitor('web');
    await world.goes('web', 'down');
    await world.pass(5000);
    await world.goes('db', 'down');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down dropped', 'ops down sent']);
    expect(titles()).toEqual(['Down: db in production']);
    expect(await world.incidents()).toMatchObject([{ services: ['db', 'web'] }]);
  });

  test('what goes down on one host within the time belongs together, later or elsewhere it does not', async () => {
    const host = 'one.example.test';
    await world.monitor('web', { check: { kind: 'tcp', host, port: 80 } });
    await world.monitor('mail', { check: { kind: 'tcp', host, port: 25 } });
    await world.monitor('shop', { check: { kind: 'tcp', host, port: 81 }, environment: 'staging' });
    await world.monitor('late', { check: { kind: 'tcp', host, port: 82 } });
    await world.goes('web', 'down');
    await world.pass(minute);
    await world.goes('mail', 'down');
    await world.goes('shop', 'down');
    await world.pass(6 * minute);
    await world.goes('late', 'down');
    expect((await world.incidents()).map(({ services }) => services)).toEqual([['late'], ['shop'], ['web', 'mail']]);
  });

  test('that was told of the first that is up again is told of the other that is not', async () => {
    const host = 'one.example.test';
    await world.monitor('db', { service: 'db', check: { kind: 'tcp', host, port: 5432 } });
    await world.monitor('mail', { service: 'mail', check: { kind: 'tcp', host, port: 25 } });
    await world.goes('db', 'down');
    await world.pass(minute);
    await world.goes('mail', 'down', 'connection refused');
    await world.pass(minute);
    await world.goes('db', 'up');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down sent', 'ops down sent']);
    expect(sink.received[1]?.body).toContain('mail: connection refused');
    await world.goes('mail', 'up');
    await world.pass(minute);
    expect(await world.outbox()).toEqual(['ops down sent', 'ops down sent', 'ops recovered sent']);
    expect(await world.incidents()).toHaveLength(1);
  });

  test('of this machine shares nothing with others of it', async () => {
    await world.monitor('db', { check: { kind: 'tcp', host: '127.0.0.1', port: 5432 } });
    await world.monitor('mail', { check: { kind: 'tcp', host: 'localhost', port: 25 } });
    await world.goes('db', 'down');
    await world.goes('mail', 'down');
    expect(await world.incidents()).toHaveLength(2);
  });
});

test('a threshold of a certificate is told once', async () => {
  await world.monitor('home');
  const certificate = {
    subject: 'CN=shop',
    issuer: 'CN=ca',
    fingerprint: 'AA:BB',
    expires: world.state.clock + 14 * 86_400_000,
    days: 14,
    trusted: true,
    problem: null,
  };
  for (let time = 0; time < 2; time++)
    await world.happens({ kind: 'certificate', monitor: await world.record('home'), certificate, days: 14 });
  await world.pass(minute);
  expect(await world.outbox()).toEqual(['ops certificate sent']);
  expect(titles()).toEqual(['The certificate of home in production expires in 14 days']);
});
