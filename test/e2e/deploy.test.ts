// Deployments in the real VS Code: a real hub, the sample with its two services, a real Docker engine that the suite started.
import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { LogTerminal } from '../../extension/deploy/logTerminal.ts';
import type { TreeRow } from '../../extension/ui/treeBase.ts';
import { list } from '../../server/protocol/deploy.ts';
import { allEvents } from './activityWindow.ts';
import {
  commitOn,
  deploy,
  deployFeature,
  environment,
  hasEngine,
  released,
  rowsOf,
  serviceRow,
  showEnvironments,
  shown,
  textOf,
  view,
} from './deployWindow.ts';
import { closeAll, git, hearth, sample, treeOf, until } from './repositoryWindow.ts';
import { answer } from './workWindow.ts';

const run = (name: string, ...args: unknown[]): Thenable<unknown> => vscode.commands.executeCommand(name, ...args);
const at = (service: string) => ({ repository: sample, environment, service });

describe('deployments', () => {
  afterEach(closeAll);

  it('nothing is deployed yet: the environments are there, the status bar is silent', async () => {
    await hearth();
    await showEnvironments();
    // A suite before this one may have stopped the hub.
    await run('hearth.deploy.refresh');
    const names = await until(async () => {
      const rows = await rowsOf();
      return rows.some(({ contextValue }) => contextValue.startsWith('environment')) ? rows.map(({ label }) => label) : undefined;
    }, 'the environments');
    assert.ok(names.includes('production') && names.includes('staging'), names.join());
    assert.equal((await deployFeature()).status.shown, undefined);
  });

  it('goes from the plan to live, survives a version that breaks, goes back by hand, and is removed', async function () {
    if (!hasEngine) this.skip();
    this.timeout(600_000);
    const shell = await hearth();
    const { status } = await deployFeature();
    const patient = textOf('HEAD', 'hearth.yaml').replaceAll('deadline: 30s', 'deadline: 180s');
    const head = commitOn(git('rev-parse', 'HEAD').trim(), { 'hearth.yaml': patient }, 'Wait for a busy machine');
    await showEnvironments();

    // The plan comes first, in a panel; nothing has started.
    await run('hearth.deploy.run', { repository: sample, environment, rev: head });
    await until(() => panels().find((label) => label.includes(environment)), 'the panel of the plan');
    assert.deepEqual((await shell.server.send(list, { repository: sample })).deployments, []);

    // Deploy: both services, the api first, because web depends on it.
    const seen = new Set<string>();
    const watch = setInterval(() => seen.add(status.shown?.text ?? ''), 100);
    const first = await deploy(head);
    await serviceRow('web', isServing, 'is live');
    await serviceRow('api', isServing, 'is live');
    clearInterval(watch);
    assert.ok(
      [...seen].some((text) => text.startsWith('$(sync~spin) production')),
      `a spinner among ${[...seen].join(', ')}`,
    );
    await until(() => (status.shown?.text === '$(circle-filled) production 2/2' ? true : undefined), 'the status item');
    const web = await released('web');
    const api = await released('api');
    assert.equal(web.run, first);
    assert.equal(web.commit, head);
    assert.ok((api.liveSince ?? 0) <= (web.started ?? 0), 'web waited for the api');
    assert.equal(await fetchText(web.containers[0]?.address, '/healthz'), textOf(head, 'public/healthz'));
    const row = await serviceRow('web', ({ spoken }) => /healthy/.test(spoken), 'is healthy');
    assert.match(row.description, new RegExp(`^${head.slice(0, 7)} · `));

    // A version that never becomes healthy: the old one serves on, by itself.
    const hostile = '<b>Break</b> $(trash) [x](command:workbench.action.quit)';
    const impatient = patient.replaceAll('deadline: 180s', 'deadline: 4s');
    const dockerfile = textOf(head, 'deploy/web.Dockerfile');
    const broken = commitOn(
      head,
      { 'deploy/web.Dockerfile': dockerfile.replace('EXPOSE', 'RUN rm /www/healthz\nEXPOSE'), 'hearth.yaml': impatient },
      hostile,
    );
    const second = await deploy(broken, ['web']);
    const failed = await until(
      async () => {
        const { deployments } = await shell.server.send(list, { repository: sample, run: second });
        return deployments.find(({ state, ended }) => state !== 'running' && ended !== null);
      },
      'the end of the broken version',
      180,
    );
    assert.equal(failed.state, 'failed');
    assert.match(failed.reason ?? '', /healthy/);
    await serviceRow('web', ({ description }) => description.includes('last deployment failed'), 'says that the last one failed');
    assert.equal((await released('web')).id, web.id);
    assert.equal(await fetchText((await released('web')).containers[0]?.address, '/healthz'), textOf(head, 'public/healthz'));
    await until(() => (status.shown?.text === '$(circle-filled) production 2/2' ? true : undefined), 'the status item afterwards');
    const history = await rowsOf(environment, 'web');
    assert.match(history[0]?.label ?? '', /^Last deployment: /);
    assert.equal(history[1]?.label, `${broken.slice(0, 7)} ${hostile}`);

    // Fixed, deployed again.
    const trap = '#!/bin/sh\nrm -f /www/healthz\nprintf "Content-Type: text/plain\\r\\n\\r\\nbroken\\n"\n';
    const fixed = commitOn(broken, { 'deploy/web.Dockerfile': dockerfile, 'hearth.yaml': patient, 'public/cgi-bin/break': trap }, 'Fix');
    await deploy(fixed, ['web']);
    await serviceRow(
      'web',
      ({ description }) => description.startsWith(`${fixed.slice(0, 7)} · `) && !description.includes('→'),
      'is fixed',
    );

    // Its log, followed in a terminal until somebody closes it.
    const live = await released('web');
    const log = await run('hearth.deploy.followLog', { repository: sample, deployment: live.id });
    assert.ok(log instanceof LogTerminal || (log as { constructor: { name: string } }).constructor.name === 'LogTerminal');
    const terminal = await until(() => vscode.window.terminals.find(({ name }) => name === live.id.slice(0, 12)), 'the terminal');
    terminal.dispose();

    // It breaks while it serves: the view and the status bar say so.
    assert.equal((await fetchText(live.containers[0]?.address, '/cgi-bin/break')).trim(), 'broken');
    let asked = await answer('action');
    // To look is enough: no container is missing, so there is nothing to put right and nothing to ask.
    assert.deepEqual(await run('hearth.deploy.reconcile', { repository: sample, environment }), []);
    assert.deepEqual(asked, []);
    await serviceRow('web', ({ description }) => description.includes('down'), 'is down');
    await until(() => (status.shown?.text === '$(warning) production 1/2' ? true : undefined), 'the status item of a service that is down');
    const tree = await treeOf(view);
    await until(() => (tree.view.badge?.value === 1 ? true : undefined), 'the badge');

    // Back by hand: the release before is still there.
    const undone = (await run('hearth.deploy.rollBack', { ...at('web'), to: web.id })) as { run: string } | undefined;
    assert.ok(undone, 'a run goes back');
    await until(() => panels().find((label) => label.includes('web') || label.includes(environment)), 'the panel of the rollback');
    await serviceRow(
      'web',
      ({ description }) => description.startsWith(`${head.slice(0, 7)} · `) && !description.includes('→'),
      'went back',
    );
    assert.equal((await released('web')).rollbackTo, web.id);

    // What happened, in words.
    const kinds = (await allEvents()).filter(({ entity }) => entity === 'deployment').map(({ kind }) => kind);
    for (const kind of ['queued', 'started', 'live', 'failed', 'rollback', 'retired']) assert.ok(kinds.includes(kind), `an event ${kind}`);

    // Removed: asked once, with what is lost and how to undo it.
    asked = await answer(undefined);
    assert.equal(await run('hearth.deploy.remove', { repository: sample, environment }), undefined);
    assert.equal(asked[0]?.message, 'Remove api, web from production?');
    assert.equal((await rowsOf(environment)).filter(({ contextValue }) => contextValue.includes(' live')).length, 2);
    asked = await answer('action');
    for (const service of ['web', 'api']) {
      assert.deepEqual(await run('hearth.deploy.remove', at(service)), [service]);
      await until(
        async () =>
          (await rowsOf(environment)).some(({ label, contextValue }) => label === service && contextValue.includes(' live'))
            ? undefined
            : true,
        `${service} to go`,
      );
    }
    assert.equal(asked.length, 2);
    assert.equal(asked[0]?.message, 'Remove web from production?');
    assert.match(asked[0]?.detail ?? '', /stops serving.*Deploy… brings it back/);
    await until(() => (status.shown === undefined ? true : undefined), 'the status item to go');
  });

  it('a deployment on its way is canceled; what it was going to replace is untouched', async function () {
    if (!hasEngine) this.skip();
    this.timeout(300_000);
    const head = git('rev-parse', 'HEAD').trim();
    const slow = commitOn(
      head,
      {
        'hearth.yaml': textOf(head, 'hearth.yaml')
          .replaceAll('healthy_for: 2s', 'healthy_for: 60s')
          .replaceAll('deadline: 30s', 'deadline: 180s'),
      },
      'Slow',
    );
    await showEnvironments();
    await deploy(slow, ['api']);
    await serviceRow('api', ({ contextValue }) => contextValue.includes(' running'), 'is on its way');
    const [id] = (await run('hearth.deploy.cancel', at('api'))) as string[];
    assert.ok(id);
    assert.equal((await shown(id)).state, 'canceled');
    assert.deepEqual((await shown(id)).containers, []);
    await serviceRow('api', ({ contextValue }) => !contextValue.includes(' running'), 'is not on its way any more');
    const tree = await treeOf(view);
    await until(() => (tree.view.badge === undefined ? true : undefined), 'no badge');
  });
});

const isServing = ({ contextValue }: TreeRow): boolean => / live/.test(contextValue) && !/ running/.test(contextValue);
const panels = (): string[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));

async function fetchText(address: string | null | undefined, path: string): Promise<string> {
  assert.ok(address, 'the container has an address');
  const host = address.includes(':') ? address : `${address}:8080`;
  return (await fetch(`http://${host}${path}`)).text();
}
