// Work items in the packaged, installed extension: the real questions, and a terminal beside the window.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { webviewOf } from '../host/page.ts';
import { type Installed, installVsix } from '../host/vsix.ts';
import { focusedRow, insist, modal, runCommand, trustAuthors } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';
import { hubOf } from '../support/hubProcess.ts';
import { patientGit } from '../support/repositories/repository.ts';

let code: Installed;
const scratch = mkdtempSync(join(tmpdir(), 'hearth-work-vsix-'));
const folder = join(scratch, 'shop');
const git = (...args: string[]): string => patientGit(folder, ...args);

beforeAll(async () => {
  await createSample(folder);
  git('stash', '--quiet', '--include-untracked');
  code = await installVsix({ folder });
  code.page.setDefaultTimeout(60_000);
  await trustAuthors(code.page);
});
afterAll(async () => {
  const home = code?.home;
  await code?.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
  expect(hubOf(home), 'no hub outlives its suite').toBeUndefined();
});

test('from the welcome to the merge, with the real questions', async () => {
  const { page } = code;
  const row = (text: string) => page.locator('.pane-body [role="treeitem"]', { hasText: text }).first();
  const pick = (text: string) => page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();
  await runCommand(page, 'Hearth: Focus on Work View');
  await page.locator('.pane-body').getByRole('button', { name: 'Plan a Change' }).click();
  const input = page.locator('.quick-input-widget input').first();
  await input.fill('Faster login');
  await input.press('Enter');
  await pick('Chore').click();
  await row('#1 Faster login').waitFor();
  const panel = await webviewOf(page, 'hearth-dev.hearth');
  await panel.locator('.title-line').waitFor();
  // Start Work: the branch is offered under its own name.
  const current = page.locator('[id="hearth-dev.hearth.hearth.work.current"]', { hasText: '#1 Faster login' });
  // The panel gets the keyboard back a moment after the first list is gone: the second one closes if it is open by then.
  await insist(async () => {
    if ((await current.count()) > 0) return;
    await panel.getByRole('button', { name: 'Start Work' }).first().click({ timeout: 10_000 });
    await pick('new branch').click({ timeout: 20_000 });
    // From where: the remote has another main.
    await pick('the main line').click({ timeout: 20_000 });
    await current.waitFor({ timeout: 20_000 });
  });
  const branch = git('symbolic-ref', '--short', 'HEAD').trim();
  expect(branch).toMatch(/1-faster-login$/);
  // What it needs: notes, checklist, a commit, an entry.
  await panel.locator('#notes').fill('It was slow.');
  for (const box of await panel.locator('.tick').all()) await box.check();
  git('commit', '-q', '--no-verify', '--allow-empty', '-m', 'Faster');
  await panel.getByRole('button', { name: 'Add entry…' }).click();
  await panel.getByLabel('Category').selectOption('none');
  await panel.getByLabel('Why no entry is needed').fill('Nobody sees it.');
  await panel.getByRole('button', { name: 'Add to the change log' }).click();
  await panel.locator('.toast', { hasText: 'changes/1.md' }).waitFor();
  git('commit', '-q', '--no-verify', '-m', 'Entry');
  await panel.getByText('Ready:').waitFor();
  // The question names what happens; turning away changes nothing.
  const main = git('rev-parse', 'main');
  await panel.getByRole('button', { name: 'Merge & Complete…' }).click();
  const question = await modal(page);
  expect(question.text).toContain(`${branch} is merged into main with a merge commit.`);
  expect(question.text).toContain('Nothing is pushed.');
  await question.press('Cancel');
  expect(git('rev-parse', 'main')).toBe(main);
  await panel.getByRole('button', { name: 'Merge & Complete…' }).click();
  await (await modal(page)).press('Merge & Complete');
  await page.locator('.notification-toast', { hasText: '#1 Faster login is done: merged into main.' }).waitFor();
  await panel.locator('.state.done').waitFor();
  expect(git('rev-parse', 'main')).not.toBe(main);
  expect(git('branch', '--list', branch)).toBe('');
});

test('deleting asks once and says what is lost', async () => {
  const { page } = code;
  // A list closes by itself when the window gives the keyboard to something else, as to what is still settling after a dialog.
  await insist(async () => {
    await page.keyboard.press('Escape');
    await runCommand(page, 'Hearth: Delete Work Item');
    await focusedRow(page, '#1 Faster login').waitFor({ timeout: 10_000 });
    await page.keyboard.press('Enter');
    await page.locator('.monaco-dialog-box').waitFor({ timeout: 10_000 });
  });
  const question = await modal(page);
  expect(question.text).toContain('only a backup of the state brings them back');
  await question.press('Delete Item');
  await page.locator('.pane-body').getByRole('button', { name: 'Plan a Change' }).waitFor();
});
