// Committing in the installed extension: what Restricted Mode leaves, the button beside the built-in view, the real dialog before a discard.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installed, installVsix } from '../host/vsix.ts';
import { insist, modal, runCommand } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';
import { hubOf } from '../support/hubProcess.ts';
import { patientGit } from '../support/repositories/repository.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-commit-')));
const folder = join(scratch, 'shop');
const readme = join(folder, 'README.md');
let code: Installed;
let panel: FrameLocator;
let before: string;

const git = (...args: string[]) => patientGit(folder, ...args);

beforeAll(async () => {
  await createSample(folder);
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.test');
  before = readFileSync(readme, 'utf8');
  code = await installVsix({ folder });
  code.page.setDefaultTimeout(60_000);
});
afterAll(async () => {
  const home = code?.home;
  await code?.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
  expect(hubOf(home), 'no hub outlives its suite').toBeUndefined();
});

test('in Restricted Mode the panel shows what changed, says why nothing can be done, and does nothing', async () => {
  await (await modal(code.page)).press("No, I don't");
  await runCommand(code.page, 'Hearth: Commit…');
  panel = await code.webview();
  await panel.getByText('Restricted Mode: nothing can be staged or committed.').waitFor();
  const count = panel.locator('.section-row', { hasText: 'Changes' }).locator('.tree-count');
  await count.filter({ hasNotText: /^0$/ }).waitFor();
  const index = git('ls-files', '--stage');
  await panel.locator('.tree').focus();
  await code.page.keyboard.press('a');
  await panel.locator('.failure').waitFor();
  expect(git('ls-files', '--stage')).toBe(index);
});

test('the source control view has a button that opens the panel; a discard asks in a dialog, and can be undone', async () => {
  const page = await code.reopen(folder);
  page.setDefaultTimeout(60_000);
  await (await modal(page)).press('Yes, I trust');
  writeFileSync(readme, `${before}More\n`);
  const changes = page.locator('.part.sidebar .pane-header', { hasText: 'Changes' }).first();
  // Its buttons show while the pointer is over it, and are made anew while the view reads.
  await insist(async () => {
    if (!(await changes.isVisible())) await page.keyboard.press('Control+Shift+G');
    await changes.hover({ timeout: 10_000 });
    await changes.getByRole('button', { name: 'Commit…', exact: true }).click({ timeout: 5_000 });
  });
  const inner = page
    .frameLocator('iframe.webview.ready[src*="extensionId=hearth-dev.hearth"]:visible')
    .first()
    .frameLocator('#active-frame');
  await inner.locator('.file-row', { hasText: 'README.md' }).click();
  // The file that was chosen before has such a button too.
  await inner.locator('.patch-path', { hasText: 'README.md' }).waitFor();
  await inner.locator('.hunk-button', { hasText: 'Discard' }).first().waitFor();
  await inner.locator('.tree').focus();
  await page.keyboard.press('x');
  const question = await modal(page);
  expect(question.text).toContain('README.md');
  expect(question.text).toContain('+More');
  await question.press('Discard');
  await expect.poll(() => readFileSync(readme, 'utf8')).toBe(before);
  await inner.locator('.toast .undo').click();
  await expect.poll(() => readFileSync(readme, 'utf8')).toBe(`${before}More\n`);
});
