import { mkdirSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import {
  linkedWorktree,
  nestedRepository,
  sha256Repository,
  shallowClone,
  submodule,
  unbornHead,
} from '../../support/repositories/hostile.ts';
import { createRepository, temporaryFolder } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const discover = (path: string) => server.send(git.discover, { path });

describe('git/discover', () => {
  test('of a file, a folder, a deleted file, a file in a folder that is gone', async () => {
    using repository = createRepository();
    repository.write('src/deep/a.txt', 'one\n');
    const id = repository.commit('One');
    const cases: Record<string, string> = {
      '': '',
      src: 'src',
      'src/deep/a.txt': 'src/deep/a.txt',
      'src/gone.txt': 'src/gone.txt',
      'no/such/folder/x': 'no/such/folder/x',
    };
    for (const [asked, inside] of Object.entries(cases)) {
      const found = await discover(repository.path(asked));
      expect(found.path, asked).toBe(inside);
      expect(found.repository).toMatchObject({
        root: repository.root,
        kind: 'main',
        objectFormat: 'sha1',
        refFormat: 'files',
        head: { state: 'branch', branch: 'main', commit: id },
      });
    }
  });

  test('through a link to the repository and to a folder in it: one root; a link inside is a file', async () => {
    using repository = createRepository();
    repository.write('folder/a.txt', 'one\n');
    repository.commit('One');
    const outside = repository.attach(temporaryFolder('links'));
    symlinkSync(repository.root, `${outside}/link`);
    expect(await discover(`${outside}/link`)).toMatchObject({ repository: { root: repository.root }, path: '' });
    expect(await discover(`${outside}/link/folder/a.txt`)).toMatchObject({ repository: { root: repository.root }, path: 'folder/a.txt' });
    symlinkSync('folder', repository.path('inside'));
    expect(await discover(repository.path('inside'))).toMatchObject({ path: 'inside' });
  });

  test('linked worktree: own root and HEAD, shared identity', async () => {
    using state = linkedWorktree();
    const linked = (await discover(state.root)).repository;
    const main = (await discover(state.repository.root)).repository;
    expect(linked).toMatchObject({ root: state.root, kind: linked.root === main.root ? 'main' : 'linked' });
    expect(linked.commonDir).toBe(main.commonDir);
  });

  test('nested repository and submodule belong to themselves', async () => {
    using nested = nestedRepository();
    expect((await discover(nested.root)).repository.root).toBe(nested.root);
    using state = submodule();
    const { repository } = await discover(state.root);
    expect(['main', 'submodule']).toContain(repository.kind);
  });

  test('SHA-256, shallow, unborn, with an operation in progress', async () => {
    using sha256 = sha256Repository();
    const { repository } = await discover(sha256.root);
    expect(repository.objectFormat).toBe('sha256');
    expect(repository.head.commit).toMatch(/^[0-9a-f]{64}$/);
    expect((await server.send(git.log, { repository: repository.root })).commits?.[0]?.id).toBe(repository.head.commit);
    using shallow = shallowClone();
    expect((await discover(shallow.root)).repository.shallow).toBe(true);
    using unborn = unbornHead();
    expect((await discover(unborn.root)).repository.head).toEqual({ state: 'unborn', branch: 'main' });
    using busy = createRepository();
    busy.write('a.txt', 'one\n');
    busy.commit('One');
    busy.git('bisect', 'start');
    expect((await discover(busy.root)).repository.operation).toBe('bisect');
  });

  test('a path with a newline, a space and quotes', async () => {
    const folder = temporaryFolder('odd');
    const root = `${folder}/new\nline "quoted" and space`;
    mkdirSync(root);
    using repository = createRepository({ root });
    repository.attach(folder);
    repository.write('a.txt', 'one\n');
    repository.commit('One');
    expect(await discover(`${root}/a.txt`)).toMatchObject({
      repository: { root, gitDir: `${root}/.git`, commonDir: `${root}/.git` },
      path: 'a.txt',
    });
    expect((await server.send(git.log, { repository: root })).commits).toHaveLength(1);
  });

  test('inside .git is no work tree', async () => {
    using repository = createRepository();
    await expect(discover(repository.path('.git'))).rejects.toMatchObject({ data: { reason: 'not-found' } });
  });
});

test('a git that is missing or too old is named, and found again when it is there', async () => {
  const missing = await startServer({ gitPath: '/no/such/git' });
  await expect(missing.send(git.discover, { path: '/' })).rejects.toMatchObject({ data: { reason: 'git-missing' } });
  await missing.close();
  const folder = temporaryFolder('old-git');
  const { chmodSync, rmSync, writeFileSync } = await import('node:fs');
  writeFileSync(`${folder}/git`, '#!/bin/sh\necho git version 2.30.1\n');
  chmodSync(`${folder}/git`, 0o755);
  const old = await startServer({ gitPath: `${folder}/git` });
  await expect(old.send(git.discover, { path: '/' })).rejects.toMatchObject({
    data: { reason: 'git-too-old' },
    message: expect.stringContaining('2.38'),
  });
  writeFileSync(`${folder}/git`, '#!/bin/sh\nexec git "$@"\n');
  using repository = createRepository();
  expect((await old.send(git.discover, { path: repository.root })).repository.root).toBe(repository.root);
  await old.close();
  rmSync(folder, { recursive: true });
});
