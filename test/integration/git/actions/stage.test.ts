import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { discardFiles } from '../../../../server/git/actions/discard.ts';
import { applyHunks } from '../../../../server/git/actions/hunks.ts';
import { stageFiles, unstageFiles } from '../../../../server/git/actions/stage.ts';
import { diffFile } from '../../../../server/git/diffFile.ts';
import { commitIndex, recorded, redoAction, undoAction } from '../../../../server/git/index.ts';
import type { Repository as Opened } from '../../../../server/git/repository.ts';
import type { Repository } from '../../../support/repositories/repository.ts';
import { actionTests, filesOf, seen, signal } from './support.ts';

const { create, open } = actionTests();
const options = { whitespace: 'show', context: 3, renames: true, copies: false } as const;
const odd = ['-x', 'with\nnewline', '"quoted"', '$(id)', ' blank ', ':(top)x', 'ünï', '*', 'a/b c'];
const notUtf8 = { pathBytes: Buffer.from([0x66, 0xff]).toString('base64') };
const status = (repository: Repository) => repository.git('status', '--porcelain', '-z').split('\0').filter(Boolean).sort();
const lines = (count: number, edit: Record<number, string> = {}) =>
  Array.from({ length: count }, (_, at) => edit[at + 1] ?? `line ${at + 1}`)
    .join('\n')
    .concat('\n');

test('stage and unstage files with odd names, deletions, links, modes; nothing else', async () => {
  const repository = create();
  for (const name of odd) repository.write(name, 'one\n');
  repository.writeBytes(Buffer.from([0x66, 0xff]), 'one\n');
  repository.write('gone', 'x');
  repository.write('tool', 'x');
  repository.write('other', 'x');
  repository.commit('First');
  for (const name of odd) repository.write(name, 'two\n');
  repository.writeBytes(Buffer.from([0x66, 0xff]), 'two\n');
  unlinkSync(repository.path('gone'));
  chmodSync(repository.path('tool'), 0o755);
  repository.write('other', 'not asked for');
  repository.write('new', 'new');
  symlinkSync('new', repository.path('link'));
  const opened = await open(repository.root);
  const files = [...odd, 'gone', 'tool', 'new', 'link'].map((path) => ({ path }));
  await stageFiles(opened, [...files, notUtf8], signal);
  expect(repository.git('diff', '--name-only')).toBe('other');
  expect(repository.git('status', '--porcelain', 'new', 'link', 'gone', 'tool').split('\n').sort()).toEqual([
    'A  link',
    'A  new',
    'D  gone',
    'M  tool',
  ]);
  await unstageFiles(opened, [...files, notUtf8], signal);
  expect(repository.git('diff', '--cached', '--name-only')).toBe('');
  await stageFiles(opened, undefined, signal);
  expect(repository.git('diff', '--name-only')).toBe('');
  expect(repository.git('ls-files', 'other', 'new')).toBe('new\nother');
  await unstageFiles(opened, undefined, signal);
  expect(repository.git('diff', '--cached', '--name-only')).toBe('');
});

test('what is unstaged is not said to have failed because another git took the index right after', async () => {
  const repository = create();
  repository.write('a', 'one\n');
  repository.commit('First');
  repository.write('a', 'two\n');
  repository.git('add', 'a');
  repository.write('a', 'one\n');
  const opened = await open(repository.root);
  repository.write('.git/hooks/post-index-change', '#!/bin/sh\n: > .git/index.lock\n');
  chmodSync(repository.path('.git/hooks/post-index-change'), 0o755);
  await unstageFiles(opened, [{ path: 'a' }], signal);
  rmSync(repository.path('.git/index.lock'));
  expect(repository.git('diff', '--cached', '--name-only')).toBe('');
});

test('thousands of files, a folder, a repository without commits', async () => {
  const repository = create();
  for (let at = 0; at < 3000; at++) repository.write(`many/f${at}`, `${at}`);
  repository.write('one', '1');
  const opened = await open(repository.root);
  await stageFiles(
    opened,
    Array.from({ length: 2999 }, (_, at) => ({ path: `many/f${at}` })),
    signal,
  );
  expect(repository.git('ls-files').split('\n')).toHaveLength(2999);
  await unstageFiles(opened, [{ path: 'many' }], signal);
  expect(repository.git('ls-files')).toBe('');
  await stageFiles(opened, [{ path: 'many' }, { path: 'one' }], signal);
  expect(repository.git('ls-files').split('\n')).toHaveLength(3001);
  await unstageFiles(opened, undefined, signal);
  expect(repository.git('ls-files')).toBe('');
});

test('a folder that was deleted, a name that is nowhere, an ignored file', async () => {
  const repository = create();
  for (const name of ['folder/a', 'folder/b/c', 'folders', 'x']) repository.write(name, '1');
  repository.commit('First');
  rmSync(repository.path('folder'), { recursive: true });
  repository.write('.git/info/exclude', 'ignored\n');
  repository.write('ignored', '1');
  const opened = await open(repository.root);
  const stage = (name: string) => stageFiles(opened, [{ path: name }], signal).catch((error) => error);
  expect(await stage('folder')).toBeUndefined();
  expect(repository.git('ls-files').split('\n')).toEqual(['folders', 'x']);
  expect(await stage('nowhere')).toMatchObject({ reason: 'not-found' });
  expect(await stage('ignored')).toMatchObject({ reason: 'precondition', message: 'ignored is ignored.' });
  expect(repository.git('ls-files', 'ignored')).toBe('');
});

test('a conflict is resolved by staging; unstaging it takes what HEAD has', async () => {
  const repository = create();
  repository.write('a', 'base\n');
  repository.commit('Base');
  repository.git('switch', '-qc', 'topic');
  repository.write('a', 'topic\n');
  repository.commit('Topic');
  repository.git('switch', '-q', 'main');
  repository.write('a', 'main\n');
  repository.commit('Main');
  repository.tryGit(['merge', 'topic']);
  const opened = await open(repository.root);
  await unstageFiles(opened, [{ path: 'a' }], signal);
  expect(repository.git('ls-files', '--stage')).toBe(repository.git('ls-tree', 'HEAD').replace(' blob', '').replace('\t', ' 0\t'));
  repository.git('reset', '-q', '--hard');
  repository.tryGit(['merge', 'topic']);
  repository.write('a', 'both\n');
  await stageFiles(opened, [{ path: 'a' }], signal);
  expect(repository.git('ls-files', '-u')).toBe('');
  expect(repository.git('show', ':a')).toBe('both');
});

test('promises (intent to add), a file that became a folder and the other way round', async () => {
  const repository = create();
  repository.write('file', 'x');
  repository.write('folder/inner', 'x');
  repository.commit('First');
  repository.write('promised', 'text\n');
  repository.git('add', '-N', 'promised');
  unlinkSync(repository.path('file'));
  repository.write('file/inner', 'y');
  rmSync(repository.path('folder'), { recursive: true });
  repository.write('folder', 'y');
  const opened = await open(repository.root);
  await stageFiles(
    opened,
    ['promised', 'file', 'file/inner', 'folder'].map((path) => ({ path })),
    signal,
  );
  expect(repository.git('ls-files').split('\n')).toEqual(['file/inner', 'folder', 'promised']);
  expect(repository.git('diff', '--name-only')).toBe('');
  repository.git('reset', '-q');
  repository.git('add', '-N', 'promised');
  await unstageFiles(opened, [{ path: 'promised' }], signal);
  expect(repository.git('ls-files', 'promised')).toBe('');
});

test('discard: changed, deleted, untracked and promised files; undo brings all back', async () => {
  const repository = create();
  for (const name of [...odd, 'gone', 'folder/inner', 'kept']) repository.write(name, 'one\n');
  repository.commit('First');
  for (const name of odd) repository.write(name, 'two\n');
  repository.writeBytes(Buffer.from([0x66, 0xff]), 'untracked\n');
  unlinkSync(repository.path('gone'));
  repository.write('staged', 'staged\n');
  repository.git('add', 'staged');
  repository.write('staged', 'and changed\n');
  repository.write('new/deep', 'new\n');
  repository.write('large', Buffer.alloc(10_000_001, 7));
  repository.write('promised', 'promised\n');
  repository.git('add', '-N', 'promised');
  repository.write('kept', 'kept\n');
  const opened = await open(repository.root);
  const before = seen(repository);
  const files = [...odd, 'gone', 'staged', 'new/deep', 'promised', 'large'].map((path) => ({ path }));
  const { undo } = await discardFiles(opened, [...files, notUtf8], 'test', signal);
  expect(status(repository)).toEqual([' M kept', 'A  staged']);
  expect(readFileSync(repository.path('staged'), 'utf8')).toBe('staged\n');
  expect(existsSync(repository.path('new'))).toBe(false);
  await undoAction(opened, undo, 'test', signal);
  expect(seen(repository)).toEqual(before);
});

test('discard refuses what could not be brought back, and then changes nothing', async () => {
  const repository = create();
  repository.write('a', 'one\n');
  repository.write('folder/inner', 'one\n');
  repository.commit('First');
  repository.write('a', 'two\n');
  repository.write('.env', 'TOKEN=x');
  rmSync(repository.path('folder'), { recursive: true });
  repository.write('folder', 'untracked file in the way');
  const opened = await open(repository.root);
  const before = filesOf(repository.root);
  for (const name of ['.env', 'folder/inner', 'never there']) {
    const refused = await discardFiles(opened, [{ path: 'a' }, { path: name }], 'test', signal).catch((error) => error);
    expect({ name, reason: refused.reason }).toEqual({ name, reason: name === 'never there' ? 'not-found' : 'precondition' });
  }
  expect(filesOf(repository.root)).toEqual(before);
  expect(repository.git('for-each-ref', 'refs/hearth')).toBe('');
});

test('what git does not look at is recorded all the same before it is discarded', async () => {
  const repository = create();
  repository.write('assumed', 'one\n');
  repository.write('strip', 'kept\n');
  repository.write('.gitattributes', 'strip filter=strip\n');
  repository.git('config', 'filter.strip.clean', 'grep -v OUT');
  repository.git('config', 'filter.strip.smudge', 'cat');
  repository.git('config', 'core.autocrlf', 'input');
  repository.write('ends', 'one\ntwo\n');
  repository.commit('First');
  repository.write('.git/info/exclude', 'ignored\n');
  repository.write('ignored', 'ignored\n');
  repository.git('update-index', '--assume-unchanged', 'assumed');
  repository.write('assumed', 'changed all the same\n');
  repository.write('strip', 'kept\nOUT put\n');
  repository.write('ends', 'one\r\ntwo\r\n');
  repository.write('private', 'mine\n');
  chmodSync(repository.path('private'), 0o600);
  const opened = await open(repository.root);
  const before = filesOf(repository.root);
  const files = ['assumed', 'strip', 'ends', 'ignored', 'private'].map((path) => ({ path }));
  const { undo } = await discardFiles(opened, files, 'test', signal);
  const after = filesOf(repository.root);
  expect(Object.keys(after)).toEqual(['.gitattributes', 'assumed', 'ends', 'strip']);
  expect(after['strip']).toBe('file kept\n');
  await undoAction(opened, undo, 'test', signal);
  expect(filesOf(repository.root)).toEqual(before);
  expect(statSync(repository.path('private')).mode & 0o777).toBe(0o600);
  await redoAction(opened, undo, 'test', signal);
  expect(filesOf(repository.root)).toEqual(after);
  await undoAction(opened, undo, 'test', signal);
  expect(filesOf(repository.root)).toEqual(before);
});

test('an edit in the same moment as the staging is not lost', async () => {
  const repository = create();
  repository.write('f', 'aaaa\n');
  repository.commit('First');
  const opened = await open(repository.root);
  repository.write('f', 'bbbb\n');
  repository.git('add', 'f');
  repository.write('f', 'cccc\n');
  // Git sees no difference in size; only that both are of one second tells it to look.
  const now = Math.floor(Date.now() / 1000);
  utimesSync(repository.path('f'), now, now);
  repository.git('update-index', '--cacheinfo', `100644,${repository.git('rev-parse', ':f')},f`);
  const before = seen(repository);
  const { undo } = await recorded(opened, { kind: 'commit', label: 'x', actor: 'test' }, signal, () =>
    commitIndex(opened, { message: 'b', amend: false, all: false, signal }),
  );
  await undoAction(opened, undo, 'test', signal);
  expect(seen(repository)).toEqual(before);
});

test('paths that lead out of the work tree, into git or into another repository are refused', async () => {
  const repository = create();
  repository.write('a', 'one\n');
  repository.commit('First');
  repository.write('nested/file', 'x');
  repository.gitBytes(['init', '-q', 'nested']);
  const outside = `${repository.root}-outside`;
  writeFileSync(outside, 'x');
  const opened = await open(repository.root);
  const discard = (name: string) =>
    discardFiles(opened, [{ pathBytes: Buffer.from(name).toString('base64') }], 'test', signal).catch((error) => error);
  for (const name of [`../${path.basename(outside)}`, '.git/config', '.GIT/config', 'a/../a', '/etc/passwd', '', 'a//b', './a']) {
    expect({ name, reason: (await discard(name)).reason }).toEqual({ name, reason: 'invalid' });
  }
  expect(await discard('nested/file')).toMatchObject({ reason: 'precondition', message: 'nested is a repository of its own.' });
  expect([existsSync(outside), existsSync(repository.path('.git/config')), existsSync(repository.path('nested/file'))]).toEqual([
    true,
    true,
    true,
  ]);
  rmSync(outside);
});

test('one of several hunks of a large file is discarded and comes back', async () => {
  const repository = create();
  const large = (edit: Record<number, string>) =>
    Array.from({ length: 200_000 }, (_, at) => edit[at] ?? `line ${at} ${'x'.repeat(50)}`).join('\n');
  repository.write('big', large({}));
  repository.commit('First');
  repository.write('big', large({ 10: 'ten', 100000: 'middle' }));
  const opened = await open(repository.root);
  const shown = await hunksOf(opened, 'big');
  const { undo } = await applyHunks(opened, { action: 'discard', file: { path: 'big' }, hunks: [shown[0] as string] }, 'test', signal);
  expect(readFileSync(repository.path('big'), 'utf8') === large({ 100000: 'middle' })).toBe(true);
  await undoAction(opened, undo, 'test', signal);
  expect(readFileSync(repository.path('big'), 'utf8') === large({ 10: 'ten', 100000: 'middle' })).toBe(true);
});

async function hunksOf(opened: Opened, path: string, cached = false): Promise<string[]> {
  const sides = cached
    ? ({ from: { kind: 'commit', revision: 'HEAD' }, to: { kind: 'index' } } as const)
    : ({ from: { kind: 'index' }, to: { kind: 'worktree' } } as const);
  const shown = await diffFile(opened, { ...sides, file: { path }, limit: 0, options }, signal);
  if (shown.kind !== 'text') throw new Error(`${path} is ${shown.kind}`);
  return shown.patch.split(/^(?=@@ )/m).slice(1);
}

test('single hunks: stage, unstage, discard; repeated text does not mislead', async () => {
  const repository = create();
  // The same change three times: only the numbers tell hunks apart.
  const base = { 10: 'x', 30: 'x', 50: 'x' };
  const same = (edit: Record<number, string>) =>
    Array.from({ length: 60 }, (_, at) => edit[at + 1] ?? 'same')
      .join('\n')
      .concat('\n');
  repository.write('a b.txt', same(base));
  repository.commit('First');
  const edits = { 10: 'y\nmore\nlines', 30: 'y\nmore\nlines', 50: 'y\nmore\nlines' };
  repository.write('a b.txt', same(edits));
  const opened = await open(repository.root);
  const shown = await hunksOf(opened, 'a b.txt');
  expect(shown).toHaveLength(3);
  const file = { path: 'a b.txt' };
  const staged = () => repository.gitBytes(['show', ':a b.txt']).toString();
  await applyHunks(opened, { action: 'stage', file, hunks: [shown[1] as string] }, 'test', signal);
  expect(staged()).toBe(same({ ...base, 30: edits[30] }));
  // It is staged already: what was shown is not there any more.
  const state = seen(repository);
  const stale = await applyHunks(opened, { action: 'stage', file, hunks: [shown[1] as string] }, 'test', signal).catch((error) => error);
  expect(stale).toMatchObject({ reason: 'conflict', message: 'a b.txt has changed since it was shown.' });
  expect(seen(repository)).toEqual(state);
  await applyHunks(opened, { action: 'stage', file, hunks: [...(await hunksOf(opened, 'a b.txt'))].reverse() }, 'test', signal);
  expect(staged()).toBe(same(edits));
  const cached = await hunksOf(opened, 'a b.txt', true);
  await applyHunks(opened, { action: 'unstage', file, hunks: [cached[0] as string, cached[2] as string] }, 'test', signal);
  expect(staged()).toBe(same({ ...base, 30: edits[30] }));
  const left = await hunksOf(opened, 'a b.txt');
  const { undo } = await applyHunks(opened, { action: 'discard', file, hunks: [left[1] as string] }, 'test', signal);
  expect(readFileSync(repository.path('a b.txt'), 'utf8')).toBe(same({ ...edits, 50: base[50] }));
  await undoAction(opened, undo, 'test', signal);
  expect(readFileSync(repository.path('a b.txt'), 'utf8')).toBe(same(edits));
});

test('hunks of new, deleted and renamed files, other line ends, no newline, lines that look like a patch', async () => {
  const repository = create();
  repository.write('old name.txt', lines(40));
  repository.write('gone.txt', lines(5));
  repository.write('crlf.txt', lines(30).replaceAll('\n', '\r\n'));
  repository.write('end.txt', lines(30).slice(0, -1));
  repository.write('latin.txt', Buffer.from('caf\xe9\nzwei\n', 'latin1'));
  repository.write('patch.txt', '-- a/x\n++ b/y\n@@ -1 +1 @@\ndiff --git a/x b/x\n');
  repository.write('tool.sh', lines(30));
  repository.commit('First');
  const opened = await open(repository.root);
  const apply = async (action: 'stage' | 'unstage' | 'discard', path: string, pick?: number) => {
    const shown = await hunksOf(opened, path, action === 'unstage');
    return applyHunks(opened, { action, file: { path }, hunks: pick === undefined ? shown : [shown[pick] as string] }, 'test', signal);
  };
  const staged = (path: string) => repository.gitBytes(['show', `:${path}`]).toString('latin1');

  repository.git('mv', 'old name.txt', 'new name.txt');
  repository.write('new name.txt', lines(40, { 3: 'three', 33: 'drei' }));
  repository.git('add', 'new name.txt');
  const renamed = await diffFile(
    opened,
    {
      from: { kind: 'commit', revision: 'HEAD' },
      to: { kind: 'index' },
      file: { path: 'new name.txt' },
      oldFile: { path: 'old name.txt' },
      limit: 0,
      options,
    },
    signal,
  );
  const hunks = renamed.kind === 'text' ? renamed.patch.split(/^(?=@@ )/m).slice(1) : [];
  expect(hunks).toHaveLength(2);
  await applyHunks(opened, { action: 'unstage', file: { path: 'new name.txt' }, hunks: [hunks[1] as string] }, 'test', signal);
  expect(staged('new name.txt')).toBe(lines(40, { 3: 'three' }));
  expect(repository.git('ls-files', 'old name.txt')).toBe('');

  unlinkSync(repository.path('gone.txt'));
  await apply('stage', 'gone.txt');
  expect(repository.git('ls-files', 'gone.txt')).toBe('');
  await apply('unstage', 'gone.txt');
  expect(staged('gone.txt')).toBe(lines(5));
  await apply('discard', 'gone.txt');
  expect(readFileSync(repository.path('gone.txt'), 'utf8')).toBe(lines(5));

  repository.write('promised.txt', 'new\n');
  repository.git('add', '-N', 'promised.txt');
  await apply('stage', 'promised.txt');
  expect(staged('promised.txt')).toBe('new\n');
  await apply('unstage', 'promised.txt');
  expect(repository.git('ls-files', 'promised.txt')).toBe('');

  const crlf = (edit: Record<number, string>) => lines(30, edit).replaceAll('\n', '\r\n');
  repository.write('crlf.txt', crlf({ 2: 'two', 25: 'x' }));
  await apply('stage', 'crlf.txt', 1);
  expect(staged('crlf.txt')).toBe(crlf({ 25: 'x' }));
  await apply('discard', 'crlf.txt', 0);
  expect(readFileSync(repository.path('crlf.txt'), 'utf8')).toBe(crlf({ 25: 'x' }));

  repository.write('end.txt', `${lines(30, { 1: 'one' })}more`);
  await apply('stage', 'end.txt', 1);
  expect(staged('end.txt')).toBe(`${lines(30)}more`);

  repository.write('latin.txt', Buffer.from('caf\xe9\ndrei \xe9\n', 'latin1'));
  await apply('stage', 'latin.txt');
  expect(staged('latin.txt')).toBe('caf\xe9\ndrei \xe9\n');

  repository.write('patch.txt', '++ b/y\n@@ -1 +1 @@\n-- c\ndiff --git a/x b/x\n');
  await apply('stage', 'patch.txt');
  expect(repository.git('diff', '--name-only', 'patch.txt')).toBe('');

  // The mode is not part of a hunk.
  repository.write('tool.sh', lines(30, { 2: 'two' }));
  chmodSync(repository.path('tool.sh'), 0o755);
  await apply('stage', 'tool.sh');
  expect(repository.git('diff', '--raw', '--abbrev=4', 'tool.sh')).toMatch(/^:100644 100755 /);
});

test('hunks under filters of line ends, and before the first commit', async () => {
  const repository = create();
  repository.write('.gitattributes', '*.txt text eol=crlf\n');
  repository.write('a.txt', lines(30).replaceAll('\n', '\r\n'));
  repository.git('add', '.');
  const opened = await open(repository.root);
  const crlf = (edit: Record<number, string>) => lines(30, edit).replaceAll('\n', '\r\n');
  repository.write('a.txt', crlf({ 2: 'two', 25: 'x' }));
  const shown = await hunksOf(opened, 'a.txt');
  await applyHunks(opened, { action: 'stage', file: { path: 'a.txt' }, hunks: [shown[0] as string] }, 'test', signal);
  expect(repository.gitBytes(['show', ':a.txt']).toString()).toBe(lines(30, { 2: 'two' }));
  const left = await hunksOf(opened, 'a.txt');
  await applyHunks(opened, { action: 'discard', file: { path: 'a.txt' }, hunks: left }, 'test', signal);
  expect(readFileSync(repository.path('a.txt'), 'utf8')).toBe(crlf({ 2: 'two' }));
});

test('a submodule: staged as the commit it is at, not discarded', async () => {
  const inner = create();
  inner.write('x', '1');
  inner.commit('Inner');
  const repository = create();
  repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.root, 'module');
  repository.commit('With a module');
  writeFileSync(repository.path('module/x'), '2');
  repository.gitBytes(['-C', 'module', 'commit', '--quiet', '-am', 'Inner 2']);
  const opened = await open(repository.root);
  const id = repository.git('-C', 'module', 'rev-parse', 'HEAD');
  await stageFiles(opened, [{ path: 'module' }], signal);
  expect(repository.git('ls-files', '-s', 'module')).toContain(id);
  await unstageFiles(opened, [{ path: 'module' }], signal);
  expect(repository.git('ls-files', '-s', 'module')).not.toContain(id);
  const refused = await discardFiles(opened, [{ path: 'module' }], 'test', signal).catch((error) => error);
  expect(refused).toMatchObject({ reason: 'precondition', message: 'module is a submodule.' });
  mkdirSync(repository.path('empty'));
  expect(repository.git('-C', 'module', 'rev-parse', 'HEAD')).toBe(id);
});
