// Work items where a window has several repositories, and in a folder nobody trusts.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { openFile, runCommand } from '../host/window.ts';
import { send } from '../host/workStory.ts';
import { createSample } from '../sample/createSample.mjs';
import { hubOf } from '../support/hubProcess.ts';
import { patientGit } from '../support/repositories/repository.ts';

let scratch: string;
let code: Vscode | undefined;

beforeEach(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-folders-')));
});
afterEach(async ({ task }) => {
  const picture = process.env['HEARTH_HOST_SCREENSHOT'];
  if (picture && task.result?.state === 'fail') await code?.page.screenshot({ path: picture });
  const home = code?.home;
  await code?.close();
  code = undefined;
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
  if (home !== undefined) expect(hubOf(home), 'no hub outlives its suite').toBeUndefined();
});

async function folder(name: string): Promise<string> {
  const made = join(scratch, name);
  mkdirSync(made);
  await createSample(made);
  return made;
}

test('several repositories: each has its rows, and the status bar follows the editor', async () => {
  const shop = await folder('shop');
  const depot = await folder('depot');
  writeFileSync(join(depot, 'depot.txt'), 'only here\n');
  const workspace = join(scratch, 'both.code-workspace');
  writeFileSync(workspace, JSON.stringify({ folders: [{ path: shop }, { path: depot }] }));
  code = await openVscode({ workspace });
  const { page } = code;
  page.setDefaultTimeout(60_000);
  expect(hubOf(code.home), 'opening a window starts no hub').toBeUndefined();
  // Two clones of one history: the second is a project of its own here.
  const plan = async (repository: string, title: string): Promise<number> => {
    await send(code as Vscode, 'project/ensure', { repository });
    return ((await send(code as Vscode, 'work/create', { repository, title })) as { item: { id: number } }).item.id;
  };
  const inShop = await plan(shop, 'In the shop');
  const inDepot = await plan(depot, 'In the depot');
  await runCommand(page, 'Hearth: Focus on Work View');
  const pane = page.locator('.pane', { has: page.locator('.pane-header', { hasText: 'Work' }) }).first();
  const row = (text: string) => pane.locator('[role="treeitem"]', { hasText: text }).first();
  await row(`#${inShop} In the shop`).waitFor();
  await row(`#${inDepot} In the depot`).waitFor();
  await expect.poll(() => pane.locator('[role="treeitem"][aria-level="1"] .label-name').allTextContents()).toEqual(['shop', 'depot']);
  await send(code, 'work/start', { repository: depot, id: inDepot, branch: 'in-depot', base: 'main' });
  const status = page.locator('.statusbar-item', { hasText: 'In the depot' });
  await openFile(page, 'depot.txt');
  await status.waitFor();
  await openFile(page, 'checkout.ts');
  await page.keyboard.press('Escape');
  patientGit(depot, 'checkout', '-q', 'main');
  await status.waitFor({ state: 'detached' });
});

test('without trust items are read, and what needs trust says so and how to get it', async () => {
  const shop = await folder('shop');
  const before = readFileSync(join(shop, '.git/config'), 'utf8');
  code = await openVscode({ folder: shop, trust: true });
  const { page } = code;
  page.setDefaultTimeout(60_000);
  await runCommand(page, 'Hearth: Focus on Work View');
  await page.getByText('To plan a change, trust this folder.').waitFor();
  await runCommand(page, 'Hearth: New Work Item');
  // A toast goes after a while; the list keeps it, and is closed as long as it is empty.
  await expect
    .poll(
      async () => {
        await code?.command('notifications.showList');
        return page.locator('.notification-list-item', { hasText: 'In Restricted Mode Hearth only reads.' }).count();
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBeGreaterThan(0);
  expect(readFileSync(join(shop, '.git/config'), 'utf8')).toBe(before);
});
