import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHearth } from '../../../server/config/hearthParser.ts';
import { fixed, hearthText, problemsOf } from './hearthText.ts';

const whole = `# everything there is
version: 1
project: shop
x-health: &health { http: /healthz, interval: 1s, timeout: 5s, healthy_for: 10s, deadline: 1m30s }
services:
  web:
    kind: container
    build: { context: ./web/, dockerfile: docker/Dockerfile, target: prod, args: { MODE: full, LEVEL: 1.10 }, secrets: [NPM_TOKEN], contexts: { shared: shared }, paths: ["web/**"], platform: linux/amd64 }
    port: 8080
    command: ["serve", "--fast"]
    entrypoint: run it
    user: 1000
    variables: { LOG_LEVEL: info, PORT: 8080, DEBUG: false, EMPTY: '', URL: "http://\${HOST:-localhost}:$$" }
    secrets: [DATABASE_URL, { name: TLS_KEY, as: file }]
    volumes: ["uploads:/data", { source: cache, target: /cache, read_only: true }]
    replicas: 2
    resources: { cpus: 0.5, memory: 512m, pids: 100 }
    health: *health
    route: { host: shop.example.test }
    drain: 0s
    stop_timeout: 1.5s
    depends_on: [db]
    hooks: { before: "bin/before", after: ["bin/after", "x y"] }
  db:
    image: "postgres:17"
    publish: "[::1]:5433"
    port: 5432
    volumes: ["pg:/var/lib/postgresql/data:ro"]
    health: { command: ["pg_isready"] }
  worker: { build: worker }
environments:
  production: { docker: "ssh://deploy@host:22", registry: "registry.example.test:5000/shop", routing: { kind: caddy, network: edge, admin: "http://caddy:2019/" }, variables: { LOG_LEVEL: warn }, limits: { cpus: 4, memory: 2g, containers: 10 } }
  staging: { extends: production, docker: local, routing: none }
  empty:
retention: { releases: 3 }
`;

describe('hearth.yaml', () => {
  test('is read with every key, with defaults for what is left out', () => {
    const { config, problems } = parseHearth(whole, 'folder');
    expect(problems).toEqual([]);
    expect(config?.project).toBe('shop');
    expect(config?.retention).toEqual({ releases: 3, logs: 20 });
    expect(config?.services['web']).toEqual({
      name: 'web',
      kind: 'container',
      source: {
        kind: 'build',
        build: {
          context: 'web',
          dockerfile: 'docker/Dockerfile',
          target: 'prod',
          args: { MODE: 'full', LEVEL: '1.10' },
          secrets: ['NPM_TOKEN'],
          contexts: { shared: 'shared' },
          paths: ['web/**'],
          platform: 'linux/amd64',
        },
      },
      port: 8080,
      command: ['serve', '--fast'],
      entrypoint: ['/bin/sh', '-c', 'run it'],
      user: '1000',
      variables: { LOG_LEVEL: 'info', PORT: '8080', DEBUG: 'false', EMPTY: '', URL: 'http://${HOST:-localhost}:$$' },
      secrets: [
        { name: 'DATABASE_URL', as: 'variable' },
        { name: 'TLS_KEY', as: 'file' },
      ],
      volumes: [
        { source: 'uploads', target: '/data', readOnly: false },
        { source: 'cache', target: '/cache', readOnly: true },
      ],
      replicas: 2,
      resources: { cpus: 0.5, memory: 512 * 1024 * 1024, pids: 100 },
      health: { probe: { kind: 'http', path: '/healthz' }, interval: 1000, timeout: 5000, healthyFor: 10_000, deadline: 90_000 },
      route: { host: 'shop.example.test', path: '/' },
      drain: 0,
      stopTimeout: 1500,
      dependsOn: ['db'],
      hooks: { before: ['/bin/sh', '-c', 'bin/before'], after: ['bin/after', 'x y'] },
    });
    expect(config?.services['db']).toMatchObject({
      source: { kind: 'image', image: 'postgres:17' },
      publish: { address: '::1', port: 5433 },
      volumes: [{ source: 'pg', target: '/var/lib/postgresql/data', readOnly: true }],
      health: { probe: { kind: 'command', command: ['pg_isready'] }, interval: 1000, timeout: 5000, healthyFor: 10_000, deadline: 60_000 },
      replicas: 1,
      drain: 5000,
      stopTimeout: 30_000,
    });
    expect(config?.environments).toEqual({
      production: {
        name: 'production',
        docker: 'ssh://deploy@host:22',
        registry: 'registry.example.test:5000/shop',
        routing: { kind: 'caddy', network: 'edge', admin: 'http://caddy:2019' },
        variables: { LOG_LEVEL: 'warn' },
        limits: { cpus: 4, memory: 2 * 1024 ** 3, containers: 10 },
      },
      staging: { name: 'staging', extends: 'production', docker: 'local', routing: { kind: 'none' }, variables: {} },
      empty: { name: 'empty', variables: {} },
    });
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });

  test('a service without `health` is looked at by its port, or that it keeps running', () => {
    const probe = (service: string) => parseHearth(hearthText(service), 'shop').config?.services['web']?.health.probe;
    expect(probe('')).toEqual({ kind: 'tcp' });
    expect(probe('health: { container: true }')).toEqual({ kind: 'container' });
    expect(parseHearth(whole, 'x').config?.services['worker']?.health.probe).toEqual({ kind: 'container' });
  });

  test('the project has the name it is given where the file has none', () => {
    expect(parseHearth('version: 1\nservices: { a: { image: x } }\nenvironments: { b: }\n', 'folder').config?.project).toBe('folder');
  });

  test.each([
    ['publish: 8080', { address: '127.0.0.1', port: 8080 }],
    ['publish: "8081"', { address: '127.0.0.1', port: 8081 }],
    ['publish: "0.0.0.0:80"', { address: '0.0.0.0', port: 80 }],
  ])('%s', (line, expected) => {
    expect(parseHearth(hearthText(line), 'shop').config?.services['web']?.publish).toEqual(expected);
  });
});

describe('a mistake is named where it is', () => {
  test.each<[string, string, string[]]>([
    [
      'no YAML',
      'version: 1\nservices: [\n',
      ['3:1 yaml: Flow sequence in block collection must be sufficiently indented and end with a ].'],
    ],
    ['a tab', 'version: 1\nservices:\n\tweb: {}\n', ['3:1 yaml: Tabs are not allowed as indentation.']],
    ['a key twice', hearthText('port: 80'), ['7:5 yaml: Map keys must be unique.']],
    ['two documents', `${hearthText()}---\na: 1\n`, ['9:1 yaml: The file must be one YAML document: `---` begins another one.']],
    [
      'no version',
      'services: {}\n',
      ['1:1 missing: The file needs `version`.', '1:1 warning missing: The file names no service: there is nothing to deploy.'],
    ],
    ['another version', hearthText().replace('1', '2'), ['1:10 value: `version` must be `1`.']],
    [
      'a list',
      '- 1\n',
      ['1:1 type: The file must be keys with values.', '1:1 warning missing: The file names no service: there is nothing to deploy.'],
    ],
    ['an unknown key', hearthText('prot: 80'), ['7:5 unknown-key: There is no key `prot` in `services.web`. Did you mean `port`?']],
    [
      'a key of a later version',
      hearthText('', 'rules: []\n'),
      ['9:1 not-in-this-version: `rules` is not in this version of Hearth: it would have no effect.'],
    ],
    [
      'a key of a later version inside',
      hearthText('strategy: canary'),
      ['7:5 not-in-this-version: `strategy` is not in this version of Hearth: it would have no effect.'],
    ],
    ['a kind that there is not', hearthText('kind: statik'), ['7:11 value: `kind` must be one of `container`, `static`, `stack`.']],
    ['a wrong type', hearthText('replicas: many'), ['7:15 type: `replicas` must be a whole number from 1 to 100.']],
    ['a time without unit', hearthText('drain: 5'), ['7:12 type: `drain` must be a time such as `500ms`, `10s`, `1m30s` or `2d`.']],
    ['a size without unit', hearthText('resources: { memory: 512 }'), ['7:26 type: `memory` must be a size such as `512m` or `2g`.']],
    [
      'neither build nor image',
      hearthText().replace('    build: .\n', ''),
      ['4:3 missing: The service `web` needs `build` (a folder with a Dockerfile) or `image`.'],
    ],
    ['both', hearthText('image: x'), ['7:5 value: A service has either `build` or `image`.']],
    [
      'an empty service',
      'version: 1\nservices:\n  web:\nenvironments: { p: }\n',
      ['3:3 type: `web` must be keys such as `build` and `port`.'],
    ],
    [
      'a name that is no label',
      hearthText().replace('web', 'Web_1'),
      ['4:3 name: `Web_1` must be a name of lower-case letters, digits and hyphens, at most 30 characters, such as `web` or `my-shop`.'],
    ],
    [
      'a path that leaves',
      hearthText().replace('build: .', 'build: ../x'),
      ['5:12 path: The path `../x` must not contain "..", "." or empty parts.'],
    ],
    [
      'an absolute path',
      hearthText().replace('build: .', 'build: { context: ., dockerfile: /etc/Dockerfile }'),
      ['5:38 path: The path `/etc/Dockerfile` must be relative to the repository.'],
    ],
    [
      'a folder of the machine',
      hearthText('volumes: ["/var/run/docker.sock:/sock"]'),
      [
        '7:15 host-folder: Folders of the machine, such as `/var/run/docker.sock`, are not mounted into containers. Use a named volume: `data:/var/lib/data`.',
      ],
    ],
    [
      'a relative folder',
      hearthText('volumes: ["./data:/data"]'),
      [
        '7:15 host-folder: Folders of the machine, such as `./data`, are not mounted into containers. Use a named volume: `data:/var/lib/data`.',
      ],
    ],
    [
      'no path in the container',
      hearthText('volumes: ["data:data"]'),
      ['7:15 path: `data` must be an absolute path in the container, such as `/data`.'],
    ],
    ['two volumes at one place', hearthText('volumes: ["a:/x", "b:/x"]'), ['7:23 value: Two volumes cannot both be at `/x`.']],
    [
      'an unknown service',
      hearthText('depends_on: [wev, web2]'),
      ['7:18 reference: There is no service `wev`.', '7:23 reference: There is no service `web2`.'],
    ],
    [
      'an unknown environment',
      'version: 1\nservices: { a: { image: b } }\nenvironments: { p: { extends: q } }\n',
      ['3:31 reference: There is no environment `q`.'],
    ],
    [
      'a circle of services',
      hearthText('depends_on: [db]').replace('environments', '  db: { image: x, depends_on: [web] }\nenvironments'),
      ['8:32 cycle: Services must not lead back to themselves: `web` → `db` → `web`.'],
    ],
    [
      'a service that waits for itself',
      hearthText('depends_on: [web]'),
      ['7:18 cycle: Services must not lead back to themselves: `web` → `web`.'],
    ],
    [
      'a circle of environments',
      'version: 1\nservices: { a: { image: b } }\nenvironments: { p: { extends: q }, q: { extends: p } }\n',
      ['3:50 cycle: Environments must not lead back to themselves: `p` → `q` → `p`.'],
    ],
    [
      'a deadline that is too short',
      hearthText('health: { http: /, healthy_for: 2m }'),
      ['7:37 value: It must be well for 2m, and fails after 60s: no version could ever go live.'],
    ],
    [
      'two kinds of health',
      hearthText('health: { http: /, tcp: true }'),
      ['7:24 value: `health` has one of `http`, `tcp`, `command`, `container`; here are 2.'],
    ],
    [
      'health of a port that is not there',
      hearthText('health: { http: / }').replace('    port: 8080\n', ''),
      ['6:15 missing: `health.http` needs the `port` that the service listens on.'],
    ],
    [
      'a port for two',
      hearthText('publish: 80\nreplicas: 2'),
      ['7:5 value: A port can be published by one container only: `replicas` must be 1.'],
    ],
    [
      'an unknown address',
      hearthText('publish: "host:80"'),
      ['7:14 value: `publish` must be a port such as `8080`, or an address and port such as `"0.0.0.0:8080"`.'],
    ],
    [
      'one port twice',
      hearthText('publish: 80').replace('environments', '  db: { image: x, port: 1, publish: "0.0.0.0:80" }\nenvironments'),
      ['8:37 value: `web` has the same `publish`: only one service can.'],
    ],
    [
      'a template that does not end',
      hearthText('variables: { A: "${B" }'),
      ['7:21 template: "${B" is not closed with "}"; a "$" before "{" is written "$$".'],
    ],
    ['a variable without value', hearthText('variables:\n  A:'), ["8:7 type: `A` must be text or a number. Write `''` for an empty text."]],
    [
      'a name that is no variable',
      hearthText('variables: { "A-B": x }'),
      ['7:18 name: `A-B` must be letters, digits and underscores, not starting with a digit.'],
    ],
    [
      'a password in an address',
      'version: 1\nservices: { a: { image: b } }\nenvironments: { p: { docker: "ssh://a:b@h" } }\n',
      ['3:30 value: An address holds no password: use an SSH key or a TLS certificate.'],
    ],
    [
      'an option as an address',
      'version: 1\nservices: { a: { image: b } }\nenvironments: { p: { docker: "ssh://-oProxyCommand=x" } }\n',
      ['3:30 value: `docker` must be `local`, `unix:///path`, `ssh://user@host` or `tcp://host:2376`.'],
    ],
    ['no environment', 'version: 1\nservices: { a: { image: b } }\n', ['2:1 warning missing: The file names no environment to deploy to.']],
    [
      'a secret that is written down',
      hearthText('variables: { API_TOKEN: abc }'),
      [
        '7:18 warning secret: `API_TOKEN` looks like a secret, and stands in this file for everybody: name it in `secrets` and set it with `hearth env set --secret`.',
      ],
    ],
    ['no secret: a template', hearthText('variables: { API_TOKEN: "${OTHER}" }'), []],
    [
      'a secret in the image',
      hearthText().replace('build: .', 'build: { args: { NPM_TOKEN: abc } }'),
      [
        '5:22 warning secret: `NPM_TOKEN` looks like a secret, and is part of the image for everybody who has it: name it in `build.secrets`.',
      ],
    ],
    [
      'a secret of an environment',
      hearthText().replace('production: {}', 'production: { variables: { DB_PASSWORD: x } }'),
      [
        '8:30 warning secret: `DB_PASSWORD` looks like a secret, and stands in this file for everybody: name it in `secrets` and set it with `hearth env set --secret`.',
      ],
    ],
    ['a time that no timer has', hearthText('drain: 999999999h'), ['7:12 value: `drain` must be at most `24h`.']],
    ['no time at all', hearthText('health: { interval: 0s }'), ['7:25 value: `interval` must be at least `10ms`.']],
    [
      'a secret that is a variable too',
      hearthText('variables: { A: x }\nsecrets: [A]'),
      ['7:18 warning value: `A` is a secret and a variable: the secret wins.'],
    ],
  ])('%s', (_what, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test('several at once, each in its place, also in parts that nothing else is wrong with', () => {
    const text = hearthText('prot: 80').replace('environments', '  db: { depends_on: [wev] }\nenvironments');
    expect(problemsOf(text).map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
      '7:5 unknown-key:',
      '8:3 missing:',
      '8:22 reference:',
    ]);
  });

  test('a configuration with an error is none; with a warning it is one', () => {
    expect(parseHearth(hearthText('replicas: 0'), 'shop').config).toBeUndefined();
    expect(parseHearth(hearthText('depends_on: [db]'), 'shop').config).toBeUndefined();
    expect(parseHearth(hearthText('variables: { API_TOKEN: abc }'), 'shop').config).toBeDefined();
  });
});

describe('a quick fix', () => {
  test.each([
    hearthText('prot: 80').replace('    port: 8080\n', ''),
    hearthText('drain: 5'),
    hearthText('replicas: "2"'),
    hearthText('secrets: DATABASE_URL'),
    hearthText('resources: { memory: 512 }'),
    hearthText('user: true'),
    hearthText('kind: Container'),
    hearthText('migrate:\n  run: x\n  more: y\nreplicas: 2'),
    hearthText().replace('web', 'Web_1'),
    hearthText().replace('shop', 'My Shop'),
    hearthText().replace('    build: .\n', ''),
    hearthText('variables:\n  A: x\n  API_TOKEN: abc'),
    hearthText('secrets: [B]\nvariables:\n  API_TOKEN: abc'),
    hearthText('secrets:\n  - B\nvariables:\n  API_TOKEN: abc'),
    hearthText('', 'rules:\n  - on: push\n'),
    hearthText('image: x'),
    hearthText('health:\n  http: /\n  tcp: true'),
    hearthText('depends_on: [wed]').replace('environments', '  wedge: { image: x }\nenvironments'),
    hearthText().replace('version: 1\n', ''),
    'version: 1\nservices: { a: { image: b } }\nenvironments: { prod: { extends: prd }, prd2: }\n',
    'version: 1\nservices:\n  a:\n    image: b\n',
    'version: 1\nservices:\n  a:\n    image: b',
  ])('of %j helps', (text) => {
    const problems = parseHearth(text, 'shop').problems;
    const fixes = problems.flatMap(({ message, fixes: all = [] }) => all.map((fix) => ({ message, fix })));
    expect(fixes.length).toBeGreaterThan(0);
    for (const { message, fix } of fixes) {
      const after = parseHearth(fixed(text, fix), 'shop').problems;
      expect(
        after.map((problem) => problem.message),
        `${fix.title} in ${fixed(text, fix)}`,
      ).not.toContain(message);
      expect(after.some(({ code }) => code === 'yaml')).toBe(false);
    }
  });

  test('makes a secret of a variable, beside those that are there', () => {
    const text = hearthText('secrets:\n  - B\nvariables:\n  API_TOKEN: abc\n  A: x');
    const [fix] = parseHearth(text, 'shop').problems[0]?.fixes ?? [];
    if (fix === undefined) throw new Error('no fix');
    const { config } = parseHearth(fixed(text, fix), 'shop');
    expect(config?.services['web']).toMatchObject({ variables: { A: 'x' }, secrets: [{ name: 'API_TOKEN' }, { name: 'B' }] });
  });

  test('does not take out what shares its line with something else', () => {
    const { problems } = parseHearth('version: 1\nservices: { a: { image: b, strategy: x } }\nenvironments: { p: }\n', 'shop');
    expect(problems.map(({ code, fixes }) => [code, fixes])).toEqual([['not-in-this-version', undefined]]);
  });
});

describe('an alias', () => {
  const text = (service: string) =>
    `x-port: &port 8080\nx-version: &version 1.10\nx-debug: &debug true\nx-name: &name "a b"\n${hearthText(service)}`;

  test('stands for what it points to, as that is written', () => {
    const names = 'PORT: *port, VERSION: *version, DEBUG: *debug, NAME: *name, HERE: &here 0x10, AGAIN: *here';
    const { config, problems } = parseHearth(text(`variables: { ${names} }`), 'shop');
    expect(problems).toEqual([]);
    expect(config?.services['web']?.variables).toEqual({
      ...{ PORT: '8080', VERSION: '1.10', DEBUG: 'true', NAME: 'a b', HERE: '0x10', AGAIN: '0x10' },
    });
  });

  test('is where it stands when something is wrong with it; a fix writes the value', () => {
    const given = text('drain: *port\nreplicas: *name');
    const { problems } = parseHearth(given, 'shop');
    expect(problems.map(({ line, column, endColumn }) => [line, column, endColumn])).toEqual([
      [11, 12, 17],
      [12, 15, 20],
    ]);
    const [fix] = problems[0]?.fixes ?? [];
    expect(fix === undefined ? '' : fixed(given, fix)).toContain('    drain: 8080s\n');
  });
});

describe('a hostile file', () => {
  test('aliases of aliases end early', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) =>
        `x-${level}: &a${level} [${Array(10)
          .fill(level === 0 ? 'lol' : `*a${level - 1}`)
          .join(', ')}]`,
    );
    expect(
      problemsOf(`${levels.join('\n')}\nversion: 1\nservices: *a11\n`).filter(
        (problem) => problem.includes('error') || problem.includes('too-large'),
      ),
    ).toHaveLength(1);
  });

  test('an alias in itself, an alias of nothing', () => {
    expect(problemsOf('version: 1\nservices: &a { web: *a }\n')[0]).toMatch(/^2:\d+ too-large: This is nested too deeply/);
    expect(problemsOf('version: 1\nservices: *nothing\n')[0]).toBe('2:11 yaml: There is no such anchor before this alias.');
  });

  test('one of a megabyte, one that is nested a thousand times', () => {
    expect(problemsOf(`# ${'x'.repeat(1_000_000)}\n`)).toEqual(['1:1 too-large: The file is longer than 256 kB.']);
    expect(problemsOf(`version: 1\nservices: ${'{a: '.repeat(1000)}`).length).toBeGreaterThan(0);
  });

  test('names reach no message as control characters, and no prototype', () => {
    const hostile = ['a\\u001b[31mred', 'b\\nnewline', '\\u202egnorw', 'c`code`', '\\u0000'];
    const { problems, config } = parseHearth(
      `version: 1\nservices: {}\n${hostile.map((name) => `"${name}": 1\n`).join('')}__proto__: { polluted: true }\n`,
      'shop',
    );
    expect(config).toBeUndefined();
    expect(problems.filter(({ code }) => code === 'unknown-key')).toHaveLength(hostile.length + 1);
    for (const { message } of problems) expect(message).not.toMatch(/[\p{Cc}\u202e]|``/u);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('whatever stands there, it is read without an exception, and every place is in the text', () => {
    const words = fc.constantFrom(
      ...whole.split(/(?<=[\s:,{}[\]"])/),
      '{',
      '}',
      '[',
      ']',
      '- ',
      ': ',
      '\n',
      '\t',
      '"',
      "'",
      '&a ',
      '*a',
      '<<: ',
      '!!binary x',
      '? ',
      '| ',
      '#',
      '%YAML 1.1\n',
      '---\n',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), fc.nat(), (inserted, at) => {
        const place = at % whole.length;
        const text = whole.slice(0, place) + inserted.join('') + whole.slice(place + inserted.length);
        const lines = text.split('\n');
        for (const { line, column, endLine, endColumn } of parseHearth(text, 'shop').problems) {
          expect(line).toBeGreaterThan(0);
          expect(endLine).toBeLessThanOrEqual(lines.length);
          expect(column - 1).toBeLessThanOrEqual((lines[line - 1] ?? '').length);
          expect(endLine > line || endColumn >= column).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
