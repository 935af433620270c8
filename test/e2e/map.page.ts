// The map of services as a person uses it: who needs whom, what fails with what, live, by mouse and keys.
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { seriousViolations } from './diffPanelWindow.ts';
import { eventually, openWatched, type Watched } from './watchWindow.ts';

let shop: Watched;
let panel: FrameLocator;

const config = (at: (name: string) => string): string => `version: 1
project: shop
services: {}
catalog:
  web: { depends_on: [api, cache] }
  api: { depends_on: [db], owner: Ada }
  worker: { depends_on: [db] }
  db: { type: database }
  cache: {}
  auth: { depends_on: [billing] }
  billing: { depends_on: [auth] }
monitors:
  - { name: db, service: db, http: "${at('db')}", interval: 10s, timeout: 10s, retry_interval: 1s, failures: 1, successes: 1 }
`;

const marked = async (): Promise<string[]> =>
  (await panel.locator('.service.impacted bdi').allTextContents()).sort((a, b) => (a < b ? -1 : 1));
const chosen = (): Promise<string[]> => panel.locator('.service[aria-pressed=true] bdi').allTextContents();

describe('map of services', () => {
  beforeAll(async () => {
    shop = await openWatched({ config });
    await shop.code.command('hearth.catalog.openMap', { repository: shop.repository.root });
    panel = await shop.code.webview();
    await panel.locator('#service-web').waitFor();
    // What is heard of it first is said too, and would come between.
    await panel.locator('#service-db .service-words', { hasText: 'Healthy' }).waitFor();
  });
  afterAll(() => shop?.close());
  beforeEach(({ onTestFailed }) => {
    const picture = process.env['HEARTH_HOST_SCREENSHOT'];
    if (picture) onTestFailed(() => shop.code.page.screenshot({ path: picture }).then(() => {}));
  });
  afterEach(() => shop.ran.keep());

  test('what needs stands left of what is needed; a cycle is marked and named', async () => {
    await eventually(async () => (await panel.locator('.service bdi').allTextContents()).sort()).toEqual([
      'api',
      'auth',
      'billing',
      'cache',
      'db',
      'web',
      'worker',
    ]);
    const left = async (name: string): Promise<number> => (await panel.locator(`#service-${name}`).boundingBox())?.x ?? Number.NaN;
    expect(await left('web')).toBeLessThan(await left('api'));
    expect(await left('api')).toBeLessThan(await left('db'));
    await eventually(() => panel.locator('.line').count()).toBe(6);
    await eventually(() => panel.locator('.line.round').count()).toBe(2);
    await eventually(() => panel.locator('.cycles li').textContent()).toMatch(/^(auth → billing → auth|billing → auth → billing)$/);
    expect(await seriousViolations(shop.code.page)).toEqual([]);
  });

  test('a chosen service shows what fails with it; arrow keys go on, Escape chooses none', async () => {
    await panel.locator('#service-db').click();
    await eventually(marked).toEqual(['api', 'web', 'worker']);
    await eventually(() => panel.locator('.side .rows').first().locator('.row-text').allTextContents()).toEqual(['api', 'worker', 'web']);
    await eventually(() => panel.locator('[aria-live=polite]').textContent()).toBe('3 services fail with db.');
    await eventually(() => panel.locator('.line.impact').count()).toBe(3);
    await shop.press('ArrowLeft');
    await eventually(chosen).toEqual([expect.stringMatching(/^(api|worker)$/)]);
    const [next] = await chosen();
    await eventually(() => panel.locator(':focus').getAttribute('id')).toBe(`service-${next}`);
    expect(await seriousViolations(shop.code.page)).toEqual([]);
    await shop.press('Escape');
    await eventually(chosen).toEqual([]);
  });

  test('health is live: what fails is drawn so, and the words say it', async () => {
    await eventually(() => panel.locator('#service-db .service-words').textContent()).toBe('Healthy · database');
    const before = await panel.locator('#service-db').boundingBox();
    shop.statuses.set('db', 500);
    await eventually(() => panel.locator('#service-db .service-words').textContent()).toBe('Down · database');
    await eventually(() => panel.locator('.line.failing').count()).toBe(2);
    expect(await panel.locator('#service-db').boundingBox(), 'nothing moves').toEqual(before);
  });

  test('find by owner and open with Enter; larger, and all of it again', async () => {
    await shop.press('/');
    await shop.code.page.keyboard.type('ada');
    await eventually(() => panel.locator('.find .quiet').textContent()).toBe('1 found');
    await shop.press('Enter');
    await eventually(chosen).toEqual(['api']);
    const width = async (): Promise<number> => (await panel.locator('#service-api').boundingBox())?.width ?? Number.NaN;
    const before = await width();
    await shop.press('+');
    await eventually(width).toBeGreaterThan(before);
    await shop.press('0');
    await eventually(width).toBe(before);
    await shop.press('Enter');
    await eventually(() => shop.tabs()).toContainEqual(expect.stringMatching(/^\s*api\s*$/));
  });
});
