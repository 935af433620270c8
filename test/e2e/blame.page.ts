// Blame as the screen shows it: decorations are generated content of style sheets, so only the page can tell what a person sees.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { temporaryFolder } from '../host/provision.ts';
import { decorationTexts, insist } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';

let code: Vscode;
const folder = join(temporaryFolder('blame-page'), 'shop');
const file = join(folder, 'src/money.ts');
const hostile =
  '[click](command:workbench.action.closeAllEditors) ![i](https://evil.test/i.png) <img src="https://evil.test/j.png"> <a href="command:x">y</a>';

beforeAll(async () => {
  await createSample(folder);
  // A line whose commit message tries everything.
  execFileSync('sh', ['-c', 'printf "// hostile\\n" >> src/money.ts && git commit -q -F - src/money.ts'], {
    cwd: folder,
    input: `Look here\n\n${hostile}\n`,
  });
  code = await openVscode({ folder, settings: { 'editor.minimap.enabled': false, 'editor.hover.delay': 100 } });
});
afterAll(async () => {
  await code?.close();
  rmSync(dirname(folder), { recursive: true, force: true, maxRetries: 10 });
});

async function openAt(line: number): Promise<void> {
  await code.evaluate(
    async (vscode, path, row) => {
      const editor = await vscode.window.showTextDocument(vscode.Uri.file(path));
      const position = new vscode.Position(row, 0);
      editor.selection = new vscode.Selection(position, position);
    },
    file,
    line,
  );
  await code.page.locator('.monaco-editor.focused').first().waitFor();
}

const lastLine = (): number => execFileSync('git', ['show', 'HEAD:src/money.ts'], { cwd: folder, encoding: 'utf8' }).split('\n').length - 2;

test('the annotation stands behind the current line and follows the arrow keys', async () => {
  const authors = execFileSync('git', ['blame', '--line-porcelain', 'src/money.ts'], { cwd: folder, encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.startsWith('author '))
    .map((line) => line.slice('author '.length));
  await openAt(0);
  for (let line = 0; line < 4; line++) {
    await expect.poll(() => decorationTexts(code.page), { timeout: 60_000 }).toEqual([expect.stringContaining(`${authors[line]}, `)]);
    await code.page.keyboard.press('ArrowDown');
  }
});

test('a hostile message is inert in the hover', async () => {
  const requests: string[] = [];
  code.page.on('request', (request) => requests.push(request.url()));
  await openAt(lastLine());
  await expect.poll(() => decorationTexts(code.page)).toEqual([expect.stringContaining('Look here')]);
  const line = code.page.locator('.view-line', { hasText: '// hostile' });
  const hover = code.page.locator('.monaco-hover:not(.hidden) .hover-contents', { hasText: 'Look here' }).first();
  // Read in one go while it is there: it may be drawn anew, or leave.
  const { words, images, links } = await insist(async () => {
    const box = await line.locator('> span > span').last().boundingBox({ timeout: 5_000 });
    if (box === null) throw new Error('the annotated line is not on screen');
    await code.page.mouse.move(box.x + box.width - 20, box.y + box.height / 2);
    await code.page.mouse.move(box.x + box.width - 24, box.y + box.height / 2);
    await hover.waitFor({ timeout: 10_000 });
    return hover.evaluate(
      (contents) => ({
        words: contents.textContent ?? '',
        images: contents.querySelectorAll('img').length,
        links: [...contents.querySelectorAll('a')].map((each) => each.getAttribute('data-href') ?? each.getAttribute('href') ?? ''),
      }),
      undefined,
      { timeout: 5_000 },
    );
  });
  const text = words.replaceAll('\u00a0', ' ').replaceAll('\u200b', '');
  expect(text).toContain('[click](command:workbench.action.closeAllEditors)');
  expect(text).toContain('<img src="https://evil.test/j.png">');
  expect(images).toBe(0);
  expect(links.length).toBeGreaterThan(4);
  // Our own buttons, and bare addresses that lead where they say.
  for (const link of links) expect(link).toMatch(/^(command:hearth\.git\.\w+\?|https:\/\/evil\.test\/[ij]\.png)/);
  expect(requests.filter((url) => url.includes('evil.test'))).toEqual([]);
  await code.page.keyboard.press('Escape');
  await code.page.mouse.move(5, 5);
});

test('Alt+B shows the gutter, Escape leaves it', async () => {
  await openAt(1);
  await code.page.locator('.monaco-editor .view-line').nth(1).click();
  await code.page.keyboard.press('Alt+b');
  const lines = execFileSync('git', ['blame', '-s', 'src/money.ts'], { cwd: folder, encoding: 'utf8' }).trimEnd().split('\n').length;
  const gutter = () =>
    code.page.evaluate(
      () =>
        [...document.querySelectorAll('.monaco-editor .view-line')].filter((line) =>
          [...line.querySelectorAll('span')].some((span) => !['none', 'normal'].includes(getComputedStyle(span, '::before').content)),
        ).length,
    );
  await expect.poll(gutter).toBeGreaterThanOrEqual(lines);
  await expect.poll(async () => (await decorationTexts(code.page)).some((text) => / ago$/.test(text.trim()))).toBe(true);
  // The column has one width, so the code stays aligned.
  const widths = () =>
    code.page.evaluate(() => [
      ...new Set(
        [...document.querySelectorAll('.monaco-editor .view-line span')]
          .map((span) => getComputedStyle(span, '::before'))
          .filter(({ content }) => !['none', 'normal'].includes(content))
          .map(({ width }) => width),
      ),
    ]);
  await expect.poll(widths).toHaveLength(1);
  // A hover that comes up below the pointer takes an Escape of its own.
  await insist(async () => {
    if ((await gutter()) > 0) await code.page.keyboard.press('Escape');
    await expect.poll(gutter, { timeout: 5_000 }).toBe(0);
  });
});

test('the status item has words for a screen reader', async () => {
  await code.command('hearth.git.toggleLineBlame');
  await code.page
    .locator('.statusbar-item[id*="hearth.git.blame"] [aria-label*="Last change of this line"]')
    .or(code.page.locator('.statusbar-item[aria-label*="Last change of this line"]'))
    .first()
    .waitFor();
  await code.command('hearth.git.toggleLineBlame');
});
