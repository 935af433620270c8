// What a person does in a VS Code window, for tests and screenshots that have only the page: open a file, run a command, answer a dialog.
import type { Locator, Page } from 'playwright-core';

/** The list of a quick pick, a palette or the names of files: what Enter would take. The list follows what is typed a moment later. */
export function focusedRow(page: Page, text: string): Locator {
  return page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text }).first();
}

/** Opens a file of the workspace by name, as with Ctrl+P. */
export async function openFile(page: Page, name: string): Promise<void> {
  const shown = name.split('/').at(-1) ?? name;
  await enter(page, 'Control+P', name, shown);
  await page.locator('.editor-group-container .tab.active', { hasText: shown }).first().waitFor();
  await page.locator('.monaco-editor .view-line').first().waitFor();
}

/** Runs a command by its title, as with F1. Commands whose `when` is false are not found, as for a person. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await enter(page, 'F1', `>${title}`, title);
}

/** Opens a palette, types, and takes the row that has the text; the palette has gone then, and what comes next is another one. */
async function enter(page: Page, key: string, typed: string, row: string): Promise<void> {
  const input = page.locator('.quick-input-widget:visible input').first();
  // The list is made when it opens: a command whose condition becomes true a moment later is found by opening it again.
  for (let tries = 1; ; tries++) {
    const timeout = 4_000 * tries;
    try {
      await page.keyboard.press(key);
      await input.fill(typed, { timeout });
      await focusedRow(page, row).waitFor({ timeout });
      await input.press('Enter', { timeout });
      break;
    } catch (error) {
      if (tries === 6) throw error;
      await page.keyboard.press('Escape');
    }
  }
  await page.waitForFunction(
    (text) => document.querySelector<HTMLInputElement>('.quick-input-widget:not([style*="display: none"]) input')?.value !== text,
    typed,
  );
}

/** The modal dialog that is open: its text and a way to press one of its buttons. Waits for it. */
export async function modal(page: Page): Promise<{ text: string; press(button: string): Promise<void> }> {
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.waitFor({ timeout: 90_000 });
  return {
    text: (await dialog.textContent()) ?? '',
    async press(button) {
      await dialog.locator('.monaco-button', { hasText: button }).first().click();
      await dialog.waitFor({ state: 'detached', timeout: 60_000 });
    },
  };
}

/**
 * For what a person does again when nothing came of it, as with a pointer: rows are drawn anew and move between looking and pressing. `attempt`
 * looks, acts and waits a few seconds for what should come of it; it must be harmless to make it twice.
 */
export async function insist<T>(attempt: () => Promise<T>, seconds = 60): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}

/** Presses "Yes, I trust the authors" in the dialog with which a window of ring 3 starts. */
export async function trustAuthors(page: Page): Promise<void> {
  await (await modal(page)).press('Yes, I trust');
}

/**
 * Texts that decorations put before or after the code of an editor (blame of the current line, inlay-like annotations). They are
 * generated content of style sheets, so no locator finds them.
 */
export function decorationTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const texts: string[] = [];
    for (const element of document.querySelectorAll('.monaco-editor .view-line span')) {
      for (const side of ['::before', '::after']) {
        const { content } = getComputedStyle(element, side);
        if (content !== 'none' && content !== 'normal' && content !== '""')
          texts.push(content.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1').replaceAll('\u00a0', ' '));
      }
    }
    return texts;
  });
}

/** Waits for a decoration text that matches; says which ones there were when none comes. */
export async function waitForDecoration(page: Page, pattern: RegExp, seconds = 60): Promise<string> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const texts = await decorationTexts(page);
    const found = texts.find((text) => pattern.test(text));
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`no decoration matches ${pattern}; there were ${JSON.stringify(texts)}`);
    await page.waitForTimeout(200);
  }
}
