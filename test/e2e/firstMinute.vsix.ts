// The first minute with the installed extension: the view fills, nothing asks anything, an old revision survives a reload of the window.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installed, installVsix } from '../host/vsix.ts';
import { openFile, runCommand, trustAuthors } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-minute-')));
const folder = join(scratch, 'shop');
let code: Installed;

beforeAll(async () => {
  await createSample(folder);
  code = await installVsix({ folder });
  code.page.setDefaultTimeout(60_000);
});
afterAll(async () => {
  await code?.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
});

test('after the question of VS Code itself, the Repository view fills and nothing else is asked', async () => {
  const { page } = code;
  await trustAuthors(page);
  await page.locator('.activitybar').getByRole('tab', { name: 'Hearth' }).click();
  await page.getByRole('treeitem', { name: /^main, current branch/ }).waitFor();
  expect(await page.locator('.notification-toast', { hasText: 'Hearth' }).count()).toBe(0);
  expect(await page.locator('.monaco-dialog-box').count()).toBe(0);
  expect(await page.locator('.tab').count()).toBe(0);
});

// hearth.help.openWalkthrough
test('the walkthrough opens when it is asked for', async () => {
  const { page } = code;
  await runCommand(page, 'Hearth: Get Started');
  await page.getByText('See who and why').first().waitFor();
  await page.getByText('Compare', { exact: true }).first().waitFor();
  await page.keyboard.press('Control+W');
});

test('an old revision survives a reload of the window', async () => {
  const { page } = code;
  const older = execFileSync('git', ['log', '--follow', '--format=%h', '--abbrev=7', '--', 'src/checkout/cart.ts'], {
    cwd: folder,
    encoding: 'utf8',
  }).split('\n')[1];
  await openFile(page, 'src/checkout/cart.ts');
  await runCommand(page, 'Hearth: Open Previous Revision');
  const tab = page.locator('.tab.active', { hasText: `cart.ts (${older})` });
  await tab.waitFor();
  // The command lets VS Code write down what is open; a reload of the page alone may come before that.
  const loaded = page.waitForEvent('load', { timeout: 90_000 });
  await runCommand(page, 'Developer: Reload Window');
  await loaded;
  await tab.waitFor();
  await page.locator('.view-line', { hasText: 'export function subtotal' }).first().waitFor();
  await page.getByRole('button', { name: 'Open Previous Revision' }).first().waitFor();
  expect(await page.locator('.monaco-editor-pane-placeholder:visible').count()).toBe(0);
});
