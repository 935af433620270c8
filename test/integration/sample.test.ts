// The sample repository is what users see first and what the window tests count on: the same everywhere, and with one of everything.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSample } from '../sample/createSample.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'hearth-sample-'));
const shop = join(scratch, 'shop');
const git = (...args: string[]): string =>
  execFileSync('git', args, {
    cwd: shop,
    encoding: 'utf8',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
  }).trimEnd();

beforeAll(() => createSample(shop));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('is the same whoever makes it, wherever and whenever', () => {
  const home = join(scratch, 'home');
  const other = join(scratch, 'other shop');
  mkdirSync(home);
  writeFileSync(
    join(home, '.gitconfig'),
    '[user]\nname = Somebody\n[init]\ndefaultBranch = trunk\n[core]\nautocrlf = true\n[commit]\ngpgSign = true\n',
  );
  const script = fileURLToPath(new URL('../sample/createSample.mjs', import.meta.url));
  execFileSync(process.execPath, [script, other], {
    env: { PATH: process.env['PATH'], HOME: home, TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8' },
  });
  const refs = (folder: string): string => execFileSync('git', ['for-each-ref'], { cwd: folder, encoding: 'utf8' });
  expect(refs(other)).toBe(refs(shop));
  expect(git('fsck', '--strict')).toBe('');
});

test('has a believable past', () => {
  expect(Number(git('rev-list', '--count', 'main'))).toBeGreaterThanOrEqual(60);
  expect(git('shortlog', '-sne', 'main').split('\n').length).toBeGreaterThanOrEqual(5);
  expect(git('log', '--format=%aN <%aE>', 'main')).not.toContain('laptop'); // .mailmap
  expect(git('log', '--format=%an', 'main').split('\n')).toContain('marta');
  const [first, last] = git('log', '--format=%at', 'main')
    .split('\n')
    .reverse()
    .flatMap((time, index, all) => (index === 0 || index === all.length - 1 ? [Number(time)] : []));
  expect(((last ?? 0) - (first ?? 0)) / (30 * 86_400)).toBeGreaterThan(13);
  expect(git('log', '--merges', '--format=%s', 'main').split('\n').length).toBeGreaterThanOrEqual(4);
  expect(git('log', '--format=%s', 'main')).toMatch(/^Revert "/m);
  expect(git('log', '--format=%s', 'main')).toMatch(/\(#12\)|\(#15\)/);
  expect(git('log', '--follow', '--name-status', '--format=', '--', 'src/checkout/checkout.ts')).toMatch(
    /^R\d+\tsrc\/checkout\.ts\tsrc\/checkout\/checkout\.ts$/m,
  );
  expect(new Set(git('log', '--format=%H', '--', 'public/logo.png').split('\n')).size).toBe(2);
});

test('one merge resolved a conflict', () => {
  const merge = git('log', '--merges', '--format=%H', '--grep=Conflict in', 'main');
  // --remerge-diff shows what the person did beyond what git would have done.
  expect(git('show', '--remerge-diff', '--format=', merge)).toContain('<<<<<<<');
});

test('blame skips the reformatting', () => {
  const listed = readFileSync(join(shop, '.git-blame-ignore-revs'), 'utf8').match(/^[0-9a-f]{40}$/m)?.[0] ?? '';
  expect(git('show', '--format=%s', '--no-patch', listed)).toMatch(/^Format everything/);
  const file = 'src/checkout/checkout.ts';
  expect(git('blame', '-l', file)).not.toContain(listed);
  expect(git('blame', '-l', '--ignore-revs-file', '', file)).toContain(listed);
  const lines = git('blame', '--line-porcelain', 'HEAD', '--', file);
  expect(new Set(lines.match(/^author .*$/gm)).size).toBeGreaterThanOrEqual(5);
  expect(lines.match(/^\t/gm)?.length).toBeGreaterThanOrEqual(300);
});

test('has branches, tags, a stash and a dirty working tree', () => {
  expect(git('status', '--porcelain')).toBe('M  public/styles.css\n M src/checkout/checkout.ts\n?? notes/');
  expect(git('stash', 'list')).toContain('half a discount');
  expect(git('for-each-ref', '--format=%(refname:short) %(upstream:track)', 'refs/heads').split('\n')).toEqual([
    'feature/gift-cards [ahead 2, behind 1]',
    'fix/slow-search ',
    'main [ahead 3]',
  ]);
  expect(git('cat-file', '-t', 'v1.0.0')).toBe('tag');
  expect(git('remote', 'get-url', 'origin')).toBe('https://github.com/example/shop.git');
  expect(git('-c', 'core.quotePath=false', 'ls-files', 'docs')).toContain('launch party 🎉.md');
});

test('refuses a folder that has something in it', async () => {
  await expect(createSample(shop)).rejects.toThrow(/is not empty/);
});
