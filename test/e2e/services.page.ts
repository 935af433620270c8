// The Services view as a person uses it: from nothing to a monitor, to an incident that somebody looks at, to its end.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { runCommand } from '../host/window.ts';
import { send } from '../host/workStory.ts';
import { hubOf } from '../support/hubProcess.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';
import { pointAt, pressIn } from './rowButtons.ts';

const shop = createServer((_, response) => response.writeHead(status, { 'content-type': 'text/plain' }).end('Shop'));
let status = 200;
let address: string;
let repository: Repository;
let code: Vscode;

/** Shorter than the pause after which the view asks by itself: what is not told is not seen. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 28_000 });
const row = (text: string): Locator => code.page.locator('.pane-body [role="treeitem"]', { hasText: text });
const statusItem = (): Locator => code.page.locator('.statusbar-item', { hasText: 'monitors' });
const input = (): Locator => code.page.locator('.quick-input-widget:visible input[type="text"]');

describe('services', () => {
  beforeAll(async () => {
    shop.listen(0, '127.0.0.1');
    await once(shop, 'listening');
    address = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`;
    repository = createRepository();
    repository.write('README.md', 'A shop\n');
    repository.commit('First');
    code = await openVscode({
      folder: repository.root,
      settings: { 'workbench.colorTheme': 'Default Dark Modern' },
      viewport: { width: 1400, height: 1000 },
    });
    code.page.setDefaultTimeout(60_000);
  });
  afterAll(async () => {
    const home = code?.home;
    await code?.close();
    repository?.dispose();
    shop.closeAllConnections();
    shop.close();
    if (home !== undefined) expect(hubOf(home), 'no hub outlives its suite').toBeUndefined();
  });
  beforeEach(({ onTestFailed }) => {
    const picture = process.env['HEARTH_HOST_SCREENSHOT'];
    if (picture) onTestFailed(() => code.page.screenshot({ path: picture }).then(() => {}));
  });

  test('nothing is watched yet: the view offers to add a monitor, which is looked at once before it is kept', async () => {
    await runCommand(code.page, 'Hearth: Focus on Services View');
    await code.page.locator('.welcome-view-content', { hasText: 'Nothing is watched from here.' }).waitFor();
    await code.page.locator('.welcome-view-content a.monaco-button', { hasText: 'Add Monitor…' }).click();
    await input().fill('not an address');
    await code.page.locator('.quick-input-message', { hasText: 'An address, or a kind and one host' }).waitFor();
    await type(address);
    await eventually(() => input().inputValue()).toBe('127.0.0.1');
    await type('shop');
    await code.page.locator('.quick-input-list .monaco-list-row:visible', { hasText: 'every minute' }).click();
    await code.page.locator('.quick-input-list .monaco-list-row:visible', { hasText: 'A work item' }).waitFor();
    await code.page.locator('.quick-input-action', { hasText: 'OK' }).click();
    // It is looked at once a minute: an answer that took more than a second stays for that long.
    await row('shop')
      .filter({ hasText: /\d\sm?s/ })
      .first()
      .waitFor();
    await eventually(() => row('shop').first().getAttribute('aria-label')).toMatch(/^shop, up, [\d.]+ m?s, http:\/\/127\.0\.0\.1/);
    await eventually(() => statusItem().textContent()).toContain('monitors 1/1');
  });

  test('it stops answering: the row, the status bar and an incident say so; one click acknowledges it', async () => {
    const settings = { interval: 2000, timeout: 2000, retryInterval: 1000, failures: 2, successes: 1, assert: ['status == 200'] };
    await send(code, 'monitor/edit', { repository: repository.root, monitor: 'shop', settings });
    status = 500;
    await eventually(() => statusItem().textContent()).toContain('monitors down');
    const red = (item: Element): boolean => item.classList.contains('error-kind') || item.closest('.error-kind') !== null;
    await eventually(() => statusItem().evaluate(red)).toBe(true);
    await row('Incidents').first().waitFor();
    await row('I-1').filter({ hasText: 'investigating' }).first().waitFor();
    await row('shop').filter({ hasText: 'down' }).first().waitFor();
    await pointAt(statusItem(), code.page.locator('.monaco-hover', { hasText: 'I-1' }));
    await code.page.mouse.move(700, 500);
    await pressIn(row('I-1'), 'Acknowledge Incident…', () => row('I-1').filter({ hasText: 'acknowledged' }).first().isVisible());
    await row('I-1').hover();
    await eventually(() => row('I-1').getByRole('button', { name: 'Acknowledge Incident…' }).count()).toBe(0);
  });

  test('it answers again: the incident is resolved by hand and is gone from the view', async () => {
    status = 200;
    await eventually(() => statusItem().textContent()).toContain('monitors 1/1');
    await row('I-1').filter({ hasText: 'monitoring' }).first().waitFor();
    await pressIn(row('I-1'), 'Resolve Incident…', async () => (await row('Incidents').count()) === 0);
    await pressIn(row('shop').first(), 'Pause Monitors…', () => row('shop').filter({ hasText: 'paused' }).first().isVisible());
    await eventually(() => statusItem().count()).toBe(0);
  });

  async function type(text: string): Promise<void> {
    await input().fill(text);
    await code.page.keyboard.press('Enter');
  }
});
