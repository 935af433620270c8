// The incident panel as a person uses it: from what broke to the commit that may be why, to what was done about it; by mouse and keys.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { insist } from '../host/window.ts';
import { send } from '../host/workStory.ts';
import { writeLive } from '../support/liveRows.ts';
import { seriousViolations } from './diffPanelWindow.ts';
import { eventually, hostile, openWatched, type Watched } from './watchWindow.ts';

const home = mkdtempSync(join(tmpdir(), 'hearth-incident-'));
const hour = 3_600_000;
let shop: Watched;
let breaking: string;

const config = (at: (name: string) => string): string => `version: 1
project: shop
services:
  web: { build: { context: ".", paths: ["web/**"] }, port: 8080, runbook: docs/runbook.md }
environments:
  production: { docker: local, routing: none }
monitors:
  - { name: home, service: web, environment: production, http: "${at('home')}", interval: 4s, timeout: 4s, retry_interval: 1s, failures: 1, successes: 1 }
incidents: { settle: 1h }
`;

/** A healthy release, then one with three more commits, of which one touches what is deployed. */
async function releases(repository: Watched['repository']): Promise<{ home: string }> {
  const commit = (path: string, text: string, subject: string): string => {
    repository.write(path, text);
    return repository.commit(subject);
  };
  const good = commit('web/page.ts', 'export const page = 1;\n', 'The page');
  commit('README.md', 'A shop.\n', 'Words');
  breaking = commit('web/page.ts', 'export const page = undefined;\n', `${hostile}\n\nHearth-Item: 1`);
  const bad = commit('docs/notes.md', 'Notes.\n', 'Notes');
  const now = Date.now();
  const live = { environment: 'production', paths: ['web/**'] };
  await writeLive(home, repository, [
    { ...live, service: 'other', commit: good, since: now - 50 * hour },
    { ...live, service: 'web', commit: good, since: now - 40 * hour },
  ]);
  await writeLive(home, repository, [{ ...live, service: 'web', commit: bad, since: now - hour }]);
  return { home };
}

const current = (panel: FrameLocator): Promise<string | null> => panel.locator('[aria-current=step]').textContent();
/** Looks at another panel before going on: VS Code may never load one that is hidden while it loads. */
const loaded = async (part: string): Promise<void> => (await shop.code.webview()).locator(part).first().waitFor();
const entries = (panel: FrameLocator): Promise<string[]> => panel.locator('.entry .row-text').allTextContents();

describe('incident panel', () => {
  beforeAll(async () => {
    shop = await openWatched({ config, prepare: releases });
    await send(shop.code, 'work/create', { repository: shop.repository.root, title: 'Another page', type: 'feature' });
    shop.statuses.set('home', 500);
  });
  afterAll(async () => {
    await shop?.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  });
  beforeEach(({ onTestFailed }) => {
    const picture = process.env['HEARTH_HOST_SCREENSHOT'];
    if (picture) onTestFailed(() => shop.code.page.screenshot({ path: picture }).then(() => {}));
  });
  afterEach(() => shop.ran.keep());

  test('what broke, where, and which release was live; the commit that touches it is the first suspect', async () => {
    const { code, repository } = shop;
    await eventually(async () => ((await send(code, 'incident/list', { repository: repository.root })) as { open: number }).open).toBe(1);
    await code.command('hearth.incident.open', { repository: repository.root, incident: 'I-1' });
    const panel = await code.webview();
    await panel.locator('.suspect').first().waitFor();
    await eventually(() => panel.locator('h1').textContent()).toBe('web is down in production');
    await eventually(() => shop.tabs()).toContainEqual(expect.stringContaining('I-1 web is down in production'));
    await eventually(() => current(panel)).toBe('Investigating');
    await eventually(() => panel.locator('.facts-list').textContent()).toContain(repository.head().slice(0, 7));
    const [first] = await panel.locator('.suspect').all();
    expect(await first?.locator('.subject').textContent()).toBe(hostile);
    expect(await first?.locator('code').textContent()).toBe(breaking.slice(0, 7));
    expect(await first?.locator('.reasons li').count()).toBeGreaterThan(0);
    expect(await panel.locator('img').count()).toBe(0);
    // The window takes its time before anything is watched.
    await eventually(() => panel.locator('.between').textContent()).toMatch(
      /was the last healthy release of web in production, .* went live 1 h( \d+ min)? before it began/,
    );
    expect(await seriousViolations(code.page)).toEqual([]);
  });

  test('a suspect is one click from its changes and from its item', async () => {
    const { code } = shop;
    const panel = await code.webview();
    // A page that is drawn anew between the two halves of a click does not hear it.
    await insist(async () => {
      const open = (await shop.tabs()).some((tab) => tab.includes('#1 Another page'));
      if (!open) await panel.getByRole('button', { name: 'Open work item 1' }).first().click({ timeout: 5000 });
      await expect.poll(() => shop.tabs(), { timeout: 8000 }).toContainEqual(expect.stringContaining('#1 Another page'));
    });
    await loaded('.title-line');
    await code.command('hearth.incident.open', { repository: shop.repository.root, incident: 'I-1' });
    const again = await code.webview();
    await again.locator('.suspect').first().waitFor();
    await again.locator('h1').click();
    await shop.press('d');
    await eventually(() => shop.tabs()).toContainEqual(expect.stringContaining(breaking.slice(0, 7)));
    await loaded('.file[data-index]');
  });

  test('acknowledge by key, say what is known, and go on; back to investigating only with a reason', async () => {
    const { code, repository, press } = shop;
    await code.command('hearth.incident.open', { repository: repository.root, incident: 'I-1' });
    const panel = await code.webview();
    await panel.locator('.entry').first().waitFor();
    await panel.locator('h1').click();
    await press('a');
    await eventually(() => panel.locator('.facts').first().textContent()).toContain('acknowledged by');
    await eventually(() => panel.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0);
    await press('n');
    await code.page.keyboard.type(`Seen ${hostile}`);
    // The hub may tell of what was done before it answers who asked, and one thing is done at a time.
    await eventually(() => panel.getByRole('button', { name: 'Add note' }).isEnabled()).toBe(true);
    await press('Control+Enter');
    await eventually(() => entries(panel)).toContainEqual(expect.stringContaining(`Seen ${hostile}`));
    await eventually(() => panel.locator('#note').inputValue()).toBe('');
    await panel.getByRole('button', { name: 'Identified' }).click();
    await eventually(() => current(panel)).toBe('Identified');
    await panel.getByRole('button', { name: 'Investigating' }).click();
    await panel.locator('.toast.failed').waitFor();
    expect(await current(panel)).toBe('Identified');
    await panel.locator('#note').fill('It was another one.');
    await panel.getByRole('button', { name: 'Investigating' }).click();
    await eventually(() => current(panel)).toBe('Investigating');
    await panel.locator('.severity select').selectOption('critical');
    await eventually(() => panel.locator('.entry.severity').count()).toBe(1);
    expect(await seriousViolations(code.page)).toEqual([]);
  });

  test('what monitors say comes by itself; a note that was not added outlives the page; then it is resolved and written up', async () => {
    const { code, repository, statuses } = shop;
    const panel = await code.webview();
    statuses.delete('home');
    await eventually(() => current(panel)).toBe('Monitoring');
    await eventually(() => panel.locator('section[aria-labelledby=monitors-title] h2').textContent()).toContain('all answer again');
    await panel.locator('#note').fill('Rolled back.');
    await code.command('hearth.work.openItem', { repository: repository.root, id: 1 });
    await loaded('.title-line');
    await code.command('hearth.incident.open', { repository: repository.root, incident: 'I-1' });
    const again = await code.webview();
    await eventually(() => again.locator('#note').inputValue()).toBe('Rolled back.');
    await again.getByRole('button', { name: 'Resolved' }).click();
    await eventually(() => current(again)).toBe('Resolved');
    await again.getByRole('button', { name: 'Write it' }).click();
    await eventually(() => shop.tabs()).toContainEqual(expect.stringMatching(/\.md/));
    await code.command('hearth.incident.open', { repository: repository.root, incident: 'I-1' });
    const written = (await code.webview()).locator('section[aria-labelledby=postmortem-title] .link');
    await eventually(() => written.textContent()).toMatch(/^docs\/incidents\/.*\.md$/);
    const text = readFileSync(join(repository.root, (await written.textContent()) ?? ''), 'utf8');
    expect(text).toContain(breaking.slice(0, 7));
    expect(text).toContain('Rolled back.');
  });
});
