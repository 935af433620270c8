// What people say of incidents, and what deployments and suspects add to their story.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newDeploymentId } from '../../../server/deploy/index.ts';
import { begin, end, enqueue, promote } from '../../../server/deploy/journal.ts';
import { postmortemPath, postmortemText } from '../../../server/monitor/incidents/postmortem.ts';
import { timelineOf } from '../../../server/monitor/incidents/records.ts';
import { collectReport } from '../../../server/monitor/report/collect.ts';
import type { Suspects } from '../../../server/monitor/suspects/types.ts';
import type { Incident } from '../../../server/protocol/incident.ts';
import { type AlertWorld, alertWorld, channel } from '../../support/alertWorld.ts';
import { serviceOf } from '../../support/releaseWorld.ts';
import { type HttpSink, httpSink } from '../../support/sinks.ts';
import { author } from '../../support/stateStore.ts';

const minute = 60_000;
/** However busy the machine is. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 30_000, interval: 20 });
const hostile = '<img src=x onerror=alert(1)> [a](command:x)\n# no heading \u202e`';
let sink: HttpSink;
let world: AlertWorld;
beforeEach(async () => {
  sink = await httpSink();
  world = await alertWorld({
    notifications: [channel({ kind: 'webhook', name: 'ops', target: [sink.address], on: ['incident', 'deployed', 'failed'] })],
  });
});
afterEach(async () => {
  await world.close();
  await sink.close();
});

const titles = async () => (await world.messages()).map(({ payload }) => payload.title);
const open = async (params: object) => (await world.ask<{ incident: Incident }>('incident/open', params)).incident;
const update = async (incident: string, params: object) =>
  (await world.ask<{ incident: Incident }>('incident/update', { incident, ...params })).incident;

/** A deployment with all that the log says of it. */
async function deploy(
  service: string,
  commit: string,
  outcome: 'live' | 'failed' | 'rolled-back',
  rollbackTo: string | null = null,
): Promise<string> {
  const environment = {
    name: 'production',
    chain: ['production'],
    docker: 'local',
    routing: { kind: 'none' as const },
    variables: {},
    limits: {},
  };
  return world.store.write(author, (transaction) => {
    const id = newDeploymentId(transaction.now);
    enqueue(transaction, {
      ...{
        id,
        run: id,
        project: world.project,
        projectName: 'shop',
        environment: 'production',
        service,
        engine: 'local',
        repository: '/nowhere',
      },
      ...{
        commit: commit.repeat(40),
        subject: `Change ${commit}`,
        overrides: {},
        specHash: commit,
        image: 'x',
        imageId: null,
        digest: null,
      },
      ...{ config: { project: 'shop', service: serviceOf(service), environment, retention: { releases: 5, logs: 20 } } },
      ...{ actor: 'ada', rollbackTo, fence: 1, url: null },
    });
    begin(transaction, id, 1);
    if (outcome !== 'live') end(transaction, id, { state: outcome, reason: 'It never answered.', hint: null });
    else {
      const before =
        transaction.get<{ id: string }>("select id from deployments where service = ? and state = 'live'", [service])?.id ?? null;
      promote(transaction, id, before);
    }
    return id;
  });
}

describe('by hand', () => {
  test('an incident goes forwards; back only to the beginning, and only with a reason', async () => {
    const incident = await open({ title: 'Orders are lost', severity: 'critical', services: ['api'], environment: 'production' });
    expect(incident).toMatchObject({ number: 1, state: 'investigating', source: 'manual', monitors: [], acknowledged: null });
    expect(await update('i-1', { acknowledge: true })).toMatchObject({ acknowledged: { actor: 'window' } });
    await update(incident.id.slice(0, 8), { state: 'identified', note: 'The pool is too small.' });
    expect(await update('I-1', { state: 'resolved' })).toMatchObject({ state: 'resolved', resolved: world.state.clock });
    await expect(update('I-1', { state: 'identified', note: 'x' })).rejects.toThrow(
      'I-1 is resolved already: it goes back only to investigating.',
    );
    await expect(update('I-1', { state: 'investigating' })).rejects.toThrow('Why is I-1 investigated again?');
    expect(await update('I-1', { state: 'investigating', note: 'They are lost again.' })).toMatchObject({
      state: 'investigating',
      resolved: null,
    });
    await update('I-1', { severity: 'minor', title: 'Some orders are lost', note: 'Only on Sundays.' });
    expect((await world.timeline('1')).filter((line) => !line.startsWith('alert'))).toEqual([
      'opened: Orders are lost',
      'acknowledged: Acknowledged',
      'state: The cause is known: The pool is too small.',
      'state: Resolved',
      'state: Investigating again: They are lost again.',
      'note: Renamed from: Orders are lost',
      'severity: Severity: minor (was critical)',
      'note: Only on Sundays.',
    ]);
    expect(await titles()).toEqual([
      ...['I-1 opened: Orders are lost', 'I-1 is identified: Orders are lost', 'I-1 is resolved: Orders are lost'],
      ...['I-1 is being investigated again: Orders are lost', 'I-1 is minor: Some orders are lost'],
    ]);
    await expect(update('I-2', { note: 'x' })).rejects.toThrow('There is no incident "I-2" here.');
    await expect(update('I-1', { item: 12 })).rejects.toThrow('There is no work item 12.');
    await expect(open({ title: 'x', services: ['Not a name'] })).rejects.toThrow('"Not a name" is no name of a service.');
  });

  test('two become one: what was seen and told goes with it, and the first says where it went', async () => {
    await world.monitor('home');
    await world.goes('home', 'down');
    await open({ title: 'No orders', services: ['api'] });
    await world.ask('incident/merge', { incident: 'I-1', into: 'I-2' });
    expect(await world.incident('I-1')).toMatchObject({ state: 'merged', mergedInto: (await world.incident('I-2')).id });
    expect(await world.incident('I-2')).toMatchObject({ services: ['api', 'home'], monitors: [{ name: 'home', recovered: null }] });
    await expect(update('I-1', { state: 'resolved' })).rejects.toThrow('I-1 goes on as I-2.');
    await expect(world.ask('incident/merge', { incident: 'I-2', into: 'I-2' })).rejects.toThrow('itself');
    // The monitor is of the second one now; a person opened it, so a person resolves it.
    await world.goes('home', 'up');
    await world.pass(10 * minute);
    expect(await world.incident('I-2')).toMatchObject({
      state: 'investigating',
      monitors: [{ name: 'home', recovered: expect.any(Number) }],
    });
  });

  test('open ones are listed first, a page at a time', async () => {
    for (const title of ['one', 'two', 'three', 'four']) await open({ title, services: title === 'two' ? ['web'] : [] });
    await update('I-3', { state: 'resolved' });
    type Page = { incidents: Incident[]; open: number; more: boolean };
    const list = (params: object) => world.ask<Page>('incident/list', params);
    const first = await list({ limit: 2 });
    expect(first).toMatchObject({ incidents: [{ title: 'four' }, { title: 'two' }], open: 3, more: true });
    expect(await list({ limit: 2, before: first.incidents[1]?.id })).toMatchObject({
      incidents: [{ title: 'one' }, { title: 'three' }],
      more: false,
    });
    expect(await list({ service: 'web' })).toMatchObject({ incidents: [{ title: 'two' }] });
    expect((await list({ open: true })).incidents).toHaveLength(3);
  });

  test('two that began in the same millisecond are in a report as in the list, the later one first', async () => {
    for (const title of ['one', 'two']) await open({ title });
    const { project, state, store } = world;
    const question = { project, name: 'shop', from: 0, to: state.clock + 1, now: state.clock, monitors: [] };
    const { incidents } = await store.read((reader) => collectReport(reader, question));
    expect(incidents.map(({ title }) => title)).toEqual(['two', 'one']);
  });
});

describe('deployments', () => {
  test('are told once each, whatever hub comes to it, and stand in the story of what was wrong then', async () => {
    await deploy('web', 'a', 'live');
    await world.monitor('home', { service: 'web' });
    await world.goes('home', 'down');
    expect(await world.incident('I-1')).toMatchObject({ commit: 'a'.repeat(40), deployment: expect.stringMatching(/^0/) });
    await deploy('web', 'b', 'failed');
    world.takeOver(2);
    await deploy('web', 'c', 'live', 'earlier');
    await expect
      .poll(async () => (await titles()).filter((title) => !title.startsWith('I-1')))
      .toEqual([
        ...[`Deployed: web ${'a'.repeat(10)} to production`, `Deployment failed: web ${'b'.repeat(10)} to production`],
        `Rolled back: web ${'c'.repeat(10)} in production`,
      ]);
    const deployed = async () => (await world.timeline('I-1')).filter((line) => line.startsWith('deployment:'));
    await eventually(deployed).toEqual([
      `deployment: web ${'b'.repeat(10)} failed in production: It never answered.`,
      `deployment: web ${'c'.repeat(10)} is live again (rolled back) in production: Change c`,
    ]);
    world.takeOver(3);
    await world.outbox();
    await deploy('web', 'd', 'live');
    // Its smoke test failed after the switch: whoever is told of failures hears of it.
    await deploy('web', 'e', 'rolled-back');
    await eventually(deployed).toHaveLength(4);
    expect((await deployed()).at(-1)).toBe(`deployment: web ${'e'.repeat(10)} went back by itself in production: It never answered.`);
    const told = async () => (await titles()).filter((title) => title.startsWith('Deploy') || title.startsWith('Rolled'));
    await eventually(async () => (await told()).slice(3)).toEqual([
      `Deployed: web ${'d'.repeat(10)} to production`,
      `Rolled back by itself: web ${'e'.repeat(10)} in production`,
    ]);
  });

  test('of one run that break two services are one cause', async () => {
    const ids = [await deploy('web', 'a', 'live'), await deploy('api', 'a', 'live')];
    await world.store.write(author, (transaction) => void transaction.run('update deployments set run = ?', [ids[0] ?? '']));
    for (const name of ['web', 'api', 'mail']) await world.monitor(name);
    for (const name of ['web', 'api', 'mail']) await world.goes(name, 'down');
    expect((await world.incidents()).map(({ services }) => services)).toEqual([['mail'], ['web', 'api']]);
  });
});

describe('time', () => {
  test('a monitor that is gone holds no incident open, also when the hub was not there', async () => {
    const { id } = await world.monitor('home');
    await world.goes('home', 'down');
    await world.store.write(author, (transaction) => void transaction.run('delete from monitors where id = ?', [id]));
    world.takeOver(2);
    await eventually(async () => (await world.incident('I-1')).state).toBe('monitoring');
    await world.pass(5 * minute);
    await eventually(async () => (await world.incident('I-1')).state).toBe('resolved');
    expect((await titles()).at(-1)).toBe('I-1 is resolved: home is down in production');
  });
});

test('what a person opens again is not resolved by monitors that are well', async () => {
  await world.monitor('home');
  await world.goes('home', 'down');
  await world.goes('home', 'up');
  await world.pass(6 * minute);
  await eventually(async () => (await world.incident('I-1')).state).toBe('resolved');
  await update('I-1', { state: 'investigating', note: 'Customers still see errors.' });
  await world.pass(60 * minute);
  expect((await world.incident('I-1')).state).toBe('investigating');
});

describe('post-mortem', () => {
  test('says what the log knows, and nothing hostile becomes markup', async () => {
    await world.service('web', [], 'docs/runbook.md');
    await deploy('web', 'a', 'live');
    await world.monitor('home', { service: 'web' });
    await world.goes('home', 'down', hostile);
    await update('I-1', { acknowledge: true, title: 'web <b>is</b> down' });
    await world.pass(30 * minute);
    await world.goes('home', 'up');
    await world.pass(5 * minute);
    await eventually(async () => (await world.incident('I-1')).state).toBe('resolved');
    const incident = await world.incident('I-1');
    const timeline = await world.store.read((reader) => timelineOf(reader, incident.id));
    const release = (commit: string) => ({ deployment: '0', commit: commit.repeat(40), liveSince: 0 });
    const reasons = [{ kind: 'paths' as const, text: 'touches *web*', score: 1, files: ['web/a.ts'] }];
    const suspects: Suspects = {
      ...{ service: 'web', environment: 'production', good: release('9'), bad: release('a'), problem: null, gap: 0, total: 1 },
      commits: [{ commit: 'b'.repeat(40), subject: hostile, author: 'Eve', authorTime: 0, score: 0.75, item: 12, reasons }],
    };
    const text = postmortemText({ incident, timeline, suspects, now: world.state.clock });
    expect(text.split('\n')[0]).toBe('# I-1: web \\<b\\>is\\</b\\> down');
    expect(text).toContain('- **Release:** `aaaaaaaaaaaa`');
    expect(text).toContain('web in production: lasted 35 min. It was seen by home. It was acknowledged after 0 s.');
    expect(text).toContain('- home was down from 2026-01-01 00:00 UTC until 2026-01-01 00:30 UTC (30 min)');
    expect(text).toContain(
      '1. `bbbbbbbbbbbb` \\<img src=x onerror=alert(1)\\> \\[a\\](command:x) \\# no heading \\` (Eve, work item 12), 75 %: touches \\*web\\*',
    );
    expect(text.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(8);
    expect(text).not.toMatch(/\u202e|(?<!\\)(<img|\[a)/);
    expect(postmortemPath(incident)).toBe('docs/incidents/2026-01-01-I-1-web-b-is-b-down.md');
    expect(postmortemPath({ number: 2, title: '../../..', started: 0 })).toBe('docs/incidents/1970-01-01-I-2.md');
    const none = postmortemText({ incident, timeline: [], suspects: { ...suspects, problem: 'Nothing was deployed.' }, now: 0 });
    expect(none).toContain('## Suspects\n\nNothing was deployed.');
  });
});
