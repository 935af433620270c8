// What stands on the command line is taken as the user meant it: names like options, links, folders below.
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli } from '../../support/cli.ts';
import { createRepository, type Repository, temporaryFolder } from '../../support/repositories/repository.ts';

let repository: Repository;
let linked: string;
beforeAll(() => {
  repository = createRepository();
  repository.write('--json', 'one\n');
  repository.write('src/sub/f.txt', 'one\n');
  repository.commit('One');
  repository.write('src/sub/f.txt', 'two\n');
  repository.commit('Two');
  linked = path.join(repository.attach(temporaryFolder('linked')), 'here');
  symlinkSync(repository.root, linked);
});
afterAll(() => repository.dispose());

const git = (...args: string[]) => cli(['git', ...args], { cwd: repository.root });

test('behind -- stand names, --json too', async () => {
  const { code, stdout } = await git('log', '--', '--json');
  expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 1]);
  expect(stdout).toMatch(/^[0-9a-f]{10} .* One$/m);
  expect((await git('history', '--json', '--', '--json')).stdout).toMatch(/^\{"id":"[0-9a-f]{40}","path":"--json"/);
});

test('options of every command may stand before it', async () => {
  const elsewhere = { cwd: path.dirname(linked) };
  const { code, stdout } = await cli(['--untrusted', '--repo', repository.root, 'git', 'log', '-n', '1'], elsewhere);
  expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 1]);
  expect((await cli([`--repo=${repository.root}`, '--json', 'git', 'show'], elsewhere)).stdout).toMatch(/^\{"id":"/);
  expect((await cli(['--nonsense', 'git', 'log'], elsewhere)).code).toBe(2);
});

test('absolute paths through a link', async () => {
  expect((await git('log', '--', path.join(linked, 'src/sub/f.txt'))).stdout.trimEnd().split('\n')).toHaveLength(2);
  expect((await git('diff', 'HEAD~1', '--name-only', '--', linked)).stdout).toBe('src/sub/f.txt\n');
  expect((await git('diff', 'HEAD~1', '--name-only', '--', path.join(linked, 'gone/away.txt'))).stdout).toBe('');
  expect(await git('log', '--', path.dirname(linked))).toMatchObject({ code: 2, stdout: '' });
});

test('files of a folder named from the folder above it', async () => {
  const cwd = path.join(repository.root, 'src');
  expect((await cli(['git', 'files', 'sub'], { cwd })).stdout).toBe('src/sub/f.txt\n');
  expect((await cli(['git', 'files', '../src/sub'], { cwd })).stdout).toBe('src/sub/f.txt\n');
  expect(await cli(['git', 'files', 'nowhere'], { cwd })).toMatchObject({ code: 1, stdout: '' });
});

test('what would be ignored is refused', async () => {
  expect(await git('show', 'HEAD', '--', 'src')).toMatchObject({ code: 2, stdout: '' });
  expect(await git('diff', 'HEAD~1', '--json', '--format', 'html')).toMatchObject({ code: 2, stdout: '' });
  const { code, stdout } = await git('diff', 'HEAD~1', '--json', '--format', 'json');
  expect([code, JSON.parse(stdout).totals.files]).toEqual([0, 1]);
});
