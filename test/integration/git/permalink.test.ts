import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import * as names from '../../support/repositories/hostileNames.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let repository: Repository;
const lines = Array.from({ length: 20 }, (_, number) => `line ${number + 1}`);
const ids: string[] = [];
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

beforeEach(() => {
  ids.length = 0;
  repository = createRepository();
  repository.write('src/a b.txt', `${lines.join('\n')}\n`);
  ids.push(repository.commit('Start'));
  repository.write('src/a b.txt', `${lines.with(2, 'line three').with(10, 'line eleven').toSpliced(11, 0, 'inserted').join('\n')}\n`);
  ids.push(repository.commit('Fix #12 and <b>GH-13</b>\n\nSee other/repo#14.\n'));
  repository.git('mv', 'src/a b.txt', 'src/moved.txt');
  repository.write('src/moved.txt', `${lines.with(2, 'line 3 again').with(10, 'line eleven').toSpliced(11, 0, 'inserted').join('\n')}\n`);
  ids.push(repository.commit('Move'));
  repository.git('remote', 'add', 'origin', 'git@github.com:owner/repo.git');
  repository.git('update-ref', 'refs/remotes/origin/main', ids[1] as string);
  return () => repository.dispose();
});

const link = (more: object) => server.send(git.permalink, { repository: repository.root, commit: ids[1] as string, ...more });
const card = (more: object) => server.send(git.commitCard, { repository: repository.root, commit: ids[1] as string, ...more });

describe('git/permalink', () => {
  test('of a commit, a file, a folder and lines, and whether it was pushed', async () => {
    const base = 'https://github.com/owner/repo';
    expect(await link({})).toEqual({ url: `${base}/commit/${ids[1]}`, host: 'github', remote: 'origin', pushed: true });
    expect((await link({ file: { path: 'src/a b.txt' }, lines: { start: 2, end: 3 } })).url).toBe(
      `${base}/blob/${ids[1]}/src/a%20b.txt#L2-L3`,
    );
    expect((await link({ file: { path: 'src' } })).url).toBe(`${base}/tree/${ids[1]}/src`);
    expect(await link({ commit: ids[2] })).toMatchObject({ pushed: false });
    expect(await link({ commit: ids[0] })).toMatchObject({ pushed: true });
  });

  test('the remote: the asked one, that of the branch, origin, the first', async () => {
    repository.git('remote', 'add', 'backup', 'git@gitlab.com:owner/repo.git');
    expect((await link({})).remote).toBe('origin');
    expect(await link({ remote: 'backup' })).toMatchObject({ remote: 'backup', host: 'gitlab', pushed: false });
    repository.git('config', 'branch.main.remote', 'backup');
    expect((await link({})).remote).toBe('backup');
    repository.git('config', '--unset', 'branch.main.remote');
    repository.git('remote', 'rename', 'origin', 'upstream');
    expect((await link({})).remote).toBe('upstream');
    await expect(link({ remote: 'nowhere' })).rejects.toMatchObject({ data: { reason: 'not-found' } });
  });

  test('url.insteadOf, secrets, hints of the clone', async () => {
    repository.git('config', 'url.https://github.com/.insteadOf', 'gh:');
    repository.git('remote', 'set-url', 'origin', 'gh:other/name');
    expect((await link({})).url).toBe(`https://github.com/other/name/commit/${ids[1]}`);
    repository.git('remote', 'set-url', 'origin', 'https://user:secret@code.example.test/o/r.git');
    repository.write('.gitlab-ci.yml', '');
    expect((await link({})).url).toBe(`https://code.example.test/o/r/-/commit/${ids[1]}`);
  });

  test('without a remote, or with one that has no pages: one sentence', async () => {
    repository.git('remote', 'set-url', 'origin', '/srv/repo.git');
    await expect(link({})).rejects.toMatchObject({ data: { reason: 'unsupported' } });
    repository.git('remote', 'remove', 'origin');
    await expect(link({})).rejects.toMatchObject({ data: { reason: 'precondition' } });
  });

  test('a name that is not UTF-8, byte by byte', async () => {
    const { repository: odd, names: files } = names.invalidUtf8Names();
    odd.git('remote', 'add', 'origin', 'git@github.com:owner/repo.git');
    const { url } = await server.send(git.permalink, {
      repository: odd.root,
      commit: odd.head(),
      file: { pathBytes: (files[0] as Buffer).toString('base64') },
    });
    expect(url).toBe(`https://github.com/owner/repo/blob/${odd.head()}/caf%E9.txt`);
    odd.dispose();
  });
});

describe('git/commitCard', () => {
  test('message as plain text, issues as positions in it, who committed, the address of the line', async () => {
    const found = await card({ file: { path: 'src/a b.txt' }, line: 3 });
    expect(found).toMatchObject({
      message: 'Fix #12 and <b>GH-13</b>\n\nSee other/repo#14.',
      committer: 'Ada Example',
      commit: { id: ids[1], parents: [ids[0]], refs: ['refs/remotes/origin/main'] },
    });
    expect(found.issues.map(({ start, end, id, url }) => [found.message.slice(start, end), id, url])).toEqual([
      ['#12', '#12', 'https://github.com/owner/repo/issues/12'],
      ['GH-13', 'GH-13', 'https://github.com/owner/repo/issues/13'],
      ['other/repo#14', 'other/repo#14', 'https://github.com/other/repo/issues/14'],
    ]);
    expect(found.permalink).toBe(`https://github.com/owner/repo/blob/${ids[1]}/src/a%20b.txt#L3`);
  });

  test('the change around a line', async () => {
    const change = async (line: number, more: object = {}) => (await card({ file: { path: 'src/a b.txt' }, line, ...more })).change;
    expect(await change(3)).toEqual({ before: ['line 3'], after: ['line three'] });
    expect(await change(11)).toEqual({ before: ['line 11'], after: ['line eleven', 'inserted'] });
    expect(await change(12)).toEqual({ before: ['line 11'], after: ['line eleven', 'inserted'] });
    expect(await change(5), 'a line the commit left alone').toBeUndefined();
    expect(await change(3, { commit: ids[0] }), 'a root commit').toBeUndefined();
    expect(await change(3, { commit: ids[2], file: { path: 'src/moved.txt' } }), 'across a rename').toEqual({
      before: ['line three'],
      after: ['line 3 again'],
    });
  });

  test('of a merge: against its first parent', async () => {
    repository.git('checkout', '--quiet', '-b', 'topic', ids[1] as string);
    repository.write('src/a b.txt', `${lines.with(19, 'changed').join('\n')}\n`);
    repository.commit('Topic');
    repository.git('checkout', '--quiet', '--detach', ids[1] as string);
    repository.write('c.txt', 'c\n');
    repository.commit('Other');
    repository.git('merge', '--quiet', '--no-ff', '-m', 'Merge', 'topic');
    const { change } = await card({ commit: repository.head(), file: { path: 'src/a b.txt' }, line: 20 });
    expect(change?.after).toContain('changed');
  });

  test('without a remote: no links, no error; a commit that is not there: not-found', async () => {
    repository.git('remote', 'remove', 'origin');
    expect(await card({})).toMatchObject({ issues: [] });
    expect((await card({})).permalink).toBeUndefined();
    await expect(card({ commit: 'd'.repeat(40) })).rejects.toMatchObject({ data: { reason: 'not-found' } });
  });

  test('hostile text travels unchanged: it is the shell that must not run it', async () => {
    const { repository: hostile, payloads } = names.hostileText();
    for (const [index, payload] of payloads.entries()) {
      const revision = `HEAD~${payloads.length - 1 - index}`;
      const found = await server.send(git.commitCard, {
        repository: hostile.root,
        commit: hostile.head(revision),
        file: { path: 'page.html' },
        line: index + 1,
      });
      expect(found.message).toBe(`${payload}\n\n${payload}`);
    }
    hostile.dispose();
  });
});
