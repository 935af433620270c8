import { expect, test } from 'vitest';
import { parseMergeTree } from '../../../server/git/actions/mergePrediction.ts';
import { checkedPaths } from '../../../server/git/actions/paths.ts';
import { filesInTheWay, someOf } from '../../../server/git/actions/refusal.ts';
import { parseSections } from '../../../server/git/actions/restoreConfig.ts';
import { looksSecret } from '../../../server/git/actions/secretNames.ts';

test('merge-tree: files with the kind of their first conflict, any name', () => {
  const tree = 'a'.repeat(40);
  const messages = [
    ['1', 'a', 'Auto-merging', 'Auto-merging a\n'],
    ['1', 'a', 'CONFLICT (contents)', 'CONFLICT (add/add): Merge conflict in a\n'],
    ['2', 'x\ny', 'z', 'CONFLICT (rename/delete)', 'CONFLICT (rename/delete): z renamed to x\ny\n'],
  ];
  const text = [tree, 'a', 'x\ny', 'f\xff', '', ...messages.flat(), ''].join('\0');
  expect(parseMergeTree(text)).toEqual({
    tree,
    conflicts: [
      { path: 'a', kind: 'add/add' },
      { path: 'x\ny', kind: 'rename/delete' },
      { path: 'f\ufffd', pathBytes: Buffer.from([0x66, 0xff]).toString('base64'), kind: 'content' },
    ],
  });
  expect(parseMergeTree(`${tree}\0`)).toEqual({ tree, conflicts: [] });
  expect(() => parseMergeTree('nonsense')).toThrow('did not say');
});

test('names of secrets, and names that only look like them', () => {
  for (const name of [
    '.env',
    'a/.env.local',
    'server.pem',
    'x.KEY',
    'id_rsa',
    'id_ed25519.bak',
    'credentials.json',
    '.npmrc',
    '.ssh/config',
    'a.p12',
  ])
    expect([name, looksSecret(name)]).toEqual([name, true]);
  for (const name of ['environment.ts', '.env.example', 'keyboard.ts', 'pem.md', 'src/secretScan.ts', 'monkey', 'config.sample'])
    expect([name, looksSecret(name)]).toEqual([name, false]);
});

test('configuration of branches: dots and newlines in names, repeated and empty variables', () => {
  const text =
    'branch.a.b.merge\nrefs/heads/x\0branch.a.b.merge\ntwo\nlines\0branch.c.hearthitem\n7\0branch.c.flag\0branch.autosetupmerge\ntrue\0';
  expect([...parseSections(text)]).toEqual([
    [
      'a.b',
      [
        ['merge', 'refs/heads/x'],
        ['merge', 'two\nlines'],
      ],
    ],
    [
      'c',
      [
        ['hearthitem', '7'],
        ['flag', 'true'],
      ],
    ],
  ]);
});

test('files in the way are read only from git’s own words', () => {
  const said = 'error: Your local changes to the following files would be overwritten by merge:\n\ta b\n\tc\nPlease commit.\nAborting\n';
  expect(filesInTheWay(said)).toEqual(['a b', 'c']);
  expect(filesInTheWay('a hook prints\n\ta b\n')).toEqual([]);
  expect(someOf(['a', 'b\n', 'c', 'd', 'e'])).toBe('a, b\\n, c and 2 more');
});

test('paths of a request', () => {
  expect(checkedPaths([{ path: 'a' }, { path: 'a' }, { path: 'ü' }], false)).toEqual(['a', '\xc3\xbc']);
  expect(checkedPaths([{ path: '' }], true)).toEqual(['']);
  for (const path of ['', '.', 'a/..', '.git/x', 'a/.GIT/x', 'GIT~1/config', '/a', 'a/'])
    expect(() => checkedPaths([{ path }], false)).toThrow('is no path');
});
