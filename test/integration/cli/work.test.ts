// `hearth work`: what a person types, what is printed, and what a script reads.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CliOutcome, cli, jsonLines } from '../../support/cli.ts';
import type { Repository } from '../../support/repositories/repository.ts';
import { type WorkPlace, workPlace } from '../../support/workItems.ts';

let place: WorkPlace;
let repository: Repository;
beforeAll(async () => {
  place = await workPlace();
});
afterAll(() => place.dispose());
beforeEach(() => {
  repository = place.repository();
});

const run = (args: string[], input = ''): Promise<CliOutcome> => cli(args, { env: place.home.env, cwd: repository.root, input });
const work = (...args: string[]) => run(['work', ...args]);
const json = async (...args: string[]) => jsonLines((await work(...args, '--json')).stdout);

describe('hearth work', () => {
  test('plans, shows, edits, comments and moves an item', async () => {
    expect(await work('new', 'Faster login', '--tag', 'ui,auth', '--assignee', 'me', '--due', '2099-12-24')).toEqual({
      code: 0,
      stdout: 'Planned #1 Faster login\n',
      stderr: '',
    });
    await run(
      ['work', 'new', 'From', 'a', 'pipe', '--type', 'fix', '--notes', '-', '--check', 'One', '--check', 'Two'],
      'first\n\nsecond\n',
    );
    expect(await json('show', '2')).toMatchObject([
      { title: 'From a pipe', notes: 'first\n\nsecond', checklist: [{ text: 'One' }, { text: 'Two' }] },
    ]);
    const edited = await work('edit', '#1', '--title', 'Much faster', '--tag', '+new', '--tag=-ui', '--untag', 'nothing', '--due', '');
    expect(edited.stdout).toMatch(/^#1 {2}planned {3}feature {2}0\/\d {4}just now {8}Much faster {2}@Ada Lovelace {2}\+auth {2}\+new\n$/);
    await work('note', '1', 'The cache.');
    await work('note', '1', 'Measured.', '--append');
    expect((await work('note', '1')).stdout).toBe('The cache.\n\nMeasured.\n');
    await run(['work', 'comment', '1', '-'], 'Well done\n');
    await work('move', '1', 'review');
    const { stdout } = await work('show', '1');
    expect(stdout).toMatch(/^#1 Much faster\nstate {5}review, feature\n/);
    for (const line of ['  The cache.\n\n  Measured.\n', 'Checklist 0/', 'Ada Lovelace, just now\n  Well done\n'])
      expect(stdout).toContain(line);
    expect((await work('cancel', '1')).stdout).toContain('canceled');
    expect((await work('reopen', '1')).stdout).toContain('planned');
    expect((await run(['events', '--entity', 'item', '-n', '2'])).stdout).toMatch(
      /#1 Much faster: canceled → planned\n.*review → canceled\n$/,
    );
  });

  test('lists what is open, or what is asked for; one JSON object a line', async () => {
    expect(await work('list')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'There are no work items yet. `hearth work new TITLE` plans one.\n',
    });
    for (const [title, type] of [
      ['One', 'feature'],
      ['Two', 'documentation'],
      ['Three', 'fix'],
    ] as const) {
      await work('new', title, '--type', type, '--no-checks');
    }
    await work('cancel', '1');
    expect((await work('list')).stdout).toBe(
      ['#3  planned   fix                   just now        Three', '#2  planned   documentation         just now        Two', ''].join(
        '\n',
      ),
    );
    const ids = async (...args: string[]) => (await json('list', ...args)).map(({ id }) => id);
    expect(await ids()).toEqual([3, 2]);
    expect(await ids('--all')).toEqual([1, 3, 2]);
    expect(await ids('--state', 'canceled,done')).toEqual([1]);
    expect(await ids('-s', 'cancelled', '-s', 'planned')).toEqual([1, 3, 2]);
    expect(await ids('--type', 'fix')).toEqual([3]);
    expect(await ids('--text', 'tHREE')).toEqual([3]);
    expect(await ids('--mine')).toEqual([]);
    const limited = await work('list', '-n', '1');
    expect([limited.stdout.split('\n').length, limited.stderr]).toEqual([2, '1 more.\n']);
    expect(await work('list', '--text', 'nowhere')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('`--all`') });
    const [row] = await json('list', '--text', 'three');
    expect(row).toEqual({
      id: 3,
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      title: 'Three',
      type: 'fix',
      state: 'planned',
      branch: null,
      base: null,
      tags: [],
      assignee: null,
      due: null,
      checks: { done: 0, total: 0 },
      hasNotes: false,
      comments: 0,
      commits: 0,
      created: expect.any(Number),
      updated: expect.any(Number),
      started: null,
      closed: null,
    });
  });

  test('ticks checks by number and by text, adds, moves and removes them', async () => {
    await work('new', 'Checked', '--check', 'Unit tests', '--check', 'Integration tests', '--check', 'Docs');
    expect((await work('check', '1', '3')).stdout).toBe('  1 ☐ Unit tests\n  2 ☐ Integration tests\n  3 ✓ Docs\n');
    expect((await work('check', '1', 'unit')).stdout).toContain('  1 ✓ Unit tests');
    expect(await work('check', '1', 'tests')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('2 checks') });
    expect(await work('check', '1', '9')).toMatchObject({ code: 1, stderr: expect.stringContaining('has no check 9') });
    await work('check', '1', '1', '--undo');
    await work('check', '1', '--add', 'First', '--after', '0');
    await work('check', '1', '--move', '4', '--after', '1');
    expect((await work('check', '1', '--remove', '3')).stdout).toBe('  1 ☐ First\n  2 ✓ Docs\n  3 ☐ Integration tests\n');
  });

  test('says what is wrong: usage is exit code 2, a refusal 1', async () => {
    await work('new', 'There');
    const usage: string[][] = [
      ['new'],
      ['new', 'x', '--type', 'epic'],
      ['new', 'x', '--due', 'someday'],
      ['edit'],
      ['edit', '1'],
      ['edit', 'one', '--title', 'x'],
      ['move', '1'],
      ['move', '1', 'nowhere'],
      ['comment', '1'],
      ['check', '1', '2', '--add', 'x'],
      ['check', '1', '--move', '1'],
      ['check', '1', '--undo'],
      ['list', '--all', '--state', 'done'],
      ['list', 'extra'],
      ['list', '-n', '0'],
      ['delete'],
      ['start', '0'],
      ['complete', '1', '--resume', '--undo'],
      ['complete', '1', '--how', 'rebase'],
      ['nonsense'],
    ];
    for (const args of usage) {
      const { code, stdout, stderr } = await work(...args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(/^hearth: /);
    }
    for (const args of [
      ['show', '99'],
      ['move', '1', 'done'],
      ['new', 'x'.repeat(301)],
      ['edit', '1', '--title', ''],
      ['delete', '1'],
    ]) {
      const { code, stdout, stderr } = await work(...args);
      expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' });
      expect(stderr).toMatch(/^hearth: .+\n$/);
    }
    expect((await work('list')).stdout).toContain('There');
  });

  test('prints hostile titles, notes and names as text', async () => {
    const evil = '\u202eevil <b>$(id)</b>';
    await work('new', '--check', evil, '--notes', `a\u001b[31mred\u202e`, '--tag', 'x\u202ey', '--', evil, '--json');
    const shown = [await work('list'), await work('show', '1'), await work('check', '1'), await run(['events'])];
    for (const { code, stdout } of shown) {
      expect(code).toBe(0);
      expect(stdout).toContain('evil <b>$(id)</b>');
      expect(stdout).not.toMatch(/[\u001b\u202e]/);
    }
    expect((await json('show', '1'))[0]).toMatchObject({ title: `${evil} --json`, notes: 'a\u001b[31mred\u202e' });
  });

  test('shows templates, and what is wrong with them', async () => {
    repository.write('.hearth/templates/fix.md', 'tags: bug\n- [ ] Shown by a test\n');
    const fine = await work('templates');
    expect(fine).toMatchObject({ code: 0, stderr: '' });
    expect(fine.stdout).toContain('fix             .hearth/templates/fix.md\n  tags: bug\n  ☐ Shown by a test\n');
    repository.write('.hearth/templates/fix.md', '- [?] Odd\n');
    expect(await work('templates')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^\.hearth\/templates\/fix\.md:1: /) });
    const made = await work('new', 'Warned', '--type', 'fix');
    expect(made).toMatchObject({ code: 0, stderr: expect.stringMatching(/fix\.md:1: .*built-in template was used/) });
  });
});
