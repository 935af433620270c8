// What the outbox promises: nothing is lost, nothing is sent twice, other sides are left alone when they ask for it or fail.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findIncident } from '../../../server/monitor/incidents/records.ts';
import { type AlertWorld, alertWorld, channel } from '../../support/alertWorld.ts';
import { until } from '../../support/processes.ts';
import { type HttpSink, httpSink, type MailSink, mailSink } from '../../support/sinks.ts';

const second = 1000;
const minute = 60_000;
const hour = 60 * minute;
let sink: HttpSink;
let mail: MailSink;
let world: AlertWorld;

beforeEach(async () => {
  [sink, mail] = await Promise.all([httpSink(), mailSink()]);
  world = await alertWorld({
    incidents: { auto: false },
    notifications: [
      channel({ kind: 'webhook', name: 'hook', target: [`${sink.address}/hook`], on: ['down'] }),
      channel({ kind: 'slack', name: 'chat', target: [], secret: 'CHAT_URL', on: ['recovered'] }),
    ],
  });
  await world.monitor('home');
});
afterEach(async () => {
  await Promise.all([sink.close(), mail.close()]);
  await world.close();
});

const channels = async () =>
  (
    await world.ask<{
      channels: {
        name: string;
        breaker: { state: string; failures: number; until: number | null };
        lastError: string | null;
        missing: string[];
      }[];
    }>('notify/list', {})
  ).channels;
const waiting = async () =>
  (await world.messages())
    .filter(({ state }) => state === 'waiting')
    .map(({ next, attempts }) => [attempts, (next ?? 0) - world.state.clock]);
const hooks = async () => (await world.outbox()).filter((line) => line.startsWith('hook'));
const keys = () => sink.received.map(({ headers }) => headers['idempotency-key']);

describe('another side that fails', () => {
  test('is tried again after 1, 2, 4 … seconds', async () => {
    sink.replies.push({ status: 500, body: 'oh no' }, { status: 503 }, { status: 502 });
    await world.goes('home', 'down');
    expect(await world.outbox()).toEqual(['hook down waiting']);
    for (const pause of [second, 2 * second, 4 * second]) {
      expect((await waiting())[0]?.[1]).toBe(pause);
      await world.pass(pause - 1);
      const before = sink.received.length;
      await world.pass(1);
      expect(sink.received.length).toBe(before + 1);
    }
    expect(await world.outbox()).toEqual(['hook down sent']);
    expect((await channels())[0]).toMatchObject({ breaker: { state: 'closed', failures: 0 }, lastError: null });
  });

  test('is tried again in time, also when something of our own fails with another channel meanwhile', async () => {
    let fails = false;
    await world.close();
    world = await alertWorld({
      incidents: { auto: false },
      notifications: ['hook', 'other'].map((name) =>
        channel({ kind: 'webhook', name, target: [`${sink.address}/${name}`], on: [name === 'hook' ? 'down' : 'recovered'] }),
      ),
      more: {
        random: () => {
          if (fails) throw new Error('no entropy');
          return 0.5;
        },
      },
    });
    await world.monitor('home');
    sink.replies.push({ status: 500 });
    await world.goes('home', 'down');
    expect(await world.outbox()).toEqual(['hook down waiting']);
    fails = true;
    await world.goes('home', 'up');
    await until(() => world.logged.some((line) => line.includes('alerts cannot go on')));
    await expect.poll(() => world.timers()).toContain(second);
  });

  test('is told in order: what is to be tried again goes with what comes after it, not behind it', async () => {
    await world.monitor('cart');
    sink.replies.push({ status: 500 }, { status: 500 });
    await world.goes('home', 'down');
    await world.outbox();
    await world.pass(second);
    await world.goes('cart', 'down');
    expect(await hooks()).toEqual(['hook down sent', 'hook down sent']);
    expect(sink.received).toHaveLength(3);
    expect(JSON.parse(sink.received[2]?.body ?? '')).toMatchObject({ title: '2 messages: 2 down' });
  });

  test('is left alone as long as it asks for, and that is no failure', async () => {
    sink.replies.push({ status: 429, headers: { 'retry-after': '600' } });
    await world.goes('home', 'down');
    await world.outbox();
    expect((await channels())[0]).toMatchObject({ breaker: { state: 'closed', failures: 0 }, lastError: 'HTTP 429' });
    await world.goes('home', 'up');
    await world.goes('home', 'down');
    await world.pass(599 * second);
    expect(sink.received).toHaveLength(1);
    await world.pass(second);
    // What has come meanwhile goes with it.
    expect(await hooks()).toEqual(['hook down sent', 'hook down sent']);
    expect(sink.received).toHaveLength(2);
    expect(JSON.parse(sink.received[1]?.body ?? '')).toMatchObject({ title: '2 messages: 2 down' });
  });

  test('is left alone for a day at most, whatever it asks for', async () => {
    sink.replies.push({ status: 429, headers: { 'retry-after': '9999999' } });
    await world.goes('home', 'down');
    await world.outbox();
    expect((await channels())[0]).toMatchObject({ breaker: { state: 'closed', until: world.state.clock + 24 * hour } });
    expect(await world.ask('notify/outbox', {})).toMatchObject({ messages: [{ next: world.state.clock + 24 * hour }] });
    await world.pass(24 * hour);
    expect(await hooks()).toEqual(['hook down sent']);
  });

  test('is left alone after five failures in a row, then one attempt shows whether it goes again', async () => {
    for (let time = 0; time < 6; time++) sink.replies.push({ status: 500 });
    await world.goes('home', 'down');
    await world.outbox();
    for (let time = 0; time < 4; time++) await world.pass(10 * second);
    expect(sink.received).toHaveLength(5);
    expect((await channels())[0]).toMatchObject({ breaker: { state: 'open', failures: 5, until: world.state.clock + minute } });
    expect(await world.ask('notify/outbox', {})).toMatchObject({ messages: [{ next: world.state.clock + minute }] });
    await world.pass(59 * second);
    expect(sink.received).toHaveLength(5);
    expect((await channels())[0]).toMatchObject({ breaker: { state: 'open' } });
    await world.pass(second);
    expect(sink.received).toHaveLength(6);
    expect((await channels())[0]).toMatchObject({ breaker: { state: 'open', failures: 6, until: world.state.clock + 2 * minute } });
    await world.pass(2 * minute);
    expect(await world.outbox()).toEqual(['hook down sent']);
    expect((await channels())[0]).toMatchObject({ breaker: { state: 'closed', failures: 0, until: null } });
  });

  test('for ever loses the message to the list of the given up after 12 attempts; from there it is sent again', async () => {
    for (let time = 0; time < 12; time++) sink.replies.push({ status: 500, body: 'out of order' });
    await world.goes('home', 'down');
    for (let time = 0; time < 12; time++) await world.pass(2 * hour);
    expect(sink.received).toHaveLength(12);
    expect(await world.outbox()).toEqual(['hook down dead']);
    const { messages } = await world.ask<{ messages: { id: number; error: string }[] }>('notify/outbox', { states: ['dead'] });
    expect(messages).toMatchObject([{ error: 'HTTP 500 out of order', attempts: 12 }]);
    await world.ask('notify/resend', { ids: messages.map(({ id }) => id) });
    expect(await world.outbox()).toEqual(['hook down sent']);
    await expect(world.ask('notify/resend', { ids: messages.map(({ id }) => id) })).rejects.toThrow('Message 1 is sent.');
  });

  test('because it does not like the message gets it never again', async () => {
    sink.replies.push({ status: 400, body: 'invalid_payload' });
    await world.goes('home', 'down');
    expect(await world.outbox()).toEqual(['hook down dead']);
    expect((await channels())[0]).toMatchObject({ breaker: { failures: 0 } });
  });

  test('without an answer gets what it may have taken again alone, under the same key', async () => {
    world.configure({
      notifications: [channel({ kind: 'webhook', name: 'hook', target: [sink.address], on: ['down'], group: 30 * second })],
    });
    sink.replies.push('die', { status: 500 });
    await world.goes('home', 'down');
    await world.pass(30 * second);
    await world.goes('home', 'up');
    await world.goes('home', 'down');
    await world.pass(second);
    await world.pass(2 * second);
    expect(await hooks()).toEqual(['hook down sent', 'hook down waiting']);
    await world.pass(30 * second);
    expect(await hooks()).toEqual(['hook down sent', 'hook down sent']);
    const [first, ...others] = keys();
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(others.map((each) => each === first)).toEqual([true, true, false]);
  });

  test('without an answer, and that knows no keys, gets it once more; then it is left to a person', async () => {
    world.configure({ notifications: [channel({ kind: 'slack', name: 'chat', target: [], secret: 'CHAT_URL', on: ['down'] })] });
    await world.secret('CHAT_URL', 'http://127.0.0.1:1/chat');
    await world.goes('home', 'down');
    // Nothing was sent: that is tried as often as ever.
    await world.pass(second);
    await world.pass(2 * second);
    expect(await world.outbox()).toEqual(['chat down waiting']);
    await world.secret('CHAT_URL', `${sink.address}/chat`);
    await world.ask('notify/test', { name: 'chat' });
    sink.replies.push('die', { status: 503 }, 'die');
    for (let time = 0; time < 5; time++) await world.pass(hour);
    expect(sink.received).toHaveLength(4);
    const [message] = (await world.ask<{ messages: { id: number; state: string; error: string; next: null }[] }>('notify/outbox', {}))
      .messages;
    expect(message).toMatchObject({ state: 'uncertain', next: null, error: expect.stringContaining('Perhaps it has arrived: ') });
    await world.ask('notify/resend', { ids: [message?.id] });
    expect(await world.outbox()).toEqual(['chat down sent']);
  });

  test('that cannot be reached is told by name, never by its secret address', async () => {
    const url = `http://127.0.0.1:1/services/T0/${createHash('md5').update('x').digest('hex')}`;
    await world.secret('CHAT_URL', url);
    await world.goes('home', 'down');
    await world.outbox();
    await world.goes('home', 'up');
    await world.outbox();
    const [, chat] = await channels();
    expect(chat).toMatchObject({ target: 'the address in CHAT_URL', missing: [], lastError: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify([await channels(), await world.messages(), world.logged])).not.toContain(url);
  });

  test('whose secret is not set waits until it is', async () => {
    await world.goes('home', 'down');
    await world.outbox();
    await world.goes('home', 'up');
    await world.outbox();
    expect((await channels())[1]).toMatchObject({ missing: ['CHAT_URL'], lastError: 'The secret CHAT_URL is not set for production.' });
    await world.secret('CHAT_URL', `${sink.address}/chat`);
    await world.pass(second);
    expect(await world.outbox()).toEqual(['hook down sent', 'chat recovered sent']);
  });
});

describe('when another hub takes over', () => {
  test('what may have arrived is sent again only where it is known by its key', async () => {
    world.configure({
      notifications: [
        channel({ kind: 'webhook', name: 'hook', target: [`${sink.address}/hook`] }),
        channel({ kind: 'slack', name: 'chat', target: [], secret: 'CHAT_URL' }),
      ],
    });
    await world.secret('CHAT_URL', `${sink.address}/chat`);
    sink.replies.push('hang', 'hang');
    await world.goes('home', 'down');
    await until(() => sink.received.length === 2);
    world.takeOver(2);
    expect(await world.outbox()).toEqual(['hook down sent', 'chat down uncertain']);
    const hooks = sink.received.filter(({ path }) => path === '/hook');
    expect(hooks).toHaveLength(2);
    expect(new Set(hooks.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(sink.received.filter(({ path }) => path === '/chat')).toHaveLength(1);
    const [uncertain] = (await world.messages()).filter(({ state }) => state === 'uncertain');
    await world.ask('notify/resend', { ids: [uncertain?.id] });
    expect(await world.outbox()).toEqual(['hook down sent', 'chat down sent']);
  });

  test('the one before it cannot say any more what became of it', async () => {
    sink.replies.push('hang');
    await world.goes('home', 'down');
    await until(() => sink.received.length === 1);
    world.takeOver(2);
    await world.outbox();
    await sink.close();
    sink = await httpSink();
    await until(() => world.logged.some((line) => line.includes('Another hub owns this home')));
    expect(await world.outbox()).toEqual(['hook down sent']);
  });
});

test('messages of one channel that wait become one; the incident’s story has it once', async () => {
  const both = channel({ kind: 'webhook', name: 'hook', target: [`${sink.address}/hook`], group: 30 * second });
  world.configure({ notifications: [both], incidents: { auto: true, settle: minute, correlate: minute } });
  for (let n = 0; n < 30; n++) await world.monitor(`m${n}`);
  for (let n = 0; n < 30; n++) await world.goes(`m${n}`, 'down', 'gone');
  await world.pass(30 * second);
  expect(sink.received).toHaveLength(1);
  const sent = JSON.parse(sink.received[0]?.body ?? '') as { title: string; text: string; messages: object[] };
  expect(sent.title).toBe('30 messages: 30 down');
  expect(sent.messages).toHaveLength(30);
  expect(sent.text).toContain('and 10 more');
  const { id } = await world.store.read((reader) => findIncident(reader, world.project, 'I-3'));
  expect(id).toHaveLength(16);
  expect((await world.timeline('I-3')).filter((line) => line.startsWith('alert'))).toEqual([
    'alert: hook was told: Down: m2 in production',
  ]);
});

test('an e-mail that broke off is sent again as the same one', async () => {
  world.configure({
    notifications: [
      channel({
        kind: 'email',
        name: 'mail',
        target: ['ops@example.test'],
        secret: 'SMTP',
        smtp: { host: '127.0.0.1', port: mail.port, user: 'hearth', from: 'Hearth <hearth@example.test>', tls: 'none' },
      }),
    ],
  });
  await world.secret('SMTP', 'a-long-password');
  mail.replies.push('451 try again', 'die');
  await world.goes('home', 'down', 'status 500');
  await world.outbox();
  await world.pass(second);
  await world.pass(2 * second);
  expect(await world.outbox()).toEqual(['mail down sent']);
  const ids = mail.received.map(({ text }) => /message-id: (<.*>)/i.exec(text)?.[1]);
  expect(ids).toHaveLength(3);
  expect(ids[1]).toMatch(/^<[0-9a-f]{32}@example\.test>$/);
  expect(ids[2]).toBe(ids[1]);
  expect(mail.received[2]).toMatchObject({ password: 'a-long-password', to: ['RCPT TO:<ops@example.test>'] });
  expect(mail.received[2]?.text).toMatch(/^Subject: Down: home in production$/m);
  expect(mail.received[2]?.text).toContain('home: status 500');
});

test('a test message goes past the outbox and says what was answered', async () => {
  sink.replies.push({ status: 403, body: 'no such <token>' });
  const first = await world.ask<{ ok: boolean; answer: string }>('notify/test', { name: 'hook' });
  expect(first).toMatchObject({ ok: false, answer: 'HTTP 403 no such <token>' });
  expect(await world.ask('notify/test', { name: 'hook' })).toMatchObject({ ok: true, answer: 'HTTP 200 ok' });
  expect(JSON.parse(sink.received[1]?.body ?? '')).toMatchObject({ title: 'Hearth: a test of hook' });
  expect(await world.messages()).toEqual([]);
  await expect(world.ask('notify/test', { name: 'none' })).rejects.toThrow('There is no notification "none"');
});

test('a notification that is not configured any more is told nothing', async () => {
  sink.replies.push({ status: 500 });
  await world.goes('home', 'down');
  await world.outbox();
  world.configure({ notifications: [] });
  await world.pass(minute);
  expect(await world.outbox()).toEqual(['hook down dropped']);
  expect(await channels()).toEqual([]);
});

test('a clock that was set back holds nothing up', async () => {
  sink.replies.push({ status: 500 });
  await world.goes('home', 'down');
  await world.outbox();
  world.state.clock -= hour;
  world.skip(0);
  await until(() => sink.received.length === 2);
  expect(await world.outbox()).toEqual(['hook down sent']);
});
