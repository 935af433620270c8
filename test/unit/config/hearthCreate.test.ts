import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHearthFile } from '../../../server/config/create.ts';
import { readDockerfile } from '../../../server/config/dockerfile.ts';
import { foundForConfig } from '../../../server/config/found.ts';
import { parseHearth } from '../../../server/config/hearthParser.ts';
import { YamlText } from '../../../server/config/yamlText.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'hearth-create-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

/** What is made must be a configuration that nothing is wrong with. */
async function services(project = 'shop') {
  const { text } = await createHearthFile(root, project, { write: false });
  const { config, problems } = parseHearth(text, 'x');
  expect(problems, text).toEqual([]);
  return { services: config?.services ?? {}, text };
}

describe('a Dockerfile', () => {
  test('says port and health check of its last stage', () => {
    const text =
      'FROM node AS build\nEXPOSE 1\nHEALTHCHECK CMD x\nFROM node\nARG PORT=3000\nENV OTHER 4000\n# EXPOSE 9\nEXPOSE \\\n  ${PORT}/tcp $OTHER\nCOPY --from=build /app .\nCOPY --chown=a src/ package*.json ./\nADD ["a b", "/x"]\n';
    expect(readDockerfile(text)).toEqual({ port: 3000, healthcheck: false, sources: ['src', 'a b'] });
    expect(readDockerfile(`${text}HEALTHCHECK --interval=1s CMD curl\n`).healthcheck).toBe(true);
    expect(readDockerfile('FROM x\nHEALTHCHECK NONE\nEXPOSE 53/udp\n')).toEqual({ healthcheck: false, sources: [] });
  });
});

describe('what a hearth.yaml can be made from', () => {
  test('is found near the top, not in folders of others', async () => {
    for (const file of [
      'Dockerfile',
      'api/Dockerfile.dev',
      'a/b/c/Dockerfile',
      'a/b/c/d/Dockerfile',
      'node_modules/x/Dockerfile',
      '.x/Dockerfile',
      'compose.yaml',
      'sub/compose.yaml',
      'web.Dockerfile',
      'Dockerfile.md.bak~',
    ])
      write(file, 'FROM x\n');
    expect(await foundForConfig(root)).toEqual(['compose.yaml', 'Dockerfile', 'web.Dockerfile', 'api/Dockerfile.dev', 'a/b/c/Dockerfile']);
  });
});

describe('a new hearth.yaml', () => {
  test('has a service for each Dockerfile, built where its files are', async () => {
    write('Dockerfile', 'FROM x\nEXPOSE 8080\nCOPY src .\n');
    write('src/a', '');
    write('api/Dockerfile', 'FROM x\nEXPOSE 3000\nHEALTHCHECK CMD true\nCOPY main.go .\n');
    write('api/main.go', '');
    write('worker/Dockerfile', 'FROM x\nCOPY src/ .\n');
    const { services: made, text } = await services();
    expect(Object.keys(made)).toEqual(['shop', 'api', 'worker']);
    expect(made['shop']).toMatchObject({
      port: 8080,
      source: { build: { context: '.', dockerfile: 'Dockerfile' } },
      health: { probe: { kind: 'tcp' } },
    });
    expect(made['api']).toMatchObject({ port: 3000, source: { build: { context: 'api' } }, health: { probe: { kind: 'container' } } });
    expect(made['worker']).toMatchObject({ source: { build: { context: '.', dockerfile: 'worker/Dockerfile' } } });
    expect(text).toContain('# health: { http: /healthz }');
  });

  test('is made from a compose file, and says what is left out', async () => {
    write('Dockerfile', 'FROM x\n');
    write(
      'compose.yaml',
      `services:
  Web_App:
    build: { context: ., target: prod, args: { A: 1 }, ssh: [default] }
    ports: ["127.0.0.1:8081:80"]
    environment: [LEVEL=info, "API_TOKEN=x", FROM_MACHINE]
    volumes: ["./data:/data", "cache:/cache:ro", { type: volume, source: up, target: /up }]
    depends_on: { db: { condition: service_healthy } }
    healthcheck: { test: ["CMD-SHELL", "curl -f http://localhost"] }
    restart: always
    privileged: true
  db:
    image: postgres:16
    command: postgres -c fsync=on
    environment: { POSTGRES_PASSWORD: shop, POSTGRES_USER: shop }
    expose: ["5432"]
`,
    );
    const { services: made, text } = await services();
    expect(Object.keys(made)).toEqual(['web-app', 'db']);
    expect(made['web-app']).toMatchObject({
      source: { build: { target: 'prod', args: { A: '1' } } },
      port: 80,
      publish: { address: '127.0.0.1', port: 8081 },
      variables: { LEVEL: 'info' },
      secrets: [{ name: 'API_TOKEN' }, { name: 'FROM_MACHINE' }],
      volumes: [
        { source: 'cache', target: '/cache', readOnly: true },
        { source: 'up', target: '/up', readOnly: false },
      ],
      dependsOn: ['db'],
      health: { probe: { kind: 'command', command: ['/bin/sh', '-c', 'curl -f http://localhost'] } },
    });
    expect(made['db']).toMatchObject({ source: { image: 'postgres:16' }, port: 5432, secrets: [{ name: 'POSTGRES_PASSWORD' }] });
    expect(text).toContain('# Left out, because hearth.yaml has no such thing: restart, privileged, volumes: ./data:/data, build.ssh');
    expect(text).not.toContain('API_TOKEN=');
  });

  test('knows what services of a compose file are, who needs whom and where that stands; no value of .env is written down', async () => {
    write('.env', 'PASSWORD=from-env\nTAG=from-env\n');
    write('app.env', 'APP_KEY=from-file\n');
    write('common.yaml', 'services:\n  base:\n    build: .\n    environment: { LEVEL: info }\n');
    write(
      'compose.yaml',
      `services:
  api:
    extends: { file: common.yaml, service: base }
    env_file: app.env
    environment:
      STORE: "redis://cache:6379/0"
      DATABASE: "postgres://shop:\${PASSWORD}@db/shop"
      OWN: "postgres://shop:letmein@db/shop"
      MODE: "$TAG \${TAG:-stable} \${A:-\${B:-nested}} $$5"
    deploy: { resources: { limits: { memory: 256m, cpus: "0.5" } }, update_config: { order: start-first } }
    secrets: [api_key]
    ports: ["80:8080", "9000:9000"]
  cache: { image: "redis:\${TAG:-7}" }
  db: { image: postgres:17, depends_on: [cache] }
  tool: { image: x, profiles: [debug] }
secrets: { api_key: { file: key } }
`,
    );
    const { services: made, text } = await services();
    expect(Object.keys(made)).toEqual(['api', 'cache', 'db']);
    expect(made['api']).toMatchObject({
      source: { build: { context: '.' } },
      port: 8080,
      variables: {
        STORE: 'redis://cache:6379/0',
        DATABASE: 'postgres://shop:${PASSWORD}@db/shop',
        MODE: ' stable nested $$5',
        LEVEL: 'info',
      },
      secrets: [{ name: 'OWN' }, { name: 'api_key', as: 'file' }],
      dependsOn: ['cache', 'db'],
      resources: { memory: 256 * 1024 ** 2, cpus: 0.5 },
    });
    expect(made['cache']?.source).toEqual({ kind: 'image', image: 'redis:7' });
    expect(text).toContain('    type: cache\n');
    expect(text).toContain('# cache is needed: compose.yaml:6\n');
    expect(text).toContain('# Left out, because a profile must ask for it: tool\n');
    expect(text).toContain('(deploy.update_config, compose.yaml:10)');
    expect(text).toContain('ports: 9000:9000, env_file: app.env');
    for (const value of ['from-env', 'from-file', 'letmein']) expect(text).not.toContain(value);
  });

  test('is one stack where that is wanted, whose services are in the catalog', async () => {
    write('compose.yaml', 'services:\n  shop: { image: nginx, depends_on: [db] }\n  db: { image: postgres:17 }\n');
    const { text } = await createHearthFile(root, 'shop', { write: false, stack: true });
    const { config, problems } = parseHearth(text, 'x');
    expect(problems, text).toEqual([]);
    expect(config?.services).toMatchObject({ 'shop-2': { kind: 'stack', stack: { compose: 'compose.yaml' } } });
    expect(config?.catalog['shop']?.facts).toEqual({ type: 'web', dependsOn: ['db'] });
    expect(text).toContain('# db is needed: compose.yaml:2\n');
    rmSync(path.join(root, 'compose.yaml'));
    await expect(createHearthFile(root, 'shop', { write: false, stack: true })).rejects.toMatchObject({ reason: 'not-found' });
  });

  test('is a beginning where there is nothing to make it from', async () => {
    const { services: made, text } = await services('my-shop');
    expect(text).toContain('There is no Dockerfile yet');
    expect(text).toContain('project: my-shop');
    expect(Object.keys(made)).toEqual(['web']);
  });

  test('is whole although the compose file is broken or hostile', async () => {
    write('Dockerfile', 'FROM x\n');
    write('compose.yaml', 'services: [\n');
    expect(Object.keys((await services()).services)).toEqual(['shop']);
    write('compose.yaml', 'services:\n  "a\\nb: c":\n    image: "x\\n    privileged: true"\n    "evil\\nkey: 1": 2\n');
    const { text } = await createHearthFile(root, 'shop', { write: false });
    expect(parseHearth(text, 'x').problems.map(({ code }) => code)).toEqual(['value']);
    expect(new YamlText(text).keysOf(['services', 'a-b-c'])).toEqual(['image']);
  });
});
