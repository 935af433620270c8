// Branches and commits of items follow git, whoever changed it: renamed, deleted, amended, rebased, named in a trailer, in another clone.
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { list as listEvents } from '../../../server/protocol/events.ts';
import { adopt } from '../../../server/protocol/project.ts';
import { current, reconcile } from '../../../server/protocol/workFlow.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import type { TestServer } from '../../support/server.ts';
import { WorkBench } from './workBench.ts';

const bench = new WorkBench();
beforeAll(() => bench.open());
afterAll(() => bench.dispose());

const look = async (repository: Repository, through: TestServer = bench.server) =>
  (await through.send(reconcile, { repository: repository.root })).items;
const subjects = async (repository: Repository, id: number) =>
  (await bench.show(repository, id)).commitList.map(({ subject }) => subject).sort();

function byHand(repository: Repository, message: string, file = `${message}.txt`): string {
  repository.write(file, `${message}\n`);
  return repository.commit(message);
}

describe('reconcile', () => {
  test('finds commits of the branch that were made in a terminal, amended and rebased ones too', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    const { branch } = await bench.start(repository, id);
    await look(repository);
    expect(await look(repository)).toEqual([]);
    byHand(repository, 'one');
    byHand(repository, 'two');
    expect(await look(repository)).toEqual([id]);
    expect(await subjects(repository, id)).toEqual(['one', 'two']);
    expect(await look(repository)).toEqual([]);
    repository.git('commit', '-q', '--amend', '-m', 'two, better');
    expect(await look(repository)).toEqual([id]);
    expect(await subjects(repository, id)).toEqual(['one', 'two, better']);
    repository.git('switch', '-q', 'main');
    byHand(repository, 'on main');
    repository.git('switch', '-q', branch);
    repository.git('rebase', '-q', 'main');
    expect(await look(repository)).toEqual([id]);
    expect((await bench.show(repository, id)).commitList.map(({ id: commit }) => commit).sort()).toEqual(
      [repository.head(), repository.head('HEAD~')].sort(),
    );
    // Work that was merged stays the item's.
    repository.git('switch', '-q', 'main');
    repository.git('merge', '-q', '--no-ff', '-m', 'merged by hand', branch);
    await look(repository);
    expect(await subjects(repository, id)).toEqual(['one', 'two, better']);
  });

  test('asks the hub nothing when nothing moved', async () => {
    const repository = bench.repository();
    await bench.started(repository);
    await look(repository);
    const before = (await bench.send(listEvents, {})).last;
    const { pid } = bench.home.owner();
    await bench.home.kill();
    expect(await look(repository)).toEqual([]);
    expect(bench.home.owner().pid).toBe(pid);
    byHand(repository, 'now');
    expect(await look(repository)).toHaveLength(1);
    expect((await bench.send(listEvents, {})).last).toBe(before + 1);
  });

  test('follows a renamed branch', async () => {
    const repository = bench.repository();
    const { item } = await bench.started(repository);
    await look(repository);
    repository.git('branch', '-m', 'renamed/by-hand');
    expect(await look(repository)).toEqual([item.id]);
    expect(await bench.show(repository, item.id)).toMatchObject({ branch: 'renamed/by-hand', state: 'started' });
    expect(await bench.send(current, { repository: repository.root })).toMatchObject({ item: { id: item.id } });
  });

  test('takes a deleted branch away, also one that was deleted while no window was open', async () => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository);
    const other = await bench.home.window();
    repository.git('switch', '-q', 'main');
    repository.git('branch', '-q', '-D', branch);
    expect(await look(repository, other)).toEqual([item.id]);
    expect(await bench.show(repository, item.id)).toMatchObject({ branch: null, state: 'started' });
    await other.close();
  });

  test('leaves the branch of another clone alone, and takes it away where it was', async () => {
    const origin = createRepository({ bare: true });
    bench.repositories.push(origin);
    const repository = bench.repository();
    repository.git('remote', 'add', 'origin', origin.root);
    repository.git('push', '-q', '-u', 'origin', 'main');
    const { item, branch } = await bench.started(repository);
    await look(repository);
    const clone = createRepository();
    bench.repositories.push(clone);
    rmSync(clone.root, { recursive: true });
    origin.git('clone', '-q', origin.root, clone.root);
    await bench.send(adopt, { repository: clone.root, project: repository.git('config', 'hearth.project') });
    expect(await look(clone)).toEqual([]);
    expect((await bench.show(clone, item.id)).branch).toBe(branch);
    repository.git('switch', '-q', 'main');
    repository.git('branch', '-q', '-D', branch);
    expect(await look(repository)).toEqual([item.id]);
    expect((await bench.show(clone, item.id)).branch).toBeNull();
  });

  test('links a branch that was made by hand for an item, once', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    repository.git('switch', '-q', '-c', 'by-hand');
    repository.git('config', 'branch.by-hand.hearthItem', String(id));
    byHand(repository, 'one');
    expect(await look(repository)).toEqual([id]);
    expect(await bench.show(repository, id)).toMatchObject({ branch: 'by-hand', state: 'started', base: 'main', commits: 1 });
    // A copy of the branch copies its configuration: the item keeps the one it has.
    repository.git('branch', '-c', 'a-copy');
    await look(repository);
    expect((await bench.show(repository, id)).branch).toBe('by-hand');
  });

  test('links commits by their trailer on any branch; unknown and malformed numbers are nothing', async () => {
    const repository = bench.repository();
    const one = await bench.plan(repository, 'One');
    const two = await bench.plan(repository, 'Two');
    byHand(repository, `for one\n\nHearth-Item: ${one.id}`, 'x.txt');
    byHand(repository, `for both\n\nHearth-Item: ${one.id}\nHearth-Item: #${two.id}`, 'y.txt');
    byHand(repository, 'for nobody\n\nHearth-Item: 4711', 'z.txt');
    byHand(repository, 'malformed\n\nHearth-Item: $(touch pwned)', 'v.txt');
    expect(await look(repository)).toEqual([one.id, two.id]);
    expect(await subjects(repository, one.id)).toEqual(['for both', 'for one']);
    expect((await bench.show(repository, two.id)).commitList).toMatchObject([{ subject: 'for both', source: 'trailer' }]);
    expect(await bench.show(repository, one.id)).toMatchObject({ state: 'planned', branch: null });
  });

  test('does nothing in a repository that is no project, and none in one without commits', async () => {
    const repository = bench.repository();
    byHand(repository, 'x\n\nHearth-Item: 1');
    expect(await look(repository)).toEqual([]);
    expect(repository.tryGit(['config', 'hearth.project']).status).toBe(1);
    const empty = createRepository();
    bench.repositories.push(empty);
    expect(await look(empty)).toEqual([]);
  });
});
