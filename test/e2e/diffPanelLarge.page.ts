// Ten thousand changed files in the diff panel: it opens, scrolls, and stays small.
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { type TwoCommits, tenThousandChanged } from '../support/repositories/large.ts';
import { focusFiles, openPair, panelFrame } from './diffPanelWindow.ts';

let code: Vscode;
let large: TwoCommits;
let panel: FrameLocator;

beforeAll(async () => {
  large = await tenThousandChanged();
  code = await openVscode({ folder: large.root, viewport: { width: 1400, height: 900 } });
  code.page.setDefaultTimeout(90_000);
  panel = await openPair(code, large.root, { kind: 'commit', revision: large.from }, { kind: 'commit', revision: large.to });
});
afterAll(() => code?.close());

test('all files are listed and counted, few are on the page', async () => {
  await panel.locator('.totals', { hasText: `${large.changed.toLocaleString('en')} files` }).waitFor();
  const frame = await panelFrame(code.page);
  const size = await frame.evaluate(() => ({
    all: document.querySelectorAll('*').length,
    files: document.querySelectorAll('.file').length,
  }));
  expect(size.files).toBeGreaterThan(2);
  expect(size.files).toBeLessThan(60);
  expect(size.all).toBeLessThan(6000);
});

test('from the first to the last file and back', async () => {
  await focusFiles(panel);
  const frame = await panelFrame(code.page);
  const last = await frame.evaluate(async () => {
    const files = document.querySelector<HTMLElement>('.files');
    if (files === null) throw new Error('no files');
    const frames = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    let most = 0;
    for (let step = 0; step <= 40; step++) {
      files.scrollTop = (files.scrollHeight * step) / 40;
      await frames();
      most = Math.max(most, document.querySelectorAll('*').length);
    }
    // Files that come into view get their real height, which moves the end: a person keeps scrolling until it stands still.
    const index = () => Number(document.querySelector('.files > .file:last-of-type')?.getAttribute('data-index'));
    for (
      let more = 0, before = -1;
      more < 200 && (index() !== before || files.scrollTop + files.clientHeight < files.scrollHeight - 1);
      more++
    ) {
      before = index();
      files.scrollTop = files.scrollHeight;
      await frames();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { most, index: index() };
  });
  expect(last.index).toBe(large.changed - 1);
  expect(last.most).toBeLessThan(8000);
  await panel.locator(`[data-index="${large.changed - 1}"] .rows`).waitFor({ timeout: 90_000 });
});

test('the filter narrows tree and files', async () => {
  await code.page.keyboard.press('/');
  await code.page.keyboard.type('part42/file139');
  const expected = new RegExp(`^\\d+ of ${large.changed.toLocaleString('en')} files$`);
  await expect.poll(() => panel.locator('.filter-count').textContent(), { timeout: 90_000 }).toMatch(expected);
  await panel.locator('.file[data-index] .file-toggle[aria-expanded]', { hasText: 'part42' }).first().waitFor();
  // What was typed first is shown first: read together, until all of it is.
  const shown = async () => {
    const files = await panel.locator('.file[data-index]').count();
    const rows = await panel.locator('.tree .file-row .tree-name').allTextContents();
    return rows.length === files && rows.length > 0 && rows.every((name) => name.startsWith('file139'));
  };
  await expect.poll(shown, { timeout: 90_000 }).toBe(true);
});
