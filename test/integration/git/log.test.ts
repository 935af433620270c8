import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import type { CommitRow } from '../../../server/protocol/gitTypes.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let repository: Repository;
const ids: string[] = [];

beforeAll(async () => {
  server = await startServer();
  repository = createRepository();
  for (let number = 0; number < 12; number++) {
    repository.write('a.txt', `${number}\n`);
    if (number % 3 === 0) repository.write(`odd ${number}\n"x".txt`, `${number}\n`);
    ids.push(repository.commit(`Commit ${number}\n\nBody of ${number}\n`));
  }
  repository.git('tag', '-a', '-m', 'Version', 'v1', ids[3] as string);
  repository.git('branch', 'side,with-comma', ids[5] as string);
  repository.git('update-ref', 'refs/remotes/origin/main', ids[6] as string);
  repository.git('update-ref', 'refs/hearth/oplog/1', ids[0] as string);
  repository.write('a.txt', 'stashed\n');
  repository.git('stash', '--quiet');
});
afterAll(async () => {
  await server.close();
  repository.dispose();
});

const log = (more: object = {}) => server.send(git.log, { repository: repository.root, ...more });

/** What git itself says, field by field. */
function raw(...args: string[]): CommitRow[] {
  const format = '%H%x00%P%x00%aN%x00%aE%x00%at%x00%ct%x00%s%x00%x01';
  const output = repository.git('log', `--format=${format}`, ...args);
  return output
    .split('\x01')
    .filter((each) => each.trim() !== '')
    .map((each) => {
      const [id = '', parents = '', author = '', authorMail = '', authorTime, committerTime, subject = ''] = each.trimStart().split('\0');
      return {
        id,
        parents: parents.split(' ').filter((part) => part !== ''),
        author,
        authorMail,
        authorTime: Number(authorTime),
        committerTime: Number(committerTime),
        subject,
        refs: [],
      };
    });
}

const withoutRefs = (rows: readonly CommitRow[] | undefined) => rows?.map((row) => ({ ...row, refs: [] }));

describe('git/log', () => {
  test('equals git’s own log, field by field', async () => {
    const { commits, more } = await log();
    expect(withoutRefs(commits)).toEqual(raw());
    expect(more).toBe(false);
  });

  test('pages say whether older ones exist', async () => {
    const first = await log({ limit: 5 });
    const second = await log({ limit: 5, skip: 5 });
    const third = await log({ limit: 5, skip: 10 });
    expect([first, second, third].flatMap(({ commits }) => commits?.map(({ id }) => id))).toEqual([...ids].reverse());
    expect([first.more, second.more, third.more]).toEqual([true, true, false]);
    expect((await log({ limit: 12 })).more).toBe(false);
  });

  test('streams: the rows come as partials, in order, and the result holds none', async () => {
    const rows: CommitRow[] = [];
    const result = await server.send(git.log, { repository: repository.root }, { onPartial: ({ commits }) => rows.push(...commits) });
    expect(result).toEqual({ more: false });
    expect(withoutRefs(rows)).toEqual(raw());
  });

  test('decorations are full names', async () => {
    const { commits } = await log();
    const refs = Object.fromEntries(commits?.filter((row) => row.refs.length > 0).map((row) => [ids.indexOf(row.id), row.refs]) ?? []);
    expect(refs).toEqual({
      11: ['HEAD', 'refs/heads/main'],
      6: ['refs/remotes/origin/main'],
      5: ['refs/heads/side,with-comma'],
      3: ['refs/tags/v1'],
    });
  });

  test('all refs, without stashes and what Hearth keeps for itself', async () => {
    repository.git('update-ref', 'refs/heads/other', repository.git('commit-tree', '-m', 'Elsewhere', 'HEAD^{tree}'));
    const { commits } = await log({ all: true });
    expect(commits?.map(({ subject }) => subject).sort()).toEqual(['Elsewhere', ...ids.map((_, number) => `Commit ${number}`)].sort());
    repository.git('branch', '-D', 'other');
  });

  test('paths, also with newlines and quotes', async () => {
    const { commits } = await log({ paths: [{ path: 'odd 3\n"x".txt' }] });
    expect(commits?.map(({ id }) => id)).toEqual([ids[3]]);
    expect((await log({ paths: [{ path: 'no such' }] })).commits).toEqual([]);
  });

  test('ranges', async () => {
    const { commits } = await log({ revision: `v1..side,with-comma` });
    expect(commits?.map(({ id }) => id)).toEqual([ids[5], ids[4]]);
  });

  test.each([
    ['-x', 'invalid'],
    ['--all', 'invalid'],
    ['--output=pwned', 'invalid'],
    ['nowhere', 'not-found'],
    ['HEAD~99', 'not-found'],
    ['line\nbreak', 'invalid'],
  ])('%s is %s', async (revision, reason) => {
    await expect(log({ revision })).rejects.toMatchObject({ data: { reason } });
  });

  test('the user’s configuration changes nothing', async () => {
    const before = await log();
    const settings = {
      'log.follow': 'true',
      'log.showSignature': 'true',
      'log.date': 'iso',
      'format.pretty': 'raw',
      'log.decorate': 'no',
      'log.showRoot': 'false',
      'color.ui': 'always',
      'core.abbrev': '5',
    };
    for (const [key, value] of Object.entries(settings)) repository.git('config', key, value);
    expect(await log()).toEqual(before);
    expect((await log({ paths: [{ path: 'a.txt' }] })).commits?.length).toBe(12);
    for (const key of Object.keys(settings)) repository.git('config', '--unset', key);
  });

  test('git is killed when the page is full', async () => {
    const running = async () => (await server.send((await import('../../../server/protocol/session.ts')).info, {})).processes.running;
    const before = await running();
    await log({ limit: 1 });
    // The watcher may ask git something at this moment, because of the tests before.
    await expect.poll(running).toBeLessThanOrEqual(before);
  });
});

describe('git/show', () => {
  test('message, files against the first parent, totals', async () => {
    const shown = await server.send(git.show, { repository: repository.root, revision: `${ids[3]}` });
    expect(shown).toMatchObject({
      id: ids[3],
      message: 'Commit 3\n\nBody of 3',
      committer: 'Ada Example',
      committerMail: 'ada@example.test',
      totals: { files: 2, additions: 2, deletions: 1 },
    });
    expect(shown.files.map(({ path, status }) => [path, status])).toEqual([
      ['a.txt', 'modified'],
      ['odd 3\n"x".txt', 'added'],
    ]);
  });

  test('a root commit is all added, a tag is its commit', async () => {
    const shown = await server.send(git.show, { repository: repository.root, revision: `${ids[0]}` });
    expect(shown.files.map(({ status }) => status)).toEqual(['added', 'added']);
    expect((await server.send(git.show, { repository: repository.root, revision: 'v1' })).id).toBe(ids[3]);
  });

  test('a merge is against its first parent; renames are found', async () => {
    using merged = createRepository();
    merged.write('a.txt', 'one\ntwo\nthree\n');
    merged.commit('Base');
    merged.git('checkout', '--quiet', '-b', 'topic');
    merged.git('mv', 'a.txt', 'b.txt');
    merged.commit('Rename');
    merged.git('checkout', '--quiet', 'main');
    merged.write('c.txt', 'c\n');
    merged.commit('On main');
    merged.git('merge', '--quiet', '--no-ff', '-m', 'Merge topic', 'topic');
    const shown = await server.send(git.show, { repository: merged.root, revision: 'HEAD' });
    expect(shown.parents).toHaveLength(2);
    expect(shown.files).toMatchObject([{ path: 'b.txt', oldPath: 'a.txt', status: 'renamed', similarity: 100 }]);
  });
});

test('git/resolve: names, tags, searches, and what is no commit', async () => {
  const resolve = (revision: string) => server.send(git.resolve, { repository: repository.root, revision });
  expect(await resolve('v1')).toEqual({ commit: ids[3], tree: repository.git('rev-parse', 'v1^{tree}') });
  expect((await resolve('HEAD~2')).commit).toBe(ids[9]);
  expect((await resolve(':/Commit 4')).commit).toBe(ids[4]);
  expect((await resolve('HEAD^{/Commit 4}')).commit).toBe(ids[4]);
  expect((await resolve((ids[7] as string).slice(0, 10))).commit).toBe(ids[7]);
  for (const revision of ['HEAD:a.txt', 'HEAD^{tree}', 'nowhere', 'a'.repeat(40), ':/no such message']) {
    await expect(resolve(revision), revision).rejects.toMatchObject({ data: { reason: 'not-found' } });
  }
});
