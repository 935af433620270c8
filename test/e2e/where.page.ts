// Where a line runs, as a person sees it: behind the line, in its hover, in the views, in the diff and item panels, and by the commands.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { countPanels, type PanelCoverage } from '../host/panelCoverage.ts';
import { decorationTexts, insist } from '../host/window.ts';
import { send } from '../host/workStory.ts';
import { createSample } from '../sample/createSample.mjs';
import { HubHome } from '../support/hub.ts';
import { writeLive } from '../support/liveRows.ts';
import { Repository } from '../support/repositories/repository.ts';
import { seriousViolations } from './diffPanelWindow.ts';

const home = new HubHome();
const folder = join(home.root, 'shop');
let code: Vscode;
let ran: PanelCoverage | undefined;
let commits: string[];
let item: number;
const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  await createSample(folder);
  const shop = new Repository(folder);
  item = (await home.rpc<{ item: { id: number } }>('work/create', { repository: folder, title: 'Say where it runs' })).item.id;
  // Its one commit, and one more that is not deployed.
  shop.write('src/money.ts', `${git('show', 'HEAD:src/money.ts')}\n// rounds half to even\n`);
  shop.git('add', 'src/money.ts');
  shop.commit(`Round half to even\n\nHearth-Item: ${item}\n`, { stage: 'index' });
  shop.write('src/money.ts', `// not live\n${git('show', 'HEAD:src/money.ts')}\n`);
  shop.git('add', 'src/money.ts');
  shop.commit('A line that is nowhere', { stage: 'index' });
  commits = git('rev-list', '--first-parent', 'HEAD').split('\n');
  await home.rpc('hub/stop');
  const project = git('config', 'hearth.project');
  await writeLive(
    home.path,
    shop,
    [
      { environment: 'production', service: 'api', commit: commits[2] as string, paths: ['api/**'] },
      { environment: 'production', service: 'web', commit: commits[1] as string },
      { environment: 'staging', service: 'web', commit: 'f'.repeat(40) },
    ],
    project,
  );
  code = await openVscode({
    folder,
    env: { HEARTH_HOME: home.path },
    settings: { 'editor.minimap.enabled': false, 'editor.hover.delay': 100, 'workbench.colorTheme': 'Default Dark Modern' },
    viewport: { width: 1400, height: 1000 },
  });
  code.page.setDefaultTimeout(60_000);
  ran = await countPanels(code.page);
});
afterAll(async () => {
  await code?.close();
  await home.dispose();
});
beforeEach(({ onTestFailed }) => {
  const picture = process.env['HEARTH_HOST_SCREENSHOT'];
  if (picture) onTestFailed(() => code.page.screenshot({ path: picture }).then(() => {}));
});
afterEach(() => ran?.keep());

const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 90_000 });

async function openAt(row: number): Promise<void> {
  await code.evaluate(
    async (vscode, path, line) => {
      const editor = await vscode.window.showTextDocument(vscode.Uri.file(path));
      const position = new vscode.Position(line < 0 ? editor.document.lineCount + line : line, 0);
      editor.selection = new vscode.Selection(position, position);
      editor.revealRange(new vscode.Range(position, position));
    },
    join(folder, 'src/money.ts'),
    row,
  );
}

const quickPick = () => code.page.locator('.quick-input-widget .quick-input-list .monaco-list-row');
const picks = () => quickPick().evaluateAll((found) => found.map((row) => row.getAttribute('aria-label') ?? ''));
/** Another list that opened before this one has gone would go with it. */
async function leaveList(): Promise<void> {
  await code.page.keyboard.press('Escape');
  await code.page.locator('.quick-input-widget').first().waitFor({ state: 'hidden' });
}

test('behind the line stands where it runs; nothing where it is nowhere, and a question mark where only a fetch can tell', async () => {
  await openAt(-2);
  await eventually(() => decorationTexts(code.page)).toEqual([expect.stringMatching(/Round half to even · ◯ production · \? staging$/)]);
  await openAt(0);
  await eventually(() => decorationTexts(code.page)).toEqual([expect.stringMatching(/A line that is nowhere · \? staging$/)]);
});

test('the hover says it for each service, and leads to the command', async () => {
  await openAt(-2);
  await eventually(() => decorationTexts(code.page)).toEqual([expect.stringMatching(/◯ production · \? staging$/)]);
  const line = code.page.locator('.view-line', { hasText: '// rounds half to even' });
  const hover = code.page.locator('.monaco-hover:not(.hidden) .hover-contents', { hasText: 'Round half to even' }).first();
  const text = await insist(async () => {
    await code.page.mouse.move(5, 5);
    const box = await line.locator('> span > span').last().boundingBox({ timeout: 5000 });
    if (box === null) throw new Error('the annotated line is not on screen');
    await code.page.mouse.move(box.x + box.width - 20, box.y + box.height / 2);
    await code.page.mouse.move(box.x + box.width - 24, box.y + box.height / 2);
    await hover.waitFor({ timeout: 5000 });
    const words = ((await hover.textContent({ timeout: 5000 })) ?? '').replaceAll('\u00a0', ' ').replaceAll('\u200b', '');
    await hover.locator('a', { hasText: 'Where Is This?' }).click({ timeout: 5000 });
    await quickPick().first().waitFor({ timeout: 5000 });
    return words;
  });
  expect(text).toMatch(/◯ production · web/);
  expect(text).toMatch(/\? staging · web.*fetch to know/);
  expect(text).toMatch(/production · api.*not made from this file/);
  await eventually(async () => (await picks()).some((row) => row.includes('◯ web') && row.includes('not looked at'))).toBe(true);
  await eventually(async () => (await picks()).some((row) => row.includes('What Would Ship to staging?'))).toBe(true);
  await eventually(async () => (await picks()).some((row) => row.includes('Fetch'))).toBe(true);
  await leaveList();
});

test('what would ship: the commits of each service', async () => {
  void code.command('hearth.deploy.whatWouldShip', { repository: folder, environment: 'production' });
  await quickPick().filter({ hasText: 'A line that is nowhere' }).first().waitFor();
  const nowhere = async () => (await picks()).filter((row) => row.includes('A line that is nowhere'));
  await eventually(nowhere).toHaveLength(2);
  await eventually(async () => (await nowhere()).filter((row) => row.includes('changes nothing that api is made from'))).toHaveLength(1);
  await eventually(async () => (await picks()).some((row) => row.includes('Round half to even') && row.includes(`#${item}`))).toBe(true);
  await leaveList();
});

test('rows of commits have it in the Repository view and in a history', async () => {
  await code.command('hearth.git.repository.focus');
  // Room for all rows.
  const work = code.page.locator('.pane-header', { hasText: 'Work' }).first();
  await insist(async () => {
    if ((await work.getAttribute('aria-expanded', { timeout: 5000 })) === 'true') await work.click({ timeout: 5000 });
    await expect.poll(() => work.getAttribute('aria-expanded'), { timeout: 5000 }).toBe('false');
  });
  await code.command('hearth.git.repository.focus');
  const row = (text: string) => code.page.locator('.pane-body [role="treeitem"]', { hasText: text }).first();
  await row('Round half to even').waitFor();
  await eventually(() => row('Round half to even').textContent()).toContain('◯ production (web)');
  await eventually(() => row('A line that is nowhere').textContent()).not.toContain('production');
  await eventually(() => row('Recent commits').textContent()).toContain('staging: fetch to know');
  await eventually(() => row('Round half to even').getAttribute('aria-label')).toContain(
    'live in production (1 of 2 services: web), not looked at',
  );
  await code.command('hearth.git.showFileHistory', { repository: folder, path: 'src/money.ts' });
  const history = code.page.locator('.pane-body [role="treeitem"]', { hasText: 'Round half to even' });
  // The file is not one that the API is made from.
  await eventually(async () => (await history.allTextContents()).some((text) => /◯ production · /.test(text))).toBe(true);
  await code.command('hearth.git.closeHistory');
});

test('the diff panel of a commit and the panel of its item show the environments, with words for a screen reader', async () => {
  await code.command('hearth.git.showCommitDiff', { repository: folder, commit: commits[1] });
  const diff = await code.webview();
  await eventually(() => diff.locator('.commit .environment').allTextContents()).toEqual([
    expect.stringContaining('live in production (1 of 2 services: web), not looked at'),
    expect.stringContaining('staging: what is deployed is not in this repository, fetch to know'),
  ]);
  expect(await seriousViolations(code.page)).toEqual([]);
  await code.command('workbench.action.closeAllEditors');
  await send(code, 'work/reconcile', { repository: folder });
  await code.command('hearth.work.openItem', { repository: folder, id: item });
  const panel = await code.webview();
  await eventually(() => panel.locator('.facts .environment').count()).toBe(2);
  await eventually(() => panel.locator('li .environment', { hasText: 'live in production' }).count()).toBe(1);
  expect(await seriousViolations(code.page)).toEqual([]);
});
