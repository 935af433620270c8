import { expect, test } from 'vitest';
import { parseRemoteSettings, withoutCredentials } from '../../../server/git/remotes.ts';
import { parseWorktrees } from '../../../server/git/worktrees.ts';

test('worktrees: bare main, detached, locked, prunable, a newline in a path', () => {
  const id = 'c'.repeat(40);
  const text = [
    'worktree /bare\0bare\0\0',
    `worktree /a\nb\0HEAD ${id}\0branch refs/heads/x/y\0\0`,
    `worktree /c\0HEAD ${id}\0detached\0locked because of it\0prunable gone\0\0`,
    `worktree /d\0HEAD ${'0'.repeat(40)}\0branch refs/heads/unborn\0\0`,
  ].join('');
  expect(parseWorktrees(text, '/c')).toEqual([
    { root: '/a\nb', head: id, branch: 'x/y', locked: false, prunable: false, current: false },
    { root: '/c', head: id, locked: true, prunable: true, current: true },
    { root: '/d', branch: 'unborn', locked: false, prunable: false, current: false },
  ]);
});

test('the longest insteadOf wins, the first address of a remote counts', () => {
  const entry = (key: string, value: string) => `${key}\n${value}\0`;
  const text = [
    entry('remote.origin.url', 'gh:owner/repo'),
    entry('remote.origin.url', 'second'),
    entry('remote.with.dots.url', 'gh:special/x'),
    entry('url.https://github.com/.insteadof', 'gh:'),
    entry('url.https://mirror.test/.insteadof', 'gh:special/'),
    entry('branch.a.b.remote', 'with.dots'),
  ].join('');
  const { remotes, ofBranch } = parseRemoteSettings(text);
  expect(remotes).toEqual([
    { name: 'origin', url: 'https://github.com/owner/repo' },
    { name: 'with.dots', url: 'https://mirror.test/x' },
  ]);
  expect(ofBranch.get('a.b')).toBe('with.dots');
});

test.each([
  ['https://user:secret@host.test/a.git', 'https://host.test/a.git'],
  ['https://token@host.test/a.git', 'https://host.test/a.git'],
  ['https://u:p@ss@host.test/a', 'https://host.test/a'],
  ['https://host.test/a?private_token=x#y', 'https://host.test/a'],
  ['ssh://git:secret@host.test:22/a', 'ssh://git@host.test:22/a'],
  ['git@host.test:a/b.git', 'git@host.test:a/b.git'],
  ['/srv/a@b', '/srv/a@b'],
])('%s is shown as %s', (url, shown) => {
  expect(withoutCredentials(url)).toBe(shown);
});
