// `hearth undo`, `undo --list`, `redo`, as a person runs them.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deleteBranch, discard } from '../../../server/protocol/gitActions.ts';
import { cli, jsonLines } from '../../support/cli.ts';
import { HubHome } from '../../support/hub.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

let repository: Repository;
let home: HubHome;
beforeEach(() => {
  home = new HubHome();
  repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.commit('First');
  repository.git('branch', 'topic');
});
afterEach(async () => {
  repository.dispose();
  await home.dispose();
});
const hearth = (...args: string[]) => cli(args, { cwd: repository.root, env: home.env });
const rpc = (method: string, params: object) =>
  hearth('rpc', method, JSON.stringify({ repository: repository.root, ...params })).then(({ stdout }) => JSON.parse(stdout));

test('undo takes back the last action and says how to do it again; redo does', async () => {
  const topic = repository.head('topic');
  expect(await hearth('undo')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'hearth: There is nothing to undo here. `hearth undo --list` shows what Hearth did.\n',
  });
  const { undo: branch } = await rpc(deleteBranch.method, { branch: 'topic' });
  repository.write('a.txt', 'changed\n');
  const { undo: file } = await rpc(discard.method, { files: [{ path: 'a.txt' }] });
  expect(repository.git('status', '--porcelain')).toBe('');

  expect((await hearth('undo')).stdout).toBe(
    `Undone: Discard a.txt\n  1 file of the work tree changed\n\`hearth redo ${file}\` does it again.\n`,
  );
  expect(repository.git('status', '--porcelain')).toBe(' M a.txt');
  expect((await hearth('undo')).stdout).toBe(
    `Undone: Delete branch topic\n  topic: none → ${topic.slice(0, 10)}\n\`hearth redo ${branch}\` does it again.\n`,
  );
  expect(repository.head('topic')).toBe(topic);
  expect((await hearth('redo')).stdout).toMatch(/^Done again: Delete branch topic\n/);
  expect(repository.git('branch', '--list', 'topic')).toBe('');
  expect((await hearth('undo', '--redo', file)).stdout).toMatch(/^Done again: Discard a\.txt\n/);
  expect(repository.git('status', '--porcelain')).toBe('');
});

test('--list shows actions newest first; --json is one object a line', async () => {
  expect(await hearth('undo', '--list')).toMatchObject({ code: 0, stdout: '' });
  await rpc(deleteBranch.method, { branch: 'topic' });
  await hearth('undo');
  const { stdout } = await hearth('undo', '--list');
  expect(stdout).toMatch(
    /^\d{8}-\d{9}-00 {2}just now {8}undo {11}done {9}Delete branch topic\n\d{8}-\d{9}-00 {2}just now {8}delete-branch {2}undone {7}Delete branch topic\n$/,
  );
  expect(jsonLines((await hearth('undo', '--list', '--json')).stdout)).toMatchObject([
    { kind: 'undo', state: 'done' },
    { kind: 'delete-branch', state: 'undone', actor: 'cli', worktree: repository.root, refs: [{ name: 'refs/heads/topic', after: null }] },
  ]);
  expect(jsonLines((await hearth('undo', '--list', '--json', '-n', '1')).stdout)).toHaveLength(1);
});

test('wrong usage, an unknown id, a refusal', async () => {
  expect(await hearth('undo', 'a', 'b')).toMatchObject({ code: 2 });
  expect(await hearth('undo', '--list', 'a')).toMatchObject({ code: 2 });
  expect(await hearth('undo', '20200101-000000000-00')).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no record') });
  expect(await hearth('undo', '../../heads/main')).toMatchObject({ code: 1 });
  repository.write('a.txt', 'changed\n');
  await rpc(discard.method, { files: [{ path: 'a.txt' }] });
  repository.write('a.txt', 'changed again\n');
  const refused = await hearth('undo');
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^hearth: a\.txt changed since\. /) });
});
