// A stash made with untracked files shows them: listed, one by one, exported.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diffExport, diffFile, diffList } from '../../../server/protocol/git.ts';
import type { Side } from '../../../server/protocol/gitTypes.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { commit, type Handlers, openHandlers, stash, worktree } from './diffSupport.ts';

let handlers: Handlers;
let repository: Repository;
beforeAll(() => {
  handlers = openHandlers();
  repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.write('later.txt', 'was committed\n');
  repository.commit('First');
  repository.remove('later.txt');
  repository.commit('Second');
  repository.write('a.txt', 'two\n');
  repository.write('new "file".txt', 'new\nfile\n');
  repository.write('later.txt', 'untracked\n');
  repository.write('bin', Buffer.from([0, 1, 2]));
  repository.git('stash', 'push', '--quiet', '--include-untracked');
  repository.write('a.txt', 'three\n');
  repository.git('stash', 'push', '--quiet');
});
afterAll(() => {
  handlers.dispose();
  repository.dispose();
});

const list = async (from: Side, to: Side, options: object = {}) => {
  const { files = [], totals } = await handlers.send(diffList, { repository: repository.root, from, to, options });
  expect(totals.files).toBe(files.length);
  return files.map(({ status, path, additions, deletions }) => [status, path, additions, deletions]);
};
const untracked = [
  ['added', 'bin', 0, 0],
  ['added', 'later.txt', 1, 0],
  ['added', 'new "file".txt', 2, 0],
];

test('listed against what the stash was made from, another commit, the working tree, another stash', async () => {
  expect(await list(commit('HEAD'), stash(1))).toEqual([['modified', 'a.txt', 1, 1], ...untracked]);
  expect(await list(stash(1), worktree)).toEqual([
    ['modified', 'a.txt', 1, 1],
    ['deleted', 'bin', 0, 0],
    ['deleted', 'later.txt', 0, 1],
    ['deleted', 'new "file".txt', 0, 2],
  ]);
  expect(await list(stash(0), stash(1))).toEqual([['modified', 'a.txt', 1, 1], ...untracked]);
  // Where the other side has a tracked file of that name, that is told, once.
  expect((await list(commit('HEAD~1'), stash(1))).map(([, path]) => path)).toEqual(['a.txt', 'later.txt', 'bin', 'new "file".txt']);
  expect(await list(commit('HEAD'), stash(1), { untracked: false })).toEqual([['modified', 'a.txt', 1, 1]]);
  expect(await list(commit('HEAD'), stash(0))).toEqual([['modified', 'a.txt', 1, 1]]);
});

test('shown one by one, text and binary', async () => {
  const sides = { repository: repository.root, from: commit('HEAD'), to: stash(1) };
  const text = await handlers.send(diffFile, { ...sides, file: { path: 'new "file".txt' } });
  expect(text).toMatchObject({ kind: 'text', patch: expect.stringContaining('\n+new\n+file\n') });
  expect(await handlers.send(diffFile, { ...sides, file: { path: 'bin' } })).toEqual({ kind: 'binary', oldSize: 0, newSize: 3 });
  expect(await handlers.send(diffFile, { ...sides, file: { path: 'nowhere' } })).toEqual({ kind: 'unchanged' });
});

test('exported: the patch applies and gives what the stash holds; documents have each file', async () => {
  const exported = async (format: 'patch' | 'json' | 'html' | 'md') => {
    const { chunks = [] } = await handlers.send(diffExport, { repository: repository.root, from: commit('HEAD'), to: stash(1), format });
    return Buffer.concat(chunks.map((chunk) => Buffer.from(chunk, 'base64')));
  };
  repository.gitBytes(['apply', '-'], { input: await exported('patch') });
  expect(repository.git('ls-files', '--others', '-z').split('\0').sort()).toEqual(['', 'bin', 'later.txt', 'new "file".txt']);
  expect(repository.git('diff', '--name-only', 'stash@{1}', '--', 'a.txt')).toBe('');
  const { files } = JSON.parse((await exported('json')).toString()) as { files: { path: string; hunks: { lines: string[] }[] }[] };
  expect(files.map(({ path, hunks }) => [path, hunks.flatMap(({ lines }) => lines)])).toEqual([
    ['a.txt', ['-one', '+two']],
    ['bin', []],
    ['later.txt', ['+untracked']],
    ['new "file".txt', ['+new', '+file']],
  ]);
  expect((await exported('html')).toString()).toMatch(/<td>2<td>file\b/);
});
