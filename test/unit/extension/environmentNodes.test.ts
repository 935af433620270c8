// Rows of the Environments view, what the status item would say, and log lines, made from answers as the hub gives them.
import { describe, expect, test, vi } from 'vitest';
import type { Environments } from '../../../extension/deploy/environments.ts';
import type { Deployment, StatusRow } from '../../../server/protocol/deployTypes.ts';
import type { HealthState } from '../../../server/protocol/health.ts';
import type { MonitorRow } from '../../../server/protocol/monitorTypes.ts';

vi.mock('vscode', async () => (await import('../../support/vscodeRows.ts')).vscodeRows);

const { EnvironmentNode } = await import('../../../extension/deploy/environmentNodes.ts');
const { ReleaseReader } = await import('../../../extension/deploy/deployReleases.ts');
const { summaryOf } = await import('../../../extension/deploy/deployHealth.ts');
const { deployKinds } = await import('../../../extension/deploy/deployEvents.ts');
const { plainText, terminalLine } = await import('../../../extension/deploy/logText.ts');

const commit = 'a1b2c3d4e5'.repeat(4);
const day = 86_400_000;

function row(service: string, more: Partial<StatusRow> & { is?: HealthState } = {}): StatusRow {
  const { is = 'healthy', ...rest } = more;
  return {
    project: 'shop',
    environment: 'production',
    service,
    release: `00000000${service}`.padEnd(16, '0'),
    commit,
    subject: 'Add cache',
    state: 'live',
    health: { state: is, since: 0 },
    since: Date.now() - 2 * day - 1000,
    url: null,
    running: null,
    failed: null,
    crashLoop: false,
    kind: 'container',
    stopped: null,
    ...rest,
  };
}

function answer(services: StatusRow[], more: Partial<Environments> = {}): Environments {
  return {
    project: 'p',
    environments: [{ name: 'production', engine: 'local', observed: null }],
    services,
    foreign: [],
    differs: false,
    configured: true,
    found: [],
    ...more,
  };
}

const deployments: Deployment[] = [];
const reader = new ReleaseReader({ send: (async () => ({ deployments, more: true })) as never });

function nodeOf(all: Environments) {
  const [environment] = all.environments;
  if (environment === undefined) throw new Error('no environment');
  return new EnvironmentNode(undefined, '/r', environment, all, reader);
}

async function only(services: StatusRow[]) {
  const [child] = await nodeOf(answer(services)).children();
  if (child === undefined) throw new Error('no row');
  return child;
}

describe('rows', () => {
  test('an environment says in words how its services are, and what is on its way', () => {
    const words = (services: StatusRow[]) => nodeOf(answer(services)).item().description;
    const running = { deployment: 'd'.repeat(16), phase: 'building', progress: null, commit } as const;
    expect(words([row('web'), row('api')])).toBe('healthy');
    expect(words([row('web', { is: 'down' }), row('api', { is: 'pending' }), row('db')])).toBe('1 failing · 1 starting');
    expect(words([row('web', { crashLoop: true })])).toBe('1 failing');
    expect(words([row('web', { is: 'unobserved' })])).toBe('1 not looked at');
    expect(words([row('web', { state: 'failed', running })])).toBe('nothing live · deploying');
    expect(words([])).toBe('nothing live');
    const item = nodeOf(answer([row('web', { is: 'down' })])).item();
    expect(item.contextValue).toBe('environment live containers');
    expect(item.accessibilityInformation?.label).toBe('Environment production, 1 failing');
  });

  test('a service says commit, age and what is wrong; colour is never the only sign', async () => {
    const healthy = (await only([row('web', { url: 'https://shop.test' })])).item();
    expect([healthy.label, healthy.description]).toEqual(['web', 'a1b2c3d · 2 days ago']);
    expect(healthy.contextValue).toBe('service live containers url deployed');
    const down = (await only([row('web', { is: 'down' })])).item();
    expect(down.description).toBe('a1b2c3d · 2 days ago · down');
    expect(down.accessibilityInformation?.label).toBe('web, down, commit a1b2c3d, a1b2c3d · 2 days ago · down');
    const failed = { deployment: 'd'.repeat(16), reason: 'It never became healthy.', time: Date.now() };
    expect((await only([row('web', { failed })])).item().description).toBe('a1b2c3d · 2 days ago · last deployment failed');
    const running = { deployment: 'd'.repeat(16), phase: 'building', progress: 'step 4 of 9', commit: 'f'.repeat(40) } as const;
    const busy = (await only([row('web', { running })])).item();
    expect(busy.description).toBe('a1b2c3d · 2 days ago · → fffffff step 4 of 9');
    expect(busy.contextValue).toBe('service live containers running deployed');
    const never = (await only([row('web', { state: 'removed', release: null, commit: null, since: null })])).item();
    expect([never.description, never.contextValue, never.command]).toEqual(['not deployed yet', 'service', undefined]);
    expect((await only([row('web', { state: 'removed' })])).item().description).toBe('removed');
  });

  test('sites and stacks say what they are; what was stopped on purpose neither serves nor fails', async () => {
    const site = (await only([row('docs', { kind: 'static' })])).item();
    expect([site.description, site.contextValue]).toEqual(['a1b2c3d · 2 days ago · static site', 'service live deployed']);
    const stack = (await only([row('back', { kind: 'stack', is: 'down' })])).item();
    expect([stack.description, stack.contextValue]).toEqual(['a1b2c3d · 2 days ago · down · stack', 'service live containers deployed']);
    const stopped = { stopped: Date.now() - 300_000, is: 'down', crashLoop: true } as const;
    const still = (await only([row('web', stopped)])).item();
    expect([still.description, still.contextValue]).toEqual([
      'a1b2c3d · 2 days ago · stopped 5 minutes ago',
      'service live containers stopped deployed',
    ]);
    expect(still.accessibilityInformation?.label).toContain('web, paused');
    const words = (services: StatusRow[]) => nodeOf(answer(services)).item().description;
    expect(words([row('web', stopped), row('api')])).toBe('healthy · 1 stopped');
    expect(words([row('web', stopped), row('api', { is: 'down' })])).toBe('1 failing · 1 stopped');
    expect(words([row('web', stopped)])).toBe('1 stopped');
    expect(nodeOf(answer([row('docs', { kind: 'static' })])).item().contextValue).toBe('environment live');
  });

  test('somebody else’s services, an engine out of reach and an empty environment have the one action that helps', async () => {
    const foreign = [{ environment: 'production', owner: 'o', host: 'build\u202e-2\nx', services: ['web', 'api'] }];
    const others = await nodeOf(answer([], { foreign })).children();
    expect(others.map((node) => node.item().label)).toEqual(['web, api: deployed from build -2']);
    expect(others[0]?.item().command).toMatchObject({
      command: 'hearth.deploy.adopt',
      arguments: [{ repository: '/r', environment: 'production' }],
    });
    const problem = nodeOf(
      answer([row('web')], {
        environments: [{ name: 'production', problem: 'No Docker engine answers.', hint: 'Start Docker.', observed: null }],
      }),
    );
    expect(problem.item().description).toBe('healthy · out of reach');
    expect((await problem.children()).map((node) => node.item().label)).toEqual(['No Docker engine answers.', 'web']);
    expect((await nodeOf(answer([])).children())[0]?.item().command).toMatchObject({ command: 'hearth.deploy.run' });
  });

  test('a service opens to its deployments; hostile subjects and reasons stay one line of text', async () => {
    const deployment: Deployment = {
      id: '0123456789abcdef',
      run: 'r',
      project: 'p',
      environment: 'production',
      service: 'web',
      commit,
      subject: '<b>$(trash)\u202e [x](command:y)\nsecond',
      image: null,
      phase: 'failed',
      state: 'failed',
      reason: 'exit 1\nrm -rf',
      hint: null,
      actor: 'cli',
      rollbackTo: null,
      created: Date.now(),
      started: null,
      liveSince: null,
      ended: null,
    };
    deployments.splice(0, deployments.length, deployment);
    const failed = { deployment: deployment.id, reason: 'exit 1\nrm -rf', time: Date.now() };
    const rows = await (await only([row('web', { failed, crashLoop: true })])).children();
    expect(rows.map((node) => node.item().label)).toEqual([
      'It crashed too often and is not started again',
      'Last deployment: exit 1',
      'a1b2c3d <b>$(trash)  [x](command:y)',
      'Older deployments',
    ]);
    const release = rows[2];
    expect(release?.item().contextValue).toBe('release failed');
    expect(release?.item().description).toBe('failed · now · exit 1');
    const tooltip = (await release?.tooltip({} as never)) as unknown as { value: string };
    expect(tooltip.value).toContain('\\<b\\>');
    expect(tooltip.value).not.toMatch(/\[x\]\(command/);
  });
});

describe('the status item', () => {
  const state = (services: StatusRow[], names = ['production', 'staging']) =>
    summaryOf({ environments: names.map((name) => ({ name })), services });
  const staging = (service: string, is: HealthState) => row(service, { is, environment: 'staging' });

  test('tells of the environment with the worst health', () => {
    expect(state([])).toBeUndefined();
    expect(state([row('web', { state: 'failed' })])).toBeUndefined();
    expect(state([row('web'), row('api'), staging('web', 'healthy')])).toMatchObject({ environment: 'production', healthy: 2, live: 2 });
    expect(state([row('web'), staging('web', 'down'), staging('api', 'healthy')])).toMatchObject({
      environment: 'staging',
      state: 'down',
      healthy: 1,
      live: 2,
    });
    expect(state([row('web', { is: 'unobserved' }), staging('web', 'pending')])?.environment).toBe('staging');
    expect(state([row('web', { crashLoop: true })])?.state).toBe('down');
  });

  test('what was stopped on purpose is not counted, whatever monitors see of it', () => {
    const stopped = row('web', { stopped: 1, is: 'down' });
    expect(state([stopped, row('api')])).toMatchObject({ state: 'healthy', healthy: 1, live: 1 });
    expect(state([stopped])).toBeUndefined();
    const monitor = {
      orphan: null,
      kind: 'http',
      environment: 'production',
      service: 'web',
      name: 'home',
      health: { state: 'down', since: 0 },
    };
    const environments = [{ name: 'production' }];
    const seen = (services: StatusRow[]) => summaryOf({ environments, services, monitors: [monitor as unknown as MonitorRow] });
    expect(seen([stopped, row('api')])).toMatchObject({ state: 'healthy', live: 1 });
    expect(seen([row('web'), row('api')])).toMatchObject({ state: 'down', live: 2 });
  });

  test('a deployment on its way is told unless something is wrong elsewhere', () => {
    const running = { deployment: 'd'.repeat(16), phase: 'building', progress: null, commit } as const;
    const moving = row('web', { environment: 'staging', running });
    expect(state([row('web'), moving])?.environment).toBe('staging');
    expect(state([row('web', { is: 'down' }), moving])?.environment).toBe('production');
    expect(state([row('web', { state: 'failed', running })])).toMatchObject({ live: 0, environment: 'production' });
  });
});

test('events of deployments are sentences', () => {
  const say = (kind: string, payload: object) =>
    deployKinds()[`deployment ${kind}`]?.sentence({ environment: 'production', service: 'web', commit, ...payload }, 'id');
  expect(say('live', {})).toBe('web in production (a1b2c3d) is live');
  expect(say('failed', { reason: 'no' })).toBe('Deployment of web in production (a1b2c3d) failed: no');
  expect(say('rollback', { to: '0123456789abcdef' })).toBe('Roll back web in production (a1b2c3d) to 0123456789ab');
});

test('of what a container prints only text reaches the terminal', () => {
  const hostile = '\x1b[2J\x1b]52;c;cm0gLXJm\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\\r\x08\x00 \x9b31mred\u202eevil\ttab\x1b';
  expect(plainText(hostile)).toBe('link 31mredevil\ttab');
  const line = terminalLine({ n: 1, time: 0, stream: 'container', text: 'a\nb\x1b[31mc' });
  expect(line.replaceAll(/\x1b\[\d+m/g, '')).toMatch(/^\d\d:\d\d:\d\d abc$/);
});
