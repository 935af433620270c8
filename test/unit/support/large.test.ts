import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bigDiff3MB, largeFile200k, oneLine5MB, tenThousandChanged, tenThousandDirty } from '../../support/repositories/large.ts';
import { Repository } from '../../support/repositories/repository.ts';

let cache = '';
beforeAll(() => {
  cache = mkdtempSync(join(realpathSync(tmpdir()), 'hearth-cache-'));
  vi.stubEnv('HEARTH_CACHE', cache);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

test('every file asked for differs between the two commits, with all kinds of change', async () => {
  const { root, from, to, changed } = await tenThousandChanged(400);
  expect(changed).toBe(400);
  const kinds = new Repository(root).git('diff', '--name-status', '-M', from, to).replace(/^(.).*$/gm, '$1');
  expect([...new Set(kinds.split('\n'))].sort()).toEqual(['A', 'D', 'M', 'R']);
});

test('the dirty work tree shows the same changes, save added files', async () => {
  const { root, from, to } = await tenThousandChanged(400);
  using dirty = await tenThousandDirty(400);
  expect(dirty.head()).toBe(from);
  const filter = ['--name-status', '--no-renames', '--diff-filter=MD'];
  expect(dirty.git('diff', ...filter, 'HEAD')).toBe(new Repository(root).git('diff', ...filter, from, to));
});

test('the big diff is about 3 MB at full scale', async () => {
  const { root, from, to, changed } = await bigDiff3MB(0.1);
  expect(changed).toBe(30);
  const bytes = new Repository(root).gitBytes(['diff', from, to]).length;
  expect(bytes).toBeGreaterThan(0.25e6);
  expect(bytes).toBeLessThan(0.4e6);
});

test('the long file and the long line are what they say', async () => {
  const lines = await largeFile200k(3000);
  const count = readFileSync(join(lines.root, lines.path), 'utf8').split('\n').length;
  expect(count).toBeGreaterThan(2900);
  expect(Number(new Repository(lines.root).git('rev-list', '--count', 'HEAD', '--', lines.path))).toBe(10);
  const line = await oneLine5MB(20_000);
  const text = readFileSync(join(line.root, line.path), 'utf8');
  expect(text.length).toBeGreaterThan(20_000);
  expect(text).not.toContain('\n');
});
