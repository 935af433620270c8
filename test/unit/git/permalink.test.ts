import { describe, expect, test } from 'vitest';
import { forgeOf, type Hints } from '../../../server/git/forge.ts';
import { issueLinks } from '../../../server/git/issueLinks.ts';
import { addressOf } from '../../../server/git/permalink.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';
const path = Buffer.from('src/a b#1.ts');

function link(url: string, lines?: { start: number; end: number }, hints: Hints = {}, file = path): string | undefined {
  const forge = forgeOf(url, hints);
  return forge === undefined ? undefined : addressOf(forge, { commit, path: file, lines });
}

describe('addresses of remotes', () => {
  const file = `blob/${commit}/src/a%20b%231.ts`;
  test.each([
    ['https://github.com/owner/repo.git', `https://github.com/owner/repo/${file}`],
    ['https://github.com/owner/repo', `https://github.com/owner/repo/${file}`],
    ['https://github.com/owner/repo/', `https://github.com/owner/repo/${file}`],
    ['https://user:secret@github.com/owner/repo.git', `https://github.com/owner/repo/${file}`],
    ['https://token@www.github.com/owner/repo.git', `https://github.com/owner/repo/${file}`],
    ['git@github.com:owner/repo.git', `https://github.com/owner/repo/${file}`],
    ['github.com:owner/repo.git', `https://github.com/owner/repo/${file}`],
    ['git@github.com-work:owner/repo.git', `https://github.com/owner/repo/${file}`],
    ['work-github:owner/repo.git', `https://github.com/owner/repo/${file}`],
    ['ssh://git@ssh.github.com:443/owner/repo.git', `https://github.com/owner/repo/${file}`],
    ['git://github.com/owner/repo.git', `https://github.com/owner/repo/${file}`],
    ['git+ssh://git@github.example.test/owner/repo.git', `https://github.example.test/owner/repo/${file}`],
    ['https://gitlab.com/group/sub/deeper/repo.git', `https://gitlab.com/group/sub/deeper/repo/-/${file}`],
    ['git@gitlab.com:group/sub/repo.git', `https://gitlab.com/group/sub/repo/-/${file}`],
    ['ssh://git@altssh.gitlab.com:443/group/repo.git', `https://gitlab.com/group/repo/-/${file}`],
    ['https://gitlab.example.test:8443/root/group/repo.git', `https://gitlab.example.test:8443/root/group/repo/-/${file}`],
    ['http://gitlab.example.test:8080/group/repo.git', `http://gitlab.example.test:8080/group/repo/-/${file}`],
    ['ssh://git@gitlab.example.test:2222/group/repo.git', `https://gitlab.example.test/group/repo/-/${file}`],
    ['git@code.example.test:group/sub/repo.git', `https://code.example.test/group/sub/repo/-/${file}`],
    ['https://codeberg.org/owner/repo.git', `https://codeberg.org/owner/repo/src/commit/${commit}/src/a%20b%231.ts`],
    ['git@gitea.example.test:owner/repo.git', `https://gitea.example.test/owner/repo/src/commit/${commit}/src/a%20b%231.ts`],
    ['https://[::1]:3000/owner/repo.git', `https://[::1]:3000/owner/repo/src/commit/${commit}/src/a%20b%231.ts`],
    ['git@bitbucket.org:owner/repo.git', `https://bitbucket.org/owner/repo/src/${commit}/src/a%20b%231.ts`],
    ['https://me@bitbucket.org/owner/repo.git', `https://bitbucket.org/owner/repo/src/${commit}/src/a%20b%231.ts`],
    [
      'https://bitbucket.example.test/scm/key/repo.git',
      `https://bitbucket.example.test/projects/KEY/repos/repo/browse/src/a%20b%231.ts?at=${commit}`,
    ],
    [
      'ssh://git@code.example.test:7999/key/repo.git',
      `https://code.example.test/projects/KEY/repos/repo/browse/src/a%20b%231.ts?at=${commit}`,
    ],
    [
      'ssh://git@code.example.test:7999/~ada/repo.git',
      `https://code.example.test/users/ada/repos/repo/browse/src/a%20b%231.ts?at=${commit}`,
    ],
    ['https://github.com/owner/re%20po.git', `https://github.com/owner/re%20po/${file}`],
  ])('%s', (url, expected) => {
    expect(link(url)).toBe(expected);
  });

  test.each([
    '/srv/git/repo.git',
    './repo',
    '../other',
    'C:\\repo',
    'file:///srv/repo.git',
    'ext::sh -c x',
    'https://dev.azure.com/o/p/_git/r',
    'https://git.sr.ht/~a/b',
    'https://github.com/',
    '',
    'ssh://a"onload=x/y/z',
  ])('none for %s', (url) => {
    expect(link(url)).toBeUndefined();
  });

  test('hints of a clone decide where the host’s name says nothing', () => {
    const url = 'git@code.example.test:owner/repo.git';
    expect(link(url, undefined, { gitlabCi: true })).toContain('/-/blob/');
    expect(link(url, undefined, { giteaFolder: true })).toContain('/src/commit/');
    expect(link(url, undefined, { githubFolder: true })).toContain('/repo/blob/');
  });
});

test('lines, folders, commits and rendered files', () => {
  const lines = { start: 7, end: 9 };
  const one = { start: 7, end: 7 };
  expect(link('git@github.com:o/r', lines)).toMatch(/#L7-L9$/);
  expect(link('git@github.com:o/r', one)).toMatch(/#L7$/);
  expect(link('git@github.com:o/r', { start: 9, end: 7 })).toMatch(/#L7-L9$/);
  expect(link('git@gitlab.com:o/r', lines)).toMatch(/#L7-9$/);
  expect(link('git@codeberg.org:o/r', lines)).toMatch(/#L7-L9$/);
  expect(link('git@bitbucket.org:o/r', lines)).toMatch(/#lines-7:9$/);
  expect(link('https://bitbucket.example.test/scm/k/r.git', lines)).toMatch(/#7-9$/);
  const readme = Buffer.from('README.md');
  expect(link('git@github.com:o/r', one, {}, readme)).toMatch(/README\.md\?plain=1#L7$/);
  expect(link('git@github.com:o/r', undefined, {}, readme)).toMatch(/README\.md$/);
  expect(link('git@codeberg.org:o/r', one, {}, readme)).toMatch(/README\.md\?display=source#L7$/);
  const latin = Buffer.from('caf\xe9', 'latin1');
  expect(link('git@github.com:o/r', undefined, {}, latin)).toMatch(/\/caf%E9$/);
  const addresses = ['git@github.com:o/r', 'git@gitlab.com:o/r', 'git@codeberg.org:o/r', 'git@bitbucket.org:o/r'].map((url) =>
    addressOf(forgeOf(url) as never, { commit }),
  );
  expect(addresses).toEqual([
    `https://github.com/o/r/commit/${commit}`,
    `https://gitlab.com/o/r/-/commit/${commit}`,
    `https://codeberg.org/o/r/commit/${commit}`,
    `https://bitbucket.org/o/r/commits/${commit}`,
  ]);
  expect(addressOf(forgeOf('git@github.com:o/r') as never, { commit, path: Buffer.from('src'), folder: true })).toBe(
    `https://github.com/o/r/tree/${commit}/src`,
  );
});

describe('issues named in messages', () => {
  const github = forgeOf('git@github.com:owner/repo.git') as never;
  const gitlab = forgeOf('git@gitlab.com:group/sub/repo.git') as never;
  const gitea = forgeOf('git@codeberg.org:owner/repo.git') as never;
  const found = (message: string, forge: never) =>
    issueLinks(message, forge).map(({ start, end, id, url }) => {
      expect(message.slice(start, end)).toBe(id);
      return url;
    });

  test('on GitHub', () => {
    expect(found('Fix #12, GH-13 and other/repo#14 (#15)', github)).toEqual([
      'https://github.com/owner/repo/issues/12',
      'https://github.com/owner/repo/issues/13',
      'https://github.com/other/repo/issues/14',
      'https://github.com/owner/repo/issues/15',
    ]);
  });

  test('on GitLab and Gitea', () => {
    expect(found('See !34, #12 and a/b/c#5', gitlab)).toEqual([
      'https://gitlab.com/group/sub/repo/-/merge_requests/34',
      'https://gitlab.com/group/sub/repo/-/issues/12',
      'https://gitlab.com/a/b/c/-/issues/5',
    ]);
    expect(found('See !34 and #12', gitea)).toEqual([
      'https://codeberg.org/owner/repo/pulls/34',
      'https://codeberg.org/owner/repo/issues/12',
    ]);
  });

  test.each([
    'colour #12ab34',
    'page#12',
    'https://x.test/a#12',
    '&#12;',
    '#0',
    'x/#12',
    '##12',
    'v1.#2',
    '!12 on GitHub',
    'a/b/c#1',
    '#1234567890',
  ])('nothing in "%s"', (message) => {
    expect(found(message, github)).toEqual([]);
  });

  test('positions count UTF-16 units, after emoji too', () => {
    expect(issueLinks('🎉 fixes #7', github)).toMatchObject([{ start: 9, end: 11, id: '#7' }]);
  });
});
