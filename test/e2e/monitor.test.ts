// From a commit that breaks a service to its post-mortem in the real VS Code: a real hub, a real Docker engine, real checks, and somebody
// who is told.
import * as assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Suspects } from '../../extension/monitor/suspects.ts';
import type { TreeRow } from '../../extension/ui/treeBase.ts';
import type { Incident } from '../../server/protocol/incident.ts';
import { listMonitors } from '../../server/protocol/monitor.ts';
import { outbox } from '../../server/protocol/notify.ts';
import { freePort } from '../support/freePort.ts';
import { type HttpSink, httpSink } from '../support/sinks.ts';
import { allEvents } from './activityWindow.ts';
import { commitOn, deploy, deployFeature, environment, hasEngine, released, serviceRow, textOf } from './deployWindow.ts';
import { applied, incidentThat, resolveAll, rowsOf, rowThat, showServices, toldAt, view } from './monitorWindow.ts';
import { closeAll, git, hearth, sample, shownDiff, treeOf, until } from './repositoryWindow.ts';
import { answer } from './workWindow.ts';

/** A command that fails waits until its message is dismissed: nobody would. */
async function run<T = unknown>(name: string, ...args: unknown[]): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not end`)), 120_000);
  });
  return Promise.race([vscode.commands.executeCommand<T>(name, ...args), late]).finally(() => clearTimeout(timer));
}
const secret = 'LISTENER_URL';

describe('services, incidents and who is told', () => {
  let listener: HttpSink;
  before(async () => {
    listener = await httpSink();
  });
  after(() => listener.close());
  afterEach(closeAll);

  it('a monitor is tested, added by hand, paused, looked at again, and removed after a question', async function () {
    this.timeout(300_000);
    const shell = await hearth();
    await showServices();
    await run('hearth.monitor.refresh');
    const added = await run<{ monitor: { name: string; id: string } } | undefined>('hearth.monitor.add', {
      repository: sample,
      check: `${listener.address}/healthz`,
      name: 'by-hand',
      service: '',
      environment: '',
      interval: 3600,
      item: false,
      document: false,
    });
    assert.equal(added?.monitor.name, 'by-hand');
    assert.ok(toldAt(listener, '/healthz').length > 0, 'it was looked at before it was kept');
    await rowThat('by-hand', ({ description }) => / m?s$/.test(description), 'answers');
    const tested = await run<{ ok: boolean; found: string } | undefined>('hearth.monitor.test', { repository: sample, monitor: 'by-hand' });
    assert.equal(tested?.ok, true);
    assert.match(tested?.found ?? '', /200/);
    await run('workbench.action.closeQuickOpen');

    await run('hearth.monitor.pause', { repository: sample, monitor: 'by-hand' });
    const paused = await rowThat('by-hand', ({ description }) => description === 'paused', 'is paused');
    assert.deepEqual([paused.icon, paused.contextValue], ['debug-pause', 'monitor manual paused']);
    await run('hearth.monitor.resume', { repository: sample, monitor: 'by-hand' });
    const again = await rowThat('by-hand', ({ description }) => / m?s$/.test(description), 'is looked at again');
    assert.equal(again.contextValue, 'monitor manual active');

    const opened = await run<{ active: boolean } | undefined>('hearth.monitor.startMaintenance', {
      repository: sample,
      monitors: ['by-hand'],
      minutes: 5,
      name: 'A test',
    });
    assert.equal(opened?.active, true);
    await rowThat('by-hand', ({ description }) => description.includes('in maintenance'), 'is in maintenance');
    await run('hearth.monitor.endMaintenance', { repository: sample });
    await rowThat('by-hand', ({ description }) => !description.includes('in maintenance'), 'is out of maintenance');

    const report = join(sample, 'uptime.md');
    assert.equal(await run('hearth.monitor.exportReport', { repository: sample, days: 1, file: report }), report);
    assert.match(readFileSync(report, 'utf8'), /by\\?-hand/);
    rmSync(report);

    const asked = await answer('action');
    assert.equal(await run('hearth.monitor.remove', { repository: sample, monitor: 'by-hand' }), true);
    assert.equal(asked[0]?.message, 'Remove monitor by-hand?');
    assert.match(asked[0]?.detail ?? '', /history .*is gone/);
    const left = (await shell.server.send(listMonitors, { repository: sample })).monitors;
    assert.ok(left.every(({ name }) => name !== 'by-hand'));
    await run('notifications.clearAll');
  });

  it('a service is added by hand with a sentence, links open, and it goes again', async function () {
    this.timeout(300_000);
    await hearth();
    await showServices();
    const facts = {
      type: 'external',
      owner: 'Ada',
      links: [
        { title: 'Grafana', url: `${listener.address}/grafana`, kind: 'dashboard' },
        { title: 'Notes', url: 'docs/runbook.md', kind: 'documentation' },
      ],
    };
    const at = { repository: sample, service: 'acme-mail' };
    await run('hearth.catalog.add', { repository: sample, name: 'acme-mail', facts, change: 'They send our mail now' });
    await rowThat('acme-mail', ({ contextValue }) => contextValue === 'service manual links', 'is in the catalog');
    assert.deepEqual(
      (await rowsOf('acme-mail')).map(({ label }) => label),
      ['Grafana', 'Notes'],
    );
    await run('hearth.catalog.openLink', { repository: sample, url: facts.links[0]?.url });
    await until(() => tabs().find((label) => /simple browser|127\.0\.0\.1/i.test(label)), 'the dashboard inside the window');
    await run('hearth.catalog.openLink', { repository: sample, url: 'docs/runbook.md' });
    await until(
      () => (vscode.window.activeTextEditor?.document.uri.fsPath === join(sample, 'docs/runbook.md') ? true : undefined),
      'the file',
    );
    await closeAll();
    // Out of the repository, or to a program, no link leads.
    for (const url of ['../../etc/passwd', 'command:workbench.action.quit', 'file:///etc/passwd']) {
      await refused('hearth.catalog.openLink', { repository: sample, url });
    }
    await until(() => (tabs().length === 0 ? true : undefined), 'no tab');

    await run('hearth.catalog.edit', { ...at, facts: { ...facts, owner: 'Grace' }, change: 'Grace answers for it' });
    const tree = await treeOf(view);
    const tooltip = async () => (await (await tree.find(['acme-mail']))?.tooltip(new vscode.CancellationTokenSource().token))?.value;
    await until(async () => ((await tooltip())?.includes('Grace') ? true : undefined), 'the new owner in the tooltip');
    await answer('action');
    assert.equal(await run('hearth.catalog.remove', { ...at, change: 'Not used any more' }), true);
    const said = (await allEvents()).filter(({ entity }) => entity === 'service').map(({ payload }) => payload['change']);
    for (const change of ['They send our mail now', 'Grace answers for it', 'Not used any more']) assert.ok(said.includes(change), change);
  });

  it('an incident that no monitor sees is declared, shown in a panel, and resolved; the doctor says what is well', async () => {
    await hearth();
    await showServices();
    const title = '<b>Orders</b> $(trash) [x](command:workbench.action.quit)';
    const made = await run<Incident>('hearth.incident.declare', { repository: sample, title, severity: 'minor', services: [] });
    await until(
      () => tabs().find((label) => label.includes(`I-${made.number}`) || label.includes('Incident')),
      'the panel of the incident',
    );
    const at = { repository: sample, incident: made.id };
    const row = await until(
      async () => (await rowsOf('Incidents').catch(() => [])).find(({ label }) => label.startsWith(`I-${made.number} `)),
      'its row',
    );
    assert.equal(row.label, `I-${made.number} ${title}`);
    assert.match(row.description, /^investigating · minor · /);
    assert.equal((await run<Incident>('hearth.incident.resolve', at)).state, 'resolved');
    const shows = async () => (await rowsOf('Incidents').catch(() => [])).some(({ label }) => label.startsWith(`I-${made.number} `));
    await until(async () => ((await shows()) ? undefined : true), 'its row to go');
    const findings = await run<readonly { id: string; state: string }[]>('hearth.operation.doctor');
    assert.ok(findings.length > 3 && findings.some(({ state }) => state === 'ok'), JSON.stringify(findings));
    await run('workbench.action.closeQuickOpen');
  });

  it('deploys, watches, breaks, tells once, suspects the right commit first, goes back, and writes it up', async function () {
    if (!hasEngine) this.skip();
    this.timeout(600_000);
    const shell = await hearth();
    const { status } = await deployFeature();
    const head = git('rev-parse', 'HEAD').trim();
    const port = await freePort();
    const config = configFor(port, listener);
    const good = commitOn(head, { 'hearth.yaml': config }, 'Watch the shop');
    await run('hearth.environment.setSecret', { repository: sample, environment, name: secret, value: `${listener.address}/chat` });
    await applied(commitOn(head, { 'hearth.yaml': withoutWatching(config) }, 'Watch nothing yet'));
    await resolveAll();
    try {
      // Deployed, and watched from the moment that somebody applies it: nothing starts because a file says so.
      await deploy(good);
      await serviceRow('web', isServing, 'is live');
      await serviceRow('api', isServing, 'is live');
      const before = await released('web');
      const all = (await shell.server.send(listMonitors, { repository: sample })).monitors;
      assert.deepEqual(
        all.filter(({ orphan }) => orphan === null),
        [],
      );
      await applied(good);
      await showServices();
      const web = await rowThat(
        'web',
        ({ icon, description }) => icon === 'circle-filled' && / m?s$/.test(description),
        'is watched and well',
      );
      assert.match(web.description, /^[▁▄·]+ [\d.]+ m?s$/);
      assert.match(web.spoken, /^web, healthy, [\d.]+ m?s, 1 monitor$/);
      await until(() => (status.shown?.text === '$(circle-filled) production 2/2' ? true : undefined), 'the status item');

      const tried = await run<{ ok: boolean }>('hearth.monitor.testNotification', { repository: sample, name: 'program' });
      assert.deepEqual([tried.ok, toldAt(listener, '/program').length], [true, 1]);
      listener.received.length = 0;

      // One of three commits breaks it, some time after it went live.
      const one = commitOn(good, { 'docs/runbook.md': `${textOf(good, 'docs/runbook.md')}\nAsk Ada.\n` }, 'Say whom to ask');
      const breaking = commitOn(
        one,
        { 'deploy/serve.sh': breakLater(textOf(one, 'deploy/serve.sh')), 'public/cgi-bin/clean': clean },
        'Clean up while serving',
      );
      const three = commitOn(breaking, { 'api/catalog/products.json': '[]\n' }, 'Sell nothing for a day');
      await deploy(three, ['web']);
      const isThree = (row: TreeRow): boolean =>
        isServing(row) && row.description.startsWith(three.slice(0, 7)) && !row.description.includes('→');
      await serviceRow('web', isThree, 'is the new version');
      await fetch(`http://127.0.0.1:${port}/cgi-bin/clean`);
      const incident = await incidentThat(({ state, services }) => state === 'investigating' && services.includes('web'), 'an incident');
      assert.deepEqual(
        incident.monitors.map(({ name }) => name),
        ['home'],
      );
      assert.equal(incident.environment, environment);
      await until(() => (status.shown?.text === '$(error) production: web down' ? true : undefined), 'the red status item');
      assert.equal(status.shown?.down, true);
      await rowThat('web', ({ icon, description }) => icon === 'error' && description.includes('down'), 'is down');
      const label = `I-${incident.number} ${incident.title}`;
      await until(async () => (await incidentRows())[0]?.label === label || undefined, 'the row of the incident');
      const tree = await treeOf(view);
      await until(() => (tree.view.badge?.value === 1 ? true : undefined), 'the badge');

      // Told once through each channel.
      await until(
        () => (toldAt(listener, '/chat').length > 0 && toldAt(listener, '/program').length > 0 ? true : undefined),
        'somebody to be told',
      );

      // The breaking commit is the first suspect; Enter opens its change.
      const at = { repository: sample, incident: incident.id };
      const suspects = await run<Suspects>('hearth.incident.suspects', at);
      assert.equal(suspects.commits[0]?.commit, breaking, JSON.stringify(suspects));
      assert.deepEqual(new Set(suspects.commits.map(({ commit }) => commit)), new Set([one, breaking, three]));
      assert.equal(suspects.good?.commit, good);
      assert.equal(suspects.bad?.commit, three);
      await until(async () => {
        await run('workbench.action.acceptSelectedQuickOpenItem');
        await new Promise((resolve) => setTimeout(resolve, 200));
        return tabs().find((label) => label.includes(breaking.slice(0, 7)));
      }, 'the change of the suspect');
      assert.equal(shownDiff(), undefined, 'all of its files, not one');

      // Somebody looks at it.
      const seen = await run<Incident>('hearth.incident.acknowledge', at);
      assert.ok(seen.acknowledged);
      await until(() => (tree.view.badge === undefined ? true : undefined), 'the badge to go');
      await run('hearth.incident.openRunbook', at);
      await until(
        () => (vscode.window.activeTextEditor?.document.uri.fsPath === join(sample, 'docs/runbook.md') ? true : undefined),
        'the runbook',
      );
      await run('hearth.incident.note', { ...at, note: 'The page is gone after some seconds.' });
      assert.equal((await run<Incident>('hearth.incident.setState', { ...at, state: 'identified' })).state, 'identified');

      // Back to the release before: up, told, watched for a while, over.
      await answer('action');
      await run('hearth.deploy.rollBack', { repository: sample, environment, service: 'web', to: before.id });
      await incidentThat(({ number, state }) => number === incident.number && state === 'resolved', 'the incident to be over');
      await rowThat('web', ({ icon }) => icon === 'circle-filled', 'is well again');
      await until(() => (status.shown?.text === '$(circle-filled) production 2/2' ? true : undefined), 'the status item to be well');
      await until(
        async () => ((await rowsOf()).every(({ label }) => label !== 'Incidents') ? true : undefined),
        'the incident to leave the view',
      );
      await until(() => (toldAt(listener, '/chat').length >= 2 ? true : undefined), 'somebody to be told that it is over');
      const told = await toldOf(incident);
      assert.deepEqual(told, { chat: ['down', 'recovered'], program: ['down', 'recovered'] });
      assert.equal(toldAt(listener, '/chat').length, 2);
      assert.equal(toldAt(listener, '/program').length, 2);

      // What is left to do is written from the log.
      const path = await run<string>('hearth.incident.postmortem', at);
      const text = readFileSync(join(sample, path), 'utf8');
      rmSync(join(sample, path));
      for (const part of [`I-${incident.number}`, breaking.slice(0, 7), 'The page is gone after some seconds.'])
        assert.ok(text.includes(part), `${part} in\n${text}`);
      const kinds = new Set((await allEvents()).map(({ entity, kind }) => `${entity} ${kind}`));
      for (const kind of ['monitor down', 'monitor up', 'incident opened', 'incident acknowledged', 'notification sent'])
        assert.ok(kinds.has(kind), kind);
    } finally {
      await applied(commitOn(good, { 'hearth.yaml': withoutWatching(config) }, 'Watch nothing'));
      await answer('action');
      await run('hearth.deploy.remove', { repository: sample, environment });
      await run('hearth.environment.unset', { repository: sample, environment, name: secret });
    }
    await until(() => (status.shown === undefined ? true : undefined), 'the status item to go').catch((error: Error) => {
      throw new Error(`${error.message}; it says ${status.shown?.text}`);
    });
  });

  /** What became of the messages of an incident, by notification, oldest first. */
  async function toldOf({ id }: Incident): Promise<Record<string, string[]>> {
    const { server } = await hearth();
    const look = async () => {
      const { messages } = await server.send(outbox, { repository: sample });
      const own = messages.filter(({ incident }) => incident === id).sort((a, b) => a.id - b.id);
      return own.every(({ state }) => state === 'sent') ? own : undefined;
    };
    const own = await until(look, 'every message to be sent');
    return Object.fromEntries(
      ['chat', 'program'].map((name) => [name, own.filter(({ channel }) => channel === name).map(({ kind }) => kind)]),
    );
  }
});

const tabs = (): string[] => vscode.window.tabGroups.all.flatMap(({ tabs: all }) => all.map(({ label }) => label));
const isServing = ({ contextValue }: { contextValue: string }): boolean => / live/.test(contextValue) && !/ running/.test(contextValue);
const incidentRows = async (): Promise<TreeRow[]> =>
  (await rowsOf()).some(({ label }) => label === 'Incidents') ? rowsOf('Incidents') : [];

/** A command that says why not: it ends when its message is dismissed. */
async function refused(name: string, argument: object): Promise<void> {
  let done = false;
  const asked = run(name, argument).then(() => {
    done = true;
  });
  await until(async () => {
    await run('notifications.clearAll');
    return done ? true : undefined;
  }, `${name} to be refused`);
  await asked;
}

/** Serves well until somebody asks for `clean`. */
function breakLater(script: string): string {
  return script.replace('wait "$server"', '(until [ -e /www/clean ]; do sleep 0.1; done; rm -f /www/healthz) &\nwait "$server"');
}
const clean = '#!/bin/sh\ntouch /www/clean\nprintf "Content-Type: text/plain\\r\\n\\r\\ncleaned\\n"\n';

/** The port is nobody's between two versions of `web`, which on a busy machine lasts seconds: the monitor is more patient than that. */
function configFor(port: number, listener: HttpSink): string {
  const health = '{ http: /healthz, interval: 100ms, timeout: 1s, healthy_for: 500ms, deadline: 120s }';
  return `version: 1
project: shop
services:
  web:
    owner: Ada
    runbook: docs/runbook.md
    build: { context: ., dockerfile: deploy/web.Dockerfile, paths: ["deploy/**", "public/**"] }
    port: 8080
    publish: "127.0.0.1:${port}"
    health: ${health}
    drain: 100ms
    stop_timeout: 1s
    depends_on: [api]
  api:
    build: { context: api }
    port: 8080
    health: ${health}
    drain: 100ms
    stop_timeout: 1s
environments:
  production: { docker: local, routing: none }
monitors:
  - { name: home, service: web, environment: production, http: "http://127.0.0.1:${port}/healthz", interval: 2s, retry_interval: 1s, timeout: 2s, failures: 10, successes: 1, assert: ["status == 200"], notify: [chat, program] }
notifications:
  - { name: chat, to: slack, secret: ${secret}, environment: production, on: [down, recovered], group: 0s }
  - { name: program, to: webhook, url: "${listener.address}/program", on: [down, recovered], group: 0s }
incidents: { auto: true, settle: 2s }
`;
}

function withoutWatching(config: string): string {
  return config.slice(0, config.indexOf('monitors:'));
}
