import { utimesSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let repository: Repository;
const ids: Record<string, string> = {};

const body = (...lines: string[]) => `${lines.join('\n')}\n`;
const filler = Array.from({ length: 10 }, (_, index) => `filler ${index}`);

beforeAll(async () => {
  server = await startServer();
  repository = createRepository();
  const commit = (name: string) => {
    ids[name] = repository.commit(name);
  };
  repository.write('src/old.c', body('int main(void)', '{', '  return 0;', '}', ...filler));
  commit('create');
  repository.write('src/old.c', body('int main(void)', '{', '  return 1;', '}', ...filler));
  commit('change');
  repository.git('mv', 'src/old.c', 'src/mid "quoted".c');
  commit('rename');
  repository.write('other.txt', 'x\n');
  commit('elsewhere');
  repository.git('mv', 'src/mid "quoted".c', 'new.c');
  repository.write('new.c', body('int main(void)', '{', '  return 1;', '}', ...filler, 'last'));
  commit('move');
  repository.write('new.c', body('// top', 'int main(void)', '{', '  return 2;', '}', ...filler, 'last'));
  commit('edit');
});
afterAll(async () => {
  await server.close();
  repository.dispose();
});

const history = (more: object) => server.send(git.history, { repository: repository.root, file: { path: 'new.c' }, ...more });
const names = (rows: readonly { subject: string }[] | undefined) => rows?.map(({ subject }) => subject);

describe('history of a file', () => {
  test('across renames, with the path at each revision and what happened', async () => {
    const { revisions, more } = await history({});
    expect(more).toBe(false);
    expect(
      revisions?.map(({ subject, path, oldPath, status, id }) => ({ subject, path, oldPath, status, known: ids[subject] === id })),
    ).toEqual([
      { subject: 'edit', path: 'new.c', oldPath: undefined, status: 'modified', known: true },
      { subject: 'move', path: 'new.c', oldPath: 'src/mid "quoted".c', status: 'renamed', known: true },
      { subject: 'rename', path: 'src/mid "quoted".c', oldPath: 'src/old.c', status: 'renamed', known: true },
      { subject: 'change', path: 'src/old.c', oldPath: undefined, status: 'modified', known: true },
      { subject: 'create', path: 'src/old.c', oldPath: undefined, status: 'added', known: true },
    ]);
  });

  test('each path holds the file at that revision', async () => {
    const { revisions } = await history({});
    for (const { id, path } of revisions ?? []) {
      const content = await server.send(git.content, {
        repository: repository.root,
        side: { kind: 'commit', revision: id },
        file: { path },
      });
      expect(content.kind, `${id}:${path}`).toBe('text');
    }
  });

  test('pages', async () => {
    const pages = [await history({ limit: 2 }), await history({ limit: 2, skip: 2 }), await history({ limit: 2, skip: 4 })];
    expect(pages.map(({ revisions }) => names(revisions))).toEqual([['edit', 'move'], ['rename', 'change'], ['create']]);
    expect(pages.map(({ more }) => more)).toEqual([true, true, false]);
  });

  test('from an older revision, under the name it had', async () => {
    expect(names((await history({ revision: 'HEAD~4', file: { path: 'src/old.c' } })).revisions)).toEqual(['change', 'create']);
  });

  test('a deleted file still has its history; one that never was is not-found', async () => {
    expect(names((await history({ file: { path: 'src/old.c' } })).revisions)).toEqual(['rename', 'change', 'create']);
    await expect(history({ file: { path: 'never.c' } })).rejects.toMatchObject({ data: { reason: 'not-found' } });
    repository.write('untracked.c', 'x\n');
    expect(await history({ file: { path: 'untracked.c' } })).toEqual({ revisions: [], more: false });
    repository.remove('untracked.c');
  });

  test('streams', async () => {
    const rows: { subject: string }[] = [];
    const result = await server.send(
      git.history,
      { repository: repository.root, file: { path: 'new.c' } },
      { onPartial: ({ revisions }) => rows.push(...revisions) },
    );
    expect(result).toEqual({ more: false });
    expect(names(rows)).toEqual(['edit', 'move', 'rename', 'change', 'create']);
  });
});

test('history of a folder and of the whole repository', async () => {
  expect(names((await history({ file: { path: 'src' } })).revisions)).toEqual(['move', 'rename', 'change', 'create']);
  expect(names((await history({ file: { path: '' } })).revisions)).toEqual(['edit', 'move', 'elsewhere', 'rename', 'change', 'create']);
});

describe('history of lines', () => {
  test('only what changed them, across renames', async () => {
    const { revisions } = await history({ lines: { start: 4, end: 4 } });
    expect(revisions?.map(({ subject, path, status }) => [subject, path, status])).toEqual([
      ['edit', 'new.c', 'modified'],
      ['change', 'src/old.c', 'modified'],
      ['create', 'src/old.c', 'added'],
    ]);
    expect(names((await history({ lines: { start: 16, end: 16 } })).revisions)).toEqual(['move']);
  });

  test('lines of unsaved text are found in the revision first', async () => {
    const text = body('unsaved', 'unsaved', '// top', 'int main(void)', '{', '  return 2;', '}', ...filler, 'last');
    expect(names((await history({ lines: { start: 6, end: 6 }, contents: text })).revisions)).toEqual(['edit', 'change', 'create']);
    expect(await history({ lines: { start: 1, end: 2 }, contents: text })).toEqual({ revisions: [], more: false });
  });

  test('beyond the end is invalid, a file that is not there is not-found', async () => {
    await expect(history({ lines: { start: 900, end: 901 } })).rejects.toMatchObject({ data: { reason: 'invalid' } });
    await expect(history({ lines: { start: 1, end: 1 }, file: { path: 'src/old.c' } })).rejects.toMatchObject({
      data: { reason: 'not-found' },
    });
  });
});

test('history of a function', async () => {
  expect(names((await history({ function: 'main' })).revisions)).toEqual(['edit', 'change', 'create']);
  await expect(history({ function: 'nowhere' })).rejects.toMatchObject({ data: { reason: 'not-found' } });
  // A colon in a name must not end it and make the rest a path.
  await expect(history({ function: 'a:other.txt' })).rejects.toMatchObject({ data: { reason: 'not-found' } });
});

describe('neighbours', () => {
  const neighbours = (path: string, revision?: string) =>
    server.send(git.neighbours, { repository: repository.root, file: { path }, ...(revision === undefined ? {} : { revision }) });

  test('stepping back and forth visits the history', async () => {
    const back: [string, string][] = [];
    let step = await neighbours('new.c');
    let at = { id: 'HEAD', path: 'new.c' };
    while (step.previous !== undefined) {
      at = step.previous;
      back.push([step.previous.subject, step.previous.path]);
      step = await neighbours(at.path, at.id);
    }
    expect(back).toEqual([
      ['move', 'new.c'],
      ['rename', 'src/mid "quoted".c'],
      ['change', 'src/old.c'],
      ['create', 'src/old.c'],
    ]);
    const forth: [string, string][] = [];
    for (let next = step.next; next !== undefined; next = (await neighbours(next.path, next.id)).next)
      forth.push([next.subject, next.path]);
    expect(forth).toEqual([
      ['change', 'src/old.c'],
      ['rename', 'src/mid "quoted".c'],
      ['move', 'new.c'],
      ['edit', 'new.c'],
    ]);
  });

  test('the working file is a revision of its own while it differs', async () => {
    expect((await neighbours('new.c')).previous?.subject).toBe('move');
    const text = repository.git('show', 'HEAD:new.c');
    repository.write('new.c', `${text}\nmore\n`);
    expect((await neighbours('new.c')).previous?.subject).toBe('edit');
    repository.write('new.c', `${text}\n`);
    repository.git('update-index', '--refresh');
    // Only touched: no revision of its own, and the index stays as it is.
    utimesSync(repository.path('new.c'), 0, 0);
    const index = repository.git('ls-files', '--debug');
    expect((await neighbours('new.c')).previous?.subject).toBe('move');
    expect(repository.git('ls-files', '--debug')).toBe(index);
  });

  test('a commit that does not touch the file stands for the revision it contains', async () => {
    expect((await neighbours('src/mid "quoted".c', ids['elsewhere'])).previous?.subject).toBe('change');
    expect((await neighbours('src/mid "quoted".c', ids['elsewhere'])).next?.subject).toBe('move');
  });

  test('merges count when the file is unlike that of every parent', async () => {
    using merged = createRepository();
    const line = (name: string, text: string) => body(name === 'top' ? text : 'top', ...filler, name === 'end' ? text : 'end');
    merged.write('a.txt', line('', ''));
    merged.commit('base');
    merged.git('checkout', '--quiet', '-b', 'topic');
    merged.write('a.txt', line('top', 'changed'));
    const topic = merged.commit('topic');
    merged.git('checkout', '--quiet', 'main');
    merged.write('a.txt', line('end', 'changed'));
    const main = merged.commit('main');
    merged.git('merge', '--quiet', '--no-ff', '-m', 'merge', 'topic');
    const merge = merged.head();
    merged.write('a.txt', 'all new\n');
    merged.commit('after');
    const ask = (revision: string) => server.send(git.neighbours, { repository: merged.root, file: { path: 'a.txt' }, revision });
    expect((await ask(merge)).previous?.id).toBe(main);
    expect((await ask(merge)).next?.subject).toBe('after');
    expect((await ask(topic)).next?.id).toBe(merge);
    expect((await ask(main)).next?.id).toBe(merge);
    expect((await ask(main)).previous?.subject).toBe('base');
  });

  test('a file that was deleted: next is the deletion', async () => {
    using deleted = createRepository();
    deleted.write('a.txt', 'one\n');
    deleted.commit('create');
    deleted.remove('a.txt');
    deleted.commit('delete');
    const { next, previous } = await server.send(git.neighbours, { repository: deleted.root, file: { path: 'a.txt' }, revision: 'HEAD~1' });
    expect([next?.subject, next?.status, previous]).toEqual(['delete', 'deleted', undefined]);
  });
});
