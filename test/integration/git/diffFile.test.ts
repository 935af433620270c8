import { chmodSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diffFile, diffList } from '../../../server/protocol/git.ts';
import type { Side } from '../../../server/protocol/gitTypes.ts';
import type { ResultOf } from '../../../server/protocol/message.ts';
import { submodule, unmergedIndex } from '../../support/repositories/hostile.ts';
import { invalidUtf8Names, lfsPointer, oddContents, oddNames, symbolicLinks } from '../../support/repositories/hostileNames.ts';
import { largeFile200k, oneLine5MB } from '../../support/repositories/large.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { commit, empty, type Handlers, index, openHandlers, worktree } from './diffSupport.ts';

let handlers: Handlers;
beforeAll(() => {
  handlers = openHandlers();
});
afterAll(() => handlers.dispose());

type FileDiff = ResultOf<typeof diffFile>;

function ask(root: string, path: string, from: Side = commit('HEAD~1'), to: Side = commit('HEAD'), more: object = {}): Promise<FileDiff> {
  return handlers.send(diffFile, { repository: root, from, to, file: { path }, ...more });
}

/** Git's own patch of one path. */
function gitPatch(repository: Repository, path: string, ...args: string[]): string {
  return repository.gitBytes(['--literal-pathspecs', '-c', 'core.quotePath=false', 'diff', '-M', ...args, '--', path]).toString();
}

/** Ids are abbreviated in what git prints by itself. */
const withoutIndex = (patch: string) => patch.replace(/^index .*\n/m, '');

describe('text is git’s own patch', () => {
  test.each([oddContents, oddNames, symbolicLinks])('%o', async (make) => {
    const { repository, files } = make();
    using _ = repository;
    for (const { path } of files) {
      const diff = await ask(repository.root, path);
      const patch = gitPatch(repository, path, 'HEAD~1', 'HEAD');
      if (diff.kind === 'text' && !path.startsWith('utf16')) {
        expect(withoutIndex(diff.patch), path).toBe(withoutIndex(patch));
        expect(diff.lines, path).toBe(patch.split('\n').length - 1);
      } else if (diff.kind === 'binary') expect(patch, path).toContain('Binary files');
      else if (diff.kind === 'unchanged') expect(patch, path).toBe('');
      else expect(path).toBe('utf16le.txt');
    }
  });
});

test('UTF-16 is shown as text, binary as sizes', async () => {
  const { repository } = oddContents();
  using _ = repository;
  expect(await ask(repository.root, 'utf16le.txt')).toMatchObject({
    kind: 'text',
    truncated: false,
    patch: expect.stringContaining('@@ -1,2 +1,3 @@\n a\n b\n+c\n'),
  });
  expect(await ask(repository.root, 'binary.bin')).toEqual({ kind: 'binary', oldSize: 5, newSize: 5 });
});

test('names that are not UTF-8', async () => {
  const { repository, names, renamed, untracked } = invalidUtf8Names();
  using _ = repository;
  const base = { repository: repository.root, from: commit('HEAD~1'), to: worktree };
  const bytes = (name: Buffer) => ({ pathBytes: name.toString('base64') });
  expect(await handlers.send(diffFile, { ...base, file: bytes(names[0] as Buffer) })).toMatchObject({
    kind: 'text',
    patch: expect.stringContaining('+four\n'),
  });
  const moved = await handlers.send(diffFile, { ...base, file: bytes(renamed.to), oldFile: bytes(renamed.from) });
  expect(moved).toMatchObject({ kind: 'text', patch: expect.stringContaining('similarity index 100%') });
  expect(await handlers.send(diffFile, { ...base, file: bytes(untracked) })).toMatchObject({
    kind: 'text',
    patch: expect.stringContaining('@@ -0,0 +1 @@\n+x\n'),
  });
});

test('a rename, with and without a change, and a change of mode', async () => {
  using repository = createRepository();
  const text = Array.from({ length: 30 }, (_, at) => `${at}\n`).join('');
  repository.write('a.txt', text);
  repository.write('b.txt', text.toUpperCase());
  repository.write('run.sh', 'x\n');
  repository.commit('First');
  repository.git('mv', 'a.txt', 'c d.txt');
  repository.git('rm', '--quiet', '--cached', 'b.txt');
  repository.write('c d.txt', `${text}more\n`);
  chmodSync(repository.path('run.sh'), 0o755);
  repository.commit('Second');
  const renamed = await ask(repository.root, 'c d.txt', commit('HEAD~1'), commit('HEAD'), { oldFile: { path: 'a.txt' } });
  expect(renamed).toMatchObject({ kind: 'text', patch: expect.stringMatching(/rename from a\.txt\nrename to c d\.txt\n[\s\S]*\+more\n$/) });
  const back = await ask(repository.root, 'a.txt', commit('HEAD'), commit('HEAD~1'), { oldFile: { path: 'c d.txt' } });
  expect(back).toMatchObject({ kind: 'text', patch: expect.stringMatching(/rename from c d\.txt\nrename to a\.txt\n[\s\S]*-more\n$/) });
  const mode = await ask(repository.root, 'run.sh');
  expect(mode).toMatchObject({ kind: 'text', lines: 3, patch: 'diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n' });
});

test('reversed sides keep the older side as a/', async () => {
  using repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.commit('First');
  repository.write('a.txt', 'two\n');
  for (const to of [commit('HEAD'), index]) {
    expect(await ask(repository.root, 'a.txt', worktree, to)).toMatchObject({
      patch: expect.stringContaining('--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-two\n+one\n'),
    });
  }
});

test('untracked files, empty, open-ended, executable, as links, and as the older side', async () => {
  using repository = createRepository();
  repository.commit('First');
  repository.write('new.txt', 'one\ntwo');
  repository.write('-', 'dash\n');
  repository.write('empty.txt', '');
  repository.write('run.sh', '#!\n');
  chmodSync(repository.path('run.sh'), 0o755);
  symlinkSync('nowhere', repository.path('link'));
  for (const path of ['new.txt', '-', 'empty.txt', 'run.sh', 'link']) {
    const shown = await ask(repository.root, path, commit('HEAD'), worktree);
    const gone = await ask(repository.root, path, worktree, index);
    repository.git('add', '-N', '--', path);
    expect(withoutIndex(shown.kind === 'text' ? shown.patch : ''), path).toBe(withoutIndex(gitPatch(repository, path)));
    expect(withoutIndex(gone.kind === 'text' ? gone.patch : ''), path).toBe(
      withoutIndex(gitPatch(repository, path, '-R', '--src-prefix=b/', '--dst-prefix=a/')),
    );
  }
  expect(await ask(repository.root, 'not-there.txt', commit('HEAD'), worktree)).toEqual({ kind: 'unchanged' });
});

test('an image travels whole, a large one as its sizes', async () => {
  using repository = createRepository();
  const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  repository.write('a.PNG', pixel);
  repository.commit('First');
  repository.write('a.PNG', Buffer.concat([pixel, Buffer.alloc(3)]));
  repository.write('new.png', Buffer.alloc(5_000_001));
  repository.git('add', '-A');
  const changed = await ask(repository.root, 'a.PNG', commit('HEAD'), index);
  expect(changed).toEqual({
    kind: 'image',
    mime: 'image/png',
    old: pixel.toString('base64'),
    new: Buffer.concat([pixel, Buffer.alloc(3)]).toString('base64'),
    oldSize: pixel.length,
    newSize: pixel.length + 3,
  });
  expect(await ask(repository.root, 'new.png', commit('HEAD'), index)).toEqual({
    kind: 'image',
    mime: 'image/png',
    oldSize: 0,
    newSize: 5_000_001,
  });
});

test('a submodule: its commits and the subjects between them', async () => {
  using state = submodule();
  const { repository } = state;
  const folder = repository.git('config', '-f', '.gitmodules', '--get-regexp', 'path').split(' ')[1] as string;
  const before = repository.git('rev-parse', `HEAD:${folder}`);
  repository.git('-C', folder, 'checkout', '--quiet', before);
  repository.git('-C', folder, 'commit', '--quiet', '--allow-empty', '-m', 'Inside <b>');
  const after = repository.git('-C', folder, 'rev-parse', 'HEAD');
  expect(await ask(repository.root, folder, commit('HEAD'), worktree)).toEqual({
    kind: 'submodule',
    oldCommit: before,
    newCommit: after,
    dirty: false,
    log: ['> Inside <b>'],
  });
  expect(await ask(repository.root, folder, empty, commit('HEAD'))).toMatchObject({ kind: 'submodule', newCommit: before, dirty: false });
});

test('a conflict: the combined difference and the stages', async () => {
  using state = unmergedIndex();
  const { repository, path } = state;
  for (const [from, to] of [
    [index, worktree],
    [commit('HEAD'), worktree],
    [worktree, commit('HEAD')],
  ] as const) {
    const diff = await ask(repository.root, path, from, to);
    expect(diff).toMatchObject({ kind: 'conflict', stages: [1, 2, 3], truncated: false });
    expect(diff.kind === 'conflict' && diff.patch).toContain('++<<<<<<<');
  }
});

test('an LFS pointer is named as one', async () => {
  const { repository } = lfsPointer();
  using _ = repository;
  expect(await ask(repository.root, 'large.bin')).toMatchObject({ kind: 'text', lfs: true });
  expect(await ask(repository.root, '.gitattributes')).not.toHaveProperty('lfs');
});

test('a filter that cannot run is one clear sentence, and no matter without trust', async () => {
  const { repository } = lfsPointer({ required: true });
  using _ = repository;
  await expect(ask(repository.root, 'large.bin', commit('HEAD'), worktree)).rejects.toMatchObject({
    reason: 'precondition',
    message: expect.stringContaining('A filter that this repository or your configuration names failed'),
  });
  const untrusting = openHandlers(false);
  const diff = await untrusting.send(diffFile, {
    repository: repository.root,
    from: commit('HEAD'),
    to: worktree,
    file: { path: 'large.bin' },
  });
  expect(diff).toMatchObject({ kind: 'text', lfs: true, patch: expect.stringContaining('+really large\n') });
  untrusting.dispose();
});

test('white space and context as asked; a file that was only touched is unchanged', async () => {
  using repository = createRepository();
  repository.write('a.txt', 'one\ntwo\nthree\nfour\nfive\n');
  repository.write('b.bin', Buffer.from([0, 1]));
  repository.commit('First');
  repository.write('a.txt', 'one\ntwo  \nthree\nfour\nFIVE\n');
  const narrow = await ask(repository.root, 'a.txt', index, worktree, { options: { whitespace: 'ignore-eol', context: 1 } });
  expect(narrow).toMatchObject({ patch: expect.stringContaining('@@ -4,2 +4,2 @@ three\n four\n-five\n+FIVE\n') });
  expect(narrow.kind === 'text' && narrow.patch).not.toContain('-two');
  repository.write('a.txt', 'one\ntwo  \nthree\nfour\nfive\n');
  expect(await ask(repository.root, 'a.txt', index, worktree, { options: { whitespace: 'ignore-all' } })).toEqual({ kind: 'unchanged' });
  repository.write('b.bin', Buffer.from([0, 1]));
  expect(await ask(repository.root, 'b.bin', index, worktree)).toEqual({ kind: 'unchanged' });
});

test('200 000 lines: cut at the limit, counted to the end, whole when asked', async () => {
  const { root, path } = await largeFile200k();
  const cut = await ask(root, path, empty, commit('HEAD'), { limit: 100 });
  expect(cut).toMatchObject({ kind: 'text', truncated: true });
  if (cut.kind !== 'text') return;
  expect(cut.patch.split('\n').length - 1).toBe(100);
  const whole = await ask(root, path, empty, commit('HEAD'), { limit: 0 });
  expect(whole).toMatchObject({ kind: 'text', truncated: false, lines: cut.lines });
  expect(whole.kind === 'text' && whole.patch.split('\n').length - 1).toBe(cut.lines);
});

test('one 5 MB line does not pass for one line', async () => {
  const { root, path } = await oneLine5MB();
  const cut = await ask(root, path, empty, commit('HEAD'));
  expect(cut).toMatchObject({ kind: 'text', truncated: true });
  expect(cut.kind === 'text' && cut.patch.length).toBeLessThan(2_100_000);
  const whole = await ask(root, path, empty, commit('HEAD'), { limit: 0 });
  expect(whole.kind === 'text' && whole.patch.length).toBeGreaterThan(5_000_000);
});

test('every listed file can be asked for, and has the lines the list says', async () => {
  using repository = createRepository();
  for (let number = 0; number < 40; number++) repository.write(`folder${number % 3}/${number}.txt`, `${'x\n'.repeat(number)}`);
  repository.commit('First');
  repository.remove('folder0');
  repository.write('folder0', 'now a file\n');
  for (let number = 1; number < 40; number += 3) repository.write(`folder1/${number}.txt`, 'changed\n');
  repository.git('add', '-A');
  const { files = [] } = await handlers.send(diffList, { repository: repository.root, from: commit('HEAD'), to: index });
  for (const { path, oldPath, additions, deletions } of files) {
    const diff = await ask(repository.root, path, commit('HEAD'), index, oldPath === undefined ? {} : { oldFile: { path: oldPath } });
    const lines =
      diff.kind === 'text' ? diff.patch.split('\n').slice(diff.patch.split('\n').findIndex((line) => line.startsWith('@@'))) : [];
    expect([lines.filter((line) => line.startsWith('+')).length, lines.filter((line) => line.startsWith('-')).length], path).toEqual([
      additions,
      deletions,
    ]);
  }
});
