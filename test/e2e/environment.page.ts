// Set Secret… and Show Variables… as a person uses them: what is missing is offered, what is typed is not shown, now or later.
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { runCommand } from '../host/window.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';

const yaml = `version: 1
project: garden
services: { web: { image: "web:1", variables: { LEVEL: "low $(rocket)" }, secrets: [API_TOKEN, { name: TLS_KEY, as: file }] } }
environments:
  production: { docker: local, routing: { kind: none } }
  staging: { extends: production }
`;
const typed = 'typed-by-hand-42';

let code: Vscode;
let repository: Repository;
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-secret-')));
const widget = (): Locator => code.page.locator('.quick-input-widget:visible');
const rows = (): Locator => widget().locator('[role="option"]');
const row = (text: string): Locator => rows().filter({ hasText: text }).first();
/** By its name and Enter: the list may still move under a mouse. */
async function choose(name: string): Promise<void> {
  await row(name).waitFor();
  await widget().locator('input').first().fill(name);
  await eventually(() => rows().first().textContent()).toContain(name);
  await widget().locator('.monaco-list-row.focused', { hasText: name }).waitFor();
  await code.page.keyboard.press('Enter');
}
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 90_000 });

beforeAll(async () => {
  repository = createRepository();
  repository.write('hearth.yaml', yaml);
  repository.commit('Deploy');
  code = await openVscode({
    folder: repository.root,
    settings: { 'workbench.colorTheme': 'Default Dark Modern' },
    viewport: { width: 1300, height: 800 },
  });
  code.page.setDefaultTimeout(60_000);
});
afterAll(async () => {
  await code?.close();
  repository?.dispose();
  rmSync(scratch, { recursive: true, force: true });
});
beforeEach(({ onTestFailed }) => {
  const picture = process.env['HEARTH_HOST_SCREENSHOT'];
  if (picture) onTestFailed(() => code.page.screenshot({ path: picture }).then(() => {}));
});

test('a missing secret is offered by name, typed unseen, and from then on shown as dots', async () => {
  await runCommand(code.page, 'Hearth: Set Secret…');
  await choose('production');
  await row('API_TOKEN').waitFor();
  await eventually(() => row('API_TOKEN').textContent()).toContain('not set');
  await choose('API_TOKEN');
  const input = widget().locator('input[type="password"]');
  await input.waitFor();
  await eventually(() => widget().textContent()).toContain('API_TOKEN of production');
  await eventually(() => widget().textContent()).toContain('never shown again');
  await input.focus();
  await code.page.keyboard.type(typed);
  await eventually(() => input.inputValue()).toBe(typed);
  await code.page.keyboard.press('Enter');
  await eventually(() => code.page.locator('.statusbar').textContent()).toContain('API_TOKEN is stored for production');

  await runCommand(code.page, 'Hearth: Show Variables…');
  await choose('staging');
  await row('API_TOKEN').waitFor();
  const shown = await row('API_TOKEN').textContent();
  expect(shown).toContain('••••••');
  expect(shown).toContain('stored for production');
  expect(await row('TLS_KEY').textContent()).toContain('not set');
  // Text of the repository draws no icon.
  expect(await row('LEVEL').textContent()).toMatch(/low \$\u200b?\(rocket\)/);
  expect(await code.page.content()).not.toContain(typed);
  await code.page.keyboard.press('Escape');
});

test('a value of several lines comes from a file, whole', async () => {
  const key = '-----BEGIN KEY-----\nplanted-in-a-file\n-----END KEY-----\n';
  writeFileSync(join(scratch, 'tls.key'), key);
  await runCommand(code.page, 'Hearth: Set Secret…');
  await choose('production');
  await choose('TLS_KEY');
  await widget().locator('input[type="password"]').waitFor();
  await widget()
    .locator('.quick-input-inline-action-bar a, .quick-input-left-action-bar a, .quick-input-right-action-bar a')
    .first()
    .click();
  // The window's own dialog for files of its machine.
  await eventually(() => widget().locator('input').first().getAttribute('type')).not.toBe('password');
  // It writes the folder it begins with over what is typed too early, and takes Enter when it has found the file.
  await eventually(async () => {
    if (await widget().isVisible()) {
      // It may be gone by now, and what the status bar says does not stay.
      await widget().locator('input').first().fill(join(scratch, 'tls.key'), { timeout: 2000 });
      await code.page.waitForTimeout(500);
      await code.page.keyboard.press('Enter');
      await code.page.waitForTimeout(500);
    }
    return code.page.locator('.statusbar').textContent();
  }).toContain('TLS_KEY is stored for production');
  expect(await code.page.content()).not.toContain('planted-in-a-file');
});
