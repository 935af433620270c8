// What only looks as if it was merged elsewhere: an item must never be called done for work that is not there.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completePlan, reconcile } from '../../../server/protocol/workFlow.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { WorkBench } from './workBench.ts';

const bench = new WorkBench();
beforeAll(() => bench.open());
afterAll(() => bench.dispose());

const plan = (repository: Repository, id: number) => bench.send(completePlan, { repository: repository.root, id });

function byHand(repository: Repository, name: string): string {
  repository.write(`${name}.txt`, `${name}\n`);
  return repository.commit(name);
}

describe('merged elsewhere is not', () => {
  test('a branch without work that was pulled ahead, when somebody merged the target into theirs', async () => {
    const repository = bench.repository();
    const { id } = await bench.plan(repository);
    const { branch } = await bench.start(repository, id);
    repository.git('switch', '-q', 'main');
    byHand(repository, 'one');
    repository.git('switch', '-q', branch);
    repository.git('merge', '-q', 'main');
    repository.git('switch', '-q', '-c', 'theirs', 'HEAD~');
    byHand(repository, 'two');
    repository.git('merge', '-q', '-m', 'Main into theirs', 'main');
    repository.git('switch', '-q', 'main');
    repository.git('merge', '-q', '--no-ff', '-m', 'Theirs', 'theirs');
    const found = await plan(repository, id);
    expect(found).not.toHaveProperty('elsewhere');
    expect(found.ready).toBe(false);
  });

  test('a branch without work that began at the upstream, when the target was behind it', async () => {
    const upstream = createRepository({ bare: true });
    try {
      const repository = bench.repository();
      repository.git('remote', 'add', 'origin', upstream.root);
      repository.git('switch', '-q', '-c', 'ahead');
      const theirs = byHand(repository, 'theirs');
      repository.git('push', '-q', 'origin', 'ahead:main');
      repository.git('fetch', '-q', 'origin');
      repository.git('switch', '-q', 'main');
      repository.git('branch', '-q', '-D', 'ahead');
      repository.git('branch', '-q', '--set-upstream-to=origin/main');
      const { id } = await bench.plan(repository);
      await bench.start(repository, id, { base: 'origin/main' });
      expect(repository.head()).toBe(theirs);
      await bench.send(reconcile, { repository: repository.root });
      expect((await bench.show(repository, id)).commitList).toEqual([]);
      repository.git('switch', '-q', 'main');
      repository.git('merge', '-q', '--ff-only', 'origin/main');
      expect(await plan(repository, id)).not.toHaveProperty('elsewhere');
    } finally {
      upstream.dispose();
    }
  });

  test.each([
    ['merge', ['--no-ff', '-m', 'Merged'], ['-m', '1']],
    ['squash', ['--squash'], []],
  ] as const)('a %s that was reverted; once the revert is reverted it is', async (how, merge, revert) => {
    const repository = bench.repository();
    const { item, branch } = await bench.started(repository);
    repository.git('switch', '-q', 'main');
    repository.git('merge', '-q', ...merge, branch);
    if (how === 'squash') repository.commit('Squashed', { stage: 'index' });
    expect(await plan(repository, item.id)).toHaveProperty('elsewhere');
    repository.git('revert', '--no-edit', ...revert, 'HEAD');
    expect(await plan(repository, item.id)).not.toHaveProperty('elsewhere');
    repository.git('revert', '--no-edit', 'HEAD');
    expect(await plan(repository, item.id)).toHaveProperty('elsewhere');
  });
});

test('a fast-forward in a terminal of commits that were made there is found', async () => {
  const repository = bench.repository();
  const { id } = await bench.plan(repository);
  const { branch } = await bench.start(repository, id);
  const tip = byHand(repository, 'one');
  repository.git('switch', '-q', 'main');
  repository.git('merge', '-q', '--ff-only', branch);
  expect(await plan(repository, id)).toMatchObject({ elsewhere: { by: 'ancestry', commit: tip } });
});
