// The commit panel where a repository is unusual: no commit yet, SHA-256, a linked worktree, names that are not UTF-8, hooks that take long.
import { chmodSync, existsSync, rmSync } from 'node:fs';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { createRepository, Repository, temporaryFolder } from '../support/repositories/repository.ts';
import { listed, openCommitPanel } from './commitWindow.ts';

let code: Vscode;
let main: Repository;
const repositories: Repository[] = [];

beforeAll(async () => {
  main = made();
  main.write('a.txt', 'one\n');
  main.commit('Plant');
  code = await openVscode({ folder: main.root, viewport: { width: 1400, height: 900 } });
  code.page.setDefaultTimeout(60_000);
});
afterAll(async () => {
  await code?.close();
  for (const each of repositories) each.dispose();
});
beforeEach(({ onTestFailed }) => {
  const picture = process.env['HEARTH_HOST_SCREENSHOT'];
  if (picture) onTestFailed(() => code.page.screenshot({ path: picture }).then(() => {}));
});

const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

function made(options: Parameters<typeof createRepository>[0] = {}): Repository {
  const repository = createRepository(options);
  repositories.push(repository);
  repository.git('config', 'user.name', 'Ada');
  repository.git('config', 'user.email', 'ada@example.test');
  return repository;
}

/** Stages everything by its key and begins to commit. */
async function beginAll(panel: FrameLocator, message: string): Promise<void> {
  await panel.locator('.tree').focus();
  await code.page.keyboard.press('a');
  await panel.locator('.commit-button', { hasText: /\d+ file/ }).waitFor();
  await panel.locator('#message').fill(message);
  await panel.locator('#message').press('Control+Enter');
}

async function commitAll(panel: FrameLocator, message: string): Promise<void> {
  await beginAll(panel, message);
  await panel.locator('.toast.done', { hasText: 'Committed' }).waitFor();
}

test('the first commit of a SHA-256 repository outside the workspace, undone and redone', async () => {
  const repository = made({ objectFormat: 'sha256' });
  repository.write('first.txt', 'one\n');
  const panel = await openCommitPanel(code, repository.root);
  await panel.locator('.branch', { hasText: 'main, no commit yet' }).waitFor();
  await eventually(() => listed(panel)).toEqual(['Staged 0', 'Changes 1', 'first.txt U']);
  await commitAll(panel, 'First');
  expect(repository.git('log', '--format=%H %s')).toMatch(/^[0-9a-f]{64} First$/);
  await panel.locator('.toast .undo').click();
  await eventually(() => repository.tryGit(['rev-parse', '--verify', '--quiet', 'HEAD']).status).not.toBe(0);
  await eventually(() => listed(panel)).toEqual(['Staged 1', 'first.txt A', 'Changes 0']);
  await panel.locator('.toast .undo', { hasText: 'Redo' }).click();
  await eventually(() => repository.tryGit(['log', '-1', '--format=%s']).stdout.toString()).toBe('First\n');
  await code.command('workbench.action.closeActiveEditor');
});

test('a linked worktree commits to its own branch', async () => {
  const folder = main.attach(temporaryFolder('linked'));
  rmSync(folder, { recursive: true });
  main.git('worktree', 'add', '--quiet', '-b', 'linked', folder);
  const linked = new Repository(folder);
  linked.write('a.txt', 'linked\n');
  const panel = await openCommitPanel(code, linked.root);
  await panel.locator('.branch', { hasText: 'linked' }).waitFor();
  await eventually(() => listed(panel)).toEqual(['Staged 0', 'Changes 1', 'a.txt M']);
  await commitAll(panel, 'In the linked one');
  expect(main.git('log', '-1', '--format=%s', 'linked')).toBe('In the linked one');
  expect(main.git('log', '-1', '--format=%s', 'main')).toBe('Plant');
  await code.command('workbench.action.closeActiveEditor');
});

test('a name that is not UTF-8 is staged and unstaged like any other', async () => {
  const repository = made();
  repository.commit('Empty', { stage: 'index' });
  const name = Buffer.from([0x62, 0x61, 0x64, 0xff, 0x2e, 0x74, 0x78, 0x74]);
  const blob = repository.gitBytes(['hash-object', '-w', '--stdin'], { input: 'x\n' }).toString().trim();
  repository.gitBytes(['update-index', '--add', '-z', '--index-info'], {
    input: Buffer.concat([Buffer.from(`100644 ${blob} 0\t`), name, Buffer.from([0])]),
  });
  const panel = await openCommitPanel(code, repository.root);
  const row = panel.locator('.section-row:has-text("Staged") + .file-row');
  await row.waitFor();
  await row.click();
  await panel.locator('.code', { hasText: 'x' }).first().waitFor();
  await panel.locator('.tree').focus();
  await code.page.keyboard.press(' ');
  await eventually(() => repository.git('diff', '--cached', '--name-only')).toBe('');
  await code.command('workbench.action.closeActiveEditor');
});

test('a commit whose hook takes long goes on while the panel is hidden; the page that comes back cancels it, or says its end', async () => {
  const repository = made();
  repository.write('a.txt', 'one\n');
  repository.commit('Plant');
  repository.write('a.txt', 'two\n');
  // It also ends with the repository, whatever fails here.
  const hook = '#!/bin/sh\ntouch .git/hook-runs\nwhile [ -e .git/hook-runs ] && [ ! -e .git/hook-goes ]; do sleep 0.1; done\n';
  repository.write('.git/hooks/pre-commit', hook);
  chmodSync(repository.path('.git/hooks/pre-commit'), 0o755);
  let panel = await openCommitPanel(code, repository.root);
  const subject = () => repository.git('log', '-1', '--format=%s');
  const runs = () => eventually(() => existsSync(repository.path('.git/hook-runs'))).toBe(true);
  const pages = () => code.page.locator('iframe.webview:visible').count();
  const leave = async (): Promise<void> => {
    await code.evaluate(async (vscode, file) => {
      await vscode.window.showTextDocument(vscode.Uri.file(file));
    }, main.path('a.txt'));
    await eventually(pages).toBe(0);
  };
  const comeBack = async (): Promise<void> => {
    await code.command('workbench.action.closeActiveEditor');
    panel = await code.webview();
  };
  const committing = () => panel.locator('.toast', { hasText: /Committing|Hooks run/ }).waitFor();

  await beginAll(panel, 'Slowly');
  await runs();
  await leave();
  await comeBack();
  await committing();
  await panel.locator('.commit-line').getByRole('button', { name: 'Cancel' }).click();
  await eventually(() => panel.locator('.commit-line').getByRole('button', { name: 'Cancel' }).count()).toBe(0);
  expect([subject(), await panel.locator('#message').inputValue()]).toEqual(['Plant', 'Slowly']);
  expect(await panel.locator('.toast, .failure').count()).toBe(0);

  repository.remove('.git/hook-runs');
  await panel.locator('#message').press('Control+Enter');
  await runs();
  await leave();
  await comeBack();
  await committing();
  expect(await panel.locator('#message').inputValue()).toBe('Slowly');
  repository.write('.git/hook-goes', '');
  await panel.locator('.toast.done .subject', { hasText: 'Slowly' }).waitFor();
  expect([subject(), await panel.locator('#message').inputValue()]).toEqual(['Slowly', '']);
  await panel.locator('.toast .undo').click();
  await eventually(subject).toBe('Plant');

  // Its end is heard by nobody.
  await eventually(() => panel.locator('#message').inputValue()).toBe('Slowly');
  repository.remove('.git/hook-goes');
  repository.remove('.git/hook-runs');
  await panel.locator('.commit-button', { hasText: '1 file' }).waitFor();
  await panel.locator('#message').press('Control+Enter');
  await runs();
  await leave();
  repository.write('.git/hook-goes', '');
  await eventually(subject).toBe('Slowly');
  await comeBack();
  await panel.locator('.toast.done .subject', { hasText: 'Slowly' }).waitFor();
  expect(await panel.locator('#message').inputValue()).toBe('');
  await code.command('workbench.action.closeActiveEditor');
});
