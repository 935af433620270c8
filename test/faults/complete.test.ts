// Merge & Complete is killed −9 at each step that it writes down, before and after the act, and gone on with by another process: all is
// done, or all is as before.
import { chmodSync, existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { undoList } from '../../server/protocol/gitActions.ts';
import type { MergeHow } from '../../server/protocol/work.ts';
import { commit, complete, resume } from '../../server/protocol/workFlow.ts';
import { steps } from '../../server/work/completion.ts';
import { WorkBench } from '../integration/work/workBench.ts';
import { isAlive, until } from '../support/processes.ts';
import { CompleteCase, type Place, places } from './support/completeCase.ts';
import { seeds } from './support/seeds.ts';
import { Invariants, survived } from './support/tally.ts';

const bench = new WorkBench();
beforeAll(() => bench.open());
afterAll(() => bench.dispose());

const ways: readonly MergeHow[] = ['merge', 'squash', 'fast-forward'];
const points = [
  'begin',
  ...steps.flatMap((step) => ['intent', ...(step === 'changelog' ? ['written'] : []), 'acted', 'done'].map((at) => `${step} ${at}`)),
];

const actions = ['resume', 'undo'] as const;
type Action = (typeof actions)[number];

/** Without time for everything: what was done without being written down is found by both, the rest is gone on with in turns. */
function few(point: string, at: number): readonly Action[] {
  if (/^(?:merge|changelog) (?:acted|written)$/.test(point)) return actions;
  return [point.endsWith('acted') || (point.endsWith('done') && at % 2 === 0) ? 'resume' : 'undo'];
}

/** Killed at a point, then finished or undone. */
async function killed(point: string, action: Action, place: Place, how: MergeHow, second?: string): Promise<string[]> {
  const it = await CompleteCase.make(bench, place, how);
  const { stderr, code } = await it.complete({ HEARTH_FAULT_AT: point });
  if (code !== 128) return [`it was not killed: ${code} ${stderr}`];
  survived('kills');
  const [open] = await it.open();
  if (open === undefined) return ['nothing is open after it was killed'];
  const refused = await bench.refusal(complete, { repository: it.repository.root, id: it.id });
  if (refused.data?.reason !== 'precondition') return [`another one is not refused: ${refused.message}`];
  if (second !== undefined) {
    const again = await it.resume(action, { HEARTH_FAULT_AT: second });
    if (again.code !== 128) return [`the second was not killed: ${again.code} ${again.stderr}`];
    survived('kills');
  }
  // The last one by the window, whose process has seen nothing of it.
  await bench.send(resume, { repository: it.repository.root, id: it.id, action: action === 'undo' ? 'undo' : 'finish' });
  return action === 'undo' ? it.problemsUndone() : it.problemsDone();
}

describe('Merge & Complete', () => {
  test('killed at every step, then finished or undone', { timeout: 3_600_000 }, async () => {
    const invariants = new Invariants();
    for (const [at, point] of points.entries()) {
      const cases =
        seeds > 0
          ? actions.flatMap((action) => places.flatMap((place) => ways.map((how) => [action, place, how] as const)))
          : few(point, at).map((action) => [action, places[at % 3] as Place, ways[Math.floor(at / 3) % 3] as MergeHow] as const);
      for (const [action, place, how] of cases) {
        invariants.report(await killed(point, action, place, how), `${point}, ${action}, ${place}, ${how}`);
      }
    }
    invariants.check();
  });

  test('killed again while another process goes on with it', { timeout: 600_000 }, async () => {
    const invariants = new Invariants();
    const pairs: [string, Action, string][] = [
      ['merge intent', 'resume', 'changelog written'],
      ['changelog written', 'resume', 'merge acted'],
      ['switch acted', 'undo', 'taken back'],
      ['finish done', 'resume', 'nowhere'],
    ];
    for (const [first, action, second] of pairs) {
      const where = `${first}, then ${second}`;
      invariants.report(await killed(first, action, 'branch', 'merge', second === 'nowhere' ? undefined : second), where);
    }
    invariants.check();
  });

  test.each([
    ['goes on to the end', 'resume', 'exit 0'],
    ['goes on to the end', 'undo', 'exit 0'],
    ['gives up half way', 'resume', 'exit 1'],
    ['gives up half way', 'undo', 'exit 1'],
  ] as const)('killed while git merges, which %s, then %s', async (_, action, end) => {
    const it = await CompleteCase.make(bench, 'beside', 'merge');
    const pidFile = `${it.repository.root}/.git/merge-pid`;
    hook(it, 'pre-merge-commit', `echo $PPID > '${pidFile}'\nkill -9 $(ps -o ppid= -p $PPID)\n${end}`);
    expect((await it.complete()).code).toBe(128);
    survived('kills');
    await until(() => existsSync(pidFile) && !isAlive(Number(readFileSync(pidFile, 'utf8'))));
    hook(it, 'pre-merge-commit', 'exit 0');
    await bench.send(resume, { repository: it.repository.root, id: it.id, action: action === 'undo' ? 'undo' : 'finish' });
    expect(action === 'undo' ? await it.problemsUndone() : await it.problemsDone()).toEqual([]);
  });

  test('goes on when the hub is killed meanwhile', async () => {
    const it = await CompleteCase.make(bench, 'branch', 'merge');
    const { pid } = bench.home.owner();
    hook(it, 'pre-merge-commit', `kill -9 ${pid}`);
    const { code, stderr } = await it.complete();
    expect([code, stderr]).toEqual([0, '']);
    survived('kills');
    expect(bench.home.owner().pid).not.toBe(pid);
    expect(await it.problemsDone()).toEqual([]);
  });

  test('what somebody does between the crash and the undo stays', async () => {
    const it = await CompleteCase.make(bench, 'third', 'merge');
    const { repository } = it;
    const before = repository.git('rev-parse', 'main', it.branch);
    expect((await it.complete({ HEARTH_FAULT_AT: 'changelog done' })).code).toBe(128);
    survived('kills');
    repository.git('commit', '-q', '-m', 'Mine', '--', 'staged.txt');
    repository.write('typed.txt', 'typed\n');
    repository.write('a.txt', 'more open work\n');
    repository.git('branch', 'another');
    const mine = repository.head('third');
    await bench.send(resume, { repository: repository.root, id: it.id, action: 'undo' });
    expect(repository.git('rev-parse', 'main', it.branch)).toBe(before);
    expect(repository.git('rev-parse', 'third', 'another')).toBe(`${mine}\n${mine}`);
    expect(repository.git('status', '--porcelain')).toBe(' M a.txt\n?? typed.txt');
    expect(readFileSync(repository.path('a.txt'), 'utf8')).toBe('more open work\n');
  });

  test('a commit on the target after the crash is not undone with it', async () => {
    const it = await CompleteCase.make(bench, 'beside', 'merge');
    const { repository } = it;
    expect((await it.complete({ HEARTH_FAULT_AT: 'merge done' })).code).toBe(128);
    survived('kills');
    const beside = repository.git('worktree', 'list', '--porcelain').match(/^worktree (.*main)$/m)?.[1] ?? '';
    writeFileSync(`${beside}/hotfix.txt`, 'now\n');
    repository.git('-C', beside, 'add', 'hotfix.txt');
    repository.git('-C', beside, 'commit', '-q', '-m', 'Hotfix');
    const tip = repository.head('main');
    const refused = await bench.refusal(resume, { repository: repository.root, id: it.id, action: 'undo' });
    expect(refused.data?.reason).toBe('conflict');
    expect(repository.head('main')).toBe(tip);
    await bench.send(resume, { repository: repository.root, id: it.id, action: 'finish' });
    const subjects = repository.git('log', '--first-parent', '--format=%s', 'main');
    expect(subjects).toBe(`Change log of #${it.id}\nHotfix\nMerge #${it.id}: Faster login\nFirst`);
    expect((await bench.show(repository, it.id)).state).toBe('done');
  });

  test('a commit on the branch or the target right after the crash is never dropped', async () => {
    for (const how of ways) {
      const it = await CompleteCase.make(bench, 'branch', how);
      const { repository } = it;
      expect((await it.complete({ HEARTH_FAULT_AT: 'merge intent' })).code).toBe(128);
      survived('kills');
      const hotfix = repository.git('commit-tree', '-p', 'main', '-m', 'Hotfix', 'main^{tree}');
      repository.git('update-ref', 'refs/heads/main', hotfix);
      repository.write('more.txt', 'more\n');
      const more = repository.commit('More');
      // Nothing of ours is in there: there is nothing to go on with or to take back, and no commit of theirs is touched.
      const action = how === 'merge' ? 'finish' : 'undo';
      expect(await bench.send(resume, { repository: repository.root, id: it.id, action })).toMatchObject({ outcome: 'undone' });
      expect(repository.git('rev-parse', 'main', it.branch)).toBe(`${hotfix}\n${more}`);
      expect(await it.open()).toEqual([]);
      expect((await bench.show(repository, it.id)).state).toBe('started');
    }
  });

  test.each(ways)('a commit on the target after a merge (%s) that was not written down: the merge is found below it', async (how) => {
    const it = await CompleteCase.make(bench, 'branch', how);
    const { repository } = it;
    expect((await it.complete({ HEARTH_FAULT_AT: 'merge acted' })).code).toBe(128);
    survived('kills');
    const hotfix = repository.git('commit-tree', '-p', 'main', '-m', 'Hotfix', 'main^{tree}');
    repository.git('update-ref', 'refs/heads/main', hotfix);
    const refused = await bench.refusal(resume, { repository: repository.root, id: it.id, action: 'undo' });
    expect(refused.data?.reason).toBe('conflict');
    expect(await bench.send(resume, { repository: repository.root, id: it.id, action: 'finish' })).toMatchObject({ outcome: 'completed' });
    expect(repository.git('log', '--first-parent', '-2', '--format=%s', 'main')).toBe(`Change log of #${it.id}\nHotfix`);
    // An undo of it would take the hotfix along: there is none.
    const { entries } = await bench.send(undoList, { repository: repository.root });
    expect(entries.filter(({ kind }) => kind === 'complete')).toEqual([]);
  });

  test('many at once into one target: each is done, or as it was', { timeout: 300_000 }, async () => {
    const it = await CompleteCase.make(bench, 'third', 'merge');
    const { repository } = it;
    repository.git('switch', '-q', '--detach', 'main', '--discard-changes');
    const ids = [it.id];
    for (const name of ['two', 'three', 'four']) {
      const { id } = await bench.plan(repository, name);
      await bench.start(repository, id, { base: 'main' });
      repository.write(`${name}.txt`, `${name}\n`);
      repository.git('add', '-A');
      await bench.send(commit, { repository: repository.root, message: name, entry: { kind: 'none', reason: 'None.' } });
      ids.push(id);
    }
    repository.git('switch', '-q', '--detach', 'main');
    const outcomes = await Promise.all(
      ids.map((id) => bench.home.cli(['work', 'complete', String(id), '--repo', repository.root, '--yes'], it.env)),
    );
    expect(outcomes.filter(({ code }) => code === 0).length).toBeGreaterThan(0);
    expect(await it.open(), outcomes.map(({ stderr }) => stderr).join('\n')).toEqual([]);
    for (const [at, id] of ids.entries()) {
      const item = await bench.show(repository, id);
      const merged = repository.git('log', '--format=%s', 'main').includes(`Merge #${id}:`);
      expect([item.state, merged]).toEqual(outcomes[at]?.code === 0 ? ['done', true] : ['started', false]);
      if (item.state === 'started') await bench.send(complete, { repository: repository.root, id });
    }
    expect(
      repository
        .git('branch', '--format=%(refname:short)')
        .split('\n')
        .filter((name) => name.startsWith('work/')),
    ).toEqual([]);
  });

  test('a commit on the branch after it was merged keeps the branch', async () => {
    const it = await CompleteCase.make(bench, 'third', 'squash');
    const { repository } = it;
    expect((await it.complete({ HEARTH_FAULT_AT: 'changelog done' })).code).toBe(128);
    survived('kills');
    const more = repository.git('commit-tree', '-p', it.branch, '-m', 'More', `${it.branch}^{tree}`);
    repository.git('update-ref', `refs/heads/${it.branch}`, more);
    const refused = await bench.refusal(resume, { repository: repository.root, id: it.id, action: 'undo' });
    expect(refused.data?.reason).toBe('conflict');
    await bench.send(resume, { repository: repository.root, id: it.id, action: 'finish' });
    expect(repository.head(it.branch)).toBe(more);
    expect(await bench.show(repository, it.id)).toMatchObject({ state: 'done', branch: it.branch });
  });

  test('is left alone while its process lives', async () => {
    const it = await CompleteCase.make(bench, 'branch', 'merge');
    const gate = `${it.repository.root}/.git/gate`;
    hook(it, 'pre-merge-commit', `touch '${gate}'\nwhile test -e '${gate}'; do sleep 0.05; done`);
    const running = it.complete();
    await until(() => existsSync(gate));
    for (const action of ['finish', 'undo'] as const) {
      const refused = await bench.refusal(resume, { repository: it.repository.root, id: it.id, action });
      expect(refused.data?.reason).toBe('locked');
    }
    expect((await it.resume('undo')).code).toBe(1);
    unlinkSync(gate);
    expect((await running).code).toBe(0);
    expect(await it.problemsDone()).toEqual([]);
  });
});

function hook({ repository }: CompleteCase, name: string, script: string): void {
  const file = repository.path('.git/hooks', name);
  repository.write(`.git/hooks/${name}`, '');
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}
