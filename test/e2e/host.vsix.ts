// The third ring itself: the packaged extension is installed, runs restricted until the authors are trusted, and the dialog is real.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installed, installVsix } from '../host/vsix.ts';
import { insist, modal, openFile, runCommand, trustAuthors } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';

let code: Installed;
const scratch = mkdtempSync(join(tmpdir(), 'hearth-host-vsix-'));
const folder = join(scratch, 'shop');

beforeAll(async () => {
  await createSample(folder);
  code = await installVsix({ folder });
  code.page.setDefaultTimeout(60_000);
});
afterAll(async () => {
  await code?.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
});

test('an unknown folder asks for trust and opens restricted', async () => {
  const dialog = await modal(code.page);
  expect(dialog.text).toContain('Do you trust the authors');
  await dialog.press('No, I don');
  await code.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
});

test('Hearth is installed, and limited rather than off', async () => {
  await openFile(code.page, 'src/money.ts');
  await runCommand(code.page, 'Extensions: Show Installed Extensions');
  const row = code.page.locator('.extensions-list .monaco-list-row', { hasText: 'Hearth' });
  const details = code.page.locator('.extension-editor');
  // A row that is drawn anew under the pointer takes no click.
  await insist(async () => {
    await row.click({ timeout: 10_000 });
    await details.waitFor({ timeout: 10_000 });
  });
  await expect.poll(() => details.textContent()).toContain('hearth-dev');
  expect(await details.textContent()).not.toContain('disabled');
});

test('another folder can be trusted, in a second window of the same user', async () => {
  const other = join(scratch, 'trusted');
  await createSample(other);
  const page = await code.reopen(other);
  page.setDefaultTimeout(60_000);
  await trustAuthors(page);
  await openFile(page, 'src/money.ts');
  await expect.poll(() => page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).count()).toBe(0);
});
