// The whole way of a change: from a terminal alone, and mixed between two windows and a terminal.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { appended } from '../../../server/protocol/events.ts';
import * as work from '../../../server/protocol/work.ts';
import { complete, completePlan, current, reconcile, start } from '../../../server/protocol/workFlow.ts';
import { HubHome } from '../../support/hub.ts';
import { until } from '../../support/processes.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

const homes: HubHome[] = [];
const repositories: Repository[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await home.dispose();
  for (const repository of repositories.splice(0)) repository.dispose();
});

function world(): { home: HubHome; repository: Repository; hearth: (...args: string[]) => Promise<string> } {
  const home = new HubHome({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });
  homes.push(home);
  const repository = createRepository();
  repositories.push(repository);
  repository.git('config', 'user.name', 'Ada Example');
  repository.git('config', 'user.email', 'ada@example.test');
  repository.write('src/login.ts', 'export const wait = 200;\n');
  repository.write('CHANGES.md', '# Changes\n\n## 1.0.0\n\n- First.\n');
  repository.commit('First');
  const hearth = async (...args: string[]) => {
    const { code, stdout, stderr } = await home.cli([...args, '--repo', repository.root]);
    if (code !== 0) throw new Error(`hearth ${args.join(' ')}: ${code}\n${stderr}${stdout}`);
    return stdout;
  };
  return { home, repository, hearth };
}

describe('the way of a change', () => {
  test('in a terminal: new, start, edit, commit with its entry, review, complete; and back by undo', async () => {
    const { home, repository, hearth } = world();
    const json = async (...args: string[]) => JSON.parse(await hearth(...args, '--json'));
    const refused = async (...args: string[]) => {
      const { code, stderr } = await home.cli([...args, '--repo', repository.root]);
      expect(code).toBe(1);
      return stderr;
    };
    await hearth('work', 'new', 'Faster login', '--type', 'feature', '--tag', 'speed', '--check', 'Measured', '--check', 'Tested');
    expect(await hearth('work', 'start', '1')).toContain('work/1-faster-login');
    expect(repository.git('branch', '--show-current')).toBe('work/1-faster-login');
    repository.write('src/login.ts', 'export const wait = 100;\n');
    expect(await hearth('commit', '--plan', '-a')).toMatch(/item +#1 Faster login\nstaged +1 file, \+1 −1\nentry +missing/);
    expect(await refused('commit', '-a', '-m', 'feat: half the wait')).toContain('--entry');
    const made = await hearth('commit', '-a', '-m', 'feat: half the wait', '-m', 'A body.', '--entry', 'Added: Login takes half the time.');
    expect(made).toMatch(/^\[work\/1-faster-login [0-9a-f]{10}\] feat: half the wait \(#1\)\n/);
    expect(repository.git('log', '-1', '--format=%B')).toBe('feat: half the wait\n\nA body.\n\nHearth-Item: 1\n');
    repository.write('test.txt', 'fast\n');
    repository.commit('By git itself');
    await hearth('work', 'review');
    expect(await refused('work', 'complete')).toContain('#1 cannot be completed yet');
    await hearth('work', 'note', '1', 'Sessions are kept.');
    await hearth('work', 'check', '1', '1');
    await hearth('work', 'check', '1', 'Tested');
    expect((await json('work', 'complete', '--plan')).ready).toBe(true);
    const before = repository.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads');
    expect(await hearth('work', 'complete')).toContain('Done: #1 Faster login, merged into main (merge)');
    expect(repository.git('log', '--first-parent', '--format=%s')).toBe('Change log of #1\nMerge #1: Faster login\nFirst');
    expect(readFileSync(repository.path('CHANGES.md'), 'utf8')).toContain('- Login takes half the time. (#1)');
    expect(readFileSync(repository.path('CHANGES.md'), 'utf8').endsWith('## 1.0.0\n\n- First.\n')).toBe(true);
    expect(repository.git('status', '--porcelain')).toBe('');
    const { item } = { item: await json('work', 'show', '1') };
    const shown = (item.item ?? item) as work.Item;
    expect(shown).toMatchObject({ id: 1, state: 'done', branch: null, tags: ['speed'], checks: { done: 2, total: 2 } });
    expect(shown.commitList.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['feat: half the wait', 'By git itself', 'Merge #1: Faster login', 'Change log of #1']),
    );
    await hearth('undo');
    expect(repository.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads')).toBe(before);
    expect(repository.git('branch', '--show-current')).toBe('work/1-faster-login');
    const [row] = (await hearth('work', 'list', '--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(row).toMatchObject({
      id: 1,
      title: 'Faster login',
      type: 'feature',
      state: 'started',
      branch: 'work/1-faster-login',
      tags: ['speed'],
    });
  });

  test('mixed: planned in one window, started in another, committed in a terminal, completed in the first', async () => {
    const { home, repository, hearth } = world();
    const { root } = repository;
    const [one, two] = [await home.window(), await home.window()];
    const heard: number[] = [];
    two.onNotification(appended, ({ last }) => void heard.push(last));
    const { item } = await one.send(work.create, { repository: root, title: 'Größere Schrift', type: 'fix', checklist: [] });
    const { branch } = await two.send(start, { repository: root, id: item.id });
    expect(branch).toBe(`work/${item.id}-großere-schrift`);
    expect(await one.send(current, { repository: root })).toMatchObject({ item: { id: item.id, state: 'started' } });
    repository.write('src/font.css', 'body { font-size: 2em }\n');
    repository.git('add', '-A');
    expect(await hearth('commit', '--entry', 'Fixed: Text can be read.')).toContain('fix: größere Schrift');
    repository.write('src/font.css', 'body { font-size: 3em }\n');
    repository.commit('even larger');
    expect((await two.send(reconcile, { repository: root })).items).toEqual([item.id]);
    // Both windows write the notes: the later one sees what it would have overwritten.
    await two.send(work.edit, { repository: root, id: item.id, notes: { from: '', to: 'Two em.' } });
    await expect(one.send(work.edit, { repository: root, id: item.id, notes: { from: '', to: 'Three em.' } })).rejects.toMatchObject({
      data: { reason: 'conflict' },
    });
    // A commit in the terminal between plan and completion is not merged unseen.
    const plan = await one.send(completePlan, { repository: root, id: item.id });
    expect(plan.ready).toBe(true);
    const expected = { source: plan.source?.commit ?? '', target: plan.target?.commit ?? '' };
    repository.write('src/font.css', 'body { font-size: 4em }\n');
    await hearth('commit', '-a', '-m', 'fix: four');
    await expect(one.send(complete, { repository: root, id: item.id, expected })).rejects.toMatchObject({ data: { reason: 'conflict' } });
    // Two at once: one completes it, the other is told.
    const tip = repository.head();
    const answers = await Promise.allSettled([
      one.send(complete, { repository: root, id: item.id, expected: { ...expected, source: tip } }),
      two.send(complete, { repository: root, id: item.id, expected: { ...expected, source: tip } }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(repository.git('log', '--first-parent', '--format=%s', 'main')).toBe(
      `Change log of #${item.id}\nMerge #${item.id}: Größere Schrift\nFirst`,
    );
    const { last } = await one.send((await import('../../../server/protocol/events.ts')).list, {});
    await until(() => heard.some((each) => each >= last));
    expect(await hearth('work', 'show', String(item.id))).toContain('Größere Schrift');
    expect((await two.send(work.show, { repository: root, id: item.id })).item).toMatchObject({ state: 'done', branch: null });
    await one.close();
    await two.close();
  });
});
