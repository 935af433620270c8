// The inline diff on the page: colours, the mark of removed lines, the hover with its links, the keys.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { decorationTexts, focusedRow, insist } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-inline-')));
const folder = join(scratch, 'shop');
let code: Vscode;

function eventually<T>(look: () => Promise<T>) {
  return expect.poll(look, { timeout: 60_000 });
}

beforeAll(async () => {
  await createSample(folder);
  code = await openVscode({ folder, settings: { 'files.autoSave': 'off', 'editor.hover.delay': 50, 'editor.minimap.enabled': false } });
  await code.evaluate(
    async (vscode, path) => {
      const editor = await vscode.window.showTextDocument(vscode.Uri.file(path), { preview: false });
      await editor.edit((edit) => {
        edit.insert(new vscode.Position(2, 0), '// brand new\n');
        edit.delete(new vscode.Range(8, 0, 10, 0));
      });
    },
    join(folder, 'src/checkout/cart.ts'),
  );
});
afterAll(async () => {
  await code?.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
});

/** Background colours of the whole-line decorations that are drawn now. */
function tints(): Promise<string[]> {
  return code.page.evaluate(() => {
    const theme = getComputedStyle(document.querySelector('.monaco-workbench') ?? document.body)
      .getPropertyValue('--vscode-diffEditor-insertedLineBackground')
      .trim();
    const probe = document.createElement('div');
    probe.style.color = theme;
    document.body.append(probe);
    const wanted = getComputedStyle(probe).color;
    probe.remove();
    return [...document.querySelectorAll('.view-overlays .cdr')]
      .map((node) => getComputedStyle(node).backgroundColor)
      .filter((color) => color === wanted);
  });
}

test('a command asks for the revision, and the lines get the colours of the theme', async () => {
  void code.command('hearth.git.inlineDiff');
  await code.page.locator('.quick-input-widget').getByText('what is staged').waitFor();
  const input = code.page.locator('.quick-input-widget:visible input').first();
  await input.fill('HEAD');
  // The list is filled anew while refs are read: what was chosen just then is not there any more.
  await insist(async () => {
    if ((await input.count()) === 0) return;
    await focusedRow(code.page, 'HEAD').waitFor({ timeout: 5_000 });
    await input.press('Enter', { timeout: 5_000 });
    await input.waitFor({ state: 'detached', timeout: 5_000 });
  });
  await eventually(async () => (await tints()).length).toBe(1);
  await eventually(() =>
    code.page.evaluate(() =>
      [...document.querySelectorAll('.view-line [class*="ced-"]')].map((node) => getComputedStyle(node, '::after').content).join(' '),
    ),
  ).toContain('− 2 lines removed');
});

test('the hover shows the old lines and only our own links; revert brings them back unsaved', async () => {
  const line = code.page.locator('.view-line', { hasText: '}' }).first();
  await line.waitFor();
  await code.evaluate((vscode) => {
    const editor = vscode.window.activeTextEditor;
    if (editor !== undefined) editor.selection = new vscode.Selection(9, 0, 9, 0);
  });
  const hover = code.page.locator('.monaco-hover:visible', { hasText: 'Removed since HEAD' });
  const marks = async () => (await decorationTexts(code.page)).filter((text) => text.includes('removed'));
  let links: string[] = [];
  // What others have to say comes later, and the hover is drawn anew with it: between the two halves of a click the click is lost.
  await insist(async () => {
    if ((await marks()).length > 0) {
      await code.command('editor.action.showHover');
      await hover.waitFor({ timeout: 10_000 });
      links = await hover.locator('a[data-href]').allTextContents();
      await hover.getByText('Revert').click({ timeout: 5_000 });
    }
    await expect.poll(marks, { timeout: 5_000 }).toEqual([]);
  });
  expect(links).toEqual([' Revert', ' Previous', ' Next', ' Clear']);
  await eventually(() =>
    code.evaluate((vscode) => {
      const document = vscode.window.activeTextEditor?.document;
      return `${document?.isDirty} ${document?.lineCount}`;
    }),
  ).toMatch(/^true /);
  await eventually(marks).toEqual([]);
});

test('Escape leaves the inline diff and keeps the text', async () => {
  await eventually(async () => (await tints()).length).toBe(1);
  // What shows over the editor takes an Escape of its own.
  await insist(async () => {
    await code.page.locator('.view-line', { hasText: '// brand new' }).click({ timeout: 5_000 });
    await code.page.keyboard.press('Escape');
    await expect.poll(async () => (await tints()).length, { timeout: 5_000 }).toBe(0);
  });
  expect(await code.evaluate((vscode) => vscode.window.activeTextEditor?.document.getText().includes('// brand new'))).toBe(true);
});
