import { expect, test, vi } from 'vitest';
import type { Maker } from '../../../server/deploy/containers.ts';
import type { ServiceRow, ServiceSpec, TaskRow } from '../../../server/deploy/engine/swarmTypes.ts';
import type { Sight } from '../../../server/deploy/kinds/types.ts';
import { label } from '../../../server/deploy/labels.ts';
import type { Operation } from '../../../server/deploy/operation.ts';
import type { DeploymentRecord } from '../../../server/deploy/records.ts';
import { type Application, applyServices } from '../../../server/deploy/stack/apply.ts';
import { healStack, lookAtStack } from '../../../server/deploy/stack/look.ts';
import type { ReleaseService, StackRelease } from '../../../server/deploy/stack/release.ts';
import { restoreStack } from '../../../server/deploy/stack/undo.ts';
import { knownOf } from '../../../server/deploy/stack/values.ts';
import { converge } from '../../../server/deploy/stack/wait.ts';

vi.mock('../../../server/deploy/stack/values.ts', () => ({ knownOf: vi.fn() }));

const stack = 'hearth-shop-production-back';
const { signal } = new AbortController();

/** A Swarm in which each service has a task per version, which runs, or has ended where it runs once. */
class Swarm {
  readonly rows = new Map<string, ServiceRow>();
  /** `made web 1`: what was asked of it. */
  readonly calls: string[] = [];
  /** Tasks instead of those. */
  tasks: (() => TaskRow[]) | undefined;
  #changes = 0;

  set(spec: ServiceSpec, { before, update }: Partial<Pick<ServiceRow, 'before' | 'update'>> = {}): string {
    const row = { id: `id ${spec.Name}`, name: spec.Name, version: ++this.#changes, labels: spec.Labels, spec, before, update, changed: 0 };
    this.rows.set(row.id, row);
    return row.id;
  }

  names = () => [...this.rows.values()].map(({ name, spec }) => `${name.slice(stack.length + 1)} ${spec.TaskTemplate.ContainerSpec.Image}`);

  readonly engine = {
    info: { name: 'test' },
    swarm: async () => ({ node: 'n', nodes: 1, logDriver: '' }),
    listServices: async () => [...this.rows.values()],
    inspectService: async (name: string) => [...this.rows.values()].find((row) => row.name === name || row.id === name),
    createService: async (spec: ServiceSpec) => this.#note('made', spec, this.set(spec)),
    updateService: async (id: string, _version: number, spec: ServiceSpec) => {
      this.#note('changed', spec, this.set(spec, { before: this.rows.get(id)?.spec }));
    },
    removeService: async (id: string) => {
      const row = this.rows.get(id);
      if (row !== undefined) this.#note('removed', row.spec, id);
      this.rows.delete(id);
    },
    listTasks: async () => this.tasks?.() ?? [...this.rows.values()].map((row) => taskOf(row)),
    listContainers: async () => [],
    listSwarmNetworks: async () => [],
    listSwarmFiles: async () => [],
  };

  #note(what: string, { Name, TaskTemplate }: ServiceSpec, id: string): string {
    this.calls.push(`${what} ${Name.slice(stack.length + 1)} ${TaskTemplate.ContainerSpec.Image}`);
    return id;
  }
}

function taskOf({ id: service, spec }: ServiceRow, slot = 1): TaskRow {
  const { ForceUpdate: forceUpdate, ContainerSpec, RestartPolicy } = spec.TaskTemplate;
  const once = RestartPolicy?.Condition === 'none';
  const state = once ? { state: 'complete', desired: 'shutdown' } : { state: 'running', desired: 'running' };
  const rest = { node: 'n', error: undefined, exitCode: undefined, container: undefined, created: 0, changed: 0 };
  return { id: `${service} ${slot}`, service, slot, ...state, ...rest, labels: ContainerSpec.Labels, forceUpdate };
}

const serviceOf = (name: string, version: string, once = false): ReleaseService => ({
  name,
  image: { reference: version, readable: version, id: version, local: true },
  ends: once ? 'must' : 'never',
  once,
  spec: {
    Name: `${stack}_${name}`,
    Labels: {},
    Mode: { Replicated: { Replicas: 1 } },
    TaskTemplate: {
      ContainerSpec: { Image: version, Labels: {}, Env: [] },
      RestartPolicy: { Condition: once ? 'none' : 'any' },
      ForceUpdate: 0,
    },
  },
  uses: [],
});

const releaseOf = (...services: ReleaseService[]): StackRelease => ({
  name: stack,
  services,
  waves: [services.map(({ name }) => name)],
  networks: [],
  files: [],
});

const recordOf = (id: string): DeploymentRecord =>
  ({ id, project: 'p', projectName: 'shop', environment: 'production', service: 'back', engine: 'e', stopped: null }) as DeploymentRecord;

/** Deployment `2` of a stack, which is to be taken back; the store knows `failed` besides. */
function bench(failed?: string) {
  const swarm = new Swarm();
  const maker = { engine: swarm.engine, owner: 'o', fence: 1 } as unknown as Maker;
  const said: string[] = [];
  const json = { config: '{}', overrides: '[]', phase_times: '[]', probes: '[]', containers: '[]', crashes: '[]' };
  const reader = { get: (_sql: string, [id]: string[]) => (id === failed ? { id, state: 'failed', ...json } : undefined) };
  const operation = {
    record: recordOf('2'),
    hasBegun: () => true,
    maker: async () => maker,
    say: (text: string) => said.push(text),
    parts: { store: { read: async <T>(query: (from: unknown) => T) => query(reader) } },
    redactor: { redact: (text: string) => text },
  } as unknown as Operation;
  const apply = (id: string, release: StackRelease, restart: Application['restart'] = 'once') =>
    applyServices(
      { maker, record: recordOf(id), release, values: new Map(), key: 'key', restart },
      release.services.map(({ name }) => name),
      signal,
    );
  const remember = (release: StackRelease | undefined) => vi.mocked(knownOf).mockResolvedValue({ release, values: new Map(), key: 'key' });
  return { swarm, maker, operation, said, apply, remember };
}

test('without a known release before, only what the deployment made is removed; what it changed is as it was', async () => {
  const { swarm, operation, apply, said } = bench();
  await apply('1', releaseOf(serviceOf('web', 'a'), serviceOf('db', 'a'), serviceOf('old', 'a')));
  await apply('2', releaseOf(serviceOf('web', 'b'), serviceOf('new', 'b')));
  await restoreStack(operation, undefined, false, signal);
  expect(swarm.names().sort()).toEqual(['db a', 'old a', 'web a']);
  expect([...swarm.rows.values()].map(({ labels }) => labels[label.deployment])).toEqual(['1', '1', '1']);
  expect(said.join('\n')).toContain('networks, configs and secrets stay');
});

test('what the Swarm took back itself stays; a first deployment leaves nothing', async () => {
  const { swarm, operation, apply } = bench();
  await apply('1', releaseOf(serviceOf('web', 'a')));
  swarm.calls.length = 0;
  await restoreStack(operation, undefined, false, signal);
  expect(swarm.calls).toEqual([]);
  const first = bench();
  await first.apply('2', releaseOf(serviceOf('web', 'b')));
  await restoreStack(first.operation, undefined, false, signal);
  expect(first.swarm.names()).toEqual([]);
});

test('what is left of a deployment that is known to have failed is removed with the rest', async () => {
  const { swarm, operation, apply } = bench('1');
  await apply('1', releaseOf(serviceOf('web', 'a')));
  await apply('2', releaseOf(serviceOf('web', 'b')));
  await restoreStack(operation, undefined, false, signal);
  expect(swarm.names()).toEqual([]);
});

test('going back does not run the old version of a job again; one that is the same stays', async () => {
  const { swarm, operation, apply, remember } = bench();
  const old = releaseOf(serviceOf('migrate', 'a', true), serviceOf('seed', 'a', true), serviceOf('web', 'a'));
  await apply('1', old);
  await apply('2', releaseOf(serviceOf('migrate', 'b', true), serviceOf('seed', 'a', true), serviceOf('web', 'b')));
  const forced = () => swarm.rows.get(`id ${stack}_seed`)?.spec.TaskTemplate.ForceUpdate;
  const ran = forced();
  swarm.calls.length = 0;
  remember(old);
  await restoreStack(operation, recordOf('1'), false, signal);
  expect(swarm.calls).toEqual(['changed seed a', 'changed web a', 'removed migrate b']);
  expect(forced()).toBe(ran);
  expect(swarm.names().sort()).toEqual(['seed a', 'web a']);
});

test('a job that somebody removed is not missed, and is not run again by putting the rest right', async () => {
  const { swarm, maker, apply, remember } = bench();
  const release = releaseOf(serviceOf('migrate', 'a', true), serviceOf('web', 'a'));
  await apply('1', release);
  remember(release);
  const evidence = JSON.stringify({ release });
  const reader = { all: () => [{ step: 'stack', state: 'done', evidence }] };
  const store = { read: async <T>(query: (from: unknown) => T) => query(reader) };
  const sight = { ...maker, store } as unknown as Sight;
  await swarm.engine.removeService(`id ${stack}_migrate`);
  expect(await lookAtStack(sight, recordOf('1'), signal)).toEqual({ finding: { kind: 'well' } });
  await swarm.engine.removeService(`id ${stack}_web`);
  expect(await lookAtStack(sight, recordOf('1'), signal)).toMatchObject({ wrong: 'the service web is gone' });
  swarm.calls.length = 0;
  await healStack(sight, recordOf('1'), signal);
  expect(swarm.calls).toEqual(['made web a']);
});

test('a Swarm that waits on purpose between two tasks is waited for; one that brings nothing up is not', async () => {
  const { swarm, maker, apply } = bench();
  const service = serviceOf('web', 'a');
  const UpdateConfig = { Delay: 60_000_000_000 } as NonNullable<ServiceSpec['UpdateConfig']>;
  const release = releaseOf({ ...service, spec: { ...service.spec, Mode: { Replicated: { Replicas: 2 } }, UpdateConfig } });
  await apply('1', release);
  const row = [...swarm.rows.values()][0] as ServiceRow;
  swarm.rows.set(row.id, { ...row, update: { state: 'updating', message: '' } });
  const patience = { deadline: 20, delays: true, stable: 0, whole: false, interval: 5, tell: () => {} };
  const come = (more = {}) => converge(maker, recordOf('1'), release, ['web'], { ...patience, ...more }, signal);
  let looks = 0;
  swarm.tasks = () => [taskOf(row), ...(++looks > 12 ? [taskOf(row, 2)] : [])];
  expect((await come()).looks).toBe(13);
  looks = 0;
  await expect(come({ delays: false })).rejects.toThrow(/Nothing has come up/);
  swarm.tasks = () => [];
  await expect(come()).rejects.toThrow(/Nothing has come up for 0 s/);
});
