// Log, history and steps on a generated repository with renames, merges and reverts: git's own answers, for files by seed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import { generatedRepository, listFiles, sample } from '../../support/repositories/generated.ts';
import { Repository } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let repository: Repository;
let files: string[];
beforeAll(async () => {
  server = await startServer();
  const { root } = await generatedRepository({ files: 150, commits: 1500, seed: 7 });
  repository = new Repository(root);
  files = sample(listFiles(root, 'text'), 25, 7);
}, 300_000);
afterAll(() => server.close());

const ids = (rows: readonly { id: string }[] | undefined) => rows?.map(({ id }) => id);
const raw = (...args: string[]) =>
  repository
    .git('--literal-pathspecs', 'log', '--format=%H', ...args)
    .split('\n')
    .filter((line) => line !== '');

test('the whole log, in one piece and in pages', async () => {
  const expected = raw('HEAD', '--');
  const whole: string[] = [];
  await server.send(
    git.log,
    { repository: repository.root, limit: 1_000_000 },
    { onPartial: ({ commits }) => whole.push(...commits.map(({ id }) => id)) },
  );
  expect(whole).toEqual(expected);
  for (const skip of [0, 1, 499, 500, 501, expected.length - 3]) {
    const { commits, more } = await server.send(git.log, { repository: repository.root, limit: 50, skip });
    expect(ids(commits)).toEqual(expected.slice(skip, skip + 50));
    expect(more).toBe(skip + 50 < expected.length);
  }
});

test('histories of files equal git log --follow, and every path holds the file', async () => {
  for (const path of files) {
    const { revisions } = await server.send(git.history, { repository: repository.root, file: { path }, limit: 100_000 });
    expect(ids(revisions), path).toEqual(raw('--follow', 'HEAD', '--', path));
    for (const row of revisions ?? []) {
      if (row.status === 'deleted') continue;
      expect(repository.tryGit(['cat-file', '-e', `${row.id}:${row.path}`]).status, `${row.id}:${row.path}`).toBe(0);
    }
  }
});

test('histories of lines equal git log -L', async () => {
  for (const path of files.slice(0, 8)) {
    const expected = raw('-s', `-L1,2:${path}`, 'HEAD', '--');
    const { revisions } = await server.send(git.history, {
      repository: repository.root,
      file: { path },
      lines: { start: 1, end: 2 },
      limit: 100_000,
    });
    expect(ids(revisions), path).toEqual(expected);
  }
});

test('stepping back from the newest revision never visits one twice, and each step is older', async () => {
  for (const path of files.slice(0, 8)) {
    const seen = new Set<string>();
    let step = await server.send(git.neighbours, { repository: repository.root, file: { path } });
    for (let count = 0; step.previous !== undefined && count < 15; count++) {
      const { id, path: there } = step.previous;
      expect(seen.has(id), `${path} at ${id}`).toBe(false);
      seen.add(id);
      step = await server.send(git.neighbours, { repository: repository.root, file: { path: there }, revision: id });
    }
  }
});

test('show of merges, roots and renames equals git', async () => {
  const merges = sample(raw('--merges', 'HEAD', '--'), 10, 3);
  const others = sample(raw('--no-merges', 'HEAD', '--'), 15, 3);
  for (const id of [...merges, ...others]) {
    const { files: shown, totals } = await server.send(git.show, { repository: repository.root, revision: id });
    const args = ['diff-tree', '-r', '-z', '--root', '-M', '-l1000', '--no-commit-id', '--diff-merges=first-parent'];
    expect(
      shown.map(({ path }) => path),
      id,
    ).toEqual(
      repository
        .git(...args, '--name-only', id)
        .split('\0')
        .filter((name) => name !== ''),
    );
    const counted = repository.git(...args, '--no-renames', '--numstat', id);
    if (shown.every(({ status }) => status !== 'renamed')) {
      const added = [...counted.matchAll(/(?:^|\0)(\d+)\t\d+\t/g)].reduce((sum, match) => sum + Number(match[1]), 0);
      expect(totals.additions, id).toBe(added);
    }
  }
});
