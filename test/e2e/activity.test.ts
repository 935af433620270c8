// The view "Activity", row by row against the log itself.
import * as assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { note } from '../../server/protocol/events.ts';
import { stop } from '../../server/protocol/hub.ts';
import { list as listProjects } from '../../server/protocol/project.ts';
import { allEvents, eventRows, filterBy, hubPid, hubStatus, hubsStarted, labels, rowOf, showActivity, view } from './activityWindow.ts';
import { closeAll, git, hearth, nodeAt, nothingIsAsked, treeOf, until } from './repositoryWindow.ts';

const addNote = (text: string): Thenable<unknown> => vscode.commands.executeCommand('hearth.activity.addNote', text);

describe('the view Activity', () => {
  afterEach(async () => {
    await vscode.commands.executeCommand('hearth.activity.clearFilter');
    await closeAll();
  });

  it('starts no hub before it is looked at', async function () {
    // The only test that needs an untouched window: alone, or as the first of all.
    if (hubsStarted() > 0) this.skip();
    await hearth();
    assert.equal((await hubStatus()).state, 'stopped');
    assert.equal(hubsStarted(), 0);
  });

  it('shows a note under today, with its age, its author and its project, which it gave an identity', async () => {
    await showActivity();
    await addNote('Deploy moved to Thursday');
    await rowOf('Deploy moved to Thursday');
    // The name of its project is asked for once the row is there.
    const row = await until(
      async () =>
        (await eventRows()).find(({ label, description }) => label === 'Deploy moved to Thursday' && description.endsWith('shop')),
      'the row with its project',
    );
    assert.equal(row.icon, 'note');
    assert.equal(row.contextValue, 'event');
    assert.match(row.description, /^now · VS Code · shop$/);
    assert.match(row.spoken, /Deploy moved to Thursday, now · VS Code/);
    const [today] = await (await treeOf(view)).read();
    assert.equal(today?.label, 'Today');
    const { projects } = await (await hearth()).server.send(listProjects, {});
    assert.equal(git('config', '--local', 'hearth.project').trim(), projects.find(({ name }) => name === 'shop')?.id);
    assert.ok((await labels()).includes('Project shop created'));
  });

  it('shows what another client writes, without being asked', async () => {
    await showActivity();
    await (await hearth()).server.send(note, { text: 'Written by something else' });
    const row = await rowOf('Written by something else');
    assert.equal((await eventRows())[0]?.id, row.id, 'the newest is the first');
  });

  it('shows only what the filter says, names the filter, and shows everything again', async () => {
    await showActivity();
    const tree = await treeOf(view);
    await addNote('Needle in the log');
    await rowOf('Needle in the log');
    await filterBy({ text: 'NEEDLE' });
    assert.deepEqual(await labels(), ['Needle in the log']);
    assert.equal(tree.view.description, '“NEEDLE”');
    await filterBy({ kind: 'project created' });
    assert.deepEqual(await labels(), ['Project shop created']);
    assert.equal(tree.view.description, 'Projects created');
    const [shop] = (await (await hearth()).server.send(listProjects, {})).projects;
    assert.ok(shop);
    const since = Date.now() - 60_000;
    await filterBy({ project: { id: shop.id, name: shop.name }, since: { time: since, words: 'a minute ago' } });
    assert.equal(tree.view.description, 'shop · since a minute ago');
    const expected = (await allEvents()).filter(({ project, time }) => project === shop.id && time >= since);
    assert.equal((await labels()).length, expected.length);
    assert.ok(!(await labels()).includes('Written by something else'), 'that note has no project');
    await filterBy({ since: { time: Date.now() + 3_600_000, words: 'soon' } });
    assert.deepEqual(await tree.read(), []);
    await vscode.commands.executeCommand('hearth.activity.clearFilter');
    assert.equal(tree.view.description, '');
    assert.ok((await labels()).includes('Written by something else'));
  });

  it('pages: older rows come when they are asked for, none twice', async () => {
    const shell = await hearth();
    await showActivity();
    await Promise.all(Array.from({ length: 130 }, (_, at) => shell.server.send(note, { text: `Many ${at}` })));
    // What is told after the filter was set would read again what "Load more" has brought.
    await until(async () => (await labels()).filter((label) => label.startsWith('Many ')).length === 130 || undefined, 'all of them');
    await vscode.commands.executeCommand('hearth.activity.filter', { text: 'many ' });
    const tree = await treeOf(view);
    assert.equal((await eventRows()).length, 100);
    assert.equal((await tree.read()).at(-1)?.label, 'Load more');
    await vscode.commands.executeCommand('hearth.activity.loadMore', await nodeAt(tree, 'Load more'));
    const all = await labels();
    assert.equal(all.length, 130);
    assert.equal(new Set(all).size, 130);
    assert.notEqual((await tree.read()).at(-1)?.label, 'Load more');
  });

  it('copies an event as JSON', async () => {
    await showActivity();
    await addNote('Copied');
    await rowOf('Copied');
    await vscode.commands.executeCommand('hearth.activity.copyEvent', await nodeAt(await treeOf(view), 'Today', 'Copied'));
    const copied = JSON.parse(await vscode.env.clipboard.readText());
    assert.deepEqual(
      copied,
      (await allEvents()).find(({ payload }) => payload['text'] === 'Copied'),
    );
  });

  it('exports what the filter shows: verifiable JSON lines, or CSV that no spreadsheet runs', async () => {
    await showActivity();
    await addNote('=cmd|"calc"!A1');
    await rowOf('=cmd|"calc"!A1');
    const file = join(tmpdir(), `hearth-activity-${process.pid}`);
    try {
      await vscode.commands.executeCommand('hearth.activity.export', `${file}.jsonl`);
      const rows = readFileSync(`${file}.jsonl`, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        rows.map(({ sequence }) => sequence),
        (await allEvents()).map(({ sequence }) => sequence).reverse(),
      );
      assert.ok(rows.every(({ hash, salt }) => /^[0-9a-f]{64}$/.test(hash) && /^[0-9a-f]+$/.test(salt)));
      await filterBy({ text: 'calc' });
      await vscode.commands.executeCommand('hearth.activity.export', `${file}.csv`);
      const [head, line, ...more] = readFileSync(`${file}.csv`, 'utf8').trimEnd().split('\r\n');
      assert.match(head ?? '', /^sequence,time,actor/);
      assert.match(line ?? '', /"note"/);
      assert.equal(more.length, 0);
    } finally {
      for (const end of ['jsonl', 'csv']) rmSync(`${file}.${end}`, { force: true });
    }
  });

  it('says that the hub stopped, keeps its rows, and starts it again when asked', async () => {
    const shell = await hearth();
    await showActivity();
    await addNote('Before the hub stopped');
    await rowOf('Before the hub stopped');
    await nothingIsAsked();
    await shell.server.send(stop, {});
    const tree = await treeOf(view);
    const notice = await until(async () => (await tree.read()).find(({ contextValue }) => contextValue === 'notice'), 'the notice');
    assert.equal(`${notice.label} ${notice.description}`, 'The hub stopped. Start');
    assert.ok((await labels()).includes('Before the hub stopped'));
    assert.equal((await hubStatus()).state, 'stopped', 'nobody started it unasked');
    const command = (await nodeAt(tree, notice.label)).item().command;
    assert.ok(command);
    await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
    await until(async () => ((await tree.read()).some(({ contextValue }) => contextValue === 'notice') ? undefined : true), 'recovery');
    await until(async () => ((await hubStatus()).state === 'running' ? true : undefined), 'the hub to run');
    assert.ok((await labels()).includes('Before the hub stopped'));
  });

  it('goes on by itself after the hub was killed, with everything that was acknowledged', async () => {
    await showActivity();
    await addNote('Acknowledged, then killed');
    const before = await allEvents();
    const pid = await hubPid();
    process.kill(pid, 'SIGKILL');
    await addNote('After the kill');
    await rowOf('After the kill');
    assert.notEqual(await hubPid(), pid);
    const after = await allEvents();
    assert.deepEqual(after.slice(1), before);
    const tree = await treeOf(view);
    await until(async () => ((await tree.read()).some(({ contextValue }) => contextValue === 'notice') ? undefined : true), 'no notice');
  });

  it('reads again when it is asked to', async () => {
    await showActivity();
    const before = await labels();
    await vscode.commands.executeCommand('hearth.activity.refresh');
    assert.deepEqual(await labels(), before);
  });

  it('verifies the log and says how the hub is', async () => {
    // Both answer in a notification; here it is enough that they run through the real log and hub.
    const verified = vscode.commands.executeCommand('hearth.activity.verify');
    const told = vscode.commands.executeCommand('hearth.hub.status');
    await until(async () => ((await hubStatus()).state === 'running' ? true : undefined), 'the hub');
    // They end when they are dismissed, and come when they come.
    const both = Promise.all([verified, told]).then(() => true);
    await until(async () => {
      await vscode.commands.executeCommand('notifications.clearAll');
      return Promise.race([both, new Promise<undefined>((resolve) => setTimeout(resolve, 100))]);
    }, 'both answers');
  });
});
