import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { generatedClone, generatedRepository, LONG_FILE, listFiles, ODD_NAMES, sample } from '../../support/repositories/generated.ts';
import { Repository } from '../../support/repositories/repository.ts';

const SMALL = { files: 150, commits: 1_200, seed: 7 };
let cache = '';

beforeAll(() => {
  cache = mkdtempSync(join(realpathSync(tmpdir()), 'hearth-cache-'));
  vi.stubEnv('HEARTH_CACHE', cache);
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

test('the same options give the same commit ids on every machine', async () => {
  const { head } = await generatedRepository(SMALL);
  // A changed id means a changed generator: raise VERSION in generated.ts, then renew this line.
  expect(head).toBe('5f1ceb8f0dec3aee2fd430556f0ba64048cedee4');
});

test('another seed gives another history', async () => {
  const [a, b] = await Promise.all([generatedRepository(SMALL), generatedRepository({ ...SMALL, seed: 8 })]);
  expect(a.head).not.toBe(b.head);
});

test('two that ask at once share one, and nothing half-made stays behind', async () => {
  const options = { ...SMALL, commits: 900 };
  const [a, b] = await Promise.all([generatedRepository(options), generatedRepository(options)]);
  expect(a).toEqual(b);
  expect(readdirSync(join(cache, 'repositories')).filter((name) => /lock|partial/.test(name))).toEqual([]);
});

test('it is sound, clean and as large as asked, and holds what the tests rely on', async () => {
  const { root, ignoredRevisions } = await generatedRepository(SMALL);
  const repository = new Repository(root);
  expect(repository.tryGit(['fsck', '--no-dangling']).status).toBe(0);
  expect(repository.git('status', '--porcelain')).toBe('');
  expect(Number(repository.git('rev-list', '--count', 'HEAD'))).toBeGreaterThanOrEqual(SMALL.commits);
  expect(Number(repository.git('rev-list', '--count', '--merges', 'HEAD'))).toBeGreaterThan(20);
  expect(
    repository
      .git('log', '--format=%s')
      .split('\n')
      .filter((subject) => subject.startsWith('Revert "')).length,
  ).toBeGreaterThan(3);
  expect(repository.git('log', '--format=', '--summary', '-M', '--diff-filter=R')).toContain('rename');
  expect(ignoredRevisions.length).toBeGreaterThan(3);
  for (const id of ignoredRevisions) expect(repository.git('cat-file', '-t', id)).toBe('commit');
  const files = listFiles(root);
  expect(files.length).toBeGreaterThanOrEqual(SMALL.files);
  expect(files).toEqual(expect.arrayContaining([LONG_FILE, ...ODD_NAMES]));
  expect(listFiles(root, 'text')).not.toContain('latest');
});

test('a clone may be changed without the shared one noticing', async () => {
  const { root, head } = await generatedRepository(SMALL);
  using clone = await generatedClone(SMALL);
  clone.write(LONG_FILE, 'gone\n');
  expect(clone.commit('Change the clone')).not.toBe(head);
  expect(new Repository(root).head()).toBe(head);
});

test('a sample is chosen by seed', () => {
  const items = Array.from({ length: 100 }, (_, index) => index);
  expect(sample(items, 10, 1)).toEqual(sample(items, 10, 1));
  expect(sample(items, 10, 1)).not.toEqual(sample(items, 10, 2));
  expect(new Set(sample(items, 100, 3)).size).toBe(100);
});
