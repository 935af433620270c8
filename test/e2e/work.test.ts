// Work items in the real VS Code: on a real hub and the sample repository.
import * as assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { CheckNode } from '../../extension/work/workNodes.ts';
import { stage } from '../../server/protocol/gitActions.ts';
import { stop } from '../../server/protocol/hub.ts';
import { checkItem, create, edit } from '../../server/protocol/work.ts';
import { commit, completePlan } from '../../server/protocol/workFlow.ts';
import { hubStatus, hubsStarted } from './activityWindow.ts';
import { closeAll, git, hearth, nodeAt, nothingIsAsked, sample, treeOf, until } from './repositoryWindow.ts';
import { type At, allItems, answer, at, click, groups, plan, rowOf, rowsOf, showWork, stored, view, work } from './workWindow.ts';

const run = (name: string, ...args: unknown[]): Thenable<unknown> => vscode.commands.executeCommand(name, ...args);

describe('work', () => {
  afterEach(async () => {
    await closeAll();
    await run('hearth.work.clearFilter');
  });

  it('starts no hub before somebody looks, and shows nothing in the status bar', async function () {
    if (hubsStarted() > 0) this.skip();
    await hearth();
    const { status } = await work();
    assert.equal(status.shown, undefined);
    assert.equal((await hubStatus()).state, 'stopped');
  });

  it('is empty at first, then has what was planned, in its group, open in a panel', async () => {
    await showWork();
    // A suite before this one may have stopped the hub.
    await run('hearth.work.refresh');
    const tree = await treeOf(view);
    if ((await allItems()).length === 0) assert.deepEqual(await tree.read(), []);
    const item = await plan('Faster login');
    const row = await rowOf('Planned', `#${item.id} Faster login`);
    assert.match(row.contextValue, /^item planned/);
    assert.match(row.spoken, /Faster login, Feature/);
    assert.equal((await groups())['Planned'], String((await allItems()).filter(({ state }) => state === 'planned').length));
    await until(() => panelNamed(`#${item.id} Faster login`), 'the panel of the new item');
  });

  it('carries a change from the plan to the merge', async function () {
    this.timeout(300_000);
    const shell = await hearth();
    await showWork();
    const trunk = git('symbolic-ref', '--short', 'HEAD').trim();
    const item = await plan('Gift cards in the basket');
    const name = `#${item.id} Gift cards in the basket`;
    // Start
    await run('hearth.work.start', { ...at(item), branch: `work/${item.id}-gift-cards`, base: trunk });
    assert.equal(git('symbolic-ref', '--short', 'HEAD').trim(), `work/${item.id}-gift-cards`);
    const started = await rowOf('Started', name);
    assert.match(started.contextValue, /^item started branch/);
    const { status } = await work();
    await until(() => (status.shown?.text.includes(name) ? true : undefined), 'the status item');
    await until(
      async () => ((await rowOf('Started', name)).description.includes('current') ? true : undefined),
      'the mark of the current item',
    );
    // Everything that is needed before it can be merged
    const todo = (await stored(item.id)).checklist;
    const tree = await treeOf(view);
    for (const { text } of todo) await tick(['Started', name, 'Checklist', text]);
    await until(async () => ((await stored(item.id)).checklist.every(({ done }) => done) ? true : undefined), 'the ticks');
    const before = (await stored(item.id)).notes;
    await shell.server.send(edit, { ...at(item), notes: { from: before, to: 'Customers asked for it.' } });
    // Edit and commit
    mkdirSync(join(sample, 'docs'), { recursive: true });
    writeFileSync(join(sample, 'docs/gift-cards.md'), 'Gift cards are in the basket.\n');
    await shell.server.send(stage, { repository: sample });
    const committed = await shell.server.send(commit, {
      repository: sample,
      message: 'Gift cards in the basket',
      entry: { kind: 'entry', category: 'Added', text: 'Gift cards can be put into the basket.' },
    });
    assert.match(git('log', '-1', '--format=%B'), new RegExp(`Hearth-Item: ${item.id}`));
    await until(async () => ((await stored(item.id)).commits > 0 ? true : undefined), 'the commit of the item');
    await until(async () => {
      const rows = await tree.read(['Started', name]);
      return rows.some(({ label, description }) => label === 'Commits' && description === '1') ? true : undefined;
    }, 'the row of commits');
    await click('Started', name, 'Commits', `${committed.commit.slice(0, 7)} Gift cards in the basket`);
    await until(() => panelNamed(`Commit ${committed.commit.slice(0, 7)}`), 'the commit');
    // The branch against its base
    await click('Started', name, `work/${item.id}-gift-cards`);
    await until(
      () => panelNamed(`merge base of ${trunk} and work/${item.id}-gift-cards ↔ work/${item.id}-gift-cards`),
      'the branch changes',
    );
    // Review
    await run('hearth.work.review', at(item));
    await rowOf('Review', name);
    // Merge & Complete
    const asked = await answer('action');
    const ahead = git('rev-parse', trunk).trim();
    const { preconditions } = await shell.server.send(completePlan, at(item));
    assert.deepEqual(
      preconditions.filter(({ state }) => state === 'failed').map(({ text }) => text),
      [],
    );
    await run('hearth.work.complete', at(item));
    assert.equal(asked.length, 1);
    assert.match(asked[0]?.message ?? '', /Merge & Complete #\d+ Gift cards/);
    assert.match(asked[0]?.detail ?? '', new RegExp(`${trunk} with a merge commit`));
    assert.match(asked[0]?.detail ?? '', /deleted afterwards/);
    assert.match(asked[0]?.detail ?? '', /Nothing is pushed/);
    await rowOf('Done', name);
    const done = await stored(item.id);
    assert.equal(done.state, 'done');
    assert.equal(git('branch', '--list', `work/${item.id}-gift-cards`), '');
    assert.notEqual(git('rev-parse', trunk).trim(), ahead);
    assert.match(git('show', `${trunk}:docs/gift-cards.md`), /Gift cards/);
    await until(() => (status.shown === undefined ? true : undefined), 'the status item to go');
  });

  it('says what is in the way of a merge instead of merging', async () => {
    const item = await plan('Not ready at all');
    const asked = await answer('action');
    await run('hearth.work.complete', at(item));
    await vscode.commands.executeCommand('notifications.clearAll');
    assert.deepEqual(asked, []);
    assert.equal((await stored(item.id)).state, 'planned');
  });

  it('adopts an existing branch, and switches back to it later', async () => {
    const trunk = git('symbolic-ref', '--short', 'HEAD').trim();
    git('branch', 'spare');
    const item = await plan('Adopted', 'chore');
    await run('hearth.work.start', { ...at(item), branch: 'spare', adopt: true, changes: 'carry' });
    assert.equal((await stored(item.id)).branch, 'spare');
    git('checkout', '-q', trunk);
    await run('hearth.work.switchTo', { ...at(item), changes: 'carry' });
    assert.equal(git('symbolic-ref', '--short', 'HEAD').trim(), 'spare');
    git('checkout', '-q', trunk);
  });

  it('moves, cancels and reopens', async () => {
    await showWork();
    const item = await plan('Moves about');
    const name = `#${item.id} Moves about`;
    await run('hearth.work.review', at(item));
    await rowOf('Review', name);
    await run('hearth.work.plan', at(item));
    await rowOf('Planned', name);
    await run('hearth.work.cancel', at(item));
    await rowOf('Canceled', name);
    await run('hearth.work.reopen', at(item));
    // The group is gone with its last row.
    await until(
      async () => ((await rowsOf('Canceled').catch(() => [])).some(({ label }) => label === name) ? undefined : true),
      'its return',
    );
  });

  it('changes title, type, tags, assignee and due date, and says so in the row', async () => {
    await showWork();
    const item = await plan('To be edited');
    await run('hearth.work.rename', { ...at(item), value: 'Edited <b>title</b> 🎁' });
    await run('hearth.work.setType', { ...at(item), value: 'fix' });
    await run('hearth.work.setTags', { ...at(item), value: ['api', 'web'] });
    await run('hearth.work.setAssignee', { ...at(item), value: 'Ada' });
    await run('hearth.work.setDue', { ...at(item), value: '2020-02-29' });
    const row = await until(async () => {
      const found = (await rowsOf('Planned')).find(({ label }) => label === `#${item.id} Edited <b>title</b> 🎁`);
      return found?.description.includes('#web') && found.description.includes('overdue') ? found : undefined;
    }, 'the row of the edited item');
    assert.match(row.description, /overdue 2020-02-29 · Ada · #api #web/);
    assert.equal(row.icon, 'bug');
    await run('hearth.work.setTags', { ...at(item), value: ['web'] });
    await run('hearth.work.setAssignee', { ...at(item), value: null });
    await run('hearth.work.setDue', { ...at(item), value: null });
    const { tags, assignee, due } = await stored(item.id);
    assert.deepEqual({ tags, assignee, due }, { tags: ['web'], assignee: null, due: null });
  });

  it('comments, copies the reference, opens the notes', async () => {
    const item = await plan('Talked about');
    await run('hearth.work.comment', { ...at(item), value: 'Looks **good**' });
    assert.equal((await stored(item.id)).commentList[0]?.text, 'Looks **good**');
    await run('hearth.work.copyReference', at(item));
    assert.equal(await vscode.env.clipboard.readText(), `#${item.id} Talked about`);
    await closeAll();
    await run('hearth.work.notes', at(item));
    await until(() => panelNamed(`#${item.id} Talked about`), 'the panel');
    await closeAll();
    await run('hearth.work.openItem', at(item), 'plan');
    await until(() => panelNamed(`#${item.id} Talked about`), 'the panel');
  });

  it('ticks the checklist off in one list of the palette', async () => {
    const item = await plan('Has a list');
    const picking = run('hearth.work.check', at(item));
    await until(async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      return Promise.race([Promise.resolve(picking).then(() => true), new Promise<undefined>((resolve) => setTimeout(resolve, 100))]);
    }, 'the list to be left');
    assert.equal((await stored(item.id)).checks.done, 0);
  });

  it('shows only what the filter says, names it, keeps it, and shows everything again', async () => {
    await showWork();
    await plan('Needle one', 'spike');
    await plan('Needle two', 'spike');
    await plan('Hay', 'chore');
    const tree = await treeOf(view);
    await run('hearth.work.filter', { types: ['spike'], text: 'needle' });
    assert.equal(tree.view.description, 'Spike · “needle”');
    assert.equal((await tree.read(['Planned'])).length, 2);
    assert.deepEqual(await groups(), { Planned: '2' });
    await run('hearth.work.filter', { text: 'no such thing at all' });
    assert.deepEqual(await tree.read(), []);
    await run('hearth.work.clearFilter');
    assert.equal(tree.view.description, '');
    assert.ok((await tree.read(['Planned'])).length > 2);
  });

  it('pages a long group, none twice', async () => {
    await showWork();
    const shell = await hearth();
    for (let many = 0; many < 120; many++)
      await shell.server.send(create, { repository: sample, title: `Many ${many}`, type: 'chore', checklist: [] });
    await nothingIsAsked();
    await run('hearth.work.filter', { text: 'many ' });
    const tree = await treeOf(view);
    const first = await tree.read(['Planned']);
    assert.equal(first.length, 101);
    await run('hearth.work.loadMore', await nodeAt(tree, 'Planned', 'Load more'));
    const all = await tree.read(['Planned']);
    assert.equal(all.length, 120);
    assert.equal(new Set(all.map(({ label }) => label)).size, 120);
  });

  it('deletes after one question, and names what its branch would lose', async () => {
    const trunk = git('symbolic-ref', '--short', 'HEAD').trim();
    const item = await plan('To be deleted', 'chore');
    await run('hearth.work.start', { ...at(item), branch: 'doomed', base: trunk });
    writeFileSync(join(sample, 'doomed.txt'), 'only here\n');
    git('add', 'doomed.txt');
    git('commit', '-q', '--no-verify', '-m', 'Only on this branch');
    git('checkout', '-q', trunk);
    const refused = await answer(undefined);
    await run('hearth.work.delete', at(item));
    assert.equal(refused.length, 1);
    assert.match(refused[0]?.detail ?? '', /only a backup/);
    assert.equal((await stored(item.id)).title, 'To be deleted');
    const asked = await answer('other');
    await run('hearth.work.delete', at(item));
    assert.equal(asked.length, 2, 'the commits are named in a second question');
    assert.match(asked[1]?.detail ?? '', /1 commit|Only on this branch/);
    assert.equal(git('branch', '--list', 'doomed'), '');
    assert.ok(!(await allItems()).some(({ id }) => id === item.id));
    rmSync(join(sample, 'doomed.txt'), { force: true });
  });

  it('takes up what a terminal did: a commit, a renamed branch', async () => {
    await showWork();
    const trunk = git('symbolic-ref', '--short', 'HEAD').trim();
    const item = await plan('From a terminal', 'chore');
    await run('hearth.work.start', { ...at(item), branch: 'terminal-work', base: trunk });
    git('commit', '-q', '--no-verify', '--allow-empty', '-m', 'Made in a terminal');
    await until(
      async () => ((await stored(item.id)).commitList.some(({ subject }) => subject === 'Made in a terminal') ? true : undefined),
      'the commit',
    );
    git('branch', '-m', 'terminal-work', 'renamed-work');
    await until(async () => ((await stored(item.id)).branch === 'renamed-work' ? true : undefined), 'the new name');
    git('checkout', '-q', trunk);
  });

  it('shows a Merge & Complete that was killed as interrupted; its row undoes it, or finishes it', async function () {
    this.timeout(300_000);
    await showWork();
    const item = await ready('Killed in the middle');
    const name = `#${item.id} Killed in the middle`;
    const trunk = git('rev-parse', 'main').trim();
    for (const [row, state] of [
      ['Undo Merge & Complete', 'started'],
      ['Finish Merge & Complete', 'done'],
    ] as const) {
      killedAt('merge acted', item.id);
      await run('hearth.work.refresh');
      const shown = await until(
        async () => (await rowsOf('Started')).find(({ label, description }) => label === name && description.startsWith('interrupted')),
        'the row of the interrupted item',
      );
      assert.equal(shown.icon, 'warning');
      assert.match(shown.contextValue, /interrupted/);
      // Another one does not begin beside it.
      const asked = await answer('action');
      await run('hearth.work.complete', at(item));
      await vscode.commands.executeCommand('notifications.clearAll');
      assert.deepEqual(asked, []);
      await click('Started', name, row);
      await until(async () => ((await stored(item.id)).state === state ? true : undefined), row);
      if (state === 'started') assert.equal(git('rev-parse', 'main').trim(), trunk);
      else assert.notEqual(git('rev-parse', 'main').trim(), trunk);
    }
  });

  it('says that the hub stopped, and goes on when it is asked to', async () => {
    await showWork();
    const { id } = await plan('Before the hub stopped');
    await rowOf('Planned', `#${id} Before the hub stopped`);
    await closeAll();
    // What is asked already is answered, by a new hub when need be.
    await nothingIsAsked();
    const shell = await hearth();
    await shell.server.send(stop, {});
    const tree = await treeOf(view);
    await until(async () => ((await tree.read())[0]?.label === 'The hub stopped.' ? true : undefined), 'the notice');
    assert.equal((await hubStatus()).state, 'stopped', 'nobody started it unasked');
    await click('The hub stopped.');
    await until(async () => ((await groups())['Planned'] === undefined ? undefined : true), 'the items');
    assert.equal((await hubStatus()).state, 'running');
  });

  it('ticks by the row too', async () => {
    await showWork();
    const item = await plan('Ticked by its row');
    const [first] = (await stored(item.id)).checklist;
    assert.ok(first);
    await rowOf('Planned', `#${item.id} Ticked by its row`);
    await click('Planned', `#${item.id} Ticked by its row`, 'Checklist', first.text);
    assert.equal((await stored(item.id)).checks.done, 1);
  });

  it('says that nothing was interrupted, when nothing was', async () => {
    const item = await plan('Never interrupted');
    for (const name of ['finish', 'undoInterrupted']) {
      const told = run(`hearth.work.${name}`, at(item));
      await until(async () => {
        await vscode.commands.executeCommand('notifications.clearAll');
        return Promise.race([Promise.resolve(told).then(() => true), new Promise<undefined>((resolve) => setTimeout(resolve, 100))]);
      }, 'the answer');
    }
    assert.equal((await stored(item.id)).state, 'planned');
  });

  it('offers what fits the item from the status bar', async () => {
    const item = await plan('Acted on');
    const picking = run('hearth.work.actions', at(item));
    await until(async () => {
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
      return Promise.race([Promise.resolve(picking).then(() => true), new Promise<undefined>((resolve) => setTimeout(resolve, 100))]);
    }, 'the list to be left');
  });

  it('reads again when it is asked to, and shows the changes of a branch', async () => {
    await showWork();
    const before = await groups();
    await run('hearth.work.refresh');
    assert.deepEqual(await groups(), before);
  });
});

/** A started item that can be merged, on its branch. */
async function ready(title: string): Promise<At> {
  const shell = await hearth();
  if (git('status', '--porcelain') !== '') git('stash', '--quiet', '--include-untracked');
  git('checkout', '-q', 'main');
  const { item } = await shell.server.send(create, { repository: sample, title, type: 'chore', checklist: [], notes: 'Why.' });
  await run('hearth.work.start', { ...at(item), branch: `work/${item.id}`, base: 'main' });
  writeFileSync(join(sample, `item-${item.id}.txt`), `${title}\n`);
  await shell.server.send(stage, { repository: sample });
  const entry = { kind: 'none', reason: 'Nobody sees it.' } as const;
  await shell.server.send(commit, { repository: sample, message: title, entry });
  return at(item);
}

/** Merge & Complete in a terminal that is killed at a point (server/work/faultPoint.ts). */
function killedAt(point: string, id: number): void {
  const cli = join(process.env['HEARTH_REPOSITORY'] ?? '', 'dist/cli.js');
  const { signal, stderr } = spawnSync(process.execPath, [cli, 'work', 'complete', String(id), '--yes'], {
    cwd: sample,
    encoding: 'utf8',
    env: { ...process.env, HEARTH_FAULT_AT: point, ELECTRON_RUN_AS_NODE: '1' },
  });
  assert.equal(signal, 'SIGKILL', stderr);
}

/** Ticks a row of the tree, as a click on its box does. */
async function tick(path: string[]): Promise<void> {
  const node = await nodeAt(await treeOf(view), ...path);
  assert.ok(node instanceof Object && 'check' in node);
  const { target, check } = node as CheckNode;
  await (await hearth()).server.send(checkItem, { ...target, action: { kind: 'tick', check: check.id, done: true } });
}

function panelNamed(label: string): true | undefined {
  return vscode.window.tabGroups.all.some(({ tabs }) => tabs.some((tab) => tab.label === label)) ? true : undefined;
}
