import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linesOf } from '../../../server/git/inlineDiffHunks.ts';
import { processCounts } from '../../../server/git/process.ts';
import { inlineDiff } from '../../../server/protocol/git.ts';
import type { Side } from '../../../server/protocol/gitTypes.ts';
import { unmergedIndex } from '../../support/repositories/hostile.ts';
import { oddContents } from '../../support/repositories/hostileNames.ts';
import { createRepository, type Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import { commit, empty, type Handlers, index, openHandlers, stash, worktree } from './diffSupport.ts';

let handlers: Handlers;
let repository: Repository;
beforeEach(() => {
  handlers = openHandlers();
  repository = createRepository();
});
afterEach(() => {
  handlers.dispose();
  repository.dispose();
});

function open(path: string, text: string, root = repository.root): string {
  const uri = pathToFileURL(`${root}/${path}`).href;
  handlers.services.documents.open(uri, 'plaintext', 1, text);
  return uri;
}

const edit = (uri: string, version: number, text: string) => handlers.services.documents.change(uri, version, [{ text }]);
const ask = (uri: string, against: Side = commit('HEAD'), version?: number) =>
  handlers.send(inlineDiff, { uri, against, ...(version === undefined ? {} : { version }) });

test('unsaved text against a commit, the index, the saved file, a stash, nothing', async () => {
  repository.write('a.txt', 'one\ntwo\nthree\n');
  repository.commit('First');
  repository.write('a.txt', 'one\nstashed\nthree\n');
  repository.git('stash', '--quiet');
  repository.write('a.txt', 'one\nstaged\nthree\n');
  repository.git('add', 'a.txt');
  repository.write('a.txt', 'one\nsaved\nthree\n');
  const uri = open('a.txt', 'one\nunsaved\nthree\n');
  const hunk = (old: string) => [{ oldStart: 2, oldLines: [old], newStart: 2, newCount: 1 }];
  expect(await ask(uri)).toMatchObject({
    state: 'diffed',
    version: 1,
    hunks: hunk('two'),
    against: { label: 'HEAD', commit: repository.head() },
  });
  expect(await ask(uri, index)).toMatchObject({ hunks: hunk('staged'), against: { label: 'Index' } });
  expect(await ask(uri, worktree)).toMatchObject({ hunks: hunk('saved') });
  expect(await ask(uri, stash())).toMatchObject({ hunks: hunk('stashed'), against: { label: 'stash@{0}' } });
  expect(await ask(uri, { kind: 'mergeBase', a: 'main', b: 'HEAD' })).toMatchObject({ hunks: hunk('two') });
  expect(await ask(uri, empty)).toMatchObject({ hunks: [{ oldStart: 1, oldLines: [], newStart: 1, newCount: 4 }] });
});

test('typing starts no git process; restoring the text leaves no change; a stale version is told', async () => {
  repository.write('a.txt', 'one\ntwo\nthree\n');
  repository.commit('First');
  const uri = open('a.txt', 'one\ntwo\nthree\n');
  expect(await ask(uri)).toMatchObject({ hunks: [] });
  const before = processCounts().started;
  for (let version = 2; version < 50; version++) {
    edit(uri, version, `one\ntwo\n${'typed '.repeat(version)}\nthree\n`);
    expect(await ask(uri, commit('HEAD'), version)).toMatchObject({
      version,
      hunks: [{ oldStart: 3, oldLines: [], newStart: 3, newCount: 1 }],
    });
  }
  edit(uri, 50, 'one\ntwo\nthree\n');
  expect(await ask(uri)).toMatchObject({ version: 50, hunks: [] });
  expect(await ask(uri, commit('HEAD'), 49)).toEqual({ state: 'stale' });
  expect(processCounts().started).toBe(before);
});

test('a commit, a staged change and a checkout are noticed', async () => {
  repository.write('a.txt', 'one\n');
  repository.commit('First');
  const uri = open('a.txt', 'two\n');
  const old = async (side: Side) => {
    const answer = await ask(uri, side);
    return answer.state === 'diffed' ? answer.hunks.flatMap(({ oldLines }) => oldLines) : answer.state;
  };
  expect([await old(commit('HEAD')), await old(index)]).toEqual([['one'], ['one']]);
  repository.write('a.txt', 'two\n');
  repository.git('add', 'a.txt');
  await expect.poll(() => old(index)).toEqual([]);
  repository.git('commit', '--quiet', '-m', 'Second');
  await expect.poll(() => old(commit('HEAD'))).toEqual([]);
  repository.git('checkout', '--quiet', 'HEAD~1');
  await expect.poll(() => old(commit('HEAD'))).toEqual(['one']);
});

test('a renamed file is compared with what it was', async () => {
  const text = Array.from({ length: 20 }, (_, at) => `line ${at}\n`).join('');
  repository.write('old name.txt', text);
  repository.commit('First');
  repository.git('mv', 'old name.txt', 'new.txt');
  repository.commit('Second');
  const uri = open('new.txt', text.replace('line 3\n', ''));
  expect(await ask(uri, commit('HEAD~1'))).toMatchObject({
    oldPath: 'old name.txt',
    hunks: [{ oldStart: 4, oldLines: ['line 3'], newStart: 4, newCount: 0 }],
  });
});

test('what cannot be compared says why', async () => {
  repository.write('a.txt', 'one\n');
  repository.write('b.bin', Buffer.from([0, 1]));
  repository.commit('First');
  const folder = temporaryFolder('outside');
  expect(await ask(open('new.txt', 'x\n'))).toEqual({ state: 'none', why: 'untracked' });
  expect(await ask(open('new.txt', 'x\n'), index)).toEqual({ state: 'none', why: 'untracked' });
  expect(await ask(open('b.bin', '\0\x01'))).toEqual({ state: 'none', why: 'binary' });
  expect(await ask(open('a.txt', 'x\n', folder))).toEqual({ state: 'none', why: 'outside-repository' });
  expect(await ask('untitled:Untitled-1')).toEqual({ state: 'none', why: 'unavailable' });
  await expect(ask(open('a.txt', 'x\n'), commit('nowhere'))).rejects.toMatchObject({ reason: 'not-found' });
  // A mistake is not remembered.
  repository.git('branch', 'nowhere');
  expect(await ask(open('a.txt', 'x\n'), commit('nowhere'))).toMatchObject({ state: 'diffed' });
});

test('a file that git knows and the commit does not is all new; unborn HEAD likewise', async () => {
  repository.write('a.txt', 'one\ntwo\n');
  repository.git('add', 'a.txt');
  const all = { state: 'diffed', hunks: [{ oldStart: 1, oldLines: [], newStart: 1, newCount: 3 }] };
  expect(await ask(open('a.txt', 'one\ntwo\n'))).toMatchObject(all);
});

test('in a conflict the index side is ours', async () => {
  using state = unmergedIndex();
  const ours = state.repository.git('show', `:2:${state.path}`);
  const uri = open(state.path, `${ours}\nmore\n`, state.root);
  expect(await ask(uri, index)).toMatchObject({ state: 'diffed', hunks: [{ oldLines: [], newCount: 1 }] });
});

test('line ends and encodings: the text as the editor has it shows only real changes', async () => {
  const { repository: contents, files } = oddContents();
  using _ = contents;
  for (const { path } of files.filter(({ path: name }) => !/bin|late-nul/.test(name))) {
    const bytes = contents.gitBytes(['cat-file', 'blob', `HEAD:${path}`]);
    const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    // VS Code gives every line the same end and drops the byte-order mark.
    const text = new TextDecoder(utf16 ? 'utf-16le' : 'utf-8').decode(bytes);
    for (const end of ['\n', '\r\n']) {
      const uri = open(path, linesOf(text).join(end), contents.root);
      expect(await ask(uri), `${path} ${JSON.stringify(end)}`).toMatchObject({ state: 'diffed', hunks: [] });
      handlers.services.documents.close(uri);
    }
  }
});
