// State of the packaged, installed extension: its hub, its view, and the command that it puts into terminals.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installed, installVsix } from '../host/vsix.ts';
import { runCommand, trustAuthors } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';
import { jsonLines } from '../support/cli.ts';
import { hubOf } from '../support/hubProcess.ts';
import { until } from '../support/processes.ts';

let code: Installed;
const scratch = mkdtempSync(join(tmpdir(), 'hearth-activity-vsix-'));
const folder = join(scratch, 'shop');

beforeAll(async () => {
  await createSample(folder);
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

/** `hearth` as a terminal of this user finds it. */
const hearth = (...args: string[]) =>
  execFileSync(join(code.home, 'bin/hearth'), args, { cwd: folder, encoding: 'utf8', env: { ...process.env, HEARTH_HOME: code.home } });

test('a note written in the window is in the log that the installed command prints, and the other way round', async () => {
  const { page } = code;
  const row = (text: string) => page.locator('.pane-body [role="treeitem"]', { hasText: text }).first();
  await runCommand(page, 'Hearth: Show Activity');
  await page.getByText('Nothing has happened yet.').waitFor();
  expect(hubOf(code.home)).toBeGreaterThan(0);
  await page.locator('.pane-body').getByRole('button', { name: 'Add Note' }).click();
  const input = page.locator('.quick-input-widget input').first();
  await input.fill('Written in the installed extension');
  await input.press('Enter');
  await row('Written in the installed extension').waitFor();
  await until(() => {
    try {
      return hearth('--version').startsWith('hearth ');
    } catch {
      return false; // the server writes the command in the background
    }
  });
  hearth('events', 'note', 'Written in its terminal');
  await row('Written in its terminal').waitFor();
  const notes = jsonLines(hearth('events', '--entity', 'note', '--json')).map(({ payload }) => (payload as { text: string }).text);
  expect(notes.toSorted()).toEqual(['Written in its terminal', 'Written in the installed extension']);
  expect(hearth('audit', 'verify')).toContain('3 events');
});

test('Verify Log and Hub Status say it in one sentence', async () => {
  const { page } = code;
  const toast = (text: RegExp) => page.locator('.notification-toast', { hasText: text });
  await runCommand(page, 'Hearth: Verify Log');
  await toast(/The log is whole: 3 events/).waitFor();
  await runCommand(page, 'Hearth: Hub Status');
  await toast(/The hub runs: process \d+/).waitFor();
});
