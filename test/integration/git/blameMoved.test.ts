import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blame } from '../../../server/protocol/git.ts';
import { info } from '../../../server/protocol/session.ts';
import { gitBlame, ourBlame } from '../../support/blame.ts';
import { Random } from '../../support/repositories/random.ts';
import { randomHistory } from '../../support/repositories/randomHistory.ts';
import { createRepository, hermeticEnvironment, type Repository } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
let home: string;
const opened: Repository[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'hearth-home-'));
  server = await startServer({ env: { ...hermeticEnvironment(), HEARTH_HOME: home } });
});

afterAll(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
  for (const repository of opened) repository.dispose();
});

function fresh(): Repository {
  const repository = createRepository();
  opened.push(repository);
  return repository;
}

async function ours(root: string, path: string, more: Record<string, unknown> = {}) {
  return ourBlame(await server.send(blame, { repository: root, file: { path }, ...more }));
}

/** The files that keep blames, in any folder below the cache. */
function keptFiles(place: string): string[] {
  const folder = join(place, 'cache', 'blame');
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((name) => join(folder, name))
        .filter((name) => /\/[0-9a-f]{40}$/.test(name) && statSync(name).isFile())
    : [];
}

describe('a kept blame carried to another commit equals a fresh one', () => {
  it.each([1, 2, 3, 4, 5, 6])('over random histories with merges, reverts and renames (seed %i)', async (seed) => {
    const repository = fresh();
    const commits = randomHistory(repository, seed);
    const random = new Random(seed + 1000);
    const { root } = repository;
    for (let pair = 0; pair < 12; pair++) {
      // Wherever HEAD was before, forwards, backwards or on another branch: what is kept of it is used for the next one.
      const { id, paths } = commits[random.below(commits.length)] as { id: string; paths: string[] };
      for (const path of paths) {
        const there = repository.tryGit(['cat-file', '-e', `${id}:${path}`]).status === 0;
        if (!there) continue;
        for (const options of [{}, { ignoreWhitespace: true }]) {
          const args = 'ignoreWhitespace' in options ? ['-w'] : [];
          expect([id, await ours(root, path, { revision: id, options })]).toEqual([id, gitBlame(root, [...args, id, '--', path])]);
        }
      }
    }
  });

  it.each([11, 12])('with revisions to look through (seed %i)', async (seed) => {
    const repository = fresh();
    const commits = randomHistory(repository, seed);
    const random = new Random(seed);
    const ignored = commits.filter(() => random.chance(0.2)).map(({ id }) => id);
    repository.write('.git-blame-ignore-revs', `${ignored.join('\n')}\n`);
    for (let pair = 0; pair < 20; pair++) {
      const { id, paths } = commits[random.below(commits.length)] as { id: string; paths: string[] };
      const path = paths[0] as string;
      if (repository.tryGit(['cat-file', '-e', `${id}:${path}`]).status !== 0) continue;
      const expected = gitBlame(repository.root, ['--ignore-revs-file', '.git-blame-ignore-revs', id, '--', path]);
      expect([id, await ours(repository.root, path, { revision: id })]).toEqual([id, expected]);
    }
  });

  it('when the file was changed and changed back in between', async () => {
    const repository = fresh();
    repository.write('a', '1\n2\n3\n');
    const first = repository.commit('First');
    repository.write('a', '1\nother\n3\n');
    repository.commit('Changed');
    repository.write('a', '1\n2\n3\n');
    repository.commit('Changed back');
    await ours(repository.root, 'a');
    repository.git('switch', '-q', '-c', 'side', first);
    repository.write('a', '1\n2\n3\n4\n');
    repository.commit('On the side');
    expect(await ours(repository.root, 'a')).toEqual(gitBlame(repository.root, ['--', 'a']));
    repository.git('switch', '-q', 'main');
    repository.git('merge', '-q', '--no-edit', 'side');
    expect(await ours(repository.root, 'a')).toEqual(gitBlame(repository.root, ['--', 'a']));
  });

  it('after history was rewritten, replaced, or its names changed', async () => {
    const repository = fresh();
    repository.write('a', '1\n2\n3\n');
    repository.commit('First');
    repository.write('a', '1\n2\n3\n4\n');
    const second = repository.commit('Second');
    repository.write('a', '1\nB\n3\n4\n');
    repository.commit('Third');
    expect(await ours(repository.root, 'a')).toEqual(gitBlame(repository.root, ['--', 'a']));
    repository.git('commit', '-q', '--amend', '-m', 'Third, amended');
    expect(await ours(repository.root, 'a')).toEqual(gitBlame(repository.root, ['--', 'a']));
    const other = repository.git('commit-tree', `${second}^{tree}`, '-m', 'Second, replaced, without a parent');
    repository.git('replace', second, other);
    expect(await ours(repository.root, 'a')).toEqual(gitBlame(repository.root, ['--', 'a']));
    repository.git('replace', '-d', second);
    expect(await ours(repository.root, 'a')).toEqual(gitBlame(repository.root, ['--', 'a']));
    repository.write('.mailmap', 'Countess Lovelace <ada@lovelace.test> <ada@example.test>\n');
    expect(await ours(repository.root, 'a')).toEqual(gitBlame(repository.root, ['--', 'a']));
    repository.git('config', 'blame.showRoot', 'true');
    expect(await ours(repository.root, 'a')).toEqual(gitBlame(repository.root, ['--', 'a']));
  });
});

describe('a finished blame is kept', () => {
  it('asked again it starts no git process, in this server or in the next one', async () => {
    const repository = fresh();
    repository.write('a', '1\n2\n');
    repository.commit('One');
    await new Promise((resolve) => setTimeout(resolve, 80)); // a file just written may be written again within the clock's grain
    // Of its own: the watcher of another may still ask git about the tests before.
    const own = await startServer({ env: { ...hermeticEnvironment(), HEARTH_HOME: home } });
    try {
      const asked = async (more = {}) => ourBlame(await own.send(blame, { repository: repository.root, file: { path: 'a' }, ...more }));
      const started = async () => (await own.send(info, {})).processes.started;
      const first = await asked();
      const before = await started();
      expect(await asked()).toEqual(first);
      expect(await asked({ lines: { start: 2, end: 2 } })).toEqual(first.slice(1));
      expect(await started()).toBe(before);
    } finally {
      await own.close();
    }
  });

  it('a damaged, foreign or older file is as good as none', async () => {
    const repository = fresh();
    repository.write('a', '1\n2\n');
    repository.commit('One');
    // A home of its own: what the tests before have kept may still be written and tidied up.
    const place = join(home, 'damaged');
    const env = { ...hermeticEnvironment(), HEARTH_HOME: place };
    const own = await startServer({ env });
    const expected = ourBlame(await own.send(blame, { repository: repository.root, file: { path: 'a' } }));
    await expect.poll(() => keptFiles(place).length).toBeGreaterThan(0);
    await own.close();
    for (const damage of [() => Buffer.from('nonsense'), (data: Buffer) => data.subarray(0, data.length - 9), () => Buffer.alloc(0)]) {
      for (const file of keptFiles(place)) writeFileSync(file, damage(readFileSync(file)));
      const next = await startServer({ env });
      try {
        expect(ourBlame(await next.send(blame, { repository: repository.root, file: { path: 'a' } }))).toEqual(expected);
      } finally {
        await next.close();
      }
    }
  });
});
