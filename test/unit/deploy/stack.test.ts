import { expect, test } from 'vitest';
import { loadCompose } from '../../../server/compose/index.ts';
import type { ServiceRow, ServiceSpec, TaskRow } from '../../../server/deploy/engine/swarmTypes.ts';
import type { DeploymentRecord } from '../../../server/deploy/records.ts';
import { progressOf, runsNow } from '../../../server/deploy/stack/converge.ts';
import { type Finish, finished, secretName } from '../../../server/deploy/stack/finished.ts';
import { scoped, stackName } from '../../../server/deploy/stack/names.ts';
import type { StackRelease } from '../../../server/deploy/stack/release.ts';
import { tagsToRemove } from '../../../server/deploy/stack/retention.ts';
import { interpolated, secretsIn, withSecrets } from '../../../server/deploy/stack/secretTokens.ts';
import { translate } from '../../../server/deploy/stack/translate.ts';
import { remarksOn } from '../../../server/deploy/stack/unsupported.ts';
import { wavesOf } from '../../../server/deploy/stack/waves.ts';

const secret = { name: 'TOKEN', value: 'a-very-secret-value', secret: true };
const around = {
  stack: 'hearth-shop-production-back',
  healthyFor: 2000,
  node: 'node1',
  nodes: 1,
  logDriver: 'json-file',
  secrets: ['TOKEN', 'DB_PASSWORD'],
};

async function load(text: string) {
  const { model, problems } = await loadCompose({
    read: async (path) => (path === 'compose.yaml' ? text : path === 'nginx.conf' ? 'server {}' : undefined),
    files: ['compose.yaml'],
    variables: interpolated([secret]),
  });
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return model;
}

async function release(text: string, more: Partial<typeof around> = {}): Promise<StackRelease> {
  const model = await load(text);
  const image = (name: string) => ({ reference: `sha256:${name}`, readable: name, id: `sha256:${name}`, local: true });
  const images = new Map(model.services.map(({ name }) => [name, image(name)]));
  return translate(model, { ...around, ...more, images, files: new Map([['nginx.conf', Buffer.from('server {}')]]) });
}

const remarks = async (text: string) =>
  remarksOn(await load(text), around).map(({ kind, code, place, message }) => `${kind} ${code} ${place.line}: ${message}`);

test('a service says to the Swarm what the compose file says', async () => {
  const { services, networks, files } = await release(`
services:
  web:
    image: nginx
    entrypoint: ["/bin/run"]
    command: serve --port 80
    environment: { A: "1", B: }
    user: "1000"
    working_dir: /srv
    stop_grace_period: 3s
    cap_add: [NET_ADMIN]
    ulimits: { nofile: 100 }
    shm_size: 64m
    extra_hosts: ["db:10.0.0.1"]
    logging: { driver: syslog, options: { tag: web } }
    ports: ["8080:80", { target: 53, published: "53", protocol: udp, mode: host }]
    volumes: ["data:/data:ro", { type: tmpfs, target: /tmp, tmpfs: { size: 1024 } }]
    configs: [{ source: site, target: /etc/nginx.conf, mode: 0400 }]
    secrets: [db_password]
    networks: { front: { aliases: [shop] } }
    healthcheck: { test: curl localhost, interval: 5s, retries: 3 }
    labels: { a: b }
    deploy:
      replicas: 3
      labels: { c: d }
      resources: { limits: { cpus: "0.5", memory: 64m, pids: 10 }, reservations: { memory: 32m } }
      restart_policy: { condition: on-failure, delay: 1s, max_attempts: 2 }
      placement: { constraints: ["node.role==worker"], preferences: [{ spread: node.labels.zone }], max_replicas_per_node: 1 }
      update_config: { parallelism: 2, delay: 4s }
networks: { front: { attachable: true } }
volumes: { data: {} }
configs: { site: { file: ./nginx.conf } }
secrets: { db_password: { file: ./password } }
`);
  const [web] = services;
  expect(web?.spec).toMatchObject({
    Name: `${around.stack}_web`,
    Labels: { c: 'd' },
    Mode: { Replicated: { Replicas: 3 } },
    UpdateConfig: { Parallelism: 2, Delay: 4e9, Monitor: 6e9, FailureAction: 'rollback', MaxFailureRatio: 0, Order: 'stop-first' },
    RollbackConfig: { Parallelism: 2, FailureAction: 'pause' },
    EndpointSpec: {
      Mode: 'vip',
      Ports: [
        { Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'ingress' },
        { Protocol: 'udp', TargetPort: 53, PublishedPort: 53, PublishMode: 'host' },
      ],
    },
    TaskTemplate: {
      Resources: { Limits: { NanoCPUs: 5e8, MemoryBytes: 64 << 20, Pids: 10 }, Reservations: { MemoryBytes: 32 << 20 } },
      RestartPolicy: { Condition: 'on-failure', Delay: 1e9, MaxAttempts: 2 },
      Placement: {
        Constraints: ['node.role==worker'],
        Preferences: [{ Spread: { SpreadDescriptor: 'node.labels.zone' } }],
        MaxReplicas: 1,
      },
      LogDriver: { Name: 'syslog', Options: { tag: 'web' } },
      Networks: [{ Target: `${around.stack}_front`, Aliases: ['web', 'shop'] }],
      ContainerSpec: {
        Image: 'sha256:web',
        Command: ['/bin/run'],
        Args: ['serve', '--port', '80'],
        Env: ['A=1'],
        User: '1000',
        Dir: '/srv',
        Labels: { a: 'b' },
        StopGracePeriod: 3e9,
        CapabilityAdd: ['NET_ADMIN'],
        Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 100 }],
        Hosts: ['10.0.0.1 db'],
        Healthcheck: { Test: ['CMD-SHELL', 'curl localhost'], Interval: 5e9, Retries: 3 },
        Mounts: [
          { Type: 'volume', Source: `${around.stack}_data`, Target: '/data', ReadOnly: true },
          { Type: 'tmpfs', Target: '/tmp', TmpfsOptions: { SizeBytes: 1024 } },
          { Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: 64 << 20 } },
        ],
      },
    },
  });
  expect(web?.uses).toEqual([
    { kind: 'config', key: 'site', file: { Name: '/etc/nginx.conf', UID: '0', GID: '0', Mode: 0o400 } },
    { kind: 'secret', key: 'db_password', file: { Name: '/run/secrets/db_password', UID: '0', GID: '0', Mode: 0o444 } },
  ]);
  expect(networks).toMatchObject([{ name: `${around.stack}_front`, driver: 'overlay', attachable: true }]);
  expect(files).toEqual([
    { kind: 'config', key: 'site', from: { kind: 'data', data: Buffer.from('server {}').toString('base64') } },
    { kind: 'secret', key: 'db_password', from: { kind: 'value', variable: 'DB_PASSWORD' } },
  ]);
});

test('what is not said is safe: one after the other, new before old, back when it fails, logs with a limit, built images stay on their node', async () => {
  const { services } = await release(
    'services:\n  web: { image: nginx }\n  db: { image: x, volumes: ["data:/data"] }\nvolumes: { data: {} }',
    { nodes: 3 },
  );
  const of = (name: string) => services.find((each) => each.name === name)?.spec;
  expect(of('web')?.UpdateConfig).toEqual({
    Parallelism: 1,
    Delay: 0,
    FailureAction: 'rollback',
    Monitor: 2e9,
    MaxFailureRatio: 0,
    Order: 'start-first',
  });
  expect(of('db')?.UpdateConfig?.Order).toBe('stop-first');
  expect(of('web')?.TaskTemplate).toMatchObject({
    LogDriver: { Name: 'json-file', Options: { 'max-size': '10m', 'max-file': '3' } },
    Placement: { Constraints: ['node.id==node1'] },
    RestartPolicy: { Condition: 'any' },
    Networks: [{ Target: `${around.stack}_default`, Aliases: ['web'] }],
  });
});

test('who is waited for to end runs once, and is no failure when it has ended', async () => {
  const { services, waves } = await release(
    'services:\n  web: { image: a, depends_on: { seed: { condition: service_completed_successfully }, db: { condition: service_started } } }\n  seed: { image: b, depends_on: [db] }\n  db: { image: c }',
  );
  expect(waves).toEqual([['db'], ['seed'], ['web']]);
  const seed = services.find(({ name }) => name === 'seed');
  expect(seed).toMatchObject({
    ends: 'must',
    once: true,
    spec: { UpdateConfig: { FailureAction: 'continue' }, TaskTemplate: { RestartPolicy: { Condition: 'none' } } },
  });
  expect(services.map(({ name, once }) => [name, once])).toContainEqual(['db', false]);
});

test('waves keep the order of the file, and a cycle ends', () => {
  const service = (name: string, ...needs: string[]) => ({ name, dependsOn: needs.map((each) => ({ service: each })) }) as never;
  expect(wavesOf([service('a', 'b'), service('c'), service('b'), service('d', 'nowhere')])).toEqual([['c', 'b', 'd'], ['a']]);
  expect(wavesOf([service('a', 'b'), service('b', 'a')])).toEqual([['a', 'b']]);
});

test.each([
  ['privileged: true', /^blocker unsupported 4: web: .*`privileged`/],
  ['devices: [/dev/sda]', /^blocker unsupported 4: web: .*`devices`/],
  ['security_opt: [seccomp=unconfined]', /^blocker unsupported 4: web: .*`security_opt`/],
  ['network_mode: host', /^blocker unsupported 4: web: .*`network_mode: host`/],
  ['pid: host', /^blocker unsupported 4: web: .*`pid`/],
  ['runtime: runc', /^blocker unsupported 4: web: .*`runtime`/],
  ['ports: ["127.0.0.1:80:80"]', /^blocker unsupported 4: web: .*not at 127\.0\.0\.1 alone/],
  ['volumes: ["./data:/data"]', /^blocker unsupported 4: web: .*a commit is deployed/],
  ['extra_hosts: ["a:host-gateway"]', /^blocker unsupported 4: web: .*host-gateway/],
  ['labels: { hearth.managed: "1" }', /^blocker label 4: web: the label hearth\.managed/],
  ['deploy: { labels: { com.docker.stack.namespace: x } }', /^blocker label 4: web: the label com\.docker\.stack/],
  ['cap_add: [SYS_ADMIN]', /^confirmation dangerous 4: web gets power over the machine: cap_add: SYS_ADMIN/],
  ['volumes: ["/var/run/docker.sock:/s"]', /^confirmation dangerous 4: web gets power over the machine: \/var\/run\/docker\.sock/],
  ['command: ["--token=${TOKEN}"]', /^blocker secret 4: web: a secret may stand in `environment`/],
  ['hostname: "${TOKEN}"', /^blocker secret 4: web/],
  ['container_name: shop', /^warning ignored 4: web/],
])('%s is not passed over', async (line, said) => {
  expect((await remarks(`services:\n  web:\n    image: nginx\n    ${line}\n`))[0]).toMatch(said);
});

test('a plain service has no remarks, and a secret in its environment is fine', async () => {
  expect(await remarks('services:\n  web:\n    image: nginx\n    environment: { T: "x ${TOKEN}" }\n    ports: ["80:80"]\n')).toEqual([]);
});

test('a secret must have a value of Hearth, not a file of the repository', async () => {
  const text = (from: string) => `services:\n  web: { image: a, secrets: [key] }\nsecrets:\n  key: ${from}\n`;
  expect(await remarks(text('{ file: ./key.txt }'))).toEqual([
    expect.stringMatching(/^blocker secret 4: The secret key: a file of the repository is no secret/),
  ]);
  expect(await remarks(text('{ environment: OTHER }'))).toEqual([
    expect.stringMatching(/^blocker secret 4: The secret key: nothing gives it a value/),
  ]);
  expect(await remarks(text('{ environment: TOKEN }'))).toEqual([]);
  expect(await remarks(text('{ external: true }'))).toEqual([]);
});

test('the name of a stack fits what a Swarm allows, and differs where places differ', () => {
  const place = { project: 'p'.repeat(30), environment: 'production', service: 's'.repeat(30) };
  expect(stackName({ project: 'shop', environment: 'production', service: 'back' })).toBe('hearth-shop-production-back');
  expect(stackName(place).length).toBeLessThanOrEqual(40);
  expect(stackName(place)).not.toBe(stackName({ ...place, environment: 'staging' }));
});

const finish: Finish = {
  labels: { 'hearth.deployment': 'one' },
  values: new Map([['TOKEN', secret.value]]),
  files: new Map(),
  key: 'key',
  force: 0,
};
const oneService = async (text = 'environment: { T: "x ${TOKEN}" }') => {
  const made = await release(`services:\n  web:\n    image: nginx\n    ${text}\n`);
  return { made, service: made.services[0] as StackRelease['services'][number] };
};

test('what is kept of a release has no value of a secret; what the Swarm gets has', async () => {
  const { made, service } = await oneService();
  expect(JSON.stringify(made)).not.toContain(secret.value);
  expect(secretsIn(JSON.stringify(made))).toEqual(['TOKEN']);
  const spec = finished(made, service, finish);
  expect(spec.TaskTemplate.ContainerSpec.Env).toEqual([`T=x ${secret.value}`]);
  expect(() => finished(made, service, { ...finish, values: new Map() })).toThrow(/not set/);
});

test('tasks are the same as long as nothing of them changes: not with the deployment, not with their number', async () => {
  const { made, service } = await oneService();
  const hashes = ({ Labels, TaskTemplate }: ServiceSpec) => [
    Labels['hearth.stack.spec'],
    TaskTemplate.ContainerSpec.Labels['hearth.stack.spec'],
  ];
  const [whole, task] = hashes(finished(made, service, finish));
  expect(hashes(finished(made, service, { ...finish, labels: { 'hearth.deployment': 'two' }, force: 7 }))).toEqual([whole, task]);
  const scaled = { ...service, spec: { ...service.spec, Mode: { Replicated: { Replicas: 2 } } } };
  expect(hashes(finished(made, scaled, finish))).toEqual([expect.not.stringMatching(whole ?? ''), task]);
  const other = hashes(finished(made, service, { ...finish, values: new Map([['TOKEN', 'another']]) }));
  expect(other[1]).not.toBe(task);
  expect(hashes(finished(made, service, { ...finish, key: 'other' }))[0]).not.toBe(whole);
  expect(task).toMatch(/^[0-9a-f]{16}$/);
});

test('a secret of the Swarm is named by its value, but nobody can try values against the name', () => {
  expect(secretName('s', 'k', 'value', 'key')).toMatch(/^s_k-[0-9a-f]{10}$/);
  expect(
    new Set([secretName('s', 'k', 'value', 'key'), secretName('s', 'k', 'other', 'key'), secretName('s', 'k', 'value', 'other')]).size,
  ).toBe(3);
});

test('tokens come back as they were, whatever the value is', () => {
  const hostile = { name: 'A', value: '$& $1 \n`x`', secret: true };
  const given = interpolated([hostile, { name: 'B', value: 'b', secret: false }, { name: 'EMPTY', value: '', secret: true }]);
  expect(given).toMatchObject({ B: 'b', EMPTY: '' });
  expect(withSecrets(`<${given['A']}>`, new Map([['A', hostile.value]]))).toBe(`<${hostile.value}>`);
  expect(withSecrets(`${given['A']}`, new Map())).toBeUndefined();
});

function serviceRow(update?: string, more: Partial<ServiceSpec> = {}): ServiceRow {
  const spec = {
    Name: scoped(around.stack, 'web'),
    Labels: { 'hearth.deployment': 'one' },
    Mode: { Replicated: { Replicas: 2 } },
    TaskTemplate: { ContainerSpec: { Labels: { 'hearth.stack.spec': 'new' } }, ForceUpdate: 0 },
    ...more,
  } as unknown as ServiceSpec;
  return {
    id: 'id',
    name: spec.Name,
    version: 1,
    labels: spec.Labels,
    spec,
    before: undefined,
    changed: 1000,
    update: update === undefined ? undefined : { state: update, message: 'why' },
  };
}

function task(
  slot: number,
  state: string,
  { hash = 'new', desired = 'running', error, created = 2000, changed = 2000 }: Partial<TaskRow> & { hash?: string } = {},
): TaskRow {
  const more = { service: 'id', node: 'n', exitCode: undefined, container: 'c', created, changed, forceUpdate: 0 };
  return { id: `${slot}${state}${hash}`, slot, state, desired, error, labels: { 'hearth.stack.spec': hash }, ...more };
}

const kindOf = (row: ServiceRow | undefined, tasks: TaskRow[], ends: 'never' | 'may' | 'must' = 'never') =>
  progressOf({ name: 'web', ends }, 'one', row, tasks);

test('converged is only what runs the new version in every slot, with nothing of the old one left', () => {
  const both = [task(1, 'running'), task(2, 'running')];
  expect(kindOf(serviceRow(), both)).toMatchObject({ kind: 'converged' });
  expect(kindOf(serviceRow('completed'), both)).toMatchObject({ kind: 'converged' });
  expect(kindOf(serviceRow('updating'), both)).toMatchObject({ kind: 'waiting', settled: true });
  expect(kindOf(serviceRow(), [task(1, 'running')])).toMatchObject({ kind: 'waiting', done: 1, wanted: 2, settled: false });
  expect(kindOf(serviceRow(), [...both, task(1, 'running', { hash: 'old' })])).toMatchObject({ kind: 'waiting' });
  expect(kindOf(serviceRow(), [...both, task(1, 'shutdown', { hash: 'old', desired: 'shutdown' })])).toMatchObject({ kind: 'converged' });
  expect(kindOf(serviceRow(), [task(1, 'running', { hash: 'old' }), task(2, 'running', { hash: 'old' })])).toMatchObject({
    kind: 'waiting',
    done: 0,
  });
  expect(kindOf(serviceRow(undefined, { Mode: { Replicated: { Replicas: 0 } } }), [])).toMatchObject({ kind: 'converged' });
});

test('what the Swarm took back, paused or cannot place is told as it is', () => {
  const both = [task(1, 'running'), task(2, 'running')];
  expect(kindOf(serviceRow('paused'), both)).toMatchObject({ kind: 'failed', message: expect.stringContaining('paused') });
  expect(kindOf(undefined, [])).toMatchObject({ kind: 'failed', message: 'web was removed.' });
  const others = (state?: string) => ({ ...serviceRow(state), labels: { 'hearth.deployment': 'other' } });
  expect(kindOf(others(), both)).toMatchObject({ kind: 'failed', message: expect.stringContaining('somebody else') });
  expect(kindOf(others('rollback_started'), both)).toMatchObject({ kind: 'failed', message: expect.stringContaining('taken back') });
  expect(kindOf(others('rollback_completed'), both)).toMatchObject({ kind: 'failed', message: expect.stringContaining('taken back') });
  expect(kindOf(serviceRow('rollback_completed'), both)).toMatchObject({ kind: 'converged' });
  expect(kindOf(serviceRow('rollback_started'), both)).toMatchObject({ kind: 'waiting' });
  expect(kindOf(serviceRow('rollback_paused'), both)).toMatchObject({ kind: 'failed', message: expect.stringContaining('paused') });
  const error = 'no suitable node (scheduling constraints not satisfied on 1 node)';
  expect(kindOf(serviceRow(), [task(1, 'pending', { error })])).toMatchObject({
    kind: 'waiting',
    message: expect.stringContaining('no suitable node'),
  });
  const dead = [1, 2, 3].map((slot) => task(slot, 'failed', { desired: 'shutdown', error: 'non-zero exit (3)' }));
  expect(kindOf(serviceRow(), dead)).toMatchObject({ kind: 'failed', message: expect.stringContaining('non-zero exit (3)') });
});

test('what failed before the service was changed last is no failure of the deployment', () => {
  const both = [task(1, 'running'), task(2, 'running')];
  const failed = (created: number, changed: number) =>
    [1, 2, 1].map((slot) => task(slot, 'failed', { desired: 'shutdown', created, changed }));
  expect(kindOf(serviceRow(), [...both, ...failed(10, 20)])).toMatchObject({ kind: 'converged' });
  expect(kindOf(serviceRow(), [task(1, 'running'), ...failed(10, 20)])).toMatchObject({ kind: 'waiting', done: 1 });
  // It ran since before, and fails now.
  expect(kindOf(serviceRow(), [...both, ...failed(10, 2000)])).toMatchObject({ kind: 'failed' });
  // The clock of its node is late.
  expect(kindOf(serviceRow(), [...both, ...failed(1500, 900)])).toMatchObject({ kind: 'failed' });
});

test('a live stack whose tasks failed runs as long as nothing is missing now', () => {
  const both = [task(1, 'running'), task(2, 'running')];
  const failed = [1, 2, 1].map((slot) => task(slot, 'failed', { desired: 'shutdown' }));
  const runs = (tasks: TaskRow[], row = serviceRow()) => runsNow('web', 'one', row, tasks);
  expect(runs([...both, ...failed])).toBe(true);
  expect(runs([task(1, 'running'), ...failed])).toBe(false);
  expect(runs(both, serviceRow('paused'))).toBe(false);
  expect(runs([task(1, 'running'), ...failed.map((each) => ({ ...each, created: 0, changed: 0 }))])).toBe(true);
});

test('how long the Swarm waits on purpose is told while it changes one after the other', () => {
  const delayed = (update?: string) =>
    serviceRow(update, { UpdateConfig: { Delay: 2_000_000_000 } as NonNullable<ServiceSpec['UpdateConfig']> });
  const tasks = [task(1, 'running'), task(2, 'running', { hash: 'old' })];
  expect(kindOf(delayed('updating'), tasks)).toMatchObject({ kind: 'waiting', delay: 2000 });
  expect(kindOf(delayed('updating'), tasks.slice(1))).toMatchObject({ kind: 'waiting', delay: 0 });
  expect(kindOf(delayed(), tasks)).toMatchObject({ kind: 'waiting', delay: 0 });
});

test('what shall end has converged when it has ended, and has failed when it failed', () => {
  const once = serviceRow(undefined, {
    Mode: { Replicated: { Replicas: 1 } },
    TaskTemplate: { ...serviceRow().spec.TaskTemplate, RestartPolicy: { Condition: 'none' } },
  });
  expect(kindOf(once, [task(1, 'running')], 'must')).toMatchObject({ kind: 'waiting' });
  expect(kindOf(once, [task(1, 'complete', { desired: 'shutdown' })], 'must')).toMatchObject({ kind: 'converged' });
  expect(kindOf(once, [task(1, 'complete', { desired: 'shutdown', hash: 'old' })], 'must')).toMatchObject({ kind: 'waiting' });
  expect(kindOf(once, [task(1, 'failed', { desired: 'shutdown' })], 'must')).toMatchObject({ kind: 'failed' });
  expect(kindOf(once, [task(1, 'complete', { desired: 'shutdown' })], 'never')).toMatchObject({ kind: 'waiting' });
});

test('images of kept releases stay, those of the live one whatever its age', () => {
  const stack = (id: string, tag: string, more: Partial<DeploymentRecord> = {}) => {
    const record = {
      id,
      environment: 'production',
      service: 'back',
      liveSince: 1,
      ended: 1,
      state: 'retired',
      rollbackTo: null,
      config: { retention: { releases: 2 } },
      ...more,
    };
    return { record: record as unknown as DeploymentRecord, release: { services: [{ image: { tag } }] } as unknown as StackRelease };
  };
  const rows = [
    stack('1', 'a'),
    stack('2', 'b'),
    stack('3', 'c', { state: 'live' }),
    stack('4', 'd', { state: 'failed', liveSince: null }),
    stack('5', 'a', { state: 'retired', rollbackTo: '1' }),
  ];
  expect(tagsToRemove(rows).sort()).toEqual(['a', 'd']);
  expect(tagsToRemove([...rows, stack('6', 'a', { state: 'live', rollbackTo: '1' })])).toEqual(['d']);
});
