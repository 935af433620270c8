// The Repository view on the page: what stands in the rows, for several folders, for none, and when repositories come and go.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { hearsOfFiles, openVscode, type Vscode } from '../host/page.ts';
import { insist } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';
import { patientGit } from '../support/repositories/repository.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-repository-')));
let code: Vscode | undefined;
afterEach(async () => {
  await code?.close();
  code = undefined;
});
process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 10 }));

const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'init.defaultBranch=trunk'];

function git(folder: string, ...args: string[]): string {
  return patientGit(folder, ...author, ...args);
}

function folder(name: string): string {
  const path = join(scratch, name);
  mkdirSync(path, { recursive: true });
  return path;
}

function repository(name: string): string {
  const path = folder(name);
  git(path, 'init', '-q');
  writeFileSync(join(path, 'a.txt'), 'a\n');
  mkdirSync(join(path, 'one'));
  mkdirSync(join(path, 'two'));
  writeFileSync(join(path, 'one/b.txt'), 'b\n');
  writeFileSync(join(path, 'two/c.txt'), 'c\n');
  git(path, 'add', '.');
  git(path, 'commit', '-q', '-m', `First of ${name}`);
  return path;
}

async function open(options: Parameters<typeof openVscode>[0]): Promise<Page> {
  // Room for all rows: those out of sight are not drawn.
  code = await openVscode({ viewport: { width: 1280, height: 1800 }, ...options });
  code.page.setDefaultTimeout(60_000);
  await code.command('hearth.git.repository.focus');
  await code.command('hearth.work.removeView');
  const { page } = code;
  await page.locator('.pane-header', { hasText: 'Repository' }).waitFor();
  return page;
}

function eventually<T>(look: () => Promise<T>) {
  return expect.poll(look, { timeout: 60_000 });
}

/** Opens a row and resolves when something is below it. A row that is drawn anew under the pointer takes no click. */
async function expand(row: Locator, below: Locator): Promise<void> {
  await insist(async () => {
    if ((await row.getAttribute('aria-expanded', { timeout: 5_000 })) !== 'true') await row.click({ timeout: 5_000 });
    await below.first().waitFor({ timeout: 5_000 });
  });
}

/** Labels of the rows at a depth, as the page shows them. */
function rows(page: Page, level: number) {
  return page.locator(`.pane-body [role="treeitem"][aria-level="${level}"] .label-name`);
}

test('the rows say what the repository has, and speak it', async () => {
  const sample = folder('shop');
  await createSample(sample);
  const page = await open({ folder: sample });
  // What is below them may be out of sight.
  await eventually(async () => (await rows(page, 1).allTextContents()).slice(0, 6)).toEqual([
    'Branches',
    'Remotes',
    'Tags',
    'Stashes',
    'Worktrees',
    'Recent commits',
  ]);
  const main = page.getByRole('treeitem', { name: /^main, current branch, 3 ahead, 0 behind origin\/main/ });
  await main.waitFor();
  expect(await main.textContent()).toMatch(/main.*↑3 ↓0/);
  // Opened with the keyboard only: the newest commit, then its first file, then the native diff.
  const newest = git(sample, 'log', '-1', '--format=%h %s', '--abbrev=7').trim();
  const row = page.locator('[role="treeitem"][aria-level="2"]', { hasText: newest });
  const file = page.locator('[role="treeitem"][aria-level="3"]').first();
  await expand(row, file);
  const name = await file.locator('.label-name').textContent();
  expect(git(sample, 'show', '--format=', '--name-only', 'HEAD')).toContain(name ?? '?');
  await page.keyboard.press('ArrowDown');
  await page.locator('[role="treeitem"][aria-level="3"].focused').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.tab', { hasText: `${name} (` }).waitFor();
  await page.locator('.monaco-diff-editor').waitFor();
});

test('several repositories have a row each; two folders of one repository share it', async () => {
  const [first, second] = [repository('first'), repository('second')];
  const workspace = join(scratch, 'several.code-workspace');
  writeFileSync(workspace, JSON.stringify({ folders: [join(first, 'one'), join(first, 'two'), second].map((path) => ({ path })) }));
  const page = await open({ workspace });
  await eventually(() => rows(page, 1).allTextContents()).toEqual(['first', 'second']);
  await eventually(() => rows(page, 2).allTextContents()).toContain('Recent commits');
  // A branch made in one is a row of that one only.
  git(second, 'branch', 'only-here');
  await page.getByRole('treeitem', { name: /^only-here/ }).waitFor();
  expect(await page.getByRole('treeitem', { name: /^only-here/ }).count()).toBe(1);
});

test('two folders of one repository alone need no row for it', async () => {
  const only = repository('only');
  const workspace = join(scratch, 'twice.code-workspace');
  writeFileSync(workspace, JSON.stringify({ folders: [join(only, 'one'), join(only, 'two')].map((path) => ({ path })) }));
  const page = await open({ workspace });
  await eventually(() => rows(page, 1).allTextContents()).toEqual([
    'Branches',
    'Remotes',
    'Tags',
    'Stashes',
    'Worktrees',
    'Recent commits',
    'Recorded actions',
  ]);
});

test('a repository appears in an open folder, is without commits at first, and goes when it is moved away', async () => {
  const path = folder('later');
  writeFileSync(join(path, 'readme.txt'), 'hello\n');
  const page = await open({ folder: path });
  await page.getByText('This folder is not a git repository.').waitFor();
  // Seen without a click: VS Code tells that .git was made.
  if (code !== undefined) await hearsOfFiles(code, path);
  git(path, 'init', '-q');
  await eventually(() => rows(page, 1).allTextContents()).toContain('Recent commits');
  await page.getByText('No commits yet').waitFor();
  git(path, 'add', '.');
  git(path, 'commit', '-q', '-m', 'The very first');
  await page.getByRole('treeitem', { name: /^The very first/ }).waitFor();
  renameSync(join(path, '.git'), join(scratch, 'moved.git'));
  await page.getByText('This folder is not a git repository.').waitFor();
  await eventually(() => rows(page, 1).count()).toBe(0);
  // And back: without a question or a reload. The window may hear of it before the button is pressed, which goes then.
  renameSync(join(scratch, 'moved.git'), join(path, '.git'));
  await insist(async () => {
    if ((await rows(page, 1).count()) === 0) await page.getByRole('button', { name: 'Look Again' }).click({ timeout: 5_000 });
    await page.getByRole('treeitem', { name: /^Branches/ }).waitFor({ timeout: 20_000 });
  });
  await page.getByRole('treeitem', { name: /^The very first/ }).waitFor();
});

test('a window without a folder says what helps', async () => {
  const page = await open({});
  await page.getByText('Open a folder with a git repository to see its history.').waitFor();
  expect(await page.locator('.pane-body').getByRole('button', { name: 'Open Folder' }).count()).toBe(1);
});

test('without git the view says so and where to set its path', async () => {
  const path = repository('without');
  const page = await open({ folder: path, env: { PATH: folder('empty-bin') } });
  await page.getByText('Git was not found.').waitFor();
  expect(await page.getByRole('button', { name: 'Set the Path of Git' }).count()).toBe(1);
  expect(await page.locator('.notification-toast', { hasText: 'Hearth' }).count()).toBe(0);
});

test('a git that is too old is named', async () => {
  const path = repository('old');
  const bin = folder('old-bin');
  writeFileSync(join(bin, 'git'), '#!/bin/sh\necho "git version 2.20.1"\n', { mode: 0o755 });
  const page = await open({ folder: path, env: { PATH: `${bin}:${process.env['PATH']}` } });
  await page.getByText('Hearth needs git 2.38 or newer.').waitFor();
});

test('a repository of another user is refused by git, and the view says what that means', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip();
  const path = repository('foreign');
  execFileSync('chown', ['-R', '12345', path]);
  const page = await open({ folder: path });
  await page.getByText('belongs to another user').waitFor();
  expect(await page.getByRole('button', { name: 'Show Log' }).count()).toBe(1);
});

test('what is unusual is said: a detached HEAD, a merge that waits; names that are not UTF-8 and a missing object do no harm', async () => {
  const path = repository('unusual');
  const bytes = Buffer.concat([Buffer.from('name-'), Buffer.from([0xff]), Buffer.from('.txt')]);
  writeFileSync(Buffer.concat([Buffer.from(`${path}/`), bytes]), 'x\n');
  writeFileSync(Buffer.concat([Buffer.from(`${path}/`), Buffer.from('name-'), Buffer.from([0xfe]), Buffer.from('.txt')]), 'y\n');
  git(path, 'add', '.');
  git(path, 'commit', '-q', '-m', 'Names of another age');
  git(path, 'checkout', '-q', '-b', 'side', 'HEAD~1');
  writeFileSync(join(path, 'a.txt'), 'side\n');
  git(path, 'commit', '-q', '-am', 'On the side');
  git(path, 'checkout', '-q', '--detach', 'trunk');
  const page = await open({ folder: path });
  const head = git(path, 'rev-parse', '--short=7', 'HEAD').trim();
  await page
    .locator('.tree-view-message, .message, .pane-body', { hasText: `HEAD detached at ${head}` })
    .first()
    .waitFor();
  await expand(page.getByRole('treeitem', { name: /^Names of another age/ }), rows(page, 3));
  await eventually(() => rows(page, 3).count()).toBe(2);

  writeFileSync(join(path, 'a.txt'), 'here\n');
  git(path, 'commit', '-q', '-am', 'Here');
  await page.getByRole('treeitem', { name: /^Here,/ }).waitFor();
  expect(() => git(path, 'merge', '-q', 'side')).toThrow('failed (1)');
  await page.locator('.pane-body', { hasText: '· merge' }).first().waitFor();
  git(path, 'merge', '--abort');
  await eventually(() => page.locator('.pane-body', { hasText: '· merge' }).count()).toBe(0);

  // The tree of a commit is gone: its row says so, the others stay.
  const tree = git(path, 'rev-parse', 'HEAD^{tree}').trim();
  rmSync(join(path, '.git/objects', tree.slice(0, 2), tree.slice(2)));
  const here = (expanded?: true) => page.getByRole('treeitem', { name: /^Here,/, ...(expanded === undefined ? {} : { expanded }) });
  await expand(here(), here(true));
  await eventually(() => rows(page, 3).allTextContents()).toHaveLength(3);
  await page
    .getByRole('treeitem', { name: /^On the side|^First of unusual/ })
    .first()
    .waitFor();
});

test('a linked worktree opens in a window of its own', async () => {
  const path = repository('main-tree');
  git(path, 'worktree', 'add', '-q', '-b', 'beside', join(scratch, 'beside-tree'));
  const page = await open({ folder: path });
  const row = page.getByRole('treeitem', { name: /^beside-tree, beside/ });
  await expand(page.getByRole('treeitem', { name: /^Worktrees/ }), row);
  const pages = (): number => page.context().pages().length;
  const before = pages();
  const opened = page.context().waitForEvent('page', { timeout: 90_000 });
  // hearth.git.openWorktree, as the button of the row.
  await insist(async () => {
    if (pages() > before) return;
    await row.hover({ timeout: 5_000 });
    await row.getByRole('button', { name: 'Open Worktree in New Window' }).click({ timeout: 5_000 });
    // A row that is drawn anew between the two halves of a click does not hear it.
    await expect.poll(pages, { timeout: 15_000 }).toBeGreaterThan(before);
  });
  const window = await opened;
  await eventually(async () => window.url()).toContain('beside-tree');
});
