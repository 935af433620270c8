// What each kind of notification sends, to servers that look at it: nothing hostile becomes markup, a mention, a header or a way out of JSON.
import http from 'node:http';
import https from 'node:https';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { NotificationConfig } from '../../../server/config/index.ts';
import { telegramAt } from '../../../server/monitor/alerts/channels/chat.ts';
import { retryAfterOf } from '../../../server/monitor/alerts/channels/httpPost.ts';
import { type Answer, senders, targetText } from '../../../server/monitor/alerts/channels/index.ts';
import { letterOf, type Payload } from '../../../server/monitor/alerts/payload.ts';
import { channel } from '../../support/alertWorld.ts';
import { type HttpSink, httpSink, type MailSink, mailSink } from '../../support/sinks.ts';

const hostile = '<!channel> @everyone [click](https://evil.test) *bold* `x` "; \\ {{title}} 100 %';
const payload: Payload = {
  ...{ kind: 'down', state: 'down', title: `Down: ${hostile}`, lines: [`home: ${hostile}`, 'I-7'], service: 'web', monitor: 'home' },
  ...{ environment: 'production', incident: 'I-7', url: 'https://shop.example.test/', time: Date.UTC(2026, 0, 1) },
};

let sink: HttpSink;
let mail: MailSink;
beforeEach(async () => {
  [sink, mail] = await Promise.all([httpSink(), mailSink()]);
});
afterEach(() => Promise.all([sink.close(), mail.close()]));

async function send(
  given: Partial<NotificationConfig> & Pick<NotificationConfig, 'kind'>,
  secret?: string,
  payloads = [payload],
): Promise<Answer> {
  const signal = new AbortController().signal;
  const config = channel({ target: [], ...given });
  const sender = given.kind === 'telegram' ? telegramAt(sink.address) : senders[given.kind];
  return sender.send({ channel: config, secret, letter: letterOf(payloads), key: 'k'.repeat(32), signal });
}

const sent = () => JSON.parse(sink.received[0]?.body ?? '') as Record<string, unknown>;

test('Slack', async () => {
  expect(await send({ kind: 'slack' }, `${sink.address}/services/T/B/x`)).toEqual({ kind: 'accepted', answer: 'HTTP 200 ok' });
  expect(sink.received[0]?.path).toBe('/services/T/B/x');
  expect(sent()).toMatchObject({
    text: expect.stringContaining('&lt;!channel&gt; @everyone'),
    mrkdwn: false,
    attachments: [{ blocks: [{ text: { type: 'plain_text', text: `home: ${hostile}\nI-7` } }] }],
  });
});

test('Discord', async () => {
  sink.replies.push({ status: 204 });
  expect(await send({ kind: 'discord' }, sink.address)).toMatchObject({ kind: 'accepted' });
  const [embed] = sent()['embeds'] as { title: string; description: string; url: string }[];
  expect(sent()['allowed_mentions']).toEqual({ parse: [] });
  expect(embed?.url).toBe('https://shop.example.test/');
  expect(embed?.title).toContain('\\<!channel\\> \\@everyone \\[click\\]\\(https\\://evil.test\\) \\*bold\\* \\`x\\`');
});

test('Discord is asked in a version that says in seconds how long to wait; another server gets the address as it is', async () => {
  const asked: string[] = [];
  const real = vi.spyOn(https, 'request').mockImplementation(((address: URL, options: http.RequestOptions) => {
    asked.push(address.href);
    return http.request(new URL(address.pathname, sink.address), options);
  }) as typeof https.request);
  const hook = '/webhooks/12/a-token';
  const hosts = ['discord.com/api', 'ptb.discord.com/api', 'discordapp.com/api', 'discord.com/api/v9', 'hooks.example.test/api'];
  for (const host of hosts) expect(await send({ kind: 'discord' }, `https://${host}${hook}\n`)).toMatchObject({ kind: 'accepted' });
  real.mockRestore();
  const versions = [
    'discord.com/api/v10',
    'ptb.discord.com/api/v10',
    'discordapp.com/api/v10',
    'discord.com/api/v9',
    'hooks.example.test/api',
  ];
  expect(asked).toEqual(versions.map((each) => `https://${each}${hook}`));
});

test('Teams; what it takes and does not pass on is a refusal', async () => {
  expect(await send({ kind: 'teams' }, sink.address)).toMatchObject({ kind: 'accepted' });
  const content = (sent()['attachments'] as { content: { body: { type: string; inlines: { text: string }[] }[] } }[])[0]?.content;
  expect(content?.body.map(({ type }) => type)).toEqual(['RichTextBlock', 'RichTextBlock', 'RichTextBlock']);
  expect(content?.body[1]?.inlines[0]?.text).toBe(`home: ${hostile}`);
  sink.replies.push({ status: 200, body: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429' });
  expect(await send({ kind: 'teams' }, sink.address)).toMatchObject({ kind: 'refused', permanent: false });
});

test('Telegram: plain text to each chat, and not twice to those that have it', async () => {
  sink.replies.push({ status: 200 }, { status: 429, body: '{"ok":false,"parameters":{"retry_after":7}}' });
  expect(await send({ kind: 'telegram', target: ['-100', '7'] }, '12:token')).toMatchObject({
    kind: 'accepted',
    answer: expect.stringContaining('1 of 2'),
  });
  expect(sink.received.map(({ path }) => path)).toEqual(['/bot12:token/sendMessage', '/bot12:token/sendMessage']);
  expect(sent()).toMatchObject({ chat_id: '-100', text: expect.stringContaining(hostile) });
  expect(sent()).not.toHaveProperty('parse_mode');
  sink.replies.push({ status: 429, body: '{"ok":false,"parameters":{"retry_after":7}}' });
  expect(await send({ kind: 'telegram', target: ['7'] }, '12:token')).toMatchObject({ kind: 'refused', retryAfter: 7000 });
});

test('ntfy: a topic, with user and password of the address', async () => {
  const address = sink.address.replace('http://', 'http://me:pass%20word@');
  expect(await send({ kind: 'ntfy', target: [`${address}/base/my-topic`] })).toMatchObject({ kind: 'accepted' });
  expect(sink.received[0]).toMatchObject({
    path: '/base',
    headers: { authorization: `Basic ${Buffer.from('me:pass word').toString('base64')}` },
  });
  expect(sent()).toMatchObject({ topic: 'my-topic', title: payload.title, priority: 5, markdown: false, click: payload.url });
});

test('webhook: a template in which nothing leaves its quotes; without one JSON of ours', async () => {
  const template = '{"t": "{{ title }}", "s": "{{service}}/{{incident}}", "unknown": "{{nothing}}", "state": "{{state}}"}';
  await send({ kind: 'webhook', target: [sink.address], template });
  expect(sent()).toEqual({ t: payload.title, s: 'web/I-7', unknown: '{{nothing}}', state: 'down' });
  expect(sink.received[0]?.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'idempotency-key': 'k'.repeat(32) });
  await send({ kind: 'webhook', target: [sink.address], template: 'msg={{title}}' });
  expect(sink.received[1]).toMatchObject({ body: `msg=${payload.title}`, headers: { 'content-type': 'text/plain; charset=utf-8' } });
  await send({ kind: 'webhook', target: [sink.address] });
  expect(JSON.parse(sink.received[2]?.body ?? '')).toMatchObject({
    state: 'down',
    messages: [{ kind: 'down', monitor: 'home', time: '2026-01-01T00:00:00.000Z' }],
  });
});

test('e-mail: one subject line, text only', async () => {
  const smtp = { host: '127.0.0.1', port: mail.port, from: 'hearth@example.test', tls: 'none' as const };
  const title = 'Down: web\r\nBcc: all@example.test';
  expect(
    await send({ kind: 'email', target: ['a@example.test', 'b@example.test'], smtp }, undefined, [{ ...payload, title }]),
  ).toMatchObject({ kind: 'accepted' });
  const [received] = mail.received;
  expect(received?.to).toEqual(['RCPT TO:<a@example.test>', 'RCPT TO:<b@example.test>']);
  expect(received?.text.split('\n\n')[0]).not.toMatch(/^Bcc:/m);
  expect(received?.text).toMatch(/^Content-Type: text\/plain/m);
  mail.replies.push('550 no such user');
  expect(await send({ kind: 'email', target: ['a@example.test'], smtp })).toMatchObject({ kind: 'refused', permanent: true });
  const nobody = await send({ kind: 'email', target: ['a@example.test'], smtp: { ...smtp, port: 1 } });
  expect(nobody).toMatchObject({ kind: 'refused', permanent: false });
});

test('a server that does not answer as one should is an answer, too', async () => {
  const target = [sink.address];
  sink.replies.push({ status: 302, headers: { location: 'https://evil.test/' } }, 'die', { status: 200, body: 'x'.repeat(200_000) });
  expect(await send({ kind: 'webhook', target })).toMatchObject({ kind: 'refused', answer: 'HTTP 302', permanent: false });
  expect(await send({ kind: 'webhook', target })).toMatchObject({ kind: 'unknown' });
  expect(await send({ kind: 'webhook', target })).toMatchObject({ kind: 'accepted' });
  expect(await send({ kind: 'webhook', target: ['ftp://x.test/'] })).toMatchObject({ kind: 'refused', permanent: true });
  expect(sink.received).toHaveLength(3);
});

test('how long to wait, as seconds, as a date, in the body', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(retryAfterOf({ 'retry-after': '3' }, '', now)).toBe(3000);
  expect(retryAfterOf({ 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, '', now)).toBe(60_000);
  expect(retryAfterOf({}, '{"retry_after": 0.5}', now)).toBe(500);
  expect(retryAfterOf({}, 'slow down', now)).toBeUndefined();
});

test('an address is shown without what is secret in it', () => {
  expect(targetText(channel({ kind: 'webhook', target: ['https://me:pw@hooks.test/in?token=1#x'] }))).toBe('https://hooks.test/in');
  expect(targetText(channel({ kind: 'slack', target: [], secret: 'SLACK_URL' }))).toBe('the address in SLACK_URL');
});
