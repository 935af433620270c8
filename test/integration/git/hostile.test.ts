// Log, history, contents and refs on hostile repositories: not only "no crash", but git's own answer.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import * as states from '../../support/repositories/hostile.ts';
import * as names from '../../support/repositories/hostileNames.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let wary: TestServer;
beforeAll(async () => {
  server = await startServer();
  wary = await startServer({ trusted: false });
});
afterAll(() => Promise.all([server.close(), wary.close()]));

const head = { kind: 'commit', revision: 'HEAD' } as const;
const ids = (rows: readonly { id: string }[] | undefined) => rows?.map(({ id }) => id);
const raw = (repository: Repository, ...args: string[]) =>
  repository
    .git('--literal-pathspecs', 'log', '--format=%H', ...args)
    .split('\n')
    .filter((line) => line !== '');

describe.each([
  ['odd names', names.oddNames],
  ['odd contents', names.oddContents],
  ['links', names.symbolicLinks],
  ['hostile text', names.hostileText],
  ['case-only renames', names.caseOnlyRename],
])('%s', (_name, make) => {
  let repository: Repository;
  let files: names.HostileFile[];
  beforeAll(() => {
    ({ repository, files } = make());
  });
  afterAll(() => repository.dispose());

  test.each([
    ['trusted', () => server],
    ['untrusted', () => wary],
  ] as const)('%s: log, history, contents of each file are git’s', async (_trust, of) => {
    const { root } = repository;
    const untouched = repository.git('status', '--porcelain', '-z');
    for (const { path } of files) {
      const file = { path };
      const what = JSON.stringify(path);
      expect(ids((await of().send(git.log, { repository: root, paths: [file] })).commits), what).toEqual(
        raw(repository, 'HEAD', '--', path),
      );
      expect(ids((await of().send(git.history, { repository: root, file })).revisions), what).toEqual(
        raw(repository, '--follow', 'HEAD', '--', path),
      );
      const content = await of().send(git.content, { repository: root, side: head, file, encoding: 'base64' });
      expect(content.kind === 'base64' && content.base64, what).toEqual(
        repository.gitBytes(['cat-file', 'blob', `HEAD:${path}`]).toString('base64'),
      );
      const listed = await of().send(git.files, { repository: root, folder: file });
      expect(
        listed.entries?.map((entry) => entry.path),
        what,
      ).toEqual([path]);
    }
    expect(repository.git('status', '--porcelain', '-z')).toBe(untouched);
  });

  test('show lists the files of each commit as git does', async () => {
    for (const id of raw(repository, 'HEAD', '--')) {
      const shown = await server.send(git.show, { repository: repository.root, revision: id });
      const expected = repository
        .git('diff-tree', '-r', '-z', '--root', '-M', '--no-commit-id', '--name-only', id)
        .split('\0')
        .filter((path) => path !== '');
      expect(shown.files.map(({ path }) => path)).toEqual(expected);
      expect(shown.message).toBe(repository.git('log', '-1', '--format=%B', id, '--').replace(/\n+$/, ''));
    }
  });
});

describe('states', () => {
  test('broken refs hide nothing else', async () => {
    using state = states.brokenRefs();
    const { refs } = await server.send(git.refs, { repository: state.root });
    expect(refs.map(({ name }) => name)).toEqual(['refs/heads/main']);
    expect((await server.send(git.log, { repository: state.root, all: true })).commits).toHaveLength(2);
    for (const revision of ['broken', 'junk', 'nowhere']) {
      await expect(server.send(git.log, { repository: state.root, revision }), revision).rejects.toMatchObject({
        data: { reason: 'not-found' },
      });
    }
  });

  test.each([
    ['blob', states.corruptBlob],
    ['tree', states.corruptTree],
    ['commit', states.corruptCommit],
  ])('a damaged %s: one sentence where it is needed, and HEAD still opens', async (what, make) => {
    using state = make();
    const repository = state.root;
    expect(await server.send(git.content, { repository, side: head, file: { path: 'a.txt' } })).toMatchObject({
      kind: 'text',
      text: 'line 1\nline 2\nline 3\n',
    });
    expect((await server.send(git.files, { repository })).entries).toHaveLength(1);
    await expect(
      server.send(git.content, { repository, side: { kind: 'commit', revision: 'HEAD~1' }, file: { path: 'a.txt' } }),
    ).rejects.toMatchObject({ data: { reason: 'git-failed' } });
    if (what !== 'blob') return;
    // Its names need only trees; counts would need the blob.
    expect((await server.send(git.show, { repository, revision: 'HEAD' })).files).toMatchObject([
      { path: 'a.txt', status: 'modified', counted: false },
    ]);
    expect((await server.send(git.history, { repository, file: { path: 'a.txt' } })).revisions).toHaveLength(3);
  });

  test('the reader of objects survives a damaged one: others asked at the same time get theirs', async () => {
    using state = states.corruptBlob();
    const ask = (revision: string) =>
      server.send(git.content, { repository: state.root, side: { kind: 'commit', revision }, file: { path: 'a.txt' } });
    const outcomes = await Promise.allSettled(['HEAD', 'HEAD~1', 'HEAD~2', 'HEAD~1', 'HEAD'].map(ask));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
  });

  test('partial clone: fetched when trusted; untrusted nothing is fetched, and what is missing is said', async () => {
    using state = states.partialClone();
    const old = { repository: state.root, side: { kind: 'commit', revision: 'HEAD~2' }, file: { path: 'a.txt' } } as const;
    await expect(wary.send(git.content, old)).rejects.toMatchObject({
      data: { reason: expect.stringMatching(/^(precondition|git-failed)$/) },
    });
    expect((await wary.send(git.show, { repository: state.root, revision: 'HEAD~1' })).files).toMatchObject([
      { path: 'a.txt', counted: false },
    ]);
    expect((await wary.send(git.log, { repository: state.root })).commits).toHaveLength(3);
    expect((await wary.send(git.files, { repository: state.root, revision: 'HEAD~2' })).entries).toHaveLength(1);
    expect(await server.send(git.content, old)).toMatchObject({ kind: 'text', text: 'line 1\n' });
  });

  test('a shallow clone ends at its boundary', async () => {
    using state = states.shallowClone();
    const { commits, more } = await server.send(git.log, { repository: state.root });
    expect([commits?.length, commits?.at(-1)?.parents, more]).toEqual([2, [], false]);
    expect((await server.send(git.show, { repository: state.root, revision: 'HEAD~1' })).files).toMatchObject([{ status: 'added' }]);
  });

  test('a replaced commit is what git says it is', async () => {
    using state = states.replacedObject();
    const { commits } = await server.send(git.log, { repository: state.root });
    expect(commits?.find(({ id }) => id === state.original)?.subject).toBe('Commit 2, replaced');
  });

  test('two roots of one repository answer alike; a worktree has its own HEAD', async () => {
    using state = states.twoRootsOneRepository();
    const roots = await Promise.all(state.roots.map(async (path) => (await server.send(git.discover, { path })).repository.root));
    expect(new Set(roots).size).toBe(1);
    using linked = states.linkedWorktree();
    const { refs, head: own } = await server.send(git.refs, { repository: linked.root });
    expect(refs.map(({ name }) => name)).toContain('refs/heads/main');
    expect(own.branch ?? 'detached').not.toBe('main');
  });
});

describe('large', () => {
  test('a file of 200 000 lines and a line of 5 MB: contents, lines, card', async () => {
    using repository = createRepository();
    const many = Array.from({ length: 200_000 }, (_, number) => `line ${number}`);
    const long = 'x'.repeat(5_000_000);
    repository.write('many.txt', `${many.join('\n')}\n`);
    repository.write('long.txt', `${long}\nend\n`);
    repository.commit('Large');
    repository.write('many.txt', `${many.with(150_000, 'changed').join('\n')}\n`);
    repository.write('long.txt', `${long}y\nend\n`);
    const id = repository.commit('Change');
    const { root } = repository;
    const content = await server.send(git.content, { repository: root, side: head, file: { path: 'many.txt' } });
    expect(content.kind === 'text' && content.text.split('\n').length).toBe(200_001);
    const one = await server.send(git.history, { repository: root, file: { path: 'many.txt' }, lines: { start: 150_001, end: 150_001 } });
    expect(one.revisions?.map(({ subject }) => subject)).toEqual(['Change', 'Large']);
    // Unsaved: a hundred lines inserted above.
    const contents = `${many.slice(0, 100).join('|\n')}\n${many.with(150_000, 'changed').join('\n')}\n`;
    const mapped = await server.send(git.history, {
      repository: root,
      file: { path: 'many.txt' },
      contents,
      lines: { start: 150_101, end: 150_101 },
    });
    expect(mapped.revisions?.map(({ subject }) => subject)).toEqual(['Change', 'Large']);
    const { change } = await server.send(git.commitCard, { repository: root, commit: id, file: { path: 'long.txt' }, line: 1 });
    expect(change?.after[0]?.length).toBeLessThan(2000);
    expect(
      (await server.send(git.history, { repository: root, file: { path: 'long.txt' }, lines: { start: 1, end: 1 } })).revisions,
    ).toHaveLength(2);
  });
});
