// Everything that can be deployed, in the real VS Code: a container with a migration and smoke tests, a static site and a stack, on a real
// engine that is a Swarm of one. A version whose smoke test fails goes back by itself; output, a shell, resources, stop and start; removal.
import * as assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ContainerShell } from '../../extension/runtime/containerShell.ts';
import type { TreeRow } from '../../extension/ui/treeBase.ts';
import { list, planDeploy, run as runDeploy } from '../../server/protocol/deploy.ts';
import type { Deployment, DeploymentDetail } from '../../server/protocol/deployTypes.ts';
import { logs, type OutputLine, type ResourceRow, stats } from '../../server/protocol/runtime.ts';
import { breadthFiles, brokenPage } from '../sample/story/breadth.mjs';
import { leaveSwarm, swarmOfOne } from '../support/swarm.ts';
import { allEvents } from './activityWindow.ts';
import { commitOn, deployFeature, hasEngine, rowsOf, showEnvironments, shown } from './deployWindow.ts';
import { closeAll, git, hearth, sample, until } from './repositoryWindow.ts';
import { answer } from './workWindow.ts';

/** A command that fails waits until its message is dismissed: nobody would. */
async function run<T = unknown>(name: string, ...args: unknown[]): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} did not end`)), 180_000);
  });
  return Promise.race([vscode.commands.executeCommand<T>(name, ...args), late]).finally(() => clearTimeout(timer));
}

const environment = 'staging';
const at = (service: string) => ({ repository: sample, environment, service });
const tabs = (): string[] => vscode.window.tabGroups.all.flatMap((group) => group.tabs.map(({ label }) => label));

describe('everything that can be deployed', () => {
  let root = '';
  before(async function () {
    if (!hasEngine) this.skip();
    root = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-sites-')));
    await swarmOfOne();
  });
  after(async () => {
    if (root === '') return;
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    await leaveSwarm();
  });
  afterEach(closeAll);

  it('goes live, goes back by itself, is looked into, stopped, started and removed', async function () {
    this.timeout(600_000);
    const { server } = await hearth();
    await showEnvironments();
    const files = breadthFiles(root);
    const patient = (files['hearth.yaml'] ?? '').replaceAll(/deadline: [36]0s/g, 'deadline: 180s');
    const first = commitOn(
      git('rev-parse', 'main').trim(),
      { ...files, 'hearth.yaml': patient },
      'Deploy the manual and the back office too',
    );

    // The plan says of each what it is.
    const { plan } = await server.send(planDeploy, { repository: sample, environment, rev: first });
    assert.deepEqual(plan.blockers, []);
    assert.deepEqual(plan.steps.map(({ service, kind }) => `${service} ${kind}`).sort(), ['back stack', 'manual static', 'web container']);
    assert.match(plan.steps.find(({ service }) => service === 'web')?.steps.join(' ') ?? '', /migrat.*smoke/is);
    await ended(await deployed(first));
    const rows = await until(async () => {
      const all = (await rowsOf(environment)).filter(({ contextValue }) => / live/.test(contextValue) && !/ running/.test(contextValue));
      return all.length === 3 ? all : undefined;
    }, 'three live services');
    const words = Object.fromEntries(rows.map(({ label, description }) => [label, description]));
    assert.match(words['manual'] ?? '', /static site$/);
    assert.match(words['back'] ?? '', /stack$/);
    assert.match(words['web'] ?? '', new RegExp(`^${first.slice(0, 7)}`));

    // Each is what it was to become.
    const web = await of('web');
    assert.equal(web.migration?.state, 'done');
    assert.deepEqual(
      web.smoke?.map(({ name, ok }) => `${name} ${ok}`),
      ['start page true', 'settings true'],
    );
    const manual = await of('manual');
    assert.equal(manual.site?.current, true);
    assert.match(readFileSync(join(root, environment, 'current/index.html'), 'utf8'), /<title>Manual</);
    const tasks = async () =>
      (await of('back')).stack?.services.map(({ name, running, wanted }) => `${name.replace(/^.*_/, '')} ${running}/${wanted}`);
    await until(async () => ((await tasks())?.sort().join() === 'queue 1/1,worker 2/2' ? true : undefined), 'the tasks of the stack');

    // A version that does not do what it must goes back by itself, and says so.
    const broken = commitOn(first, brokenPage, 'Pages: everything must go');
    const [failed] = await ended(await deployed(broken, ['web']), ['rolled-back']);
    assert.match(failed?.reason ?? '', /start page/);
    assert.equal((await of('web')).id, web.id);
    const tests = (await shown(failed?.id ?? '')).smoke ?? [];
    assert.deepEqual(
      tests.map(({ name, ok }) => `${name} ${ok}`),
      ['start page false'],
    );
    await rowThat('web', ({ description }) => description.includes('last deployment failed'), 'says that the last one failed');
    const kinds = (await allEvents()).filter(({ entity }) => entity === 'deployment').map(({ kind }) => kind);
    assert.ok(kinds.includes('rolled-back'), kinds.join());

    // Fixed: the migration has run for this release's image only once.
    const fixed = commitOn(broken, { 'public/index.html': git('show', 'main:public/index.html') }, 'Pages: the shop again');
    await ended(await deployed(fixed, ['web']));
    await rowThat('web', ({ description }) => description.startsWith(fixed.slice(0, 7)), 'is fixed');

    // What they say: a panel, and the whole of it in a file.
    await run('hearth.runtime.output', { repository: sample, environment });
    await until(() => tabs().find((label) => label === `Output of ${environment}`), 'the panel of output');
    const said = new Set<string>();
    await until(async () => {
      const onPartial = ({ lines }: { lines: readonly OutputLine[] }): void => {
        for (const line of lines) said.add(`${line.service}: ${line.text}`);
      };
      await server.send(logs, { repository: sample, environment, tail: 20 }, { onPartial });
      return said.has('web: serving on port 8080') && said.has('back: the queue is open') ? true : undefined;
    }, 'lines of both');
    const file = join(root, 'output.log');
    const saved = await run<number>('hearth.runtime.saveOutput', { ...at('web'), to: file });
    const text = readFileSync(file, 'utf8');
    assert.equal(text.split('\n').length - 1, saved);
    assert.match(text, /^\d{4}-\d\d-\d\dT\S+ hearth-shop-staging-web-\S+ stdout serving on port 8080$/m);

    // A shell in it, as a terminal.
    const shell = await run<ContainerShell>('hearth.runtime.shell', at('web'));
    let screen = '';
    const heard = shell.onDidWrite((part) => {
      screen += part;
    });
    const code = new Promise((resolve) => shell.onDidClose((value) => resolve(value ?? null)));
    shell.handleInput('echo "in $((6 * 7)) $HOSTNAME"; cat /www/settings; exit 3\r');
    assert.equal(await code, 3);
    assert.match(screen, /in 42 \w+/);
    assert.match(screen, /log level info/);
    heard.dispose();
    for (const terminal of vscode.window.terminals) terminal.dispose();

    // What they use.
    await run('hearth.runtime.resources', { repository: sample, environment });
    await until(() => tabs().find((label) => label === `Resources of ${environment}`), 'the panel of resources');
    const usage = await server.send(stats, { repository: sample, environment });
    const used = usage.rows.find(({ service }: ResourceRow) => service === 'web');
    assert.equal(used?.limits.memory, 64 * 1024 * 1024);
    assert.ok((used?.memory ?? 0) > 0 && (used?.memory ?? 0) < 64 * 1024 * 1024, `${used?.memory}`);

    // Stopped on purpose it stays so, and fails nobody; who turns away has changed nothing.
    let asked = await answer(undefined);
    assert.equal(await run('hearth.runtime.stop', at('web')), undefined);
    assert.match(asked[0]?.message ?? '', /^Stop web in staging\?$/);
    asked = await answer('action');
    assert.equal((await run<string[]>('hearth.runtime.stop', at('web'))).length, 1);
    const stopped = await rowThat('web', ({ contextValue }) => contextValue.includes(' stopped'), 'is stopped');
    assert.match(stopped.description, /stopped/);
    const { states, view } = await deployFeature();
    await until(() => (view.tree.view.badge === undefined ? true : undefined), 'no badge');
    await run('hearth.runtime.start', at('web'));
    await rowThat('web', ({ contextValue, spoken }) => !contextValue.includes(' stopped') && spoken.includes('healthy'), 'serves again');

    // Removed: nothing serves, the kept releases stay.
    await answer('action');
    assert.deepEqual((await run<string[]>('hearth.deploy.remove', { repository: sample, environment })).sort(), ['back', 'manual', 'web']);
    await until(
      async () => ((await states.ask(sample)).services.some(({ state }) => state === 'live') ? undefined : true),
      'everything to go',
    );
    assert.deepEqual(readdirSync(join(root, environment)).includes('current'), false);
  });

  async function deployed(rev: string, services?: string[]): Promise<string> {
    const { server } = await hearth();
    const { run: started } = await server.send(runDeploy, {
      ...{ repository: sample, environment, rev },
      ...(services === undefined ? {} : { services }),
    });
    return started;
  }

  /** Its deployments once all have ended so. */
  async function ended(of: string, wanted: readonly string[] = ['live']): Promise<Deployment[]> {
    const { server } = await hearth();
    const look = async (): Promise<Deployment[] | undefined> => {
      const { deployments } = await server.send(list, { repository: sample, run: of });
      return deployments.every((each) => each.ended !== null) ? deployments : undefined;
    };
    const deployments = await until(look, `the end of ${of}`, 240);
    const other = deployments.find(({ state }) => !wanted.includes(state));
    assert.equal(other, undefined, `${other?.service} is ${other?.state}: ${other?.reason}`);
    return deployments;
  }

  async function of(service: string): Promise<DeploymentDetail> {
    const { states } = await deployFeature();
    const row = (await states.ask(sample)).services.find((each) => each.environment === environment && each.service === service);
    assert.ok(row?.release, `${service} has a release`);
    return shown(row.release);
  }

  function rowThat(service: string, says: (row: TreeRow) => boolean, what: string): Promise<TreeRow> {
    const look = async (): Promise<TreeRow | undefined> => (await rowsOf(environment)).find((row) => row.label === service && says(row));
    return until(look, `${service} ${what}`, 120);
  }
});
