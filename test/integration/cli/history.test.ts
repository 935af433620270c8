import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, jsonLines } from '../../support/cli.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

let repository: Repository;
const ids: string[] = [];
beforeAll(() => {
  repository = createRepository();
  repository.write('src/old.c', 'int main(void)\n{\n  return 0;\n}\n');
  ids.push(repository.commit('Create'));
  repository.git('mv', 'src/old.c', 'src/new.c');
  ids.push(repository.commit('Rename'));
  repository.write('src/new.c', 'int main(void)\n{\n  return 1;\n}\n');
  repository.write('odd "name"\n.txt', 'x\n');
  repository.write('--help', 'a file\n');
  ids.push(
    repository.commit('Change \u001b[31mred\u001b[0m\n\nWith a body\n', { author: { name: 'Grace\u202e', email: 'grace@example.test' } }),
  );
  repository.git('tag', 'v1');
  mkdirSync(repository.path('src'), { recursive: true });
});
afterAll(() => repository.dispose());

const at = (...args: string[]) => cli(['git', ...args], { cwd: repository.root });

describe('hearth git log', () => {
  test('--json: one object per line, of the promised shape', async () => {
    const { code, stdout, stderr } = await at('log', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const rows = jsonLines(stdout);
    expect(rows.map(({ id }) => id)).toEqual([...ids].reverse());
    expect(Object.keys(rows[0] ?? {})).toEqual(['id', 'parents', 'author', 'authorMail', 'authorTime', 'committerTime', 'subject', 'refs']);
    expect(rows[0]).toMatchObject({
      subject: 'Change \u001b[31mred\u001b[0m',
      author: 'Grace\u202e',
      parents: [ids[1]],
      refs: ['HEAD', 'refs/heads/main', 'refs/tags/v1'],
    });
  });

  test('for a person: a line each, without colours in a pipe, without control characters of the repository', async () => {
    const { stdout } = await at('log', '--iso');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('(HEAD -> main, tag: v1) Change ^[[31mred^[[0m');
    expect(lines[0]).toContain('2024-01-01T00:03:00Z');
    expect(stdout).not.toMatch(/[\x1b\u202e]/);
    expect((await at('log')).stdout).toMatch(/years? ago/);
  });

  test('-n, a revision, paths relative to the working directory', async () => {
    expect(jsonLines((await at('log', '-n', '2', '--json')).stdout)).toHaveLength(2);
    expect(jsonLines((await at('log', '-n1', 'HEAD~1', '--json')).stdout)[0]).toMatchObject({ id: ids[1] });
    const inside = await cli(['git', 'log', '--json', '--', 'old.c'], { cwd: repository.path('src') });
    expect(jsonLines(inside.stdout).map(({ subject }) => subject)).toEqual(['Rename', 'Create']);
    const script = path.resolve(import.meta.dirname, '../../../.ci/hearth.mjs');
    const underNpm = execFileSync(process.execPath, [script, 'git', 'log', '--json', '--', 'old.c'], {
      cwd: '/',
      env: { ...process.env, INIT_CWD: repository.path('src') },
      encoding: 'utf8',
    });
    expect(underNpm).toBe(inside.stdout);
    const withRepo = await cli(['git', 'log', '--json', '--repo', repository.root, '--', 'src/old.c'], { cwd: '/' });
    expect(withRepo.stdout).toBe(inside.stdout);
    expect(jsonLines((await at('log', '--json', '--', '--help')).stdout)).toHaveLength(1);
  });

  test.each([
    [['log', 'nowhere'], 1],
    [['log', '-n', 'x'], 2],
    [['log', '-n', '0'], 2],
    [['log', '--nonsense'], 2],
    [['log', 'a', 'b'], 2],
    [['log', '--', '../outside'], 2],
    [['nonsense'], 2],
  ])('%j ends with %i and one sentence', async (args, expected) => {
    const { code, stdout, stderr } = await at(...args);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toMatch(/^hearth: /);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('outside a repository: one sentence', async () => {
    const { code, stderr } = await cli(['git', 'log'], { cwd: '/' });
    expect([code, stderr]).toEqual([1, 'hearth: This is not inside a git repository. Open a folder that has one, or run `git init`.\n']);
  });
});

describe('hearth git show', () => {
  test('--json: one document', async () => {
    const { stdout } = await at('show', 'v1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      id: ids[2],
      message: 'Change \u001b[31mred\u001b[0m\n\nWith a body',
      files: [{ path: '--help' }, { path: 'odd "name"\n.txt' }, { path: 'src/new.c', status: 'modified', additions: 1, deletions: 1 }],
      totals: { files: 3 },
    });
  });

  test('for a person', async () => {
    const { stdout } = await at('show', '--iso');
    expect(stdout).toContain(`commit ${ids[2]} (HEAD -> main, tag: v1)`);
    expect(stdout).toContain('Date:      2024-01-01T00:03:00Z');
    expect(stdout).toContain('    With a body');
    expect(stdout).toContain('3 files changed');
    expect(stdout).toContain('"odd \\"name\\"\\n.txt"');
  });

  test('a file as it was, byte by byte', async () => {
    expect((await at('show', 'HEAD~1:src/new.c')).stdout).toBe('int main(void)\n{\n  return 0;\n}\n');
    expect((await cli(['git', 'show', 'HEAD~2:./old.c'], { cwd: repository.path('src') })).stdout).toBe(
      'int main(void)\n{\n  return 0;\n}\n',
    );
    for (const json of [[], ['--json']]) {
      const { code, stdout, stderr } = await at('show', 'HEAD:nowhere.c', ...json);
      expect([code, stdout, stderr.startsWith('hearth: There is no file nowhere.c')]).toEqual([1, '', true]);
    }
    expect((await at('show', ':/Rename', '--json')).stdout).toContain(ids[1]);
  });
});

describe('hearth git history', () => {
  test('--json: one object per revision, with the path it had', async () => {
    const rows = jsonLines((await at('history', 'src/new.c', '--json')).stdout);
    expect(rows.map(({ id, path, subject }) => [id, path, subject])).toEqual([
      [ids[2], 'src/new.c', 'Change \u001b[31mred\u001b[0m'],
      [ids[1], 'src/new.c', 'Rename'],
      [ids[0], 'src/old.c', 'Create'],
    ]);
    expect(rows[0]).toMatchObject({ author: 'Grace\u202e', time: 1_704_067_380 });
  });

  test('lines, a function, a folder, from another folder', async () => {
    const subjects = (text: string) => jsonLines(text).map(({ subject }) => subject);
    expect(subjects((await at('history', 'src/new.c', '--lines', '3,3', '--json')).stdout)).toHaveLength(2);
    expect(subjects((await at('history', 'src/new.c', '--function', 'main', '--json')).stdout)).toHaveLength(2);
    expect(subjects((await at('history', 'src', '--json')).stdout)).toHaveLength(3);
    expect(subjects((await cli(['git', 'history', 'new.c', '--json'], { cwd: repository.path('src') })).stdout)).toHaveLength(3);
    expect(subjects((await cli(['git', 'history', repository.path('src/new.c'), '--json'], { cwd: '/' })).stdout)).toHaveLength(3);
    expect(subjects((await at('history', '--json', '--', '--help')).stdout)).toHaveLength(1);
  });

  test('for a person: renames are named', async () => {
    const { stdout } = await at('history', 'src/new.c', '--iso');
    expect(stdout).toContain('[renamed from src/old.c] Rename');
  });

  test.each([
    [['history'], 2],
    [['history', 'a', 'b'], 2],
    [['history', 'src/new.c', '--lines', 'x'], 2],
    [['history', 'src/new.c', '--lines', '1,2', '--function', 'main'], 2],
    [['history', 'never.c'], 1],
    [['history', 'src/new.c', '--lines', '900,901'], 1],
  ])('%j ends with %i', async (args, expected) => {
    expect((await at(...args)).code).toBe(expected);
  });
});

describe('hearth git files', () => {
  const paths = (text: string) => jsonLines(text).map(({ path }) => path);
  test('all, of a revision, below a folder, one level', async () => {
    expect(paths((await at('files', '--json')).stdout)).toEqual(['--help', 'odd "name"\n.txt', 'src/new.c']);
    expect(paths((await at('files', 'HEAD~2', '--json')).stdout)).toEqual(['src/old.c']);
    expect(paths((await at('files', 'HEAD', 'src', '--json')).stdout)).toEqual(['src/new.c']);
    expect(paths((await at('files', 'src', '--json')).stdout)).toEqual(['src/new.c']);
    expect(paths((await at('files', '--level', '--json')).stdout)).toEqual(['--help', 'odd "name"\n.txt', 'src']);
    expect(paths((await at('files', '--json', '--', '--help')).stdout)).toEqual(['--help']);
    expect((await at('files')).stdout).toBe('--help\nodd "name" .txt\nsrc/new.c\n');
  });

  test('what is neither a revision nor a path', async () => {
    const { code, stderr } = await at('files', 'nowhere');
    expect(code).toBe(1);
    expect(stderr).toContain('There is no revision "nowhere" here.');
  });
});
