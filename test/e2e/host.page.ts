// The second ring itself: the page shows VS Code, and the extension API answers from behind it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { waitForDecoration } from '../host/window.ts';

let code: Vscode;
const folder = mkdtempSync(join(tmpdir(), 'hearth-host-page-'));
writeFileSync(join(folder, 'greeting.txt'), 'good morning\n');

beforeAll(async () => {
  code = await openVscode({
    folder,
    settings: { 'editor.fontSize': 17 },
    env: { PATH: `/nowhere:${process.env['PATH']}`, HEARTH_PROBE: '1' },
  });
});
afterAll(async () => {
  await code?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

test('what Hearth logs can be read', async () => {
  await expect.poll(() => code.hearthLog(), { timeout: 60_000 }).toMatch(/\[info\]/);
});

test('what the API opens is what the page shows', async () => {
  const lines = await code.evaluate(
    async (vscode, path) => {
      const editor = await vscode.window.showTextDocument(vscode.Uri.file(path));
      return editor.document.lineCount;
    },
    join(folder, 'greeting.txt'),
  );
  expect(lines).toBe(2);
  await code.page.locator('.view-lines', { hasText: 'good morning' }).waitFor();
});

test('settings given to the window hold, and Hearth is loaded', async () => {
  const answer = await code.evaluate((vscode) => ({
    size: vscode.workspace.getConfiguration('editor').get('fontSize'),
    trusted: vscode.workspace.isTrusted,
    hearth: vscode.extensions.getExtension('hearth-dev.hearth')?.packageJSON.version as string | undefined,
  }));
  expect(answer).toEqual({ size: 17, trusted: true, hearth: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
});

test('the environment given to the window is the one of the extension host, and the git configuration of the user is not', async () => {
  const env = await code.evaluate(() => ({ ...process.env }));
  expect(env).toMatchObject({ HEARTH_PROBE: '1', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', TZ: 'UTC' });
  expect(env['PATH']?.split(':')).toContain('/nowhere');
  expect(env['HEARTH_HOME']).toContain('hearth-home-');
});

test('typing reaches the editor, and an error in the extension host reaches the test', async () => {
  await code.page.locator('.monaco-editor .view-line').first().click();
  await code.page.keyboard.press('Control+Home');
  await code.page.keyboard.type('very ');
  await expect.poll(() => code.evaluate((vscode) => vscode.window.activeTextEditor?.document.lineAt(0).text)).toBe('very good morning');
  await code.command('workbench.action.files.revert');
  await expect(code.evaluate(() => JSON.parse('{'))).rejects.toThrow(/in the extension host: SyntaxError/);
});

test('text that a decoration puts behind a line can be read', async () => {
  await code.evaluate((vscode) => {
    const type = vscode.window.createTextEditorDecorationType({
      after: { contentText: 'Ada, 3 weeks ago · "quoted"', margin: '0 0 0 2em' },
    });
    vscode.window.activeTextEditor?.setDecorations(type, [new vscode.Range(0, 4, 0, 4)]);
  });
  expect(await waitForDecoration(code.page, /3 weeks ago/)).toBe('Ada, 3 weeks ago · "quoted"');
  await expect(waitForDecoration(code.page, /never written/, 1)).rejects.toThrow(/no decoration matches/);
});

test('a webview can be found and read', async () => {
  await code.evaluate((vscode) => {
    const panel = vscode.window.createWebviewPanel('hostTest', 'Host test', vscode.ViewColumn.One, {});
    panel.webview.html = '<h1>Hello from a webview</h1>';
  });
  // A panel made by the suite belongs to the extension under development.
  const panel = await code.webview();
  expect(await panel.locator('h1').textContent()).toBe('Hello from a webview');
});
