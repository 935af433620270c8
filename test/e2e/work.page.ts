// The item panel and the Work view as a person uses them: with keyboard and mouse, beside a terminal that works on the same items.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { countPanels, type PanelCoverage } from '../host/panelCoverage.ts';
import { insist, runCommand } from '../host/window.ts';
import { send } from '../host/workStory.ts';
import { createSample } from '../sample/createSample.mjs';
import { cli } from '../support/cli.ts';
import { hubOf } from '../support/hubProcess.ts';
import { patientGit } from '../support/repositories/repository.ts';
import { seriousViolations } from './diffPanelWindow.ts';

interface Stored {
  id: number;
  title: string;
  state: string;
  branch: string | null;
  notes: string;
  checklist: { id: string; text: string; done: boolean }[];
  commentList: { id: string; text: string }[];
  tags: string[];
}

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-work-')));
const folder = join(scratch, 'shop');
let code: Vscode;
let ran: PanelCoverage | undefined;

beforeAll(async () => {
  mkdirSync(folder);
  await createSample(folder);
  code = await openVscode({
    folder,
    settings: { 'workbench.colorTheme': 'Default Dark Modern' },
    viewport: { width: 1400, height: 1000 },
  });
  code.page.setDefaultTimeout(60_000);
  ran = await countPanels(code.page);
});
afterAll(async () => {
  const home = code?.home;
  await code?.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
  expect(hubOf(home), 'no hub outlives its suite').toBeUndefined();
});
beforeEach(({ onTestFailed }) => {
  const picture = process.env['HEARTH_HOST_SCREENSHOT'];
  if (picture) onTestFailed(() => code.page.screenshot({ path: picture }).then(() => {}));
});
afterEach(() => ran?.keep());

/** A busy machine takes its time. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });
const press = async (...keys: string[]): Promise<void> => {
  for (const key of keys) await code.page.keyboard.press(key);
};
const git = (...args: string[]): string => patientGit(folder, ...args);
const ask = (method: string, params: object): Promise<unknown> => send(code, method, { repository: folder, ...params });
const stored = async (id: number): Promise<Stored> => ((await ask('work/show', { id })) as { item: Stored }).item;
const plan = async (title: string, more: object = {}): Promise<Stored> =>
  ((await ask('work/create', { title, ...more })) as { item: Stored }).item;

/** The panel of an item, drawn. */
async function open(id: number): Promise<FrameLocator> {
  await code.command('workbench.action.closeAllEditors');
  await code.command('hearth.work.openItem', { repository: folder, id });
  return shown(id);
}

async function shown(id: number): Promise<FrameLocator> {
  const panel = await code.webview();
  await panel.locator('.number', { hasText: `#${id}` }).waitFor();
  await panel.locator('.condition, .card p').first().waitFor();
  // What is still read moves what is below it.
  await eventually(() => panel.locator('.skeleton').count()).toBe(0);
  return panel;
}

const checks = (panel: FrameLocator): Promise<string[]> =>
  panel.locator('.checks .line').evaluateAll((fields) => fields.map((field) => (field as HTMLTextAreaElement).value));
const notes = (panel: FrameLocator): Locator => panel.locator('#notes');

describe('item panel', () => {
  test('a new item opens; a title with markup, emoji and right-to-left text is text everywhere', async () => {
    const title = '<img src=x onerror=alert(1)> **bold** $(trash) שלום 🎁 [x](command:workbench.action.quit)';
    await runCommand(code.page, 'Hearth: New Work Item');
    const input = code.page.locator('.quick-input-widget input').first();
    await input.fill(title);
    await input.press('Enter');
    await code.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Documentation' }).click();
    const panel = await shown(1);
    expect(await panel.locator('.title-line').inputValue()).toBe(title);
    expect(await panel.locator('img').count()).toBe(0);
    await runCommand(code.page, 'Hearth: Focus on Work View');
    const row = code.page.locator('.pane-body [role="treeitem"]', { hasText: '<img src=x onerror=alert(1)> **bold** $(trash)' });
    await row.waitFor();
    expect(await row.locator('img, b, a[href]').count()).toBe(0);
    expect((await stored(1)).title).toBe(title);
  });

  test('the checklist is written, ticked and sorted with keys alone', async () => {
    const { id } = await plan('Keys', { checklist: ['first', 'second', 'third'] });
    const panel = await open(id);
    await panel.locator('.new-check .line').focus();
    const said = () => eventually(() => panel.locator('[aria-live=polite]').textContent());
    await code.page.keyboard.type('fourth');
    await press('Enter');
    await eventually(() => checks(panel)).toEqual(['first', 'second', 'third', 'fourth']);
    await said().toBe('Added fourth');
    await code.page.keyboard.type('fifth');
    await press('Enter');
    await eventually(async () => (await stored(id)).checklist.map(({ text }) => text)).toEqual([
      'first',
      'second',
      'third',
      'fourth',
      'fifth',
    ]);
    await eventually(() => checks(panel)).toEqual(['first', 'second', 'third', 'fourth', 'fifth']);
    await said().toBe('Added fifth');
    // To the place below, twice; the keyboard goes with it, and it is said.
    const grip = panel.locator('.check', { has: code.page.locator('[aria-label="first"]') }).locator('.grip');
    // A row that moves under the keyboard loses it until the next frame.
    const held = () => eventually(() => grip.evaluate((element) => element === document.activeElement)).toBe(true);
    await grip.focus();
    await press('Alt+ArrowDown');
    await eventually(() => checks(panel)).toEqual(['second', 'first', 'third', 'fourth', 'fifth']);
    await said().toBe('first, now 2 of 5');
    await held();
    await press('Alt+ArrowDown');
    await eventually(async () => (await stored(id)).checklist.map(({ text }) => text)).toEqual([
      'second',
      'third',
      'first',
      'fourth',
      'fifth',
    ]);
    await held();
    await press('Alt+ArrowUp');
    await eventually(async () => (await stored(id)).checklist.map(({ text }) => text)).toEqual([
      'second',
      'first',
      'third',
      'fourth',
      'fifth',
    ]);
    // Ticked, when all that came of the moves has been drawn.
    await eventually(() => panel.locator('.timeline .row', { hasText: 'Moved in the checklist: first' }).count()).toBe(3);
    await eventually(() => checks(panel)).toEqual(['second', 'first', 'third', 'fourth', 'fifth']);
    await held();
    await press('Tab', 'Space');
    await eventually(async () => (await stored(id)).checklist.find(({ text }) => text === 'first')?.done).toBe(true);
    await eventually(() => panel.locator('#checklist .count').textContent()).toContain('1/5');
    // Written
    await press('Tab', 'End');
    await code.page.keyboard.type(' of all');
    await press('Enter');
    await eventually(async () => (await stored(id)).checklist[1]?.text).toBe('first of all');
  });

  test('an entry is dragged to another place; a removed one comes back where it was, as it was', async () => {
    const { id } = await plan('Mouse', { checklist: ['a', 'b', 'c', 'd'] });
    const panel = await open(id);
    const grips = panel.locator('.grip');
    const { page } = code;
    // The page may still move between looking and pressing: then the press hit nothing, and is made again.
    await insist(async () => {
      await page.mouse.up();
      if ((await checks(panel))[0] !== 'a') return;
      const from = await grips.nth(0).boundingBox();
      const to = await grips.nth(2).boundingBox();
      if (from === null || to === null) throw new Error('the grips are not there');
      await page.mouse.move(from.x + 6, from.y + from.height / 2);
      await page.mouse.down();
      await page.mouse.move(to.x + 6, to.y + to.height - 2, { steps: 8 });
      await panel.locator('.check.dragged').waitFor({ timeout: 5_000 });
    });
    await page.mouse.up();
    await eventually(async () => (await stored(id)).checklist.map(({ text }) => text)).toEqual(['b', 'c', 'a', 'd']);
    await eventually(() => checks(panel)).toEqual(['b', 'c', 'a', 'd']);
    await panel.locator('.tick').nth(1).check();
    await eventually(async () => (await stored(id)).checklist[1]?.done).toBe(true);
    await panel.getByRole('button', { name: 'Remove c' }).click();
    await eventually(async () => (await stored(id)).checklist.length).toBe(3);
    await panel.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await eventually(async () => (await stored(id)).checklist.map(({ text, done }) => `${text} ${done}`)).toEqual([
      'b false',
      'c true',
      'a false',
      'd false',
    ]);
  });

  test('notes are saved when the keys rest; too long ones are counted and not saved', async () => {
    const { id } = await plan('Notes');
    const panel = await open(id);
    await notes(panel).focus();
    await code.page.keyboard.type('What and why.');
    await eventually(async () => (await stored(id)).notes).toBe('What and why.');
    expect(await panel.locator('.numbers').textContent()).toBe('13/2000');
    const long = 'x'.repeat(2001);
    await notes(panel).fill(long);
    await panel.locator('#notes-count', { hasText: '1 characters too many' }).waitFor();
    expect(await notes(panel).getAttribute('aria-invalid')).toBe('true');
    await panel.locator('.title-line').focus();
    expect((await stored(id)).notes).toBe('What and why.');
    await notes(panel).fill('Short again');
    await panel.locator('.title-line').focus();
    await eventually(async () => (await stored(id)).notes).toBe('Short again');
  });

  test('two writers: both texts are shown, nothing is overwritten before the user decides', async () => {
    const { id } = await plan('Two writers', { notes: 'as it was' });
    const panel = await open(id);
    const write = async (to: string): Promise<void> => {
      const from = (await stored(id)).notes;
      await ask('work/edit', { id, notes: { from, to } });
    };
    // Typed, and changed elsewhere before it was saved.
    await notes(panel).fill('x'.repeat(2001));
    await write('theirs');
    await panel.locator('.conflict .theirs', { hasText: 'theirs' }).waitFor();
    await notes(panel).fill('mine');
    await panel.locator('.title-line').focus();
    expect((await stored(id)).notes).toBe('theirs');
    await panel.getByRole('button', { name: 'Keep mine' }).click();
    await eventually(async () => (await stored(id)).notes).toBe('mine');
    await panel.locator('.conflict').waitFor({ state: 'detached' });
    await notes(panel).fill('y'.repeat(2001));
    await write('theirs again');
    await panel.getByRole('button', { name: 'Take theirs' }).click();
    await eventually(() => notes(panel).inputValue()).toBe('theirs again');
    expect((await stored(id)).notes).toBe('theirs again');
  });

  test('what others do appears without taking the caret or unsaved text away', async () => {
    const { id } = await plan('Live', { checklist: ['one'] });
    const panel = await open(id);
    const title = panel.locator('.title-line');
    await title.focus();
    await press('End');
    await code.page.keyboard.type(' and well');
    for (let steps = 0; steps < 4; steps++) await press('ArrowLeft');
    await ask('work/comment', { id, action: { kind: 'add', text: 'From a terminal' } });
    await ask('work/check', { id, action: { kind: 'add', text: 'two' } });
    await panel.locator('.comment-text', { hasText: 'From a terminal' }).waitFor();
    await eventually(() => checks(panel)).toEqual(['one', 'two']);
    await code.page.keyboard.type('very ');
    expect(await title.inputValue()).toBe('Live and very well');
    expect((await stored(id)).title).toBe('Live');
    await press('Enter');
    await eventually(async () => (await stored(id)).title).toBe('Live and very well');
    await eventually(() => code.page.locator('.tab.active').textContent()).toContain('Live and very well');
    await panel.locator('.timeline .row', { hasText: 'Comment: From a terminal' }).waitFor();
  });

  test('comments are written, edited and removed; tags, assignee and due date are set', async () => {
    const { id } = await plan('Talk');
    const panel = await open(id);
    await panel.getByLabel('New comment').fill('First <b>word</b>');
    await panel.getByRole('button', { name: 'Comment', exact: true }).click();
    await panel.locator('.comment-text', { hasText: 'First <b>word</b>' }).waitFor();
    expect(await panel.locator('.comment-text b').count()).toBe(0);
    await panel.getByRole('button', { name: 'Edit the comment' }).click();
    await panel.getByLabel('Comment', { exact: true }).fill('Last word');
    await panel.getByRole('button', { name: 'Save' }).click();
    await eventually(async () => (await stored(id)).commentList.map(({ text }) => text)).toEqual(['Last word']);
    await panel.getByRole('button', { name: 'Remove the comment' }).click();
    await eventually(async () => (await stored(id)).commentList).toEqual([]);
    // To the field itself: the keyboard may still be on its way from the comment that is gone.
    await panel.getByLabel('Add a tag').fill('api, web');
    await panel.getByLabel('Add a tag').press('Enter');
    await eventually(async () => (await stored(id)).tags).toEqual(['api', 'web']);
    await panel.getByRole('button', { name: 'Remove the tag api' }).click();
    await eventually(async () => (await stored(id)).tags).toEqual(['web']);
    await panel.getByLabel('Assignee').fill('Grace');
    await panel.getByLabel('Assignee').press('Enter');
    await panel.getByLabel('Due').fill('2031-02-03');
    await panel.getByLabel('Type').selectOption('fix');
    await eventually(async () => {
      const { assignee, due, type } = (await stored(id)) as unknown as Record<string, unknown>;
      return { assignee, due, type };
    }).toEqual({ assignee: 'Grace', due: '2031-02-03', type: 'fix' });
  });

  test('the plan says what is in the way and helps: notes, checklist, change entry', async () => {
    const { id } = await plan('Planned', { checklist: ['only this'] });
    git('stash', '--quiet', '--include-untracked');
    await ask('work/start', { id, branch: `work/${id}-planned`, base: 'main' });
    git('commit', '-q', '--no-verify', '--allow-empty', '-m', 'Something');
    const panel = await open(id);
    await panel.locator('.condition.failed').first().waitFor();
    const words = await panel.locator('.condition.failed').first().textContent();
    expect(words, 'the colour has a word').toContain('In the way: ');
    await panel.getByRole('button', { name: 'Write notes' }).click();
    await eventually(() => notes(panel).evaluate((field) => field === document.activeElement)).toBe(true);
    await code.page.keyboard.type('Because.');
    await panel.getByRole('button', { name: 'Write notes' }).waitFor({ state: 'detached' });
    await panel.getByRole('button', { name: 'Go to the checklist' }).click();
    await panel.locator('.tick').first().check();
    await panel.getByRole('button', { name: 'Go to the checklist' }).waitFor({ state: 'detached' });
    await panel.getByRole('button', { name: 'Add entry…' }).click();
    await panel.getByLabel('What a user gets').fill('Something is planned.');
    await panel.getByRole('button', { name: 'Add to the change log' }).click();
    await panel.locator('.toast', { hasText: `changes/${id}.md` }).waitFor();
    expect(git('status', '--porcelain')).toContain('changes/');
    git('commit', '-q', '--no-verify', '-m', 'Change entry');
    await panel.getByText('Ready:').waitFor();
    await eventually(() => panel.locator('.details').textContent()).toContain('written');
    await eventually(() => panel.locator('.condition.failed').count()).toBe(0);
    await panel.getByLabel('How').selectOption('fast-forward');
    await panel.getByText('Ready:').waitFor();
    await eventually(() => panel.getByLabel('How').inputValue()).toBe('fast-forward');
    git('checkout', '-q', 'main');
    await panel.getByRole('button', { name: 'Switch to the branch' }).waitFor();
  });

  test('an item that was deleted elsewhere says so', async () => {
    const { id } = await plan('Gone soon');
    const panel = await open(id);
    await ask('work/remove', { id, confirmed: true });
    await panel.locator('.banner', { hasText: 'Try again' }).waitFor();
  });

  test('axe finds nothing serious, in dark, light and high contrast', async () => {
    const { id } = await plan('For everybody', { checklist: ['one', 'two'], notes: 'n', tags: ['t'] });
    await ask('work/comment', { id, action: { kind: 'add', text: 'Said' } });
    const panel = await open(id);
    await panel.locator('.tick').first().check();
    const themes = [
      ['Default Dark Modern', 'vscode-dark'],
      ['Default Light Modern', 'vscode-light'],
      ['Default High Contrast', 'vscode-high-contrast'],
      ['Default High Contrast Light', 'vscode-high-contrast-light'],
    ] as const;
    for (const [theme, kind] of themes) {
      await code.evaluate(async (vscode, name) => vscode.workspace.getConfiguration().update('workbench.colorTheme', name, true), theme);
      await eventually(() => panel.locator('body').getAttribute('data-vscode-theme-kind')).toBe(kind);
      expect(await seriousViolations(code.page), theme).toEqual([]);
    }
    await code.evaluate(async (vscode) => vscode.workspace.getConfiguration().update('workbench.colorTheme', 'Default Dark Modern', true));
  });
});

describe('work view', () => {
  const row = (text: string): Locator => code.page.locator('.pane-body [role="treeitem"]', { hasText: text }).first();
  /** Keys act on this one. */
  const focused = (text: string): Promise<void> =>
    code.page.locator('.pane-body [role="treeitem"].focused', { hasText: text }).first().waitFor();

  test('by keyboard: to an item, into its checklist, a tick, and open', async () => {
    const { id } = await plan('By keyboard', { checklist: ['tick me'] });
    await code.command('workbench.action.closeAllEditors');
    await runCommand(code.page, 'Hearth: Focus on Work View');
    await row(`#${id} By keyboard`).waitFor();
    // The view reads again after the item was planned, which may undo what the click did.
    await insist(async () => {
      const group = code.page.locator('.pane-body [role="treeitem"][aria-level="1"]', { hasText: 'Planned' }).first();
      if ((await group.getAttribute('aria-expanded', { timeout: 5_000 })) === 'true') await group.click({ timeout: 5_000 });
      await row(`#${id} By keyboard`).waitFor({ state: 'detached', timeout: 3_000 });
    });
    await focused('Planned');
    await press('ArrowRight');
    await row(`#${id} By keyboard`).waitFor();
    // The item that was changed last is the first of its group.
    await press('ArrowDown');
    await focused(`#${id} By keyboard`);
    await press('ArrowRight');
    await row('Checklist').waitFor();
    await press('ArrowDown');
    await focused('Checklist');
    await press('ArrowRight');
    await row('tick me').waitFor();
    await press('ArrowDown');
    await focused('tick me');
    await press('Enter');
    await eventually(async () => (await stored(id)).checklist[0]?.done).toBe(true);
    await eventually(() => row(`#${id} By keyboard`).textContent()).toContain('1/1');
    // The view reads again after the tick.
    await focused('tick me');
    await press('ArrowUp');
    await focused('Checklist');
    await press('ArrowUp');
    await focused(`#${id} By keyboard`);
    await press('Enter');
    await shown(id);
  });

  test('what a terminal does appears, and a filter is in the title and cleared by its button', async () => {
    await runCommand(code.page, 'Hearth: Focus on Work View');
    const { id } = await plan('From elsewhere', { tags: ['elsewhere'] });
    await row(`#${id} From elsewhere`).waitFor();
    await code.command('hearth.work.filter', { tags: ['elsewhere'] });
    await row('By keyboard').waitFor({ state: 'detached' });
    // The buttons of a view are made anew while it reads.
    await insist(async () => {
      if ((await row('By keyboard').count()) > 0) return;
      await code.page.locator('.pane-header', { hasText: '#elsewhere' }).hover({ timeout: 5_000 });
      await code.page.getByRole('button', { name: 'Clear Filter of Work Items' }).click({ timeout: 5_000 });
      await row('By keyboard').waitFor({ timeout: 10_000 });
    });
  });
});

test('a reload of the window brings the panel back with what was not saved', async () => {
  const { id } = await plan('Over a reload', { notes: 'saved' });
  let panel = await open(id);
  const long = 'x'.repeat(2001);
  await notes(panel).fill(long);
  await panel.locator('.new-check .line').fill('half a thou');
  // What is to be kept goes the way of what is saved, before it: VS Code has it once this is stored.
  await panel.getByLabel('Assignee').fill('Grace');
  await panel.getByLabel('Assignee').press('Enter');
  await eventually(async () => ((await stored(id)) as unknown as { assignee: unknown }).assignee).toBe('Grace');
  // The window's own reload: it writes its state first. The answer goes down with the extension host.
  const loaded = code.page.waitForEvent('load', { timeout: 90_000 });
  code.command('workbench.action.reloadWindow').catch(() => {});
  await loaded;
  panel = await shown(id);
  await eventually(() => notes(panel).inputValue()).toBe(long);
  await eventually(() => panel.locator('.new-check .line').inputValue()).toBe('half a thou');
  await notes(panel).fill('Short again');
  await panel.locator('.title-line').focus();
  await panel.locator('.timeline .row', { hasText: 'Notes written' }).waitFor();
  const { stdout } = await cli(['work', 'show', String(id), '--json'], { cwd: folder, env: { HEARTH_HOME: code.home } });
  expect(stdout).toContain('Short again');
});
