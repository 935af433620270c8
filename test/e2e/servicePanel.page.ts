// The service panel as a person uses it: how a service is, was and what it needs, by mouse and keys, while it breaks and comes back.
import type { FrameLocator, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seriousViolations } from './diffPanelWindow.ts';
import { eventually, hostile, openWatched, type Watched } from './watchWindow.ts';

let shop: Watched;

// A look is given the time that a busy machine takes to answer: one that fails would count for all of the windows below.
const fast = 'interval: 4s, timeout: 4s, retry_interval: 1s, failures: 1, successes: 1';
const config = (at: (name: string) => string): string => `version: 1
project: shop
services:
  web:
    image: "busybox:1.36"
    type: web
    owner: '${hostile}'
    description: "What customers see."
    runbook: docs/runbook.md
    links: [{ title: "Grafana", url: "https://grafana.example.test/d/1", kind: dashboard }]
    depends_on: [db]
environments:
  production: { docker: local, routing: none }
catalog:
  db: { type: database }
  reports: { depends_on: [web] }
  mails: { depends_on: [reports] }
monitors:
  - { name: home, service: web, http: "${at('home')}", ${fast}, assert: ["status == 200"] }
  - { name: cart, service: web, http: "${at('cart')}", ${fast} }
  - { name: lonely, http: "${at('lonely')}", ${fast} }
incidents: { settle: 1h }
`;

/** Opens the panel and waits for the first beat. */
async function open(target: object): Promise<FrameLocator> {
  await shop.code.command('hearth.monitor.openService', { repository: shop.repository.root, ...target });
  const panel = await shop.code.webview();
  await panel.locator('.beat.up, .beat.down').first().waitFor({ state: 'attached' });
  return panel;
}

const textOf = async (locator: Locator): Promise<string> => ((await locator.textContent()) ?? '').replace(/\s+/g, ' ').trim();
const badge = (panel: FrameLocator): Promise<string> => textOf(panel.locator('.detail .health-badge').first());
const chosen = (panel: FrameLocator): Promise<string | null> => panel.locator('#monitor-title').textContent();

describe('service panel', () => {
  beforeAll(async () => {
    shop = await openWatched({ config });
  });
  afterAll(() => shop?.close());
  beforeEach(({ onTestFailed }) => {
    const picture = process.env['HEARTH_HOST_SCREENSHOT'];
    if (picture) onTestFailed(() => shop.code.page.screenshot({ path: picture }).then(() => {}));
  });
  afterEach(() => shop.ran.keep());

  test('a service with its monitors, beats, windows, needs and links; names with markup are text', async () => {
    const panel = await open({ service: 'web', monitor: 'home' });
    await eventually(() => panel.locator('h1').textContent()).toBe('web');
    await eventually(() => textOf(panel.locator('.facts').first())).toContain(`Owner: ${hostile}`);
    expect(await panel.locator('img').count()).toBe(0);
    await eventually(() => panel.locator('.monitor-row .row-text').allInnerTexts()).toEqual(['cart HTTP', 'home HTTP']);
    await eventually(() => chosen(panel)).toBe('home');
    await eventually(() => panel.locator('.beat-words span').first().textContent()).toMatch(/^Up in [\d.]+ m?s, /);
    await eventually(() => textOf(panel.locator('.windows tbody tr').first())).toMatch(/^24 hours100 %[\d.]+ m?s/);
    await eventually(() => panel.locator('.windows tbody th').allInnerTexts()).toEqual(['24 hours', '7 days', '30 days', '1 year']);
    await eventually(() => panel.locator('ul[aria-label="Needs"] .row-text').allInnerTexts()).toEqual(['db']);
    await eventually(() => panel.locator('ul[aria-label="Needed by"] .row-text').allInnerTexts()).toEqual(['reports']);
    await panel.getByText('When it fails, 2 services fail with it, 1 of them through others.').waitFor();
    await eventually(() => panel.locator('section[aria-labelledby=facts-title] .row').allInnerTexts()).toEqual(['Runbook', 'Grafana']);
    await panel.locator('.chart-place canvas').waitFor();
    expect(await seriousViolations(shop.code.page)).toEqual([]);
  });

  test('keys: along the beats and the chart, to the next monitor, another span, a look now, pause and resume', async () => {
    const panel = await shop.code.webview();
    const beats = panel.locator('.beats');
    await eventually(async () => Number(await beats.getAttribute('aria-valuenow'))).toBeGreaterThan(2);
    await beats.focus();
    await shop.press('Home');
    await eventually(() => beats.getAttribute('aria-valuenow')).toBe('1');
    await shop.press('ArrowRight');
    await eventually(() => beats.getAttribute('aria-valuenow')).toBe('2');
    await eventually(() => beats.getAttribute('aria-valuetext')).toMatch(/^Up in /);
    await shop.press('2');
    await eventually(() => textOf(panel.locator('.segment.chosen'))).toBe('7 days');
    const chart = panel.locator('.chart-focus');
    await eventually(() => chart.getAttribute('aria-valuetext')).toMatch(/^Answer times of 7 days: the median is /);
    await chart.focus();
    await shop.press('End');
    await eventually(() => chart.getAttribute('aria-valuetext')).toMatch(/: median [\d.]+ m?s, p95 /);
    // Newer answers are drawn as another chart: the place in it stays.
    const drawn = await chart.locator('canvas').elementHandle();
    await eventually(() => drawn?.evaluate((canvas) => canvas.isConnected)).toBe(false);
    await eventually(() => chart.getAttribute('aria-valuetext')).toMatch(/: median [\d.]+ m?s, p95 /);
    await shop.press('t');
    await panel.locator('.tested', { hasText: 'Answers as it should' }).waitFor();
    await panel.locator('.tested code', { hasText: 'status == 200' }).waitFor();
    await shop.press('p');
    await eventually(() => badge(panel)).toBe('Paused');
    // The hub may tell of it before it answers who asked, and one thing is done at a time.
    await eventually(() => panel.getByRole('button', { name: 'Resume' }).isEnabled()).toBe(true);
    await shop.press('p');
    await eventually(() => badge(panel)).toBe('Up');
    await shop.press(']');
    await eventually(() => chosen(panel)).toBe('cart');
  });

  test('it breaks while somebody looks: the row, the bar and the incident say so, and lead there', async () => {
    const panel = await shop.code.webview();
    shop.statuses.set('cart', 503);
    await eventually(() => badge(panel)).toBe('Down');
    await eventually(() => textOf(panel.locator('.monitor-row').first())).toBe('Downcart HTTPdown');
    await panel.locator('.beat.down').first().waitFor({ state: 'attached' });
    await eventually(() => panel.locator('.beat-words .said').textContent()).toMatch(/^Down.* · .*503/);
    await eventually(() => textOf(panel.locator('h1 + .health-badge'))).toBe('Down');
    const incident = panel.locator('.incident-row', { hasText: 'I-1' });
    await incident.waitFor();
    expect(await seriousViolations(shop.code.page)).toEqual([]);
    await incident.click();
    await eventually(() => shop.tabs()).toContainEqual(expect.stringContaining('I-1'));
    await (await shop.code.webview()).locator('.entry').first().waitFor();
  });

  test('a hidden panel asks again when it is shown; the same service is not opened twice', async () => {
    shop.statuses.delete('cart');
    const panel = await open({ service: 'web' });
    await eventually(() => badge(panel)).toBe('Up');
    await eventually(() => chosen(panel)).toBe('cart');
    await eventually(async () => (await shop.tabs()).filter((tab) => tab.trim() === 'web')).toHaveLength(1);
    await panel.locator('ul[aria-label="Needs"] .row').click();
    await eventually(() => shop.tabs()).toContainEqual(expect.stringContaining('db'));
    const again = await open({ service: 'web', monitor: 'home' });
    await eventually(() => again.locator('h1').textContent()).toBe('web');
    // Asked for while it was hidden, and not what it has kept.
    await eventually(() => chosen(again)).toBe('home');
  });

  test('a monitor that belongs to no service has a panel, too; one that is not there says so', async () => {
    await shop.code.command('workbench.action.closeAllEditors');
    const alone = await open({ monitor: 'lonely' });
    await eventually(() => alone.locator('h1').textContent()).toBe('lonely');
    await shop.code.command('workbench.action.closeAllEditors');
    await shop.code.command('hearth.monitor.openService', { repository: shop.repository.root, service: 'nowhere' });
    const nothing = await shop.code.webview();
    await nothing.locator('.message-title', { hasText: 'There is no service nowhere.' }).waitFor();
    expect(await nothing.getByRole('button', { name: 'Try again' }).count()).toBe(1);
  });

  test('after a reload the same monitor and span are there', async () => {
    await shop.code.command('workbench.action.closeAllEditors');
    const before = await open({ service: 'web', monitor: 'cart' });
    await before.locator('.segment', { hasText: '30 days' }).click();
    await eventually(() => textOf(before.locator('.segment.chosen'))).toBe('30 days');
    // The window's own reload: it writes its state first. The answer goes down with the extension host.
    const loaded = shop.code.page.waitForEvent('load', { timeout: 120_000 });
    shop.code.command('workbench.action.reloadWindow').catch(() => {});
    await loaded;
    const panel = await shop.code.webview();
    await eventually(() => chosen(panel)).toBe('cart');
    await eventually(() => textOf(panel.locator('.segment.chosen'))).toBe('30 days');
  });
});
