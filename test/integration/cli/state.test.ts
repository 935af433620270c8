// `hearth events`, `audit`, `backup`, `store export|import`, each as a person runs it, through a real hub.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, jsonLines, startCli } from '../../support/cli.ts';
import { endHub } from '../../support/hubProcess.ts';
import { until } from '../../support/processes.ts';

let folder: string;
const homes: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'hearth-state-cli-'));
});
afterAll(async () => {
  for (const home of homes) await endHub(home);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

function newHome(): (...args: string[]) => ReturnType<typeof cli> {
  const home = mkdtempSync(path.join(folder, 'home-'));
  homes.push(home);
  return (...args) => cli(args, { cwd: folder, env: { HEARTH_HOME: home } });
}
const texts = (stdout: string) => jsonLines(stdout).map(({ payload }) => (payload as { text?: string }).text);

describe('hearth events', () => {
  test('lists notes newest first, filtered, as columns or one JSON object a line', async () => {
    const hearth = newHome();
    for (const text of ['first note', 'second note', 'third thing']) expect((await hearth('events', 'note', text)).code).toBe(0);
    const { code, stdout } = await hearth('events');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^.{14} {2}cli {6}third thing\n.{14} {2}cli {6}second note\n.{14} {2}cli {6}first note\n$/);
    expect(texts((await hearth('events', '--json', '--text', ' NOTE')).stdout)).toEqual(['second note', 'first note']);
    expect(texts((await hearth('events', '--json', '-n', '1')).stdout)).toEqual(['third thing']);
    expect(
      texts((await hearth('events', '--json', '--since', '1h', '--kind', 'noted', '--actor', 'cli', '--entity', 'note')).stdout),
    ).toHaveLength(3);
    expect(texts((await hearth('events', '--json', '--until', '1h')).stdout)).toEqual([]);
    expect((await hearth('events', '--iso')).stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z /);
    const none = await hearth('events', '--kind', 'never');
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing happened that matches.\n' });
  });

  test('a note can be of any text, and shows as one line', async () => {
    const hearth = newHome();
    const text = 'two\nlines \u001b[31mred\u001b[0m \u202eturned --json "quoted"';
    expect(texts((await hearth('events', 'note', '--json', '--', text)).stdout)).toEqual([text]);
    const { stdout } = await hearth('events');
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('\u202e');
  });

  test('wrong usage is exit code 2', async () => {
    const hearth = newHome();
    for (const args of [['nonsense'], ['note'], ['--since', 'yesterday'], ['-n', '0'], ['--limit', 'x']]) {
      const { code, stderr, stdout } = await hearth('events', ...args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(/^hearth: /);
    }
    expect((await hearth('events', '--help')).stdout).toContain('--follow');
    expect((await hearth('events', 'note', '--help')).stdout).toContain('hearth events note TEXT');
  });

  test('--follow shows what happens in another terminal, goes on after a restore and a new hub, and ends with 130', async () => {
    const hearth = newHome();
    await hearth('events', 'note', 'before');
    const name = (JSON.parse((await hearth('backup', 'create', '--json')).stdout) as { backup: { name: string } }).backup.name;
    const child = startCli(['events', '--follow', '--since', '1h', '--json'], {
      cwd: folder,
      env: { HEARTH_HOME: homes.at(-1) as string },
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    const shown = (count: number) => until(() => jsonLines(stdout.slice(0, stdout.lastIndexOf('\n') + 1)).length >= count);
    await shown(1);
    await hearth('events', 'note', 'now');
    await shown(2);
    await hearth('backup', 'restore', name, '--yes');
    await shown(3);
    await hearth('events', 'note', 'after');
    await shown(4);
    await endHub(homes.at(-1) as string);
    await hearth('events', 'note', 'next hub');
    await shown(5);
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(jsonLines(stdout).map(({ kind, payload }) => (payload as { text?: string }).text ?? kind)).toEqual([
      'before',
      'now',
      'restored',
      'after',
      'next hub',
    ]);
  });
});

describe('hearth audit', () => {
  test('verifies, exports and searches', async () => {
    const hearth = newHome();
    for (const text of ['one', 'two', 'three']) await hearth('events', 'note', text);
    const verified = await hearth('audit', 'verify');
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^✓ 3 events: the chain is whole\.\nEvent 3 has the hash [0-9a-f]{64};/),
    });
    const { stdout } = await hearth('audit', 'export');
    expect(jsonLines(stdout).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(await hearth('audit', 'export', '--out', 'log.jsonl')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 events written to '),
    });
    expect(readFileSync(path.join(folder, 'log.jsonl'), 'utf8')).toBe(stdout);
    expect(texts((await hearth('audit', 'search', 'TWO', '--json')).stdout)).toEqual(['two']);
    expect((await hearth('audit', 'search', 'four')).code).toBe(1);
  });
});

describe('hearth backup', () => {
  test('creates, lists, verifies, previews and restores', async () => {
    const hearth = newHome();
    await hearth('events', 'note', 'kept');
    const { backup } = JSON.parse((await hearth('backup', 'create', '--out', 'copied.backup', '--json')).stdout) as {
      backup: { name: string };
    };
    // A hub that has run for some seconds makes one of the day too.
    const listed = (await hearth('backup', 'list')).stdout.replace(/^.*-daily-\d+\.backup\n/gm, '');
    expect(listed).toMatch(/^.{14} {2}manual .* \S+-manual-\d+\.backup\nAny moment since /);
    expect((await hearth('backup', 'verify', backup.name)).stdout).toBe(`✓ ${backup.name} is whole.\n`);
    expect(await hearth('backup', 'create', '--out', 'copied.backup')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('exists already'),
    });
    await hearth('events', 'note', 'undone');
    const asked = await hearth('backup', 'restore', backup.name);
    expect(asked).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('1 event would be undone.'),
      stderr: expect.stringContaining('--yes'),
    });
    expect(texts((await hearth('events', '--json')).stdout)).toEqual(['undone', 'kept']);
    expect(await hearth('backup', 'restore', backup.name, '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 event undone'),
    });
    expect((await hearth('events')).stdout).toMatch(/state restored from \S+, 1 event undone\n.*kept\n$/);
    // The file elsewhere is the same state; here it is of this home, so nothing is asked about identity.
    expect(await hearth('backup', 'preview', 'copied.backup')).toMatchObject({ code: 0, stdout: expect.not.stringContaining('identity') });
    const other = newHome();
    const refused = await other('backup', 'restore', 'copied.backup', '--yes');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--move') });
    expect((await other('backup', 'restore', 'copied.backup', '--copy', '--yes')).code).toBe(0);
    expect((await other('events')).stdout).toContain('kept');
    truncateSync(path.join(folder, 'copied.backup'), 5000);
    expect(await other('backup', 'restore', 'copied.backup', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is damaged'),
    });
  });

  test('goes back to a moment', async () => {
    const hearth = newHome();
    await hearth('events', 'note', 'kept');
    const moment = new Date().toISOString();
    await hearth('events', 'note', 'undone');
    expect((await hearth('backup', 'restore', '--at', moment, '--yes')).code).toBe(0);
    expect((await hearth('events')).stdout).toMatch(/state restored from \d{4}-.*, 1 event undone\n.*kept\n$/);
    expect(await hearth('backup', 'restore', '--at', '2001-01-01', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Nothing is kept of'),
    });
    expect(await hearth('backup', 'restore', 'unknown', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no backup "unknown".'),
    });
    expect((await hearth('backup', 'restore')).code).toBe(2);
    expect((await hearth('backup', 'restore', 'a', '--at', '2h')).code).toBe(2);
  });
});

describe('hearth store export and import', () => {
  test('takes everything to another home', async () => {
    const hearth = newHome();
    await hearth('events', 'note', 'to be taken along');
    expect(await hearth('store', 'export', 'everything.jsonl')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/rows, .*everything\.jsonl\.\n$/),
    });
    const other = newHome();
    await other('events', 'note', 'replaced');
    expect(await other('store', 'import', 'everything.jsonl', '--copy')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--yes'),
    });
    expect((await other('store', 'import', 'everything.jsonl', '--yes')).code).toBe(2);
    expect((await other('store', 'import', 'everything.jsonl', '--copy', '--yes')).code).toBe(0);
    expect((await other('events')).stdout).toMatch(/state imported from .*\n.*to be taken along\n$/);
    expect((await other('audit', 'verify')).code).toBe(0);
    const whole = readFileSync(path.join(folder, 'everything.jsonl'));
    writeFileSync(path.join(folder, 'cut.jsonl'), whole.subarray(0, whole.length - 100));
    const cut = await other('store', 'import', 'cut.jsonl', '--move', '--yes');
    expect(cut).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^hearth: The archive cut\.jsonl is damaged: .*\n$/) });
    expect(existsSync(path.join(homes.at(-1) as string, 'backups'))).toBe(true);
    // Beside one of the day, which a hub makes when it has run for some seconds.
    const backups = readdirSync(path.join(homes.at(-1) as string, 'backups'));
    expect(backups.filter((name) => !name.includes('-daily-'))).toHaveLength(1);
  });
});
