// Start Work: branches created and adopted, what stands in the way, the current item.
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redo, undo, undoList } from '../../../server/protocol/gitActions.ts';
import { current, start, startPlan } from '../../../server/protocol/workFlow.ts';
import { createRepository, type Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import { startServer } from '../../support/server.ts';
import { stateOf, WorkBench } from './workBench.ts';

const bench = new WorkBench();
beforeAll(() => bench.open());
afterAll(() => bench.dispose());

describe('Start Work', () => {
  test('creates the branch from the default branch, switches, links, and starts the item', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    expect(await bench.send(startPlan, { repository: repository.root, id })).toMatchObject({
      branch: `work/${id}-faster-login`,
      adopt: [],
      bases: [{ revision: 'main', why: 'default' }],
      dirty: 0,
    });
    const started = await bench.start(repository, id);
    expect(started).toMatchObject({
      branch: `work/${id}-faster-login`,
      created: true,
      stashed: false,
      item: { state: 'started', base: 'main' },
    });
    expect(repository.git('branch', '--show-current')).toBe(started.branch);
    expect(repository.git('config', `branch.${started.branch}.hearthItem`)).toBe(String(id));
    expect(await bench.send(current, { repository: repository.root })).toMatchObject({ item: { id, branch: started.branch } });
  });

  test('can be undone: the branch and its link are gone', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    const before = stateOf(repository);
    const { undo: entry } = await bench.start(repository, id);
    await bench.send(undo, { repository: repository.root, id: entry });
    expect(stateOf(repository)).toEqual(before);
  });

  test('begins where it is told, and leaves the work tree alone when told', async () => {
    const repository = bench.repository();
    const first = repository.head();
    repository.write('b.txt', 'b\n');
    repository.commit('Second');
    const { id } = await bench.plan(repository);
    const { branch } = await bench.start(repository, id, { base: first, switch: false });
    expect(repository.head(branch)).toBe(first);
    expect(repository.git('branch', '--show-current')).toBe('main');
    expect((await bench.show(repository, id)).base).toBe('main');
  });

  test('adopts an existing branch, and knows which ones fit', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    const other = await bench.plan(repository, 'Other');
    repository.git('switch', '-q', '-c', `feature/${id}-login`);
    repository.write('b.txt', 'b\n');
    repository.commit('Begun before');
    repository.git('switch', '-q', '-c', 'spike', 'main');
    await bench.start(repository, other.id, { branch: 'theirs', base: 'main', switch: false });
    const plan = await bench.send(startPlan, { repository: repository.root, id });
    expect(plan.adopt).toEqual([
      { branch: `feature/${id}-login`, why: 'name' },
      { branch: 'spike', why: 'current' },
    ]);
    expect(await bench.refusal(start, { repository: repository.root, id, branch: 'theirs', adopt: true })).toMatchObject({
      message: expect.stringContaining(`#${other.id}`),
      data: { reason: 'conflict' },
    });
    const started = await bench.start(repository, id, { branch: `feature/${id}-login`, adopt: true });
    expect(started).toMatchObject({ created: false, item: { branch: `feature/${id}-login`, base: 'main' } });
    expect(started.item.commitList.map(({ subject }) => subject)).toEqual(['Begun before']);
    expect(repository.git('branch', '--show-current')).toBe(`feature/${id}-login`);
    repository.git('switch', '-q', 'main');
    // Started again it is the same branch; a second one is refused.
    expect(await bench.start(repository, id)).toMatchObject({ created: false, branch: `feature/${id}-login` });
    const second = await bench.refusal(start, { repository: repository.root, id, branch: 'second' });
    expect(second).toMatchObject({ data: { reason: 'conflict' } });
  });

  test('takes uncommitted changes along, stashes them, or refuses', async () => {
    const repository = bench.repository();
    const items = [await bench.plan(repository, 'One'), await bench.plan(repository, 'Two'), await bench.plan(repository, 'Three')];
    const [one, two, three] = items.map(({ id }) => id) as [number, number, number];
    repository.write('a.txt', 'changed\n');
    repository.write('new.txt', 'new\n');
    expect(await bench.refusal(start, { repository: repository.root, id: one, changes: 'refuse' })).toMatchObject({
      data: { reason: 'precondition' },
    });
    await bench.start(repository, one);
    expect(repository.git('status', '--porcelain')).toBe(' M a.txt\n?? new.txt');
    const stashed = await bench.start(repository, two, { changes: 'stash' });
    expect(stashed.stashed).toBe(true);
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(repository.git('stash', 'list')).toContain(`Before #${two}`);
    await bench.send(undo, { repository: repository.root, id: stashed.undo });
    expect(repository.git('status', '--porcelain')).toBe(' M a.txt\n?? new.txt');
    expect(repository.git('stash', 'list')).toBe('');
    // What is in the way of the switch is named, and nothing has happened.
    repository.git('switch', '-q', 'main');
    repository.git('stash', '-u', '-q');
    repository.write('a.txt', 'another\n');
    repository.commit('Second');
    repository.git('switch', '-q', `work/${one}-one`);
    repository.git('stash', 'pop', '-q');
    const before = stateOf(repository);
    expect(await bench.refusal(start, { repository: repository.root, id: three })).toMatchObject({
      message: expect.stringContaining('a.txt'),
      data: { reason: 'conflict' },
    });
    expect(stateOf(repository)).toEqual(before);
    expect((await bench.show(repository, three)).state).toBe('planned');
  });

  test('works with a detached HEAD and in a repository without commits', async () => {
    const repository = bench.repository();
    repository.git('switch', '-q', '--detach');
    const { id } = await bench.plan(repository);
    await bench.start(repository, id);
    expect(repository.git('branch', '--show-current')).toBe(`work/${id}-faster-login`);

    const empty = createRepository();
    bench.repositories.push(empty);
    empty.write('staged.txt', 'x\n');
    empty.git('add', '-A');
    const item = await bench.plan(empty, 'Begin');
    expect(await bench.refusal(start, { repository: empty.root, id: item.id, switch: false })).toMatchObject({
      data: { reason: 'precondition' },
    });
    const started = await bench.start(empty, item.id);
    expect(started).toMatchObject({ created: true, branch: `work/${item.id}-begin` });
    expect(empty.git('symbolic-ref', 'HEAD')).toBe(`refs/heads/work/${item.id}-begin`);
    expect(empty.git('status', '--porcelain')).toBe('A  staged.txt');
    await bench.send(undo, { repository: empty.root, id: started.undo });
    expect(empty.git('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
  });

  test('is blocked by a rebase in progress, during which the item stays current', async () => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository, 'a.txt');
    repository.git('switch', '-q', 'main');
    repository.write('a.txt', 'main\n');
    repository.commit('On main');
    repository.git('switch', '-q', branch);
    repository.tryGit(['rebase', 'main']);
    const now = await bench.send(current, { repository: repository.root });
    expect(now).toMatchObject({ head: { state: 'detached' }, operation: 'rebase', item: { id: item.id } });
    const other = await bench.plan(repository, 'Other');
    expect(await bench.send(startPlan, { repository: repository.root, id: other.id })).toMatchObject({
      blocked: 'A rebase is in progress here.',
    });
    expect(await bench.refusal(start, { repository: repository.root, id: other.id })).toMatchObject({ data: { reason: 'precondition' } });
  });

  test('names the work tree that has the branch checked out', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    const { branch } = await bench.start(repository, id, { switch: false });
    const worktree = repository.attach(join(temporaryFolder('worktree'), 'linked'));
    repository.git('worktree', 'add', '-q', worktree, branch);
    expect(await bench.refusal(start, { repository: repository.root, id })).toMatchObject({
      message: expect.stringContaining(worktree),
      data: { reason: 'precondition' },
    });
    expect(await bench.send(current, { repository: worktree })).toMatchObject({ item: { id } });
  });

  test('finds another name for a taken one, and says why there can be none', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    repository.git('branch', `work/${id}-faster-login`);
    const plan = await bench.send(startPlan, { repository: repository.root, id });
    expect(plan.branch).toBe(`work/${id}-faster-login-2`);
    expect(plan.adopt).toEqual([{ branch: `work/${id}-faster-login`, why: 'name' }]);
    repository.git('branch', '-D', `work/${id}-faster-login`);
    repository.git('branch', 'work');
    expect((await bench.send(startPlan, { repository: repository.root, id })).problem).toContain('There is a branch work');
    expect(await bench.refusal(start, { repository: repository.root, id })).toMatchObject({ data: { reason: 'invalid' } });
    for (const branch of ['a..b', 'x.lock', '@{-1}', 'a~b', 'HEAD']) {
      expect(await bench.refusal(start, { repository: repository.root, id, branch })).toMatchObject({ data: { reason: 'invalid' } });
      expect((await bench.send(startPlan, { repository: repository.root, id, branch })).problem).toBeDefined();
    }
    expect(await bench.refusal(start, { repository: repository.root, id, branch: '--orphan' })).toMatchObject({
      data: { reason: 'invalid' },
    });
  });

  test.each([
    ['emoji', '🚀🔥', ''],
    ['right to left', 'تسجيل الدخول أسرع', '-تسجيل-الدخول-أسرع'],
    [
      'Markdown and HTML',
      '# **Login** <img src=x onerror=alert(1)> [a](command:x) $(touch /tmp/x)',
      '-login-img-src-x-onerror-alert-1-a-command-x-touch',
    ],
    ['enormous', 'word '.repeat(60).trim(), '-word-word-word-word-word-word-word-word-word-word'],
  ])('makes a branch of a title in %s', async (_, title, slug) => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository, title);
    expect((await bench.start(repository, id)).branch).toBe(`work/${id}${slug}`);
    expect(repository.git('branch', '--show-current')).toBe(`work/${id}${slug}`);
  });

  test('changes nothing without trust, nor for an item that is not there', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    const before = stateOf(repository);
    const untrusted = await startServer({ trusted: false, env: bench.home.env });
    try {
      await expect(untrusted.send(start, { repository: repository.root, id })).rejects.toMatchObject({ data: { reason: 'untrusted' } });
    } finally {
      await untrusted.close();
    }
    expect(await bench.refusal(start, { repository: repository.root, id: 99 })).toMatchObject({ data: { reason: 'not-found' } });
    expect(stateOf(repository)).toEqual(before);
  });

  test('is taken back when git refuses: what was stashed lies in the work tree again', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    // An ignored file of the work tree that main tracks: the switch would write over it.
    repository.git('switch', '-q', '-c', 'here');
    repository.write('.gitignore', '.env\n');
    repository.commit('Ignore it');
    repository.git('switch', '-q', 'main');
    repository.write('.env', 'main\n');
    repository.commit('Track it');
    repository.git('switch', '-q', 'here');
    repository.write('.env', 'mine\n');
    repository.write('a.txt', 'changed\n');
    repository.write('new.txt', 'new\n');
    const before = stateOf(repository);
    const listed = await bench.send(undoList, { repository: repository.root });
    expect(await bench.refusal(start, { repository: repository.root, id, changes: 'stash' })).toMatchObject({
      message: expect.stringContaining('.env'),
      data: { reason: 'conflict', hint: expect.stringMatching(/Everything is as before\.$/) },
    });
    expect(stateOf(repository)).toEqual(before);
    expect(readFileSync(repository.path('.env'), 'utf8')).toBe('mine\n');
    expect(repository.git('stash', 'list')).toBe('');
    expect((await bench.show(repository, id)).state).toBe('planned');
    // Without a stash nothing has happened, and nothing is written down.
    const refused = await bench.refusal(start, { repository: repository.root, id });
    expect(refused.data?.hint).toBe('Commit, stash or discard them first.');
    const mine = (entries: readonly { kind: string }[]) => entries.filter(({ kind }) => kind !== 'undo');
    expect(mine((await bench.send(undoList, { repository: repository.root })).entries)).toEqual(mine(listed.entries));
  });

  test('is taken back when the branch cannot be linked', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    repository.write('a.txt', 'changed\n');
    const before = stateOf(repository);
    repository.write('.git/config.lock', '');
    for (const changes of ['carry', 'stash'] as const) {
      const refused = await bench.refusal(start, { repository: repository.root, id, changes });
      expect(refused.data?.hint).toMatch(/Everything is as before\.$/);
      expect(stateOf(repository)).toEqual(before);
    }
    rmSync(repository.path('.git/config.lock'));
    expect(await bench.start(repository, id, { changes: 'stash' })).toMatchObject({ created: true, stashed: true });
  });

  /** Runs in the middle of a start, whose link then fails. */
  async function meanwhile(repository: Repository, id: number, script: string): Promise<string> {
    repository.write('.git/hooks/post-checkout', `#!/bin/sh\n: > '${repository.path('.git/config.lock')}'\n${script}\n`);
    repository.git('config', 'core.hooksPath', repository.path('.git/hooks'));
    chmodSync(repository.path('.git/hooks/post-checkout'), 0o755);
    const { data } = await bench.refusal(start, { repository: repository.root, id, changes: 'stash' });
    rmSync(repository.path('.git/hooks/post-checkout'));
    rmSync(repository.path('.git/config.lock'));
    return data?.hint ?? '';
  }

  test('that cannot be taken back names the undo, which does it later', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    repository.write('a.txt', 'changed\n');
    const before = stateOf(repository);
    const lock = repository.path('.git/index.lock');
    const hint = await meanwhile(repository, id, `: > '${lock}'`);
    expect(hint).toContain('may be in the stash');
    rmSync(lock);
    const action = hint.match(/`hearth undo (\S+)` tries again\./)?.[1] ?? '';
    await bench.send(undo, { repository: repository.root, id: action });
    expect(stateOf(repository)).toEqual(before);
  });

  test('that is taken back keeps what somebody has written meanwhile, and can bring back the stash', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    repository.write('a.txt', 'changed\n');
    repository.write('new.txt', 'new\n');
    const hint = await meanwhile(repository, id, 'echo theirs > a.txt');
    expect(hint).toContain('(a.txt)');
    expect(repository.git('branch', '--show-current')).toBe('main');
    expect(readFileSync(repository.path('a.txt'), 'utf8')).toBe('theirs\n');
    expect(readFileSync(repository.path('new.txt'), 'utf8')).toBe('new\n');
    await bench.send(redo, { repository: repository.root, id: hint.match(/`hearth redo (\S+)`/)?.[1] ?? '' });
    expect(repository.git('show', 'stash@{0}:a.txt')).toBe('changed');
  });

  test('is taken back when the hub refuses', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    const before = stateOf(repository);
    // An item of another store: the plan still knows it, the hub that is asked at the end does not.
    const project = repository.git('config', 'hearth.project');
    repository.write('.git/hooks/post-checkout', `#!/bin/sh\ngit config hearth.project 00000000-0000-4000-8000-000000000000\n`);
    repository.git('config', 'core.hooksPath', repository.path('.git/hooks'));
    chmodSync(repository.path('.git/hooks/post-checkout'), 0o755);
    expect(await bench.refusal(start, { repository: repository.root, id })).toMatchObject({ data: { reason: 'not-found' } });
    rmSync(repository.path('.git/hooks/post-checkout'));
    repository.git('config', 'hearth.project', project);
    expect(stateOf(repository)).toEqual(before);
    expect(existsSync(repository.path('.git/index.lock'))).toBe(false);
    expect(readFileSync(repository.path('.git/config'), 'utf8')).not.toContain('hearthItem');
  });
});

describe('the current item', () => {
  test('is unknown when the branch names one that the store does not have, and none where a branch has none', async () => {
    const repository = bench.repository();
    expect(await bench.send(current, { repository: repository.root })).toEqual({ head: expect.objectContaining({ branch: 'main' }) });
    await bench.plan(repository);
    repository.git('config', 'branch.main.hearthItem', '4711');
    expect(await bench.send(current, { repository: repository.root })).toMatchObject({ unknown: 4711 });
    repository.git('branch', '-m', 'other');
    expect(await bench.send(current, { repository: repository.root })).toMatchObject({ unknown: 4711, head: { branch: 'other' } });
  });
});
