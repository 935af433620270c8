// A diff panel in a real VS Code, for the tests of its page.
import { readFileSync } from 'node:fs';
import axe from 'axe-core';
import type { Frame, FrameLocator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { Vscode } from '../host/page.ts';
import { insist } from '../host/window.ts';

/** Opens the panel of a pair and waits until its first file is shown. */
export async function openPair(code: Vscode, repository: string, from: Side, to: Side): Promise<FrameLocator> {
  await code.command('hearth.git.compare', { repository, from, to });
  return shownPanel(code);
}

/** The page of the panel in front, once a file or a message is there. */
export async function shownPanel(code: Vscode): Promise<FrameLocator> {
  const panel = await code.webview();
  await panel.locator('.file[data-index], .message').first().waitFor({ timeout: 90_000 });
  return panel;
}

/** Gives the keyboard to the files, as a click beside them does. */
export async function focusFiles(panel: FrameLocator): Promise<void> {
  await panel.locator('.files').focus();
}

/**
 * Shows all files again; the keyboard goes back to them. Without Ctrl+A, which no test may press in a panel: VS Code hears it too, and
 * selects everything once more a moment later, so that what is typed next replaces what was typed before.
 */
export async function clearFilter(page: Page, panel: FrameLocator): Promise<void> {
  for (const key of ['Escape', '/', 'Delete']) await page.keyboard.press(key); // "/" selects what the filter holds
  await expect.poll(() => panel.locator('.filter-line input').inputValue(), { timeout: 90_000 }).toBe('');
  await page.keyboard.press('Escape');
  await panel.locator('.filter-count').filter({ hasNotText: ' of ' }).waitFor();
}

export interface Violation {
  id: string;
  impact: string;
  nodes: string[];
}

/** What axe finds on the panel's page, serious and critical only. Its policy forbids scripts from elsewhere; the debugger's do not count. */
export async function seriousViolations(page: Page): Promise<Violation[]> {
  const frame = await panelFrame(page);
  await frame.evaluate(axe.source);
  const violations = (await frame.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, impact, nodes }) =>
      ({ id, impact, nodes: nodes.slice(0, 5).map((node) => node.html.slice(0, 200) + ' — ' + node.failureSummary.slice(0, 300)) })))`,
  )) as Violation[];
  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

/**
 * What is hard to read of all that a line of a difference can hold: each syntax colour, unchanged, added and removed, within a changed word
 * and a search hit. Shown for a moment on the panel's page, for no file has it all; axe judges.
 */
export async function faintColours(page: Page): Promise<string[]> {
  const frame = await panelFrame(page);
  await frame.evaluate(axe.source);
  const css = readFileSync(new URL('../../webviews/ui/code/code.css', import.meta.url), 'utf8');
  const scopes = ['', 'invisible', ...new Set(css.match(/(?<=\.)hl-[a-z_-]+/g))];
  await frame.evaluate((all) => {
    const probe = document.createElement('div');
    probe.className = 'contrast-probe';
    probe.style.cssText = 'position:fixed;inset:0;z-index:1000;background:var(--vscode-editor-background)';
    const cell = (name: string, text: string) => `<span class="${name}">${text}</span>`;
    for (const layout of ['unified', 'split'])
      for (const type of ['context', 'added', 'removed'])
        for (const mark of type === 'context' ? ['', 'found'] : ['', 'word', 'found', 'word found']) {
          const text = all.map((scope) => (scope === 'invisible' && mark !== '' ? '' : cell(`${scope} ${mark}`, 'ab'))).join(' ');
          const code = cell(`code left ${type}`, cell('text', text));
          const row = layout === 'unified' ? type : '';
          probe.innerHTML += `<div class="text-body wrap ${layout}"><div class="row ${row}" style="grid-template-columns:40px 20px 1fr">${cell(`number ${type}`, '12')}${cell(`sign ${type}`, '+')}${code}</div></div>`;
        }
    document.body.append(probe);
  }, scopes);
  const result = (await frame.evaluate(
    `axe.run('.contrast-probe', { runOnly: ['color-contrast'] }).then(({ violations, incomplete, passes }) => ({
      passed: passes.flatMap(({ nodes }) => nodes).length,
      faint: [...violations, ...incomplete].flatMap(({ nodes }) => nodes).map((node) =>
        node.html + ' in ' + document.querySelector(node.target[0]).closest('.code, .row').className + ' — ' + node.any[0].message) }))`,
  )) as { passed: number; faint: string[] };
  await frame.evaluate(() => document.querySelector('.contrast-probe')?.remove());
  if (result.passed < scopes.length) throw new Error('axe saw next to nothing');
  return result.faint;
}

/** The innermost frame of the visible panel; the page may be on its way. */
export function panelFrame(page: Page): Promise<Frame> {
  return insist(async () => {
    for (const frame of page.frames()) {
      const found = await frame
        .evaluate(() => document.querySelector('main.panel') !== null && document.visibilityState === 'visible')
        .catch(() => false);
      if (found) return frame;
    }
    await page.waitForTimeout(100);
    throw new Error('no diff panel is there');
  });
}
