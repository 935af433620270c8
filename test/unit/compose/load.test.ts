import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dangersOf, placeOf } from '../../../server/compose/index.ts';
import { load, services, told } from './compose.ts';

describe('a service', () => {
  test('has its short forms written out', async () => {
    const { web } = await services(
      `
services:
  web:
    build: ./web
    command: serve --title "a b" it\\'s
    environment: [LEVEL=info, FROM_OUTSIDE]
    env_file: []
    ports: ["8080:80", "127.0.0.1:9000-9001:9000-9001/udp", "[::1]:443:443", "3000-3001:3000", 7000]
    volumes: [./data:/data:ro, cache:/cache/, /anonymous, "~/keys:/keys", { type: tmpfs, target: /t, tmpfs: { size: 64m, mode: 0700 } }]
    configs: [site]
    secrets: [{ source: key, target: k.pem, mode: 0440 }]
    healthcheck: { test: curl -f localhost, interval: 1m30s, retries: 3 }
    deploy: { replicas: 2, update_config: { order: start-first, delay: 10s }, resources: { limits: { cpus: "0.5", memory: 512M } } }
    ulimits: { nofile: 10, nproc: { soft: 1, hard: 2 } }
    extra_hosts: ["db:10.0.0.1", "six=::1"]
    stop_grace_period: 1.5s
    depends_on: [db]
    labels: { a.b: 1.10, empty: }
  db: { image: "postgres:17", mem_limit: 1g, scale: 3, networks: { back: { aliases: [store] } } }
networks: { back: { driver: overlay } }
volumes: { cache: }
configs: { site: { content: hello } }
secrets: { key: { file: ./key.pem } }
`,
      { variables: { FROM_OUTSIDE: 'given' } },
    );
    expect(web).toMatchObject({
      active: true,
      build: { context: 'web', dockerfile: 'Dockerfile' },
      command: ['serve', '--title', 'a b', "it's"],
      environment: { LEVEL: 'info', FROM_OUTSIDE: 'given' },
      ports: [
        { target: 80, published: 8080, protocol: 'tcp', mode: 'ingress' },
        { target: 9000, published: 9000, hostIp: '127.0.0.1', protocol: 'udp' },
        { target: 9001, published: 9001, hostIp: '127.0.0.1', protocol: 'udp' },
        { target: 443, published: 443, hostIp: '::1' },
        { target: 3000, published: 3000, publishedTo: 3001 },
        { target: 7000 },
      ],
      volumes: [
        { type: 'bind', where: 'own', source: 'data', target: '/data', readOnly: true },
        { type: 'volume', source: 'cache', target: '/cache', readOnly: false },
        { type: 'volume', target: '/anonymous' },
        { type: 'bind', where: 'machine', source: '~/keys' },
        { type: 'tmpfs', size: 64 * 1024 ** 2, mode: 0o700 },
      ],
      configs: [{ source: 'site', target: '/site' }],
      secrets: [{ source: 'key', target: '/run/secrets/k.pem', mode: 0o440 }],
      healthcheck: { disable: false, test: ['CMD-SHELL', 'curl -f localhost'], interval: 90_000, retries: 3 },
      deploy: {
        replicas: 2,
        updateConfig: { order: 'start-first', delay: 10_000 },
        resources: { limits: { cpus: 0.5, memory: 512 * 1024 ** 2 } },
      },
      ulimits: { nofile: { soft: 10, hard: 10 }, nproc: { soft: 1, hard: 2 } },
      extraHosts: [
        { host: 'db', address: '10.0.0.1' },
        { host: 'six', address: '::1' },
      ],
      stopGracePeriod: 1500,
      dependsOn: [{ service: 'db', condition: 'service_started', required: true }],
      labels: { 'a.b': '1.10', empty: '' },
      networks: [{ network: 'default', aliases: [] }],
    });
    expect(web?.ports[5]).not.toHaveProperty('published');
    const { db } = await services('services: { db: { image: x, mem_limit: 1g, scale: 3, pids_limit: 5 } }');
    expect(db?.deploy).toMatchObject({ replicas: 3, resources: { limits: { memory: 1024 ** 3, pids: 5 } } });
  });

  test('is the same in its short and in its long form', async () => {
    const port = fc.integer({ min: 1, max: 65_535 });
    const one = fc.record({
      target: port,
      published: port,
      protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
      ip: fc.constantFrom(undefined, '10.0.0.1', '::1'),
    });
    await fc.assert(
      fc.asyncProperty(one, async ({ target, published, protocol, ip }) => {
        const address = ip === undefined ? '' : ip.includes(':') ? `[${ip}]:` : `${ip}:`;
        const short = await services(`services: { a: { image: x, ports: ["${address}${published}:${target}/${protocol}"] } }`);
        const host = ip === undefined ? '' : `, host_ip: "${ip}"`;
        const long = await services(
          `services: { a: { image: x, ports: [{ target: ${target}, published: "${published}", protocol: ${protocol}${host} }] } }`,
        );
        expect(short['a']?.ports).toEqual(long['a']?.ports);
        expect(short['a']?.ports).toMatchObject([{ target, published, protocol }]);
      }),
      { numRuns: 40 },
    );
  });

  test('is started by its profile only', async () => {
    const text = 'services:\n  web: { image: x }\n  tool: { image: x, profiles: [debug] }\n';
    expect((await services(text))['tool']?.active).toBe(false);
    expect((await services(text, { profiles: ['debug'] }))['tool']?.active).toBe(true);
    const needed = await load({ 'compose.yaml': `${text}  cli: { image: x, depends_on: [tool] }\n` });
    expect(told(needed)).toEqual(['compose.yaml:4 [profile] `cli` needs `tool`, which only the profile `debug` starts.']);
  });
});

describe('several files', () => {
  const files = {
    'compose.yaml': `
include: [infra/compose.yaml, { path: [tools/compose.yaml, tools/more.yaml], project_directory: . }]
x-base: &base
  restart: always
  environment: &all { LEVEL: info, SHARED: base }
services:
  web:
    <<: *base
    image: "web:\${TAG:-1}"
    environment: { <<: *all, SHARED: web }
    ports: ["80:80"]
    command: [a]
    depends_on: { db: { condition: service_healthy } }
  worker:
    extends: web
    ports: !reset []
    command: [b]
  api:
    extends: { file: base/common.yaml, service: api }
    volumes: [./more:/more]
`,
    'compose.override.yaml': 'services:\n  web:\n    ports: !override ["81:80"]\n    environment: [LEVEL=debug]\n    depends_on: [cache]\n',
    'infra/compose.yaml': 'services:\n  db:\n    image: "postgres:${PG}"\n    volumes: [./init:/init]\n  cache: { image: redis }\n',
    'infra/.env': 'PG=17\n',
    'tools/compose.yaml': 'services:\n  tool: { image: x, volumes: [./t:/t] }\n',
    'tools/more.yaml': 'services:\n  tool: { labels: [a=b] }\n',
    'base/common.yaml':
      'services:\n  api:\n    extends: base\n    build: .\n  base:\n    env_file: [api.env, { path: none.env, required: false }]\n    volumes: [./data:/data]\n',
    'base/api.env': 'A=1\nB="${A}2"\nC=\'${A}\'\n',
  };

  test('are one: included, extended, overridden, merged', async () => {
    const { model, problems, files: read, edges } = await load(files);
    const all = Object.fromEntries(model.services.map((service) => [service.name, service]));
    expect(problems).toEqual([]);
    expect(read).toEqual([
      'compose.yaml',
      'infra/compose.yaml',
      'tools/compose.yaml',
      'tools/more.yaml',
      'base/common.yaml',
      'compose.override.yaml',
    ]);
    expect(Object.keys(all)).toEqual(['db', 'cache', 'tool', 'web', 'worker', 'api']);
    expect(all['web']).toMatchObject({
      image: 'web:1',
      restart: 'always',
      environment: { LEVEL: 'debug', SHARED: 'web' },
      ports: [{ target: 80, published: 81 }],
      dependsOn: [
        { service: 'db', condition: 'service_healthy', place: { file: 'compose.yaml', line: 13 } },
        { service: 'cache', condition: 'service_started', place: { file: 'compose.override.yaml', line: 5 } },
      ],
    });
    expect(all['worker']).toMatchObject({ image: 'web:1', ports: [], command: ['b'], environment: { SHARED: 'web' } });
    expect(all['db']).toMatchObject({ image: 'postgres:17', volumes: [{ source: 'infra/init' }] });
    expect(all['tool']).toMatchObject({ labels: { a: 'b' }, volumes: [{ source: 't' }] });
    expect(all['api']).toMatchObject({
      build: { context: 'base' },
      environment: { A: '1', B: '12', C: '${A}' },
      volumes: [{ source: 'base/data' }, { source: 'more' }],
    });
    expect(edges.filter(({ kind }) => kind === 'extends')).toEqual([
      { from: 'worker', to: 'web', kind: 'extends', file: 'compose.yaml', line: 15 },
      { from: 'api', to: 'api', kind: 'extends', file: 'compose.yaml', line: 19 },
    ]);
  });

  test('stand where they say', async () => {
    const { model } = await load(files);
    const web = model.services.find(({ name }) => name === 'web');
    if (web === undefined) throw new Error('no web');
    expect(web.place).toEqual({ file: 'compose.yaml', line: 7 });
    expect(placeOf(web, 'ports.0')).toEqual({ file: 'compose.override.yaml', line: 3 });
    expect(placeOf(web, 'environment.LEVEL')).toEqual({ file: 'compose.override.yaml', line: 4 });
    expect(placeOf(web, 'environment.SHARED')).toEqual({ file: 'compose.yaml', line: 10 });
    expect(placeOf(web, 'restart')).toEqual({ file: 'compose.yaml', line: 4 });
    expect(placeOf(web, 'deploy.replicas')).toEqual(web.place);
  });

  test('are nothing new when one is named twice', async () => {
    const text = `${files['tools/compose.yaml']}volumes: { v: }\n`;
    const one = await load({ 'a.yaml': text }, { files: ['a.yaml'] });
    const two = await load({ 'a.yaml': text }, { files: ['a.yaml', 'a.yaml'] });
    expect(two.model).toEqual(one.model);
  });

  test('give variables by `.env`, the caller, and by nothing else', async () => {
    process.env['HEARTH_TEST_OUTSIDE'] = 'leaked';
    const text = 'services: { a: { image: "x:${TAG}-${HEARTH_TEST_OUTSIDE}", environment: [HEARTH_TEST_OUTSIDE] } }';
    const own = { 'compose.yaml': text, '.env': 'TAG=1\n' };
    const beside = await load(own);
    delete process.env['HEARTH_TEST_OUTSIDE'];
    expect(beside.model.services[0]).toMatchObject({
      image: 'x:1-',
      environment: { HEARTH_TEST_OUTSIDE: null },
      unresolved: ['HEARTH_TEST_OUTSIDE'],
    });
    expect(told(beside)).toEqual(['compose.yaml:1 [variable] The variable `HEARTH_TEST_OUTSIDE` has no value.']);
    expect((await load(own, { variables: { TAG: '2' } })).model.services[0]?.image).toBe('x:2-');
    expect((await load(own, { fill: 'none' })).model.services[0]?.image).toBe('x:${TAG}-${HEARTH_TEST_OUTSIDE}');
    expect((await load(own, { fill: 'defaults' })).model.services[0]?.image).toBe('x:-');
  });
});

describe('needs', () => {
  test('are found in keys and in addresses, each with its place', async () => {
    const text = `services:
  web:
    image: x
    depends_on: { db: { condition: service_healthy } }
    links: ["cache:c"]
    environment:
      DATABASE_URL: postgres://shop:x@db:5432/shop
      QUEUES: "amqp://q1:5672,q2"
      MONGO: mongodb://u:p@m1:27017,m2:27017/x
      SEARCH_HOST: search
      TITLE: search
      OWN: http://web:80/
      DSN: user:pass@tcp(store:3306)/shop
    network_mode: service:proxy
  db: { image: x, hostname: store }
  cache: { image: x }
  q1: { image: x }
  m1: { image: x }
  m2: { image: x }
  search: { image: x, volumes_from: [db] }
  proxy: { image: x }
`;
    const { edges } = await load({ 'compose.yaml': text });
    expect(edges.map(({ from, to, kind, line }) => `${from} ${kind} ${to}:${line}`)).toEqual([
      'web depends_on db:4',
      'web link cache:5',
      'web network proxy:14',
      'web variable db:7',
      'web variable q1:8',
      'web variable m1:9',
      'web variable m2:9',
      'web variable search:10',
      'search volumes db:20',
    ]);
  });
});

describe('power over the machine', () => {
  test('is told with its place', async () => {
    const text = `services:
  bad:
    image: x
    privileged: true
    pid: host
    volumes: ["/:/host", "/var/run/docker.sock:/s", "disk:/d"]
    networks: [machine]
    cap_add: [SYS_ADMIN]
    devices: ["/dev/sda:/dev/x"]
    security_opt: [no-new-privileges:true, seccomp=unconfined]
  good:
    image: x
    volumes: [./own:/own, named:/n]
    security_opt: [no-new-privileges]
volumes: { disk: { driver_opts: { type: none, o: bind, device: /etc } }, named: }
networks: { machine: { external: true, name: host } }
`;
    const { model } = await load({ 'compose.yaml': text });
    const [bad, good] = model.services.map((service) => dangersOf(service, model).map(({ what, place }) => `${what}:${place.line}`));
    expect(bad).toEqual([
      'privileged:4',
      '/:6',
      '/var/run/docker.sock:6',
      'volume disk on /etc:6',
      'pid: host:5',
      'network machine: host:7',
      'cap_add: SYS_ADMIN:8',
      'device /dev/sda:/dev/x:9',
      'security_opt: seccomp=unconfined:10',
    ]);
    expect(good).toEqual([]);
  });
});
