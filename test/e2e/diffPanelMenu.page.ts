// What the diff panel offers for a file and for the whole comparison: its context menus, exports; and how it shows a submodule.
import { readFileSync } from 'node:fs';
import type { FrameLocator, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { countPanels, type PanelCoverage } from '../host/panelCoverage.ts';
import { insist } from '../host/window.ts';
import { submodule } from '../support/repositories/hostile.ts';
import { Repository, temporaryFolder } from '../support/repositories/repository.ts';
import { focusFiles, openPair, shownPanel } from './diffPanelWindow.ts';

let code: Vscode;
let repository: Repository;
let panel: FrameLocator;
let ran: PanelCoverage | undefined;
let moved: { before: string; after: string };
/** Of two commits in the submodule: equal subjects are two lines. */
const subject = 'Inside <b>the module</b>';

beforeAll(async () => {
  const state = submodule();
  repository = state.repository;
  const inner = new Repository(repository.path(state.module));
  repository.git('-C', state.module, 'checkout', '--quiet', state.before);
  for (let time = 0; time < 2; time++) inner.git('commit', '--quiet', '--allow-empty', '-m', subject);
  moved = { before: state.before, after: inner.git('rev-parse', 'HEAD') };
  repository.write('a.txt', 'changed <i>here</i>\n');
  repository.write('new/b.md', '# New\n');
  code = await openVscode({ folder: repository.root, viewport: { width: 1400, height: 900 } });
  code.page.setDefaultTimeout(60_000);
  ran = await countPanels(code.page);
  panel = await openPair(code, repository.root, { kind: 'commit', revision: 'HEAD' }, { kind: 'worktree' });
});
afterEach(() => ran?.keep());
afterAll(async () => {
  await code?.close();
  repository?.dispose();
});

const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 90_000 });
const row = (name: string) => panel.locator('.tree .file-row', { hasText: name });
const header = (name: string) => panel.locator('.file-header', { hasText: name });

/** Opens the native menu over a file; a list that is drawn anew meanwhile may not hear the click. */
async function openMenu(over: Locator): Promise<void> {
  const menu = code.page.locator('.monaco-menu .action-label').first();
  await insist(async () => {
    if (await menu.isVisible()) return;
    await over.click({ button: 'right', timeout: 5000 });
    await menu.waitFor({ timeout: 5000 });
  });
}

/** Picks an entry of the native menu over a file. */
async function choose(over: Locator, entry: string): Promise<void> {
  await openMenu(over);
  await pick(entry);
}

/** A menu that has just opened is deaf for a tenth of a second. */
async function pick(entry: string): Promise<void> {
  const item = code.page.getByRole('menuitem', { name: entry, exact: true });
  await item.waitFor();
  while (await item.isVisible()) {
    await item.click({ timeout: 1000 }).catch(() => {}); // it may be gone by now
    await item.waitFor({ state: 'hidden', timeout: 1000 }).catch(() => {});
  }
}

/** What the menu of a file offers, and nothing else; leaves it, with one of its entries. */
async function leaveMenu(entry?: string): Promise<void> {
  const entries = ['Open in the Diff Editor', 'Open File', 'Open File at This Revision', 'Mark as Viewed or Not', 'Copy Path'];
  const labels = code.page.locator('.monaco-menu .action-item:not(.disabled) .action-label:not(.separator)');
  await eventually(() => labels.allTextContents()).toEqual(entries);
  if (entry !== undefined) await pick(entry);
  await eventually(async () => {
    if (entry === undefined && (await labels.count()) > 0) await code.page.keyboard.press('Escape');
    return labels.count();
  }).toBe(0);
}

interface ShownTab {
  kind: 'diff' | 'text' | 'other';
  schemes: string[];
  path: string;
}

function activeTab(): Promise<ShownTab> {
  return code.evaluate((vscode) => {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    if (input instanceof vscode.TabInputTextDiff)
      return { kind: 'diff', schemes: [input.original.scheme, input.modified.scheme], path: input.modified.path };
    if (input instanceof vscode.TabInputText) return { kind: 'text', schemes: [input.uri.scheme], path: input.uri.path };
    return { kind: 'other', schemes: [], path: '' };
  });
}

async function backToPanel(): Promise<void> {
  await code.command('workbench.action.closeActiveEditor');
  panel = await shownPanel(code);
}

test('a submodule: both commits and what came between, as text', async () => {
  const body = panel.locator('.submodule');
  await body.waitFor();
  await eventually(() => body.locator('code').allTextContents()).toEqual([moved.before.slice(0, 10), moved.after.slice(0, 10)]);
  await eventually(() => body.locator('li').allTextContents()).toEqual([`> ${subject}`, `> ${subject}`]);
  await header('module').getByText('submodule').waitFor();
});

test('the menu of a file has what can be done with it, in the tree and over its lines', async () => {
  for (const over of [row('a.txt'), header('a.txt')]) {
    await openMenu(over);
    await leaveMenu();
  }
});

test('the keyboard opens the menu of the active row, and of the current file', async () => {
  await focusFiles(panel);
  for (const key of ['t', 'Home', 'ArrowDown']) await code.page.keyboard.press(key);
  const at = (await panel.locator('.tree .tree-row').allTextContents()).findIndex((text) => text.includes('module'));
  for (let down = 1; down < at; down++) await code.page.keyboard.press('ArrowDown');
  await panel.locator('.tree .file-row.active', { hasText: 'module' }).waitFor();
  await code.page.keyboard.press('Shift+F10');
  await leaveMenu('Copy Path');
  await eventually(() => code.evaluate((vscode) => vscode.env.clipboard.readText())).toBe('module');

  await focusFiles(panel);
  await code.page.keyboard.press('j');
  const current = await panel.locator('.file.current .name').textContent();
  // The keyboard goes to the file some frames later, and a menu closes when it does.
  await panel.locator('.file-toggle:focus').waitFor();
  await focusFiles(panel);
  await code.page.keyboard.press('Shift+F10');
  await leaveMenu('Copy Path');
  await eventually(() => code.evaluate((vscode) => vscode.env.clipboard.readText())).toContain(current);
});

test('the menu works on the file under it, not on the current one', async () => {
  await focusFiles(panel);
  await code.page.keyboard.press('Home');
  await choose(row('b.md'), 'Mark as Viewed or Not');
  await eventually(() => row('b.md').getAttribute('aria-checked')).toBe('true');
  await eventually(() => row('a.txt').getAttribute('aria-checked')).toBe('false');
  await choose(header('b.md'), 'Mark as Viewed or Not');
  await eventually(() => row('b.md').getAttribute('aria-checked')).toBe('false');

  await choose(row('b.md'), 'Copy Path');
  await eventually(() => code.evaluate((vscode) => vscode.env.clipboard.readText())).toBe('new/b.md');

  await choose(row('a.txt'), 'Open in the Diff Editor');
  await eventually(activeTab).toEqual({ kind: 'diff', schemes: ['hearth-git', 'file'], path: repository.path('a.txt') });
  await backToPanel();

  await choose(header('b.md'), 'Open File');
  await eventually(activeTab).toEqual({ kind: 'text', schemes: ['file'], path: repository.path('new/b.md') });
  await backToPanel();
});

test('"Open File" is the file on disk, for the menu and for the button; the other one is what was compared', async () => {
  panel = await openPair(code, repository.root, { kind: 'commit', revision: 'HEAD~1' }, { kind: 'commit', revision: 'HEAD' });
  const onDisk = { kind: 'text', schemes: ['file'], path: repository.path('.gitmodules') };
  await choose(row('.gitmodules'), 'Open File');
  await eventually(activeTab).toEqual(onDisk);
  await backToPanel();
  await header('.gitmodules').getByRole('button', { name: 'Open file', exact: true }).click();
  await eventually(activeTab).toEqual(onDisk);
  await backToPanel();
  await choose(row('.gitmodules'), 'Open File at This Revision');
  await eventually(activeTab).toMatchObject({ kind: 'text', schemes: ['hearth-git'] });
  await backToPanel();
  await code.command('workbench.action.closeActiveEditor');
  panel = await shownPanel(code);
});

const formats = [
  ['HTML', 'html', checkHtml],
  ['Markdown', 'md', checkMarkdown],
  ['JSON', 'json', checkJson],
  ['Patch', 'patch', checkPatch],
] as const;

for (const [label, extension, check] of formats) {
  test(`the button exports ${label}`, async () => {
    await panel.getByRole('button', { name: 'Export…' }).click();
    const input = code.page.locator('.quick-input-widget input[type=text]');
    await eventually(() => input.getAttribute('placeholder')).toBe('Export as');
    await input.fill(label);
    await code.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: label }).waitFor();
    await code.page.keyboard.press('Enter');
    // The place is chosen here, not the one that is proposed.
    await eventually(() => input.inputValue()).toContain(`HEAD..Working-Tree.${extension}`);
    const file = `${repository.attach(temporaryFolder('export'))}/out.${extension}`;
    // The window's dialog writes the folder it begins with over what is typed too early.
    await insist(async () => {
      if (await input.isVisible()) {
        await input.fill(file, { timeout: 2000 });
        await eventually(() => code.page.locator('.quick-input-list .monaco-list-row').count()).toBeLessThanOrEqual(1);
        await code.page.keyboard.press('Enter');
      }
      await code.page.getByText(`Exported 3 files to ${file}.`).first().waitFor({ timeout: 5000 });
    });
    await check(readFileSync(file, 'utf8'));
  });
}

/** Opened offline, in a page of its own: everything is in it, nothing is fetched, no text became markup. */
async function checkHtml(text: string): Promise<void> {
  const context = await code.page.context().browser()?.newContext({ offline: true });
  if (context === undefined) throw new Error('no browser');
  try {
    const page = await context.newPage();
    const asked: string[] = [];
    page.on('request', ({ url }) => asked.push(url()));
    await page.setContent(text);
    const body = (await page.locator('body').textContent()) ?? '';
    expect(await page.locator('.log li').allTextContents()).toEqual(
      [`> ${subject}`, `> ${subject}`].map((line) => expect.stringContaining(line)),
    );
    for (const part of ['a.txt', 'new/b.md', '# New', 'changed <i>here</i>', moved.before, moved.after]) expect(body).toContain(part);
    expect(asked).toEqual([]);
  } finally {
    await context.close();
  }
}

function checkMarkdown(text: string): void {
  for (const part of ['a.txt', 'new/b.md', '+# New', '+changed <i>here</i>']) expect(text).toContain(part);
  expect(text).toContain('```diff');
}

function checkJson(text: string): void {
  const { files } = JSON.parse(text) as { files: { path: string }[] };
  expect(files.map(({ path }) => path)).toEqual(['a.txt', 'module', 'new/b.md']);
}

function checkPatch(text: string): void {
  const clone = repository.attach(temporaryFolder('clone'));
  repository.git('clone', '--quiet', '--shared', repository.root, clone);
  const applied = new Repository(clone);
  applied.gitBytes(['apply', '--index'], { input: text });
  expect(applied.git('show', ':a.txt')).toBe('changed <i>here</i>');
  expect(applied.git('show', ':new/b.md')).toBe('# New');
  expect(applied.git('rev-parse', ':module')).toBe(moved.after);
}
