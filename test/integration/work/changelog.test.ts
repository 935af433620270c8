import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultWorkConfig, type WorkConfig } from '../../../server/config/workConfig.ts';
import { Repositories } from '../../../server/git/repository.ts';
import { Session } from '../../../server/rpc/session.ts';
import { assembleFragments, entryStateOf, writeEntry } from '../../../server/work/changelog.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

const { signal } = new AbortController();
const config = defaultWorkConfig;
const log = '# Log\n\n## [Unreleased]\n\n### Added\n\n- Old.\n\n## [1.0.0]\n\n- First.\n';

let repository: Repository;
let repositories: Repositories;
const open = () => repositories.at(repository.root, new Session(true, 'cli'));
const text = (path: string) => readFileSync(repository.path(path), 'utf8');
const assemble = async (more: { version?: string; item?: number; dryRun?: boolean; config?: WorkConfig } = {}) =>
  assembleFragments(await open(), { config, dryRun: false, signal, today: '2026-11-21', ...more });
const state = async (at: Parameters<typeof entryStateOf>[1]['at'], item = 12, how: WorkConfig = config) =>
  entryStateOf(await open(), { item, config: how, at, signal });

beforeEach(() => {
  repository = createRepository();
  repositories = new Repositories();
});
afterEach(() => {
  repositories.dispose();
  repository.dispose();
});

describe('assembling', () => {
  test('moves the fragments into the log, by category and item, and removes them', async () => {
    repository.write('CHANGES.md', log);
    repository.write('changes/10.md', '### Fixed\n\nTen.\n');
    repository.write('changes/9.md', '### Added\n\nNine $(touch pwned) <script>alert(1)</script>\n\nMore.\n\n### Fixed\n\n- a\n- b\n');
    repository.write('changes/login.md', '### Added\n\nNobody’s.\n');
    repository.write('changes/11.md', '### None needed\n\nOnly tests.\n');
    const { added, fragments, problems } = await assemble();
    expect(text('CHANGES.md')).toBe(
      log.replace(
        '- Old.\n',
        '- Old.\n- Nine $(touch pwned) <script>alert(1)</script> (#9)\n\n  More.\n- Nobody’s.\n\n### Fixed\n\n- a (#9)\n- b (#9)\n- Ten. (#10)\n',
      ),
    );
    expect(added).toContain('Nobody’s.');
    expect({ fragments, problems }).toEqual({
      fragments: ['changes/9.md', 'changes/10.md', 'changes/11.md', 'changes/login.md'],
      problems: [],
    });
    expect(existsSync(repository.path('changes'))).toBe(false);
    expect(await assemble()).toEqual({ file: 'CHANGES.md', added: '', fragments: [], problems: [] });
  });

  test('only says what it would do, only takes one item, and leaves what is broken', async () => {
    repository.write('changes/9.md', '### Added\n\nNine.\n');
    repository.write('changes/10.md', '### Addded\n\nTen.\n');
    const dry = await assemble({ dryRun: true });
    expect(dry.added).toContain('- Nine. (#9)');
    expect(existsSync(repository.path('CHANGES.md'))).toBe(false);
    expect((await assemble({ item: 4 })).fragments).toEqual([]);
    expect(await assemble()).toMatchObject({
      fragments: ['changes/9.md'],
      problems: [{ path: 'changes/10.md', line: 1, problem: expect.stringContaining('unknown heading') }],
    });
    expect(existsSync(repository.path('changes/10.md'))).toBe(true);
    expect(text('CHANGES.md')).toMatch(/^# Changelog\n[\s\S]*## \[Unreleased\]\n\n### Added\n\n- Nine\. \(#9\)\n$/);
  });

  test('after a crash between the log and the fragments adds nothing twice', async () => {
    repository.write('CHANGES.md', log);
    repository.write('changes/9.md', '### Added\n\nNine.\n\nMore.\n\n### Security\n\nSafe.\n');
    const fragment = text('changes/9.md');
    await assemble();
    const once = text('CHANGES.md');
    repository.write('changes/9.md', fragment);
    expect(await assemble()).toMatchObject({ added: '', fragments: ['changes/9.md'] });
    expect(text('CHANGES.md')).toBe(once);
    expect(existsSync(repository.path('changes/9.md'))).toBe(false);
  });

  test('under a version takes Unreleased along, also again after a crash', async () => {
    repository.write('CHANGES.md', log);
    repository.write('changes/9.md', '### Added\n\nNine.\n');
    await assemble({ version: '1.1.0' });
    const released = log
      .replace('## [Unreleased]\n', '## [Unreleased]\n\n## [1.1.0] - 2026-11-21\n')
      .replace('- Old.\n', '- Old.\n- Nine. (#9)\n');
    expect(text('CHANGES.md')).toBe(released);
    repository.write('changes/9.md', '### Added\n\nNine.\n');
    await assemble({ version: '1.1.0' });
    expect(text('CHANGES.md')).toBe(released);
  });

  test('keeps bytes and mode of the log, and touches no link and no UTF-16', async () => {
    const bytes = Buffer.from('\xef\xbb\xbf# Log\r\n\xff\r\n\r\n## [Unreleased]\r\n', 'latin1');
    repository.write('CHANGES.md', bytes);
    chmodSync(repository.path('CHANGES.md'), 0o640);
    repository.write('changes/9.md', '### Added\n\nÜber.\n');
    await assemble();
    expect(readFileSync(repository.path('CHANGES.md'))).toEqual(
      Buffer.concat([bytes, Buffer.from('\r\n### Added\r\n\r\n- Über. (#9)\r\n')]),
    );
    expect(statSync(repository.path('CHANGES.md')).mode & 0o777).toBe(0o640);
    repository.write('changes/9.md', '### Added\n\nMore.\n');
    writeFileSync(repository.path('CHANGES.md'), Buffer.from('\ufeff# Log\n', 'utf16le'));
    await expect(assemble()).rejects.toMatchObject({ reason: 'unsupported' });
    repository.remove('CHANGES.md');
    symlinkSync('changes/9.md', repository.path('CHANGES.md'));
    await expect(assemble()).rejects.toMatchObject({ reason: 'invalid' });
    expect(text('changes/9.md')).toBe('### Added\n\nMore.\n');
  });

  test('goes where the configuration says', async () => {
    repository.write('docs/HISTORY.md', '# H\n');
    repository.write('.changes/9.md', '### Added\n\nNine.\n');
    await assemble({ config: { ...config, changelog: { file: 'docs/HISTORY.md', folder: '.changes', required: 'commit' } } });
    expect(text('docs/HISTORY.md')).toBe('# H\n\n## [Unreleased]\n\n### Added\n\n- Nine. (#9)\n');
  });
});

describe('an entry', () => {
  test('is looked for in the index, then in the work tree, or in a commit', async () => {
    repository.write('a', '');
    repository.commit('One');
    expect(await state({ kind: 'index' })).toEqual({ state: 'missing', path: 'changes/12.md', problems: [] });
    repository.write('changes/12.md', '### Added\n\nA.\n');
    expect(await state({ kind: 'index' })).toMatchObject({ state: 'present', path: 'changes/12.md' });
    expect(await state({ kind: 'index', worktree: false })).toEqual({
      state: 'missing',
      path: 'changes/12.md',
      problems: ['changes/12.md is written but not staged.'],
    });
    repository.git('add', '.');
    expect(await state({ kind: 'index', worktree: false })).toMatchObject({ state: 'present' });
    expect(await state({ kind: 'commit', revision: 'HEAD' })).toMatchObject({ state: 'missing' });
    repository.commit('Two');
    expect(await state({ kind: 'commit', revision: 'HEAD' })).toMatchObject({ state: 'present' });
    expect(await state({ kind: 'commit', revision: 'HEAD' }, 1)).toMatchObject({ state: 'missing' });
  });

  test('may be in a file with more behind the number, needs a reason for none, and may be broken', async () => {
    repository.write('changes/12-über "x".md', '### None needed\n\nWhy.\n');
    repository.git('add', '.');
    expect(await state({ kind: 'index' })).toMatchObject({ state: 'none-needed', path: 'changes/12-über "x".md' });
    repository.write('changes/12.md', '### None needed\n');
    repository.git('add', '.');
    expect(await state({ kind: 'index' })).toEqual({
      state: 'broken',
      path: 'changes/12.md',
      problems: ['changes/12.md:1 says that no entry is needed, but not why.'],
    });
    expect(await state({ kind: 'index' }, 12, { ...config, changelog: { ...config.changelog, required: 'off' } })).toEqual({
      state: 'not-required',
      problems: [],
    });
  });

  test('that is assembled already is there', async () => {
    repository.write('changes/12.md', '### Added\n\nA.\n');
    await assemble();
    repository.git('add', '.');
    expect(await state({ kind: 'index' })).toMatchObject({ state: 'present', path: 'CHANGES.md' });
  });

  test('that is assembled counts only where it came on the branch: a number that was there before is somebody else’s', async () => {
    repository.write('CHANGES.md', '## [Unreleased]\n\n- Faster export (#12)\n');
    repository.commit('One');
    // On the base itself, and where no base is known, nobody can say.
    expect(await state({ kind: 'index' })).toMatchObject({ state: 'present' });
    repository.git('switch', '-q', '-c', 'work/12');
    const main = repository.head('main');
    expect(await state({ kind: 'index' })).toEqual({ state: 'missing', path: 'changes/12.md', problems: [] });
    expect(await state({ kind: 'commit', revision: 'HEAD' })).toMatchObject({ state: 'missing' });
    const asked = { item: 12, config, at: { kind: 'commit', revision: 'HEAD' }, signal } as const;
    expect(await entryStateOf(await open(), { ...asked, base: main })).toMatchObject({ state: 'missing' });
    expect(await entryStateOf(await open(), { ...asked, base: null })).toMatchObject({ state: 'present' });
    const elsewhere = { ...config, branch: { ...config.branch, base: 'gone' } };
    expect(await state({ kind: 'index' }, 12, elsewhere)).toMatchObject({ state: 'missing' });
    repository.write('changes/12.md', '### Added\n\nA.\n');
    await assemble();
    repository.commit('Two');
    expect(await state({ kind: 'index' })).toMatchObject({ state: 'present', path: 'CHANGES.md' });
    expect(await entryStateOf(await open(), { ...asked, base: main })).toMatchObject({ state: 'present', path: 'CHANGES.md' });
    repository.git('branch', '-q', '-D', 'main');
    expect(await state({ kind: 'index' })).toMatchObject({ state: 'present' });
  });

  test('is written beside what is there, and replaces that none was needed', async () => {
    const write = async (entry: Parameters<typeof writeEntry>[1]['entry']) => writeEntry(await open(), { item: 12, config, entry, signal });
    await write({ kind: 'none', reason: 'Why.' });
    expect(text('changes/12.md')).toBe('### None needed\n\nWhy.\n');
    await write({ kind: 'entry', category: 'Added', text: 'A.' });
    await write({ kind: 'entry', category: 'Fixed', text: 'B.\n\n- c' });
    expect(await write({ kind: 'entry', category: 'Added', text: 'A.' })).toMatchObject({ path: 'changes/12.md', fragment: { item: 12 } });
    expect(text('changes/12.md')).toBe('### Added\n\nA.\n\n### Fixed\n\nB.\n\n- c\n');
    await expect(write({ kind: 'none', reason: 'Why.' })).rejects.toMatchObject({ reason: 'conflict' });
    await expect(write({ kind: 'entry', category: 'Added', text: 'x\n## Oh\n' })).rejects.toMatchObject({ reason: 'invalid' });
    repository.write('changes/12.md', 'Broken.\n');
    await expect(write({ kind: 'entry', category: 'Added', text: 'A.' })).rejects.toMatchObject({ reason: 'precondition' });
    expect(text('changes/12.md')).toBe('Broken.\n');
  });
});
