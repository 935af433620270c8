// The exported page in a real browser without any network: it opens, runs nothing, loads nothing, and shows every line.
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diffExport, diffList } from '../../../server/protocol/git.ts';
import { openBrowser } from '../../host/browser.ts';
import { hostileText } from '../../support/repositories/hostileNames.ts';
import { Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import { commit, empty, type Handlers, openHandlers } from './diffSupport.ts';

let browser: Browser;
let handlers: Handlers;
const folder = temporaryFolder('page');
beforeAll(async () => {
  browser = await openBrowser();
  handlers = openHandlers();
});
afterAll(async () => {
  await browser?.close();
  handlers.dispose();
  new Repository(folder).dispose();
});

test.each([
  { layout: 'side-by-side', colorScheme: 'light' },
  { layout: 'unified', colorScheme: 'dark' },
] as const)('$layout, $colorScheme', async ({ layout, colorScheme }) => {
  const { repository } = hostileText();
  using _ = repository;
  const out = `${folder}/${layout}.html`;
  const question = { repository: repository.root, from: empty, to: commit('HEAD') };
  await handlers.send(diffExport, { ...question, format: 'html', layout, out });
  const { files = [], totals } = await handlers.send(diffList, question);
  const context = await browser.newContext({ colorScheme, offline: true });
  const page = await context.newPage();
  const asked: string[] = [];
  const said: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('dialog', (dialog) => {
    said.push('dialog');
    void dialog.dismiss();
  });
  const address = pathToFileURL(out).href;
  await page.goto(address);
  expect(asked).toEqual([address]);
  expect(said).toEqual([]);
  expect(await page.evaluate('globalThis.pwned')).toBeUndefined();
  expect(await page.locator('main details').count()).toBe(files.length);
  expect(await page.locator('tr.i').count()).toBe(totals.additions);
  // Every line is there as text, exactly.
  const last = layout === 'unified' ? 'td:nth-child(3)' : 'td:nth-child(4)';
  const path = files.findIndex((file) => file.path === 'page.html');
  const shown = await page.locator(`#f${path} tr.i ${last}`).allTextContents();
  const sign = layout === 'unified' ? '+' : '';
  expect(shown).toEqual(
    repository
      .git('show', 'HEAD:page.html')
      .split('\n')
      .map((line) => sign + line),
  );
  // The list leads to the file, and a file folds away, without any script.
  await page.locator(`nav a[href="#f${path}"]`).click();
  await expect.poll(() => page.locator(`#f${path}`).evaluate((element) => element.getBoundingClientRect().top < innerHeight)).toBe(true);
  await page.locator(`#f${path} summary`).click();
  await expect.poll(() => page.locator(`#f${path} table`).isVisible()).toBe(false);
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(13, 17, 23)');
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  expect(
    violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
  ).toEqual([]);
  await context.close();
});
