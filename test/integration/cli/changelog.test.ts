import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Terminal } from '../work/hookSupport.ts';

let terminal: Terminal;
const text = (path: string) => readFileSync(terminal.repository.path(path), 'utf8');
const staged = () => terminal.repository.git('diff', '--cached', '--name-only');

beforeEach(() => {
  terminal = new Terminal();
  terminal.repository.write('a.txt', 'one\n');
  terminal.repository.commit('One');
});
afterEach(() => terminal.dispose());

describe('hearth changelog', () => {
  test('add writes the entry of the branch’s item and stages it', async () => {
    expect((await terminal.hearth('changelog', 'add', 'Fixed', 'It.')).stderr).toContain('has no work item');
    terminal.link(12);
    expect(await terminal.hearth('changelog', 'add', 'fixed', 'It', 'works.')).toEqual({
      code: 0,
      stdout: 'changes/12.md is written and staged.\n',
      stderr: '',
    });
    expect(text('changes/12.md')).toBe('### Fixed\n\nIt works.\n');
    expect(staged()).toBe('changes/12.md');
    expect((await terminal.hearth('changelog', 'add', 'Added', '--item', '13', '--no-stage', '--', '--help')).code).toBe(0);
    expect(text('changes/13.md')).toBe('### Added\n\n--help\n');
    expect(staged()).toBe('changes/12.md');
  });

  test('refuses what it does not understand', async () => {
    expect((await terminal.hearth('changelog', 'add', 'Improved', 'x')).code).toBe(2);
    expect((await terminal.hearth('changelog', 'add', 'Added')).code).toBe(2);
    expect((await terminal.hearth('changelog', 'add', 'Added', 'x', '--item', '-1')).code).toBe(2);
    expect((await terminal.hearth('changelog', 'none')).code).toBe(2);
  });

  test('list shows what waits, one object a line with --json', async () => {
    terminal.repository.write('changes/12.md', '### Added\n\nA\x1b[31m.\n');
    terminal.repository.write('changes/2.md', 'x\n');
    const { stdout } = await terminal.hearth('changelog', 'list');
    expect(stdout).toBe('changes/2.md\n  line 1 has text before the first heading\nchanges/12.md\n  Added: A^[[31m.\n');
    const json = (await terminal.hearth('changelog', 'list', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(json).toMatchObject([
      { path: 'changes/2.md', item: 2, problems: [{ line: 1 }] },
      { path: 'changes/12.md', item: 12, entries: [{ category: 'Added' }] },
    ]);
  });

  test('check says whether the entry is there, by its exit code too', async () => {
    const check = async (...args: string[]) => {
      const { code, stdout } = await terminal.hearth('changelog', 'check', ...args);
      return { code, stdout };
    };
    expect(await check()).toEqual({ code: 0, stdout: 'The change needs no entry.\n' });
    terminal.link(12);
    expect(await check()).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Item 12 has no change entry\./) });
    terminal.repository.write('changes/12.md', '### Added\n\nA.\n');
    expect(await check()).toEqual({ code: 0, stdout: 'Item 12 has its entry: changes/12.md.\n' });
    expect(await check('--branch', 'main')).toMatchObject({ code: 1 });
    expect(await check('--item', '7')).toMatchObject({ code: 1 });
    terminal.repository.write('changes/7.md', '### Odd\n\nA.\n');
    expect(await check()).toMatchObject({ code: 1 });
  });

  test('check knows no item on a build server: then the change must have brought an entry', async () => {
    terminal.repository.write('changes/1.md', '### Added\n\nOld.\n');
    terminal.repository.commit('Old');
    terminal.repository.git('switch', '-q', '-c', 'topic');
    terminal.repository.write('a.txt', 'two\n');
    terminal.repository.commit('Two');
    expect((await terminal.hearth('changelog', 'check', '--base', 'main')).code).toBe(1);
    expect((await terminal.hearth('changelog', 'check', '--base', 'main', '--branch', 'topic')).code).toBe(1);
    terminal.repository.write('changes/login.md', '### Added\n\nNew.\n');
    terminal.repository.commit('Three');
    expect((await terminal.hearth('changelog', 'check', '--base', 'main')).code).toBe(0);
    expect((await terminal.hearth('changelog', 'check', '--base', '--output=pwned')).code).not.toBe(0);
    expect(terminal.repository.git('status', '--porcelain')).toBe('');
  });

  test('assemble moves the entries, can be tried first, and can be undone', async () => {
    terminal.repository.write('changes/12.md', '### Added\n\nA.\n');
    terminal.repository.commit('Entry');
    const dry = await terminal.hearth('changelog', 'assemble', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('- A. (#12)') });
    expect(terminal.repository.git('status', '--porcelain')).toBe('');
    expect(await terminal.hearth('changelog', 'assemble', '--version', '1.0.0', '--stage')).toMatchObject({
      code: 0,
      stderr: '1 file moved into CHANGES.md.\n',
    });
    expect(text('CHANGES.md')).toMatch(/\n## \[1\.0\.0\] - \d{4}-\d\d-\d\d\n\n### Added\n\n- A\. \(#12\)\n$/);
    expect(terminal.repository.git('status', '--porcelain', '--no-renames')).toBe('A  CHANGES.md\nD  changes/12.md');
    await terminal.home.rpc('git/undo', { repository: terminal.repository.root });
    expect(terminal.repository.git('status', '--porcelain')).toBe('');
    expect(text('changes/12.md')).toBe('### Added\n\nA.\n');
  });
});
