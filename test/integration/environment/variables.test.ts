// Variables and secrets through the terminal and a window, kept by a real hub: where values come from, what is never shown, keys.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { get, keyList, list, set } from '../../../server/protocol/variables.ts';
import { type CliOutcome, cli, cliPath } from '../../support/cli.ts';
import { filesHolding } from '../../support/filesHolding.ts';
import { endHub } from '../../support/hubProcess.ts';
import { hermeticEnvironment, type Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import { refusal, type WorkPlace, workPlace } from '../../support/workItems.ts';

const yaml = `version: 1
project: shop
services:
  web:
    image: "web:1"
    variables: { LOG_LEVEL: info, DATABASE_URL: "postgres://app:\${DB_PASSWORD}@db/shop" }
    secrets: [API_TOKEN, { name: TLS_KEY, as: file }]
  api: { image: "api:1", variables: { LOG_LEVEL: debug } }
environments:
  production: { docker: local, routing: { kind: none }, variables: { REGION: north } }
  staging: { extends: production }
`;
const password = 'h0rse$battery`staple`';

const folders: string[] = [];
function newFolder(): string {
  const folder = temporaryFolder('keys');
  folders.push(folder);
  return folder;
}

let place: WorkPlace;
let repository: Repository;
beforeAll(async () => {
  place = await workPlace();
});
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  await place.dispose();
});
beforeEach(() => {
  repository = place.repository();
  repository.write('hearth.yaml', yaml);
  repository.commit('Deploy');
});

const env = (args: readonly string[], input = ''): Promise<CliOutcome> =>
  cli(['env', ...args], { env: place.home.env, cwd: repository.root, input });

/** Everything that is on the disk of the home. */
const homeHolds = (text: string): string[] => filesHolding(place.home.path, text);

describe('hearth env', () => {
  test('stores variables and secrets, lists them with their origin, never shows a secret', { timeout: 300_000 }, async () => {
    const first = await env(['list']);
    expect(first.code).toBe(1);
    expect(first.stderr).toContain('The secret API_TOKEN of web is not set for production. `hearth env set production API_TOKEN --secret`');
    expect(first.stdout).toMatch(/^production\n {2}API_TOKEN +not set +missing +web\n/);
    expect(repository.tryGit(['config', 'hearth.project']).status).toBe(1);

    expect(await env(['set', 'production', 'REGION=south', 'SHARED=for all'])).toEqual({
      code: 0,
      stdout: 'Stored: REGION, SHARED.\n',
      stderr: 'A running service gets them with its next deployment.\n',
    });
    expect((await env(['set', 'production', 'DB_PASSWORD', '--secret'], `${password}\n`)).stdout).toBe('Stored: DB_PASSWORD.\n');
    const file = path.join(newFolder(), 'tls.key');
    writeFileSync(file, '-----BEGIN KEY-----\nabcdefghijkl\n-----END KEY-----\n');
    // What hearth.yaml calls a secret is one, said or not.
    expect((await env(['set', 'production', 'TLS_KEY', '--from-file', file])).code).toBe(0);
    expect((await env(['set', 'production', '--dotenv', '-', '--secret'], '# tokens\nAPI_TOKEN="of production"\n')).code).toBe(0);
    const staging = { repository: repository.root, environment: 'staging' };
    await place.server.send(set, { ...staging, service: 'web', values: { API_TOKEN: 'of web in staging' }, secret: true });

    const { environments } = await place.server.send(list, { repository: repository.root });
    const row = (environment: string, name: string) =>
      environments.find((each) => each.name === environment)?.variables.filter((each) => each.name === name);
    expect(environments.map(({ name, chain, problems }) => [name, chain, problems])).toEqual([
      ['production', ['production'], []],
      ['staging', ['staging', 'production'], []],
    ]);
    expect(row('staging', 'LOG_LEVEL')).toEqual([
      { name: 'LOG_LEVEL', value: 'debug', secret: false, as: 'variable', origin: { kind: 'service' }, services: ['api'] },
      { name: 'LOG_LEVEL', value: 'info', secret: false, as: 'variable', origin: { kind: 'service' }, services: ['web'] },
    ]);
    expect(row('staging', 'REGION')).toMatchObject([
      { value: 'south', origin: { kind: 'stored', environment: 'production' }, services: [], version: 1 },
    ]);
    expect(row('staging', 'API_TOKEN')).toMatchObject([
      { value: null, secret: true, as: 'variable', origin: { kind: 'stored', environment: 'staging', service: 'web' }, services: ['web'] },
    ]);
    expect(row('production', 'API_TOKEN')).toMatchObject([{ value: null, origin: { environment: 'production' }, services: ['web'] }]);
    expect(row('production', 'TLS_KEY')).toMatchObject([{ value: null, secret: true, as: 'file', services: ['web'] }]);
    // Made from a secret; and the secret itself goes to no service.
    expect(row('production', 'DATABASE_URL')).toMatchObject([{ value: null, secret: true, origin: { kind: 'service' } }]);
    expect(row('production', 'DB_PASSWORD')).toEqual([]);

    const { stdout, code } = await env(['list', 'production']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}API_TOKEN +•••••• +stored for production +web · just now$/m);
    expect(stdout).toMatch(/^ {2}REGION +south +stored for production +just now$/m);
    expect(stdout).toMatch(/^ {2}TLS_KEY +•••••• +stored for production +web · as a file · just now$/m);

    expect(await env(['get', 'staging', 'REGION'])).toEqual({ code: 0, stdout: 'south\n', stderr: '' });
    expect((await env(['get', 'staging', 'API_TOKEN'])).stdout).toBe('a secret: set, stored for staging, web, version 1, just now\n');
    expect(await env(['get', 'staging', 'LOG_LEVEL'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--service api') });
    expect((await place.server.send(get, { ...staging, name: 'LOG_LEVEL', service: 'web' })).variable.value).toBe('info');

    for (const text of [password, 'of production', 'abcdefghijkl', 'of web in staging']) expect(homeHolds(text), text).toEqual([]);
    const events = (await cli(['events', '--json'], { env: place.home.env, cwd: repository.root })).stdout;
    expect(events).toContain('"names":["DB_PASSWORD"]');
    for (const text of [password, 'of production', 'south', 'for all']) expect(events).not.toContain(text);
  });

  test('takes no secret from an argument, and does not repeat what it refuses', async () => {
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await env(args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).not.toContain('hunter2');
      return stderr;
    };
    expect(await refused('set', 'production', 'NEW=hunter2', '--secret')).toContain(
      'NEW is a secret: its value is not taken from an argument.',
    );
    // Because hearth.yaml says so, and because it is stored as one.
    expect(await refused('set', 'production', 'API_TOKEN=hunter2')).toContain('API_TOKEN is a secret');
    await place.server.send(set, { repository: repository.root, environment: 'production', values: { STORED: 'kept' }, secret: true });
    expect(await refused('set', 'production', 'A=1', 'STORED=hunter2')).toContain('STORED is a secret');
    expect(await refused('set', 'production', '1=hunter2')).toContain('A name is letters, digits and underscores');
    expect(await refused('set', 'production', 'A', 'B=hunter2')).toContain('A has no value.');
    // Through another door, too, it stays one.
    await place.server.send(set, { repository: repository.root, environment: 'production', values: { STORED: 'sent as plain' } });
    expect(homeHolds('sent as plain')).toEqual([]);
    const { variable } = await place.server.send(get, { repository: repository.root, environment: 'production', name: 'STORED' });
    expect(variable).toMatchObject({ value: null, secret: true, version: 2, problem: expect.stringContaining('No service names STORED') });
    const plain = await env(['set', 'production', 'SOME_PASSWORD=x', 'TIMEOUT=5']);
    expect(plain.stderr).toContain('SOME_PASSWORD: kept in plain text.');
  });

  test('refuses environments and services that nobody has configured, hostile names and values', async () => {
    expect((await env(['set', 'prodution', 'A=1'])).stderr).toContain(
      'There is no environment "prodution" in hearth.yaml. It has: production, staging.',
    );
    expect((await env(['set', 'production', 'A=1', '--service', 'wbe'])).stderr).toContain('There is no service "wbe"');
    expect(repository.tryGit(['config', 'hearth.project']).status).toBe(1);
    const request = (params: object) =>
      refusal(place.server.request('environment/set', { repository: repository.root, environment: 'production', ...params }));
    for (const name of ['A=B', '', 'a b', '-x', 'A\n', '$(id)', 'ünï', `${'x'.repeat(201)}`]) {
      expect((await request({ values: { [name]: '1' } })).reason, name).toBe('invalid');
    }
    expect((await request({ values: {} })).reason).toBe('invalid');
    expect((await request({ values: { A: 'a\0b' } })).reason).toBe('invalid');
    expect((await request({ values: { A: 'x'.repeat(262_145) } })).reason).toBe('invalid');
    // In the work tree, not committed yet.
    repository.write('hearth.yaml', yaml.replace('staging:', 'preview:'));
    expect((await env(['set', 'preview', 'A=1'])).code).toBe(0);
    const hostile = '\x1b[31m<b>$(touch x)</b>\u202e\n`; rm -rf /';
    await place.server.send(set, { repository: repository.root, environment: 'preview', values: { HOSTILE: hostile } });
    const { stdout } = await env(['list', 'preview']);
    expect(stdout).not.toMatch(/\x1b|\u202e/);
    expect((await env(['get', 'preview', 'HOSTILE', '--json'])).stdout).toContain(JSON.stringify(hostile));
  });

  test('an untrusted caller stores and forgets nothing', async () => {
    for (const args of [
      ['set', 'production', 'A=1'],
      ['unset', 'production', 'A', '--yes'],
      ['rotate'],
      ['key', 'export', '--passphrase-file', '-'],
    ]) {
      const { code, stderr } = await env([...args, '--untrusted'], 'long enough');
      expect([code, stderr], args.join(' ')).toEqual([1, expect.stringContaining('trusted')]);
    }
  });

  test('unset asks for a yes, then what is inherited counts again', async () => {
    await place.server.send(set, { repository: repository.root, environment: 'staging', values: { REGION: 'west' } });
    expect(await env(['unset', 'staging', 'REGION'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') });
    expect((await env(['unset', 'staging', 'REGION', '--yes'])).stdout).toBe('Forgotten: REGION.\n');
    expect((await env(['get', 'staging', 'REGION'])).stdout).toBe('north\n');
    expect(await env(['unset', 'staging', 'REGION', '--yes'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing is stored'),
    });
  });
});

describe('master keys', () => {
  test('are rotated, exported with a passphrase, imported on another machine, and are in no backup or archive', {
    timeout: 180_000,
  }, async () => {
    await env(['set', 'production', 'API_TOKEN', '--secret'], 'the token of the shop');
    const before = (await place.server.send(keyList, {})).keys;
    expect(before.filter(({ current }) => current)).toMatchObject([{ missing: false, secrets: expect.any(Number) }]);
    expect((await env(['rotate'])).stdout).toMatch(/(?:One secret is|\d+ secrets are) encrypted with the new key [0-9a-f]{16}\.\n/);
    const after = (await place.server.send(keyList, {})).keys;
    expect(after).toHaveLength(before.length + 1);
    expect(after.filter(({ secrets }) => secrets > 0)).toMatchObject([{ current: true }]);
    expect(before.map(({ id }) => id)).not.toContain(after.find(({ current }) => current)?.id);
    expect((await env(['get', 'production', 'API_TOKEN'])).code).toBe(0);

    const folder = newFolder();
    const file = path.join(folder, 'keys.json');
    expect(await env(['key', 'export', file, '--passphrase-file', '-'], 'short')).toMatchObject({ code: 2 });
    expect((await env(['key', 'export', file, '--passphrase-file', '-'], 'correct horse\n')).stdout).toContain('Without the passphrase');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await env(['key', 'export', file, '--passphrase-file', '-'], 'correct horse\n')).stderr).toContain('exists already');

    const archive = path.join(folder, 'all.jsonl');
    const hearth = (...args: string[]) => cli(args, { env: place.home.env, cwd: repository.root });
    expect((await hearth('backup', 'create')).code).toBe(0);
    expect((await hearth('store', 'export', archive)).code).toBe(0);
    const keyFolder = path.join(place.home.path, 'keys');
    const secrets = readdirSync(keyFolder).map((id) => (JSON.parse(readFileSync(path.join(keyFolder, id), 'utf8')) as { key: string }).key);
    for (const text of [...secrets, 'the token of the shop']) {
      expect(homeHolds(text).filter((each) => !each.startsWith(keyFolder))).toEqual([]);
      for (const each of [file, archive]) expect(readFileSync(each, 'utf8')).not.toContain(text);
    }

    // The keys are lost; a hub that starts then says so, and an import brings everything back.
    await endHub(place.home.path);
    rmSync(keyFolder, { recursive: true });
    const lost = await env(['get', 'production', 'API_TOKEN']);
    expect(lost.code).toBe(1);
    expect(lost.stderr).toMatch(/API_TOKEN cannot be read: The master key [0-9a-f]{16} is not here\. `hearth env key import`/);
    expect(await env(['key', 'list'])).toMatchObject({ code: 1, stdout: expect.stringMatching(/missing/) });
    expect(await env(['rotate'])).toMatchObject({ code: 1, stderr: expect.stringContaining('is not here') });
    expect(await env(['key', 'import', file, '--passphrase-file', '-'], 'wrong horse')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The passphrase is not the one of this export'),
    });
    expect((await env(['key', 'import', file, '--passphrase-file', '-'], 'correct horse\n')).stdout).toBe(
      `${after.length} added, 0 were here already.\n`,
    );
    expect((await env(['get', 'production', 'API_TOKEN'])).code).toBe(0);
    expect(place.home.log()).not.toContain('horse');
  });
});

const script = '/usr/bin/script';

describe.skipIf(!existsSync(script))('in a terminal', () => {
  /** Answers each prompt in turn; gives what the terminal showed, and the exit code. */
  async function typed(command: string, answers: readonly string[]): Promise<{ shown: string; code: number | null }> {
    const child = spawn(script, ['-qec', `'${process.execPath}' '${cliPath}' ${command}`, '/dev/null'], {
      cwd: repository.root,
      env: { ...hermeticEnvironment(), TERM: 'xterm', ...place.home.env },
    });
    const waiting = [...answers];
    let shown = '';
    let seen = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (!/: $/.test(shown.slice(seen))) return;
      seen = shown.length;
      child.stdin.write(waiting.shift() ?? '\x03');
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { shown, code };
  }

  test('a secret is asked for twice and shows nothing; what differs, and Ctrl+C, store nothing', async () => {
    const set = 'env set production API_TOKEN --secret';
    const good = await typed(set, ['typeX\x7fd-secret\r', 'typed-secret\r']);
    expect(good.shown).toMatch(/^API_TOKEN: \r?\n(?:\x1b\[K|\r)*API_TOKEN again: \r?\nStored: API_TOKEN\./);
    expect(good.code).toBe(0);
    expect(await typed(set, ['typed-secret\r', 'typed-secret\r'])).toMatchObject({
      code: 0,
      shown: expect.stringContaining('Unchanged: API_TOKEN.'),
    });
    const different = await typed(set, ['other-secret\r', 'another-secret\r']);
    expect(different).toMatchObject({ code: 2, shown: expect.stringContaining('Nothing was stored.') });
    const interrupted = await typed(set, ['half-\x03']);
    expect(interrupted.code).toBe(130);
    for (const { shown } of [good, different, interrupted]) expect(shown).not.toMatch(/type|other-|half/);
    const { variable } = await place.server.send(get, { repository: repository.root, environment: 'production', name: 'API_TOKEN' });
    expect(variable.version).toBe(1);
    const plain = await typed('env set production GREETING', ['hello\r']);
    expect(plain.shown).toMatch(/^GREETING: hello\r?\nStored/);
  });
});
