// `hearth incident` and `hearth notify` with a real hub: what a person sees, what is told, what a killed hub leaves to the next.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openIncident } from '../../../server/protocol/incident.ts';
import { outbox } from '../../../server/protocol/notify.ts';
import { type CliOutcome, cli, jsonLines } from '../../support/cli.ts';
import { filesHolding } from '../../support/filesHolding.ts';
import { until } from '../../support/processes.ts';
import type { Repository } from '../../support/repositories/repository.ts';
import { type HttpSink, httpSink } from '../../support/sinks.ts';
import { type WorkPlace, workPlace } from '../../support/workItems.ts';

const token = 'T0/B0/a-secret-of-the-channel';
let place: WorkPlace;
let repository: Repository;
let sink: HttpSink;
beforeAll(async () => {
  [place, sink] = await Promise.all([workPlace(), httpSink()]);
  repository = place.repository();
  repository.write(
    'hearth.yaml',
    `version: 1
project: shop
services:
  web: { image: "web:1" }
environments:
  production: {}
notifications:
  - { to: slack, secret: SLACK_URL, environment: production, on: [incident], group: 0s }
  - { name: hook, to: webhook, url: "${sink.address}/hook", on: [incident], group: 0s }
`,
  );
  repository.commit('Watch');
  await hearth('config', 'apply');
  const set = await cli(['env', 'set', 'production', 'SLACK_URL', '--secret'], { ...where(), input: `${sink.address}/services/${token}` });
  expect(set).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await sink.close();
  await place.dispose();
});

const where = () => ({ env: { ...place.home.env, TZ: 'UTC' }, cwd: repository.root });
async function hearth(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(args, where());
  if (code !== 0) throw new Error(`${args.join(' ')}: ${code} ${stderr}`);
  return stdout;
}
const failing = (...args: string[]): Promise<CliOutcome> => cli(args, where());
const states = async () => {
  const { messages } = await place.server.send(outbox, { repository: repository.root });
  return messages.map(({ channel, state }) => `${channel} ${state}`).sort();
};

test('an incident from the first word to the post-mortem', { timeout: 300_000 }, async () => {
  const opened = await hearth(
    'incident',
    'open',
    'Orders',
    'are',
    'lost',
    '--service',
    'web',
    '-e',
    'production',
    '--severity',
    'critical',
  );
  expect(opened).toMatch(/^I-1 +investigating +critical +just now +Orders are lost\n$/);
  await until(async () => (await states()).join() === 'hook sent,slack sent');
  expect(sink.received.map(({ path: at }) => at).sort()).toEqual(['/hook', `/services/${token}`]);
  await place.create(repository, 'Keep orders');
  expect(await hearth('incident', 'ack', 'I-1')).toContain('(acknowledged by cli)');
  await hearth('incident', 'update', '1', '--state', 'identified', '--item', '1', '-m', 'The pool is too small.');
  await hearth('incident', 'note', 'I-1', 'Made it larger.');
  expect(await failing('incident', 'update', 'I-1', '--state', 'investigating')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Say it in a note.'),
  });
  expect(await failing('incident', 'update', 'I-1', '--state', 'done')).toMatchObject({ code: 2 });
  await hearth('incident', 'resolve', 'I-1', '-m', 'Larger is enough.');
  expect(await hearth('incident', 'open', 'Orders are slow')).toContain('I-2');
  expect(await hearth('incident', 'merge', 'I-2', 'I-1').catch((error: Error) => error.message)).toContain('I-1 is resolved, I-2 is not.');
  const shown = await hearth('incident', 'show', 'I-1');
  for (const line of [
    /^I-1 Orders are lost$/m,
    /^state +resolved$/m,
    /^where +web in production$/m,
    /^work item +#1$/m,
    /Larger is enough\. +cli$/m,
  ]) {
    expect(shown).toMatch(line);
  }
  const listed = jsonLines(await hearth('incident', 'list', '--json'));
  expect(listed.map(({ number, state }) => [number, state])).toEqual([
    [2, 'investigating'],
    [1, 'resolved'],
  ]);
  expect(await hearth('incident', 'list', '--open')).not.toContain('I-1');
  expect(await hearth('incident', 'suspects', 'I-2', '--json')).toContain('"commits":[]');

  const printed = await hearth('incident', 'postmortem', 'I-1');
  expect(printed).toMatch(/^# I-1: Orders are lost$/m);
  expect(printed).toContain('Made it larger.');
  const began = new Date(Number(listed[1]?.['started'])).toISOString();
  const file = `docs/incidents/${began.slice(0, 10)}-I-1-orders-are-lost.md`;
  expect(await hearth('incident', 'postmortem', 'I-1', '--write')).toBe(`Wrote ${file}\n`);
  expect(repository.git('status', '--short', '-uall')).toContain(file);
  expect(await failing('incident', 'postmortem', 'I-1', '--write')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`${file} is there already.`),
  });
  // Never through a link to somewhere else.
  rmSync(path.join(repository.root, 'docs'), { recursive: true });
  const elsewhere = path.join(place.home.root, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, path.join(repository.root, 'docs'));
  expect(await failing('incident', 'postmortem', 'I-1', '--write')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('docs is a link.'),
  });
  expect(existsSync(path.join(elsewhere, 'incidents'))).toBe(false);
});

test('notifications are listed, tested, and sent again', { timeout: 300_000 }, async () => {
  await until(async () => (await states()).every((state) => state.endsWith('sent')));
  sink.replies.push({ status: 400, body: `no_service at ${sink.address}/services/${token}` });
  const tested = await failing('notify', 'test', 'slack');
  expect(tested).toMatchObject({ code: 1, stdout: expect.stringMatching(/^✗ slack {2}.* {2}HTTP 400 no_service at \*\*\*\n$/) });
  expect(await hearth('notify', 'test', 'hook')).toMatch(/^✓ hook {2}.*HTTP 200 ok\n$/);
  sink.replies.push({ status: 400 }, { status: 400 });
  await hearth('incident', 'open', 'Nobody hears of it');
  await until(async () => (await states()).filter((state) => state.endsWith('dead')).length === 2);
  expect(await hearth('notify', 'outbox', '--state', 'dead')).toMatch(
    /dead +hook.*I-3 opened: Nobody hears of it \(1 attempt\)\n +HTTP 400/,
  );
  expect((await hearth('notify', 'resend', '--dead')).split('\n')).toHaveLength(3);
  await until(async () => (await states()).every((state) => state.endsWith('sent')));
  const list = await hearth('notify', 'list');
  expect(list).toMatch(/^slack +slack +the address in SLACK_URL +incident +sent just now$/m);
});

test('a hub that is killed while it sends leaves nothing to be sent twice, and nothing unsaid', { timeout: 300_000 }, async () => {
  const before = sink.received.length;
  sink.replies.push('hang', 'hang');
  await place.server.send(openIncident, { repository: repository.root, title: 'In the middle' });
  await until(() => sink.received.length === before + 2);
  await place.home.kill();
  // Whoever asks starts the next one. What is uncertain is so before the rest is sent again.
  await until(async () => {
    const now = await states();
    return now.includes('slack uncertain') && now.every((state) => state.endsWith(' sent') || state === 'slack uncertain');
  });
  const after = sink.received.slice(before);
  expect(after.filter(({ path: at }) => at.startsWith('/services'))).toHaveLength(1);
  const hooks = after.filter(({ path: at }) => at === '/hook');
  expect(hooks).toHaveLength(2);
  expect(hooks[1]?.headers['idempotency-key']).toBe(hooks[0]?.headers['idempotency-key']);
  expect(hooks[1]?.body).toBe(hooks[0]?.body);
  expect(await hearth('notify', 'outbox', '--state', 'uncertain', '--json')).toContain('I-4 opened: In the middle');
});

test('the secret of a channel is nowhere', async () => {
  expect(filesHolding(place.home.path, token)).toEqual([]);
});
