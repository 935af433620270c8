// Compose files through a window's server, the CLI and the hub: shown, made into a hearth.yaml, found for the catalog.
import { randomUUID } from 'node:crypto';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseHearthConfig } from '../../../server/config/index.ts';
import { showService } from '../../../server/protocol/catalog.ts';
import { read } from '../../../server/protocol/compose.ts';
import type { Repository } from '../../support/repositories/repository.ts';
import type { TestServer } from '../../support/server.ts';
import { refusal, type WorkPlace, workPlace } from '../../support/workItems.ts';

let place: WorkPlace;
let server: TestServer;
beforeAll(async () => {
  place = await workPlace();
  ({ server } = place);
});
afterAll(() => place.dispose());

const compose = `services:
  api:
    build: ./api
    ports: ["8080:80"]
    depends_on: { db: { condition: service_healthy } }
    environment: { CACHE: "redis://cache:6379", TITLE: "\${TITLE}" }
  cache: { image: redis:7 }
  db: { image: postgres:17, volumes: ["/var/run/docker.sock:/s"] }
  tool: { image: busybox, profiles: [debug] }
`;

function project(files: Readonly<Record<string, string>> = { 'compose.yaml': compose }): Repository {
  const repository = place.repository();
  for (const [file, text] of Object.entries(files)) repository.write(file, text);
  repository.commit('Compose');
  return repository;
}

const cli = (repository: Repository, ...args: string[]) => place.home.cli([...args, '--repo', repository.root]);

describe('a compose file', () => {
  test('is shown with needs, power, profiles and their places', async () => {
    const repository = project();
    const shown = await server.send(read, { repository: repository.root });
    expect(shown.services).toMatchObject([
      { name: 'api', build: 'api', image: null, ports: ['8080:80'], active: true, unresolved: ['TITLE'], line: 2 },
      { name: 'cache', image: 'redis:7' },
      { name: 'db', dangerous: ['/var/run/docker.sock'] },
      { name: 'tool', active: false, profiles: ['debug'] },
    ]);
    const printed = await cli(repository, 'compose', 'show', '--profile', 'debug');
    expect(printed.code).toBe(0);
    expect(printed.stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '))).toEqual([
      'api  built from api  8080:80  compose.yaml:2',
      'needs db, service_healthy compose.yaml:5',
      'needs cache, as a variable says compose.yaml:6',
      'unresolved: TITLE',
      'cache  redis:7  compose.yaml:7',
      'db  postgres:17  compose.yaml:8',
      'power over the machine: /var/run/docker.sock',
      'tool  busybox  compose.yaml:9',
      'compose.yaml:6: warning: The variable `TITLE` has no value. [variable]',
      '',
    ]);
    expect(printed.stderr).toBe('4 services in compose.yaml.\n');
  });

  test('that is wrong ends with 1; one outside of the repository, or a link, is never read', async () => {
    // Beside the repository, under a name that nobody else's test has there.
    const up = `${randomUUID()}.yaml`;
    const repository = project({ 'compose.yaml': `include: [../${up}, link.yaml]\nservices:\n  a: { image: x, privilged: true }\n` });
    writeFileSync(join(repository.root, '..', up), 'services: { leaked: { image: x } }\n');
    symlinkSync(`../${up}`, join(repository.root, 'link.yaml'));
    const wrong = await cli(repository, 'compose', 'show', '--json');
    expect(wrong.code).toBe(1);
    const { services, problems } = JSON.parse(wrong.stdout) as { services: { name: string }[]; problems: object[] };
    rmSync(join(repository.root, '..', up));
    expect(services.map(({ name }) => name)).toEqual(['a']);
    expect(problems).toMatchObject([
      { line: 1, code: 'outside', message: `The path \`../${up}\` leads out of the repository: it is not read.` },
      { line: 1, code: 'unreadable', message: 'link.yaml is a link.' },
      { line: 3, code: 'unknown-key', message: 'The Compose specification has no key `privilged`. Is `privileged` meant?' },
    ]);
    expect((await refusal(server.send(read, { repository: project({ a: '' }).root }))).reason).toBe('not-found');
  });
});

describe('services of a stack', () => {
  const hearth = `version: 1
project: shop
services:
  shop: { kind: stack, compose: compose.yaml }
environments:
  production: { docker: local }
`;

  test('are in the catalog with the places of their needs; gone ones become orphans', async () => {
    const repository = project({ 'compose.yaml': compose, 'hearth.yaml': hearth });
    expect((await cli(repository, 'config', 'apply')).code).toBe(0);
    const { entry, needs } = await server.send(showService, { repository: repository.root, name: 'api' });
    expect(entry).toMatchObject({ source: 'file', type: 'api', dependsOn: ['db', 'cache'], orphan: null });
    expect(entry.detected).toEqual({
      file: 'compose.yaml',
      line: 2,
      needs: [
        { to: 'db', kind: 'depends_on', file: 'compose.yaml', line: 5 },
        { to: 'cache', kind: 'variable', file: 'compose.yaml', line: 6 },
      ],
    });
    expect(needs.map(({ name }) => name)).toEqual(['cache', 'db']);
    const printed = await cli(repository, 'services', 'show', 'api');
    expect(printed.stdout).toContain('compose.yaml, line 2');
    expect(printed.stdout).toContain('db by depends_on: compose.yaml:5');
    const refused = await cli(repository, 'services', 'remove', 'api', '-m', 'Not needed', '--yes');
    expect(refused.stderr).toContain('api is of compose.yaml.');
    repository.write('compose.yaml', 'services:\n  db: { image: postgres:17 }\n');
    repository.commit('Only the database');
    expect((await cli(repository, 'config', 'apply')).code).toBe(0);
    const gone = await server.send(showService, { repository: repository.root, name: 'api' });
    expect(gone.entry.orphan).toEqual(expect.any(Number));
    const there = await server.send(showService, { repository: repository.root, name: 'db' });
    expect(there.entry).toMatchObject({ orphan: null, detected: { file: 'compose.yaml', line: 2, needs: [] } });
  });

  test('are what `config create --stack` writes', async () => {
    const repository = project();
    const { stdout } = await cli(repository, 'config', 'create', '--stack');
    const { config, problems } = await parseHearthConfig(stdout);
    expect(problems).toEqual([]);
    expect(Object.keys(config?.catalog ?? {})).toEqual(expect.arrayContaining(['api', 'cache', 'db']));
    expect(Object.values(config?.services ?? {})).toMatchObject([{ kind: 'stack', stack: { compose: 'compose.yaml' } }]);
  });
});
