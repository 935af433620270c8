// hearth.yaml through a window's server, the CLI and the hub: checked, explained, made, compared, applied; and in an editor by LSP.
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apply, check, create, difference, explain, schema } from '../../../server/protocol/config.ts';
import { list } from '../../../server/protocol/events.ts';
import { createSample } from '../../sample/createSample.mjs';
import { until } from '../../support/processes.ts';
import { type Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import type { TestServer } from '../../support/server.ts';
import { refusal, type WorkPlace, workPlace } from '../../support/workItems.ts';

const text = `version: 1
project: shop
services:
  web:
    build: web
    port: 8080
    variables: { LOG_LEVEL: info, MODE: full }
environments:
  production: { docker: "ssh://deploy@host", variables: { LOG_LEVEL: warn } }
  staging: { extends: production, docker: local }
`;

let place: WorkPlace;
let server: TestServer;
beforeAll(async () => {
  place = await workPlace();
  ({ server } = place);
});
afterAll(() => place.dispose());

function project(content = text): Repository {
  const repository = place.repository();
  repository.write('hearth.yaml', content);
  repository.write('web/Dockerfile', 'FROM busybox:1.36\nEXPOSE 8080\n');
  repository.commit('Deploy');
  return repository;
}

const cli = (repository: Repository, ...args: string[]) => place.home.cli(['config', ...args, '--repo', repository.root]);

describe('check', () => {
  test('finds nothing wrong with the sample, nor with its files', async () => {
    const folder = join(temporaryFolder('sample'), 'shop');
    await createSample(folder);
    const result = await server.send(check, { repository: folder, rev: 'main' });
    expect(result).toMatchObject({ found: true, problems: [], services: ['web', 'api'], environments: ['production', 'staging'] });
    expect((await server.send(check, { repository: folder })).problems).toEqual([]);
    expect((await server.send(check, { repository: folder, rev: 'v1.0.0' })).found).toBe(false);
  });

  test('looks at the work tree, a commit, or a text that is not saved', async () => {
    const repository = project();
    const head = repository.git('rev-parse', 'HEAD');
    repository.write('hearth.yaml', text.replace('port: 8080', 'prot: 8080'));
    const saved = await server.send(check, { repository: repository.root });
    expect(saved.problems).toMatchObject([
      {
        path: 'hearth.yaml',
        line: 6,
        column: 5,
        endLine: 6,
        endColumn: 9,
        severity: 'error',
        code: 'unknown-key',
        key: 'services.web.prot',
      },
    ]);
    expect(await server.send(check, { repository: repository.root, rev: 'HEAD' })).toMatchObject({
      commit: head,
      problems: [],
      services: ['web'],
    });
    const unsaved = await server.send(check, { repository: repository.root, text: text.replace('build: web', 'build: api') });
    expect(unsaved.problems.map(({ line, code, message }) => [line, code, message])).toEqual([
      [5, 'missing-file', 'There is no `api/Dockerfile` to build `web` from.'],
    ]);
    expect(unsaved.services).toEqual(['web']);
    // A runbook that is not there is said, and no reason not to deploy.
    const lost = text.replace(
      '    port: 8080\n',
      '    port: 8080\n    runbook: docs/gone.md#web\n    links: [{ title: A, url: web/Dockerfile }]\n',
    );
    const { problems, services } = await server.send(check, { repository: repository.root, text: lost });
    expect([services, problems.map(({ line, severity, message }) => [line, severity, message])]).toEqual([
      ['web'],
      [[7, 'warning', 'There is no `docs/gone.md`.']],
    ]);
  });

  test('says in the terminal where the mistakes are, and fails', async () => {
    const repository = project(text.replace('port: 8080', 'port: http'));
    const failed = await cli(repository, 'check');
    expect(failed.code).toBe(1);
    expect(failed.stdout).toBe('hearth.yaml:6:11: error: `port` must be a port: a whole number from 1 to 65535. [type]\n');
    repository.write('hearth.yaml', text);
    const fine = await cli(repository, 'check');
    expect([fine.code, fine.stdout, fine.stderr]).toEqual([0, '', 'hearth.yaml is fine: 1 service, 2 environments.\n']);
    const none = await cli(repository, 'check', 'HEAD~1');
    expect([none.code, none.stderr]).toEqual([1, 'hearth: There is no hearth.yaml in HEAD~1. `hearth config create --write` makes one.\n']);
  });

  test('a link out of the repository is no hearth.yaml', async () => {
    const repository = place.repository();
    symlinkSync('/etc/hostname', join(repository.root, 'hearth.yaml'));
    expect((await refusal(server.send(check, { repository: repository.root }))).reason).toBe('invalid');
  });
});

test('explain shows what an environment comes to, and the line of each value', async () => {
  const repository = project();
  const { chain, rows } = await server.send(explain, { repository: repository.root, environment: 'staging', rev: 'HEAD' });
  expect(chain).toEqual(['staging', 'production']);
  const row = (key: string) => rows.find((each) => each.key === key);
  expect(row('docker')).toEqual({ key: 'docker', value: 'local', origin: { kind: 'file', line: 10, environment: 'staging' } });
  expect(row('routing.kind')).toEqual({ key: 'routing.kind', value: 'none', origin: { kind: 'default' } });
  expect(row('services.web.build.context')).toEqual({ key: 'services.web.build.context', value: 'web', origin: { kind: 'file', line: 5 } });
  expect(row('services.web.health.interval')).toEqual({ key: 'services.web.health.interval', value: '1s', origin: { kind: 'default' } });
  expect(row('services.web.variables.LOG_LEVEL')).toMatchObject({ value: 'warn', origin: { line: 9, environment: 'production' } });
  expect(row('services.web.variables.MODE')).toMatchObject({ value: 'full', origin: { kind: 'file', line: 7 } });
  const printed = await cli(repository, 'explain', 'staging', '--service', 'web');
  expect(printed.stdout).toMatch(/^docker +local +line 10 \(staging\)$/m);
  expect(printed.stderr).toBe('staging extends production.\n');
  const refused = await refusal(server.send(explain, { repository: repository.root, environment: 'nowhere' }));
  expect([refused.reason, refused.hint]).toEqual(['invalid', 'There are: production, staging.']);
});

test('schema is a JSON schema that names every key', async () => {
  const { schema: found } = await server.send(schema, {});
  expect(found).toMatchObject({ title: 'hearth.yaml', type: 'object', additionalProperties: false, required: ['version'] });
  expect(Object.keys(found['properties'] as object)).toEqual([
    'version',
    'project',
    'services',
    'environments',
    'retention',
    'catalog',
    'monitors',
    'maintenance',
    'notifications',
    'incidents',
  ]);
  const printed = await place.home.cli(['config', 'schema']);
  expect(JSON.parse(printed.stdout)).toEqual(found);
});

describe('apply', () => {
  test('shows the difference, changes what is applied, and is an event', async () => {
    const repository = project();
    const { root } = repository;
    const first = repository.git('rev-parse', 'HEAD');
    const before = await server.send(difference, { repository: root });
    expect(before).toMatchObject({ commit: first, found: true, same: false, problems: [] });
    expect(before.applied).toBeUndefined();
    expect(before.changes).toContainEqual({ key: 'services.web.port', kind: 'added', to: '8080' });
    const applied = await server.send(apply, { repository: root, rev: first, from: null });
    expect(applied).toMatchObject({ changed: true, applied: { commit: first, actor: 'window' } });
    expect(await server.send(difference, { repository: root })).toMatchObject({ same: true, changes: [], applied: { commit: first } });

    repository.write('hearth.yaml', `# nothing new\n${text.replace('MODE: full', 'MODE: small')}`);
    repository.commit('Another mode');
    const second = repository.git('rev-parse', 'HEAD');
    const after = await server.send(difference, { repository: root });
    expect(after.changes).toEqual([{ key: 'services.web.variables.MODE', kind: 'changed', from: 'full', to: 'small' }]);
    // Somebody else applies between the look and the yes.
    const overtaken = await refusal(server.send(apply, { repository: root, from: null }));
    expect([overtaken.reason, overtaken.message]).toEqual([
      'conflict',
      `Another configuration was applied meanwhile: commit ${first.slice(0, 12)} is applied.`,
    ]);
    await server.send(apply, { repository: root, from: first });
    expect((await server.send(apply, { repository: root })).changed).toBe(false);
    const { events = [] } = await server.send(list, { limit: 10, entity: 'config' });
    expect(events.map(({ kind, payload }) => [kind, payload['name'], payload['commit'], payload['keys']])).toEqual([
      ['applied', 'shop', second, ['services.web.variables.MODE']],
      ['applied', 'shop', first, expect.arrayContaining(['version', 'services.web.build'])],
    ]);
    // An earlier commit takes it back.
    expect((await server.send(apply, { repository: root, rev: first })).changes).toEqual([
      { key: 'services.web.variables.MODE', kind: 'changed', from: 'small', to: 'full' },
    ]);
  });

  test('refuses a file with a mistake, one that is not there, and an untrusted folder', async () => {
    const wrong = project(text.replace('port: 8080', 'port: http'));
    const refused = await refusal(server.send(apply, { repository: wrong.root }));
    expect([refused.reason, refused.message]).toEqual([
      'invalid',
      'hearth.yaml:6:11: `port` must be a port: a whole number from 1 to 65535.',
    ]);
    const none = place.repository();
    expect(await refusal(server.send(apply, { repository: none.root }))).toMatchObject({ reason: 'not-found' });
    expect(none.tryGit(['config', 'hearth.project']).status).toBe(1);
    expect(await server.send(difference, { repository: none.root })).toMatchObject({ found: false, same: true, changes: [] });
    const untrusted = await cli(project(), 'apply', '--untrusted');
    expect([untrusted.code, untrusted.stderr]).toEqual([
      1,
      'hearth: This needs a trusted workspace. Trust the folder first (Workspaces: Manage Workspace Trust).\n',
    ]);
  });

  test('in the terminal prints what changes; `diff` fails as long as something does', async () => {
    const repository = project();
    const diff = await cli(repository, 'diff');
    expect([diff.code, diff.stderr]).toEqual([1, '10 changes; nothing is applied yet.\n']);
    expect(diff.stdout).toContain('+ environments.staging.extends: production\n');
    const applied = await cli(repository, 'apply');
    const head = repository.git('rev-parse', 'HEAD').slice(0, 12);
    expect([applied.code, applied.stderr]).toEqual([0, `Applied hearth.yaml of ${head}.\n`]);
    repository.remove('hearth.yaml');
    repository.commit('Gone');
    const gone = await cli(repository, 'diff');
    expect(gone.stdout).toContain('- services.web.port: 8080\n');
    expect(gone.stderr).toBe(`There is no hearth.yaml in HEAD; ${head} is applied.\n`);
    const events = await place.home.cli(['events', '-n', '1', '--repo', repository.root]);
    expect(events.stdout).toContain(`hearth.yaml of ${head} applied to shop`);
  });
});

describe('create', () => {
  test('makes one from what is there, and never writes over one', async () => {
    const repository = place.repository();
    repository.write('Dockerfile', 'FROM busybox:1.36\nEXPOSE 8080\n');
    const shown = await server.send(create, { repository: repository.root });
    expect(shown).toMatchObject({ path: 'hearth.yaml', from: ['Dockerfile'], written: false });
    expect((await server.send(check, { repository: repository.root, text: shown.text })).problems).toEqual([]);
    expect((await server.send(check, { repository: repository.root })).found).toBe(false);
    const written = await cli(repository, 'create', '--write');
    expect(written.stdout).toBe('Wrote hearth.yaml (from Dockerfile). Look it over, then commit it.\n');
    expect(readFileSync(join(repository.root, 'hearth.yaml'), 'utf8')).toBe(shown.text);
    const again = await refusal(server.send(create, { repository: repository.root, write: true }));
    expect(again.reason).toBe('conflict');
  });
});

describe('in an editor', () => {
  interface Found {
    uri: string;
    version?: number;
    diagnostics: { range: { start: { line: number; character: number } }; severity: number; code: string; message: string }[];
  }

  test('mistakes are shown while typing, fixed by an action, gone when the file is closed', async () => {
    const repository = project();
    const uri = pathToFileURL(join(repository.root, 'hearth.yaml')).href;
    const told: Found[] = [];
    server.connection.onNotification('textDocument/publishDiagnostics', (params: Found) => void told.push(params));
    const last = () => told.findLast((each) => each.uri === uri);
    server.openDocument(uri, text.replace('port: 8080', 'prot: 8080'), 'yaml');
    await until(() => last() !== undefined);
    expect(last()?.diagnostics).toMatchObject([{ range: { start: { line: 5, character: 4 } }, severity: 1, code: 'unknown-key' }]);
    const range = { start: { line: 5, character: 6 }, end: { line: 5, character: 6 } };
    const actions = (await server.request('textDocument/codeAction', { textDocument: { uri }, range, context: { diagnostics: [] } })) as {
      title: string;
      edit: { changes: Record<string, unknown> };
    }[];
    expect(actions.map(({ title }) => title)).toEqual(['Change to `port`', 'Remove `prot`']);
    expect(actions[0]?.edit.changes[uri]).toEqual([
      { range: { start: { line: 5, character: 4 }, end: { line: 5, character: 8 } }, newText: 'port' },
    ]);
    server.changeDocument(uri, 2, [{ text }]);
    await until(() => last()?.version === 2);
    expect(last()?.diagnostics).toEqual([]);
    server.changeDocument(uri, 3, [{ text: text.replace('build: web', 'build: gone') }]);
    await until(() => last()?.version === 3);
    expect(last()?.diagnostics).toMatchObject([{ code: 'missing-file' }]);
    server.closeDocument(uri);
    await until(() => last()?.version === undefined);
    expect(last()?.diagnostics).toEqual([]);
  });

  test('keys and values are completed, and explained on hover', async () => {
    const repository = project();
    const uri = pathToFileURL(join(repository.root, 'hearth.yaml')).href;
    const typed = text.replace('extends: production', 'extends: ');
    server.openDocument(uri, typed, 'yaml');
    const position = { line: 9, character: typed.split('\n')[9]?.indexOf('extends: ') ?? 0 };
    const items = (await server.request('textDocument/completion', {
      textDocument: { uri },
      position: { line: 9, character: position.character + 'extends: '.length },
    })) as { label: string }[];
    expect(items.map(({ label }) => label)).toEqual(['production']);
    const hover = (await server.request('textDocument/hover', { textDocument: { uri }, position })) as { contents: { value: string } };
    expect(hover.contents.value).toContain('Another environment');
    server.closeDocument(uri);
  });

  test('a hearth.yaml that is not at the top of a repository is none of ours', async () => {
    const repository = project();
    const uri = pathToFileURL(join(repository.root, 'web/hearth.yaml')).href;
    server.openDocument(uri, 'nonsense: 1\nver', 'yaml');
    const position = { line: 1, character: 3 };
    expect(await server.request('textDocument/completion', { textDocument: { uri }, position })).toEqual([]);
    server.closeDocument(uri);
  });
});
