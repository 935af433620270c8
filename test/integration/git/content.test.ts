import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import type { FileRef, Side } from '../../../server/protocol/gitTypes.ts';
import { submodule, unmergedIndex } from '../../support/repositories/hostile.ts';
import * as names from '../../support/repositories/hostileNames.ts';
import { createRepository, type Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const at = (revision: string): Side => ({ kind: 'commit', revision });
const worktree: Side = { kind: 'worktree' };
const index: Side = { kind: 'index' };

function reader(repository: Repository) {
  return (side: Side, path: string | FileRef, more: { stage?: 1 | 2 | 3; encoding?: 'text' | 'base64' } = {}) =>
    server.send(git.content, { repository: repository.root, side, file: typeof path === 'string' ? { path } : path, ...more });
}

describe('git/content', () => {
  test('every side', async () => {
    using repository = createRepository();
    const read = reader(repository);
    const write = (text: string) => repository.write('a.txt', text);
    write('base\n');
    repository.commit('Base');
    repository.git('checkout', '--quiet', '-b', 'topic');
    write('topic\n');
    repository.commit('Topic');
    repository.git('checkout', '--quiet', 'main');
    write('main\n');
    repository.commit('Main');
    write('stashed\n');
    repository.write('untracked.txt', 'untracked\n');
    repository.git('stash', 'push', '--quiet', '--include-untracked');
    write('staged\n');
    repository.git('add', 'a.txt');
    write('on disk\n');
    const text = async (side: Side, path = 'a.txt') => {
      const content = await read(side, path);
      return content.kind === 'text' ? content.text : content.kind;
    };
    expect(await text(at('topic'))).toBe('topic\n');
    expect(await text(at('HEAD~1'))).toBe('base\n');
    expect(await text(index)).toBe('staged\n');
    expect(await text(worktree)).toBe('on disk\n');
    expect(await text({ kind: 'stash', index: 0 })).toBe('stashed\n');
    expect(await text({ kind: 'stash', index: 0 }, 'untracked.txt')).toBe('untracked\n');
    expect(await text({ kind: 'mergeBase', a: 'main', b: 'topic' })).toBe('base\n');
    expect(await text({ kind: 'empty' })).toBe('absent');
    for (const side of [at('HEAD'), index, worktree]) expect(await text(side, 'nowhere.txt')).toBe('absent');
    await expect(read(at('nowhere'), 'a.txt')).rejects.toMatchObject({ data: { reason: 'not-found' } });
    await expect(read({ kind: 'stash', index: 9 }, 'a.txt')).rejects.toMatchObject({ data: { reason: 'not-found' } });
    // The index is read anew each time.
    write('staged again\n');
    repository.git('add', 'a.txt');
    expect(await text(index)).toBe('staged again\n');
  });

  test('stages of a conflict', async () => {
    using state = unmergedIndex();
    const read = reader(state.repository);
    const stages = await Promise.all(([1, 2, 3] as const).map((stage) => read(index, 'a.txt', { stage })));
    expect(stages.map((content) => content.kind)).toEqual(['text', 'text', 'text']);
    const expected = [1, 2, 3].map((stage) => state.repository.gitBytes(['cat-file', 'blob', `:${stage}:a.txt`]).toString());
    expect(stages.map((content) => content.kind === 'text' && content.text)).toEqual(expected);
    expect(await read(index, 'a.txt')).toEqual(stages[1]);
  });

  test('text by its byte-order mark; binary as git sees it; base64 exactly', async () => {
    const { repository } = names.oddContents();
    const read = reader(repository);
    expect(await read(at('HEAD'), 'utf16le.txt')).toMatchObject({ kind: 'text', text: 'a\nb\nc\n' });
    expect(await read(at('HEAD'), 'bom.txt')).toMatchObject({ kind: 'text', text: 'a\nb\nc\n', size: 9 });
    expect(await read(at('HEAD'), 'crlf.txt')).toMatchObject({ kind: 'text', text: 'a\r\nb2\r\nc\r\n' });
    expect(await read(at('HEAD'), 'empty.txt')).toMatchObject({ kind: 'text', text: '', size: 0 });
    expect(await read(at('HEAD'), 'latin1.txt')).toMatchObject({ kind: 'text', text: 'caf\ufffd\nna\ufffdve\n' });
    expect(await read(at('HEAD'), 'binary.bin')).toMatchObject({ kind: 'binary', size: 5 });
    expect(await read(at('HEAD'), 'late-nul.txt')).toMatchObject({ kind: 'text' });
    for (const path of ['binary.bin', 'utf16le.txt', 'latin1.txt', 'late-nul.txt']) {
      const content = await read(at('HEAD'), path, { encoding: 'base64' });
      expect(content.kind === 'base64' && Buffer.from(content.base64, 'base64'), path).toEqual(
        repository.gitBytes(['cat-file', 'blob', `HEAD:${path}`]),
      );
    }
    repository.dispose();
  });

  test('a link is its target, a folder is absent, a submodule its commit', async () => {
    const { repository } = names.symbolicLinks();
    const read = reader(repository);
    for (const side of [at('HEAD'), index, worktree]) {
      expect(await read(side, 'to-file')).toMatchObject({ kind: 'text', text: 'target.txt' });
      expect(await read(side, 'outside')).toMatchObject({ kind: 'text', text: '/etc/hostname' });
      expect(await read(side, 'folder')).toEqual({ kind: 'absent' });
      expect(await read(side, 'to-folder/inside.txt'), 'through a link').toEqual({ kind: 'absent' });
    }
    repository.dispose();
    using state = submodule();
    const entry = state.repository.git('ls-files', '--stage').match(/^160000 ([0-9a-f]+) 0\t(.*)$/m);
    for (const side of [at('HEAD'), index, worktree])
      expect((await reader(state.repository)(side, entry?.[2] ?? '')).kind).toBe('submodule');
    expect(await reader(state.repository)(index, entry?.[2] ?? '')).toEqual({ kind: 'submodule', id: entry?.[1] });
  });

  test('the work tree is never left', async () => {
    using repository = createRepository();
    const read = reader(repository);
    const outside = repository.attach(temporaryFolder('outside'));
    writeFileSync(`${outside}/secret.txt`, 'secret\n');
    repository.write('a.txt', 'one\n');
    repository.commit('One');
    symlinkSync(outside, repository.path('linked'));
    mkdirSync(repository.path('folder'));
    symlinkSync(`${outside}/secret.txt`, repository.path('folder/secret.txt'));
    expect(await read(worktree, 'linked/secret.txt')).toEqual({ kind: 'absent' });
    expect(await read(worktree, 'folder/secret.txt')).toMatchObject({ kind: 'text', text: `${outside}/secret.txt` });
    expect(await read(worktree, '.git/config')).toEqual({ kind: 'absent' });
    expect(await read(worktree, '.GIT/config')).toEqual({ kind: 'absent' });
    for (const path of ['../x', 'folder/../../x', '/etc/hostname']) {
      await expect(read(worktree, path), path).rejects.toMatchObject({ data: { reason: 'invalid' } });
    }
    await expect(read(worktree, 'a\0b')).rejects.toMatchObject({ data: { reason: 'invalid' } });
    // Bytes are decoded after the schema has looked: they must not get around it.
    for (const path of ['../x', 'folder/../../x']) {
      expect((await read(worktree, { pathBytes: Buffer.from(path).toString('base64') })).kind).toBe('absent');
    }
  });

  test('a pipe is not opened', async () => {
    using repository = createRepository();
    repository.write('a.txt', 'one\n');
    repository.commit('One');
    execFileSync('mkfifo', [repository.path('pipe')]);
    expect(await reader(repository)(worktree, 'pipe')).toEqual({ kind: 'absent' });
  });

  test('names that are not UTF-8, on every side', async () => {
    const { repository, names: expected } = names.invalidUtf8Names();
    const read = reader(repository);
    for (const name of expected) {
      const file = { pathBytes: name.toString('base64') };
      for (const side of [at('HEAD'), index, worktree])
        expect(await read(side, file), `${side.kind} ${name.toString('latin1')}`).toMatchObject({ kind: 'text' });
    }
    repository.dispose();
  });

  test('more than 50 MB is too large, from a commit and from the disk', async () => {
    using repository = createRepository();
    repository.write('large.bin', Buffer.alloc(50 * 1024 * 1024 + 1, 'a'));
    repository.commit('Large');
    const read = reader(repository);
    for (const side of [at('HEAD'), index, worktree]) {
      await expect(read(side, 'large.bin'), side.kind).rejects.toMatchObject({ data: { reason: 'too-large' } });
    }
  });
});

describe('git/files', () => {
  test('equals ls-tree, one level and recursive', async () => {
    const { repository } = names.oddNames();
    repository.write('deep/er/file.txt', 'x\n');
    repository.commit('Deep');
    const list = async (more: object) =>
      (await server.send(git.files, { repository: repository.root, ...more })).entries?.map(({ path }) => path);
    const raw = (...args: string[]) =>
      repository
        .git('ls-tree', '-z', '--name-only', ...args)
        .split('\0')
        .filter((name) => name !== '');
    expect(await list({})).toEqual(raw('HEAD'));
    expect(await list({ recursive: true })).toEqual(raw('-r', 'HEAD'));
    expect(await list({ revision: 'HEAD~1', recursive: true })).toEqual(raw('-r', 'HEAD~1'));
    expect(await list({ folder: { path: 'deep' } })).toEqual(['deep/er']);
    expect(await list({ folder: { path: 'deep/' }, recursive: true })).toEqual(['deep/er/file.txt']);
    expect(await list({ folder: { path: 'deep/er/file.txt' } })).toEqual(['deep/er/file.txt']);
    await expect(list({ folder: { path: 'nowhere' } })).rejects.toMatchObject({ data: { reason: 'not-found' } });
    const { entries } = await server.send(git.files, { repository: repository.root, folder: { path: 'deep/er' } });
    expect(entries).toMatchObject([{ kind: 'file', mode: '100644', size: 2, id: repository.git('rev-parse', 'HEAD:deep/er/file.txt') }]);
    repository.dispose();
  });
});
