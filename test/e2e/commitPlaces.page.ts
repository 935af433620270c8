// The commit panel where a repository is unusual: no commit yet, SHA-256, a linked worktree, names that are not UTF-8.
import { rmSync } from 'node:fs';
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

/** Stages everything by its key and commits. */
async function commitAll(panel: FrameLocator, message: string): Promise<void> {
  await panel.locator('.tree').focus();
  await code.page.keyboard.press('a');
  await panel.locator('.commit-button', { hasText: /\d+ file/ }).waitFor();
  await panel.locator('#message').fill(message);
  await panel.locator('#message').press('Control+Enter');
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
