// What a person does in a VS Code window, for tests and screenshots that have only the page: open a file, run a command, answer a dialog.
import type { Page } from 'playwright-core';

/** Opens a file of the workspace by name, as with Ctrl+P. */
export async function openFile(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+P');
  const input = page.locator('.quick-input-widget input').first();
  await input.waitFor();
  await input.fill(name);
  await page
    .locator('.quick-input-list .monaco-list-row', { hasText: name.split('/').at(-1) ?? name })
    .first()
    .waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.editor-group-container .tab.active', { hasText: name.split('/').at(-1) ?? name }).waitFor();
  await page.locator('.monaco-editor .view-line').first().waitFor();
}

/** Runs a command by its title, as with F1. Commands whose `when` is false are not found, as for a person. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
  // The list is made when it opens: a command whose condition becomes true a moment later is found by opening it again.
  for (let tries = 1; ; tries++) {
    await page.keyboard.press('F1');
    const input = page.locator('.quick-input-widget input').first();
    await input.waitFor();
    await input.fill(`>${title}`);
    try {
      await row.waitFor({ timeout: 4_000 });
      break;
    } catch (error) {
      if (tries === 5) throw error;
      await page.keyboard.press('Escape');
    }
  }
  await page.keyboard.press('Enter');
}

/** The modal dialog that is open: its text and a way to press one of its buttons. Waits for it. */
export async function modal(page: Page): Promise<{ text: string; press(button: string): Promise<void> }> {
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.waitFor({ timeout: 20_000 });
  return {
    text: (await dialog.textContent()) ?? '',
    async press(button) {
      await dialog.locator('.monaco-button', { hasText: button }).first().click();
      await dialog.waitFor({ state: 'detached' });
    },
  };
}

/**
 * For what a person does again when nothing came of it, as with a pointer: rows are drawn anew and move between looking and pressing. `attempt`
 * looks, acts and waits a few seconds for what should come of it; it must be harmless to make it twice.
 */
export async function insist<T>(attempt: () => Promise<T>, seconds = 40): Promise<T> {
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
export async function waitForDecoration(page: Page, pattern: RegExp, seconds = 30): Promise<string> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const texts = await decorationTexts(page);
    const found = texts.find((text) => pattern.test(text));
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`no decoration matches ${pattern}; there were ${JSON.stringify(texts)}`);
    await page.waitForTimeout(200);
  }
}
