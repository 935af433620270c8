// A commit panel in a real VS Code, for the tests of its page.
import type { FrameLocator } from 'playwright-core';
import type { Vscode } from '../host/page.ts';

/** Opens the panel of a repository and waits until its lists are there. */
export async function openCommitPanel(code: Vscode, repository: string): Promise<FrameLocator> {
  await code.command('hearth.git.commit', { repository });
  return commitPanel(code);
}

/** The page of the panel in front, once its lists and what a commit would be are there. */
export async function commitPanel(code: Vscode): Promise<FrameLocator> {
  const panel = await code.webview();
  await panel.locator('.commit-panel .form').waitFor({ timeout: 60_000 });
  await panel.locator('.section-row, .message').first().waitFor({ timeout: 60_000 });
  // The headings are there before what is below them.
  await panel.locator('.progress-line[role=progressbar]').waitFor({ state: 'detached', timeout: 60_000 });
  await panel.locator('.item-line, .caution[role=alert]').first().waitFor({ timeout: 60_000 });
  return panel;
}

/** What a person would see of a list: its rows in order. */
export function listed(panel: FrameLocator): Promise<string[]> {
  return panel.locator('.tree [role=treeitem]').evaluateAll((rows) =>
    rows.map((row) => {
      const text = (selector: string): string => row.querySelector(selector)?.textContent ?? '';
      return row.getAttribute('aria-level') === '1'
        ? `${text('.tree-name')} ${text('.tree-count')}`
        : `${row.getAttribute('title') ?? ''} ${text('.status')}`;
    }),
  );
}

/** What dialogs would ask: answered as told, and written down. Modal dialogs throw while a suite runs. */
export async function answerQuestions(code: Vscode, answer: 'action' | 'other' | undefined): Promise<void> {
  await code.evaluate(async (vscode, given) => {
    const api = await vscode.extensions.getExtension('hearth-dev.hearth')?.activate();
    const shell = await api.shell;
    const asked: unknown[] = [];
    (globalThis as { hearthAsked?: unknown[] }).hearthAsked = asked;
    shell.confirm.ask = async (question: unknown) => {
      asked.push(question);
      return given ?? undefined;
    };
  }, answer ?? null);
}

/** The questions since `answerQuestions`. */
export function questions(code: Vscode): Promise<{ message: string; detail?: string; action: string }[]> {
  return code.evaluate(() => (globalThis as { hearthAsked?: { message: string; detail?: string; action: string }[] }).hearthAsked ?? []);
}
