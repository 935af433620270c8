// Choosing what the diff panel compares: one side, both in two steps, from the merge base.
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { countPanels, type PanelCoverage } from '../host/panelCoverage.ts';
import { focusedRow, insist } from '../host/window.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';
import { focusFiles, openPair } from './diffPanelWindow.ts';

let code: Vscode;
let repository: Repository;
let panel: FrameLocator;
let ran: PanelCoverage | undefined;
const pair = ['v1', 'Working Tree'];

beforeAll(async () => {
  repository = createRepository();
  repository.write('base.txt', 'base\n');
  repository.commit('Base');
  repository.git('tag', 'v1');
  repository.git('checkout', '--quiet', '-b', 'side');
  repository.write('side.txt', 'side\n');
  repository.commit('On the side');
  repository.git('checkout', '--quiet', 'main');
  repository.write('main.txt', 'main\n');
  repository.commit('On main');
  repository.write('staged.txt', 'staged\n');
  repository.git('add', 'staged.txt');
  repository.write('unstaged.txt', 'unstaged\n');
  code = await openVscode({ folder: repository.root, viewport: { width: 1400, height: 900 } });
  code.page.setDefaultTimeout(60_000);
  ran = await countPanels(code.page);
});
afterEach(() => ran?.keep());
afterAll(async () => {
  await code?.close();
  repository?.dispose();
});

/** Every test starts from the same pair, and with the keyboard in the panel. */
beforeEach(async () => {
  await code.command('workbench.action.closeAllEditors');
  panel = await openPair(code, repository.root, { kind: 'commit', revision: 'v1' }, { kind: 'worktree' });
  await shows(['main.txt', 'staged.txt', 'unstaged.txt']);
  await focusFiles(panel);
});

const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 90_000 });
const input = () => code.page.locator('.quick-input-widget input[type=text]');
const row = (label: string) =>
  code.page.locator('.quick-input-list .monaco-list-row').filter({ has: code.page.getByText(label, { exact: true }) });
const sides = () => panel.locator('.pair .side-name').allTextContents();

/** The files of the comparison are exactly these. */
async function shows(names: string[]): Promise<void> {
  await eventually(() => panel.locator('.tree .file-row .tree-name').allTextContents()).toEqual(names);
}

/** Waits for the step that asks this, and answers it with a row. */
async function answer(question: string, label: string): Promise<void> {
  const asked = async () => ((await input().isVisible()) ? input().getAttribute('placeholder') : undefined);
  await eventually(asked).toBe(question);
  await row(label).waitFor();
  // The list is filled anew while refs are read: what was chosen just then is not there any more.
  await insist(async () => {
    if ((await asked()) !== question) return;
    await input().fill(label, { timeout: 5000 });
    await focusedRow(code.page, label).waitFor({ timeout: 5000 });
    await input().press('Enter', { timeout: 5000 });
    await expect.poll(asked, { timeout: 8000 }).not.toBe(question);
  });
}

/** Types a revision and takes it, until something came of it: the list is filled anew while refs are read. */
function take(label: string, came: () => Promise<boolean>): Promise<void> {
  return insist(async () => {
    if (await came()) return;
    await input().fill(label, { timeout: 5000 });
    await focusedRow(code.page, label).waitFor({ timeout: 5000 });
    await input().press('Enter', { timeout: 5000 });
    await expect.poll(came, { timeout: 8000 }).toBe(true);
  });
}

test('c asks for the older side, then for the newer one, and the panel shows that pair', async () => {
  await eventually(sides).toEqual(pair);
  await code.page.keyboard.press('c');
  await answer('Compare: the older side', 'side');
  await answer('Compare side with: the newer side', 'Index');
  await eventually(sides).toEqual(['side', 'Index']);
  await shows(['main.txt', 'side.txt', 'staged.txt']);
  await eventually(() => code.page.locator('.tab.active').textContent()).toContain('side ↔ Index');
});

test('Esc in the second step leaves the pair as it was', async () => {
  await code.page.keyboard.press('c');
  await answer('Compare: the older side', 'HEAD');
  await eventually(() => input().getAttribute('placeholder')).toBe('Compare HEAD with: the newer side');
  await input().press('Escape');
  await input().waitFor({ state: 'hidden' });
  // The panel hears its keys again, and what they do is still about the old pair.
  await focusFiles(panel);
  await code.page.keyboard.press('s');
  await eventually(sides).toEqual([...pair].reverse());
});

test('the button of a side changes that side only', async () => {
  await panel.getByRole('button', { name: 'newer side: Working Tree' }).click();
  await answer('The newer side, compared with v1', 'side');
  await eventually(sides).toEqual(['v1', 'side']);
  await shows(['side.txt']);
  await panel.getByRole('button', { name: 'older side: v1' }).click();
  await answer('The older side, compared with side', 'HEAD');
  await eventually(sides).toEqual(['HEAD', 'side']);
  await shows(['main.txt', 'side.txt']);
});

test('a revision that no list has can be typed; one that is none is said so, and asked for again', async () => {
  await panel.getByRole('button', { name: 'older side: v1' }).click();
  const question = 'The older side, compared with Working Tree';
  await eventually(() => input().getAttribute('placeholder')).toBe(question);
  const refusal = code.page.locator('.quick-input-title', { hasText: 'There is no revision "nowhere~2" here.' });
  await take('nowhere~2', () => refusal.isVisible());
  expect(await sides()).toEqual(pair);
  await take('side~0', async () => !(await input().isVisible()));
  await eventually(sides).toEqual(['side~0', 'Working Tree']);
  await shows(['main.txt', 'side.txt', 'staged.txt', 'unstaged.txt']);
});

test('m compares from where a branch parted', async () => {
  await panel.getByRole('button', { name: 'newer side: Working Tree' }).click();
  await answer('The newer side, compared with v1', 'side');
  await panel.getByRole('button', { name: 'older side: v1' }).click();
  await answer('The older side, compared with side', 'main');
  await shows(['main.txt', 'side.txt']);
  await focusFiles(panel);
  await code.page.keyboard.press('m');
  // What main got meanwhile is no part of it.
  await shows(['side.txt']);
});
