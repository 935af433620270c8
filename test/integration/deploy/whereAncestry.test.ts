// Which commits are contained in which deployed ones, against what git says of each pair.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Ancestries } from '../../../server/deploy/where/ancestries.ts';
import { Repositories } from '../../../server/git/repository.ts';
import { Session } from '../../../server/rpc/session.ts';
import { createSample } from '../../sample/createSample.mjs';
import { Random } from '../../support/repositories/random.ts';
import { createRepository, Repository } from '../../support/repositories/repository.ts';

const { signal } = new AbortController();
const open = new Repositories();
const made: Repository[] = [];
const keep = (repository: Repository): Repository => {
  made.push(repository);
  return repository;
};

afterEach(() => {
  open.dispose();
  for (const repository of made.splice(0)) repository.dispose();
});

const ask = async (ancestries: Ancestries, repository: Repository, deployed: readonly string[]) =>
  ancestries.of(await open.at(repository.root, new Session(true, 'window')), deployed, signal);

/** Every commit against every deployed one, as `contains` says it; answers how many are contained. */
async function compare(
  repository: Repository,
  deployed: readonly string[],
  contains: (release: string) => (commit: string) => boolean,
): Promise<number> {
  const ancestry = await ask(new Ancestries(), repository, deployed);
  const all = repository.git('rev-list', '--all').split('\n');
  const wrong: string[] = [];
  let contained = 0;
  for (const release of deployed) {
    const expected = contains(release);
    for (const commit of all) {
      const said = ancestry.containers(commit).includes(release);
      if (said !== expected(commit)) wrong.push(`${commit} in ${release}: ${said}`);
      if (said) contained++;
    }
  }
  expect(wrong).toEqual([]);
  return contained;
}

test('agrees with git over the whole history of the sample', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'hearth-where-'));
  try {
    await createSample(path.join(folder, 'shop'));
    const shop = new Repository(path.join(folder, 'shop'));
    const all = shop.git('rev-list', '--all').split('\n');
    const tips = shop.git('for-each-ref', '--format=%(objectname)', 'refs/heads').split('\n');
    const deployed = [...new Set([shop.head(), all[Math.floor(all.length / 2)] as string, all.at(-1) as string, ...tips.slice(0, 1)])];
    const isAncestor = (release: string) => (commit: string) => shop.tryGit(['merge-base', '--is-ancestor', commit, release]).status === 0;
    expect(await compare(shop, deployed, isAncestor)).toBeGreaterThan(all.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);

/** Commits with any parents and any dates: several roots, octopuses, clocks that go backwards. */
function knot(repository: Repository, seed: number, count: number): string[] {
  const random = new Random(seed);
  const tree = repository.gitBytes(['mktree'], { input: '' }).toString().trim();
  const commits: string[] = [];
  for (let at = 0; at < count; at++) {
    const wanted = at === 0 || random.chance(0.05) ? 0 : random.chance(0.3) ? random.between(2, 4) : 1;
    const parents = new Set(Array.from({ length: wanted }, () => commits[commits.length - 1 - random.skewed(commits.length)] as string));
    const date = `${1_700_000_000 + random.between(-1_000_000, 1_000_000)} +0000`;
    const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    const args = ['commit-tree', tree, '-m', String(at), ...[...parents].flatMap((parent) => ['-p', parent])];
    commits.push(repository.gitBytes(args, { env }).toString().trim());
    repository.git('update-ref', `refs/heads/branch-${at}`, commits[at] as string);
  }
  return commits;
}

test.each([1, 2, 3, 4])(
  'agrees with git on a random history (seed %i)',
  async (seed) => {
    const repository = keep(createRepository(seed === 4 ? { objectFormat: 'sha256' } : {}));
    const commits = knot(repository, seed, 40);
    const random = new Random(seed + 100);
    // More of them than a word has bits, once.
    const deployed = seed === 1 ? commits : [...new Set(Array.from({ length: 6 }, () => random.pick(commits)))];
    const reached = (release: string) => {
      const all = new Set(repository.git('rev-list', release).split('\n'));
      return (commit: string) => all.has(commit);
    };
    expect(await compare(repository, deployed, reached)).toBeGreaterThan(deployed.length);
  },
  300_000,
);

test('is worked out once for each set of releases: not again when branches move, again when a missing commit was fetched', async () => {
  const upstream = keep(createRepository());
  const repository = keep(createRepository());
  const first = repository.commit('First');
  const second = repository.commit('Second');
  upstream.git('fetch', '-q', repository.root, 'main');
  upstream.git('reset', '-q', '--hard', 'FETCH_HEAD');
  const elsewhere = upstream.commit('Deployed by somebody else');
  const ancestries = new Ancestries();

  const before = await ask(ancestries, repository, [second, elsewhere]);
  expect([before.knows(second), before.knows(elsewhere)]).toEqual([true, false]);
  expect(before.containers(first)).toEqual([second]);
  repository.commit('Third');
  expect(await ask(ancestries, repository, [elsewhere, second])).toBe(before);
  expect(await ask(ancestries, repository, [second])).toBe(before);

  repository.git('fetch', '-q', upstream.root, 'main');
  const after = await ask(ancestries, repository, [second, elsewhere]);
  expect(after.knows(elsewhere)).toBe(true);
  expect([...after.containers(first)].sort()).toEqual([second, elsewhere].sort());
  repository.git('fetch', '-q', upstream.root, 'main');
  expect(await ask(ancestries, repository, [second, elsewhere])).toBe(after);

  // A commit that is replaced has other ancestors.
  repository.git('replace', '--graft', second);
  const replaced = await ask(ancestries, repository, [second]);
  expect(replaced.containers(first)).toEqual([]);
});

test('questions at the same time share one walk; one that is given up leaves the others alone', async () => {
  const repository = keep(createRepository());
  const commit = repository.commit('First');
  const ancestries = new Ancestries();
  const opened = await open.at(repository.root, new Session(true, 'window'));
  const given = new AbortController();
  const [lost, one, other] = await Promise.allSettled([
    ancestries.of(opened, [commit], AbortSignal.any([given.signal, AbortSignal.abort()])),
    ancestries.of(opened, [commit], signal),
    ancestries.of(opened, [commit], given.signal),
  ]);
  expect(lost).toMatchObject({ status: 'rejected', reason: { reason: 'cancelled' } });
  expect(one.status === 'fulfilled' && other.status === 'fulfilled' && one.value === other.value).toBe(true);
});

test('nothing that is deployed is here', async () => {
  const repository = keep(createRepository());
  const commit = repository.commit('First');
  const missing = '1'.repeat(40);
  const ancestry = await ask(new Ancestries(), repository, [missing]);
  expect([ancestry.knows(missing), ancestry.containers(commit), ancestry.containers(missing)]).toEqual([false, [], []]);
});
