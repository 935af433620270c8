// Two VS Code windows and a terminal share one state; what a person sees of it in the view "Activity".
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openVscode, type Vscode, type VscodeWindow } from '../host/page.ts';
import { insist, runCommand } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';
import { type CliOutcome, cli, jsonLines } from '../support/cli.ts';
import { hubOf } from '../support/hubProcess.ts';
import { isAlive, until } from '../support/processes.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-activity-')));
const shop = join(scratch, 'shop');
const other = join(scratch, 'warehouse');
let code: Vscode;
let second: VscodeWindow;

beforeAll(async () => {
  for (const folder of [shop, other]) {
    mkdirSync(folder);
    await createSample(folder);
  }
  code = await openVscode({ folder: shop });
  second = await code.openWindow({ folder: other });
  for (const { page } of [code, second]) page.setDefaultTimeout(60_000);
});
afterAll(async () => {
  const home = code?.home;
  await code?.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
  expect(hubOf(home), 'no hub outlives its suite').toBeUndefined();
});

const pane = ({ page }: VscodeWindow) => page.locator('.pane', { has: page.locator('.pane-header', { hasText: 'Activity' }) });
const rows = (window: VscodeWindow) => pane(window).locator('[role="treeitem"][aria-level="2"] .label-name');
const row = (window: VscodeWindow, text: string) => pane(window).locator('[role="treeitem"]', { hasText: text }).first();

async function terminal(...args: string[]): Promise<CliOutcome> {
  const outcome = await cli(args, { cwd: shop, env: { HEARTH_HOME: code.home } });
  expect(outcome.stderr).toBe('');
  return outcome;
}

/** Texts of the notes that the terminal sees, oldest first. */
async function notesInTerminal(): Promise<unknown[]> {
  const { stdout } = await terminal('events', '--json');
  return jsonLines(stdout)
    .filter(({ entity }) => entity === 'note')
    .sort((a, b) => Number(a['sequence']) - Number(b['sequence']))
    .map(({ payload }) => (payload as { text: string }).text);
}

async function addNote({ page }: VscodeWindow, text: string): Promise<void> {
  await runCommand(page, 'Hearth: Add Note');
  const input = page.locator('.quick-input-widget input').first();
  await input.fill(text);
  await input.press('Enter');
}

describe('two windows and a terminal', () => {
  test('opening windows starts no hub; the first look at Activity does, and says that nothing has happened', async () => {
    expect(hubOf(code.home)).toBeUndefined();
    await runCommand(code.page, 'Hearth: Show Activity');
    await code.page.getByText('Nothing has happened yet.').waitFor();
    await expect.poll(() => code.page.locator('.pane-body').getByRole('button', { name: 'Add Note' }).count()).toBe(1);
    expect(hubOf(code.home)).toBeGreaterThan(0);
    await runCommand(second.page, 'Hearth: Show Activity');
    await second.page.getByText('Nothing has happened yet.').waitFor();
  });

  test('a note from one window appears in the other and in the terminal, one from the terminal in both', async () => {
    await addNote(code, 'Written in the first window');
    await row(code, 'Written in the first window').waitFor();
    await row(second, 'Written in the first window').waitFor();
    expect(await notesInTerminal()).toEqual(['Written in the first window']);
    await terminal('events', 'note', 'Written in a terminal');
    await row(code, 'Written in a terminal').waitFor();
    await row(second, 'Written in a terminal').waitFor();
    expect(await row(second, 'Written in a terminal').textContent()).toContain('terminal');
    await expect.poll(() => row(second, 'Written in the first window').textContent()).toMatch(/VS Code · shop/);
  });

  test('reloading a window interrupts nothing: the hub and the other window go on', async () => {
    const hub = hubOf(code.home);
    const server = await serverOf(second);
    await code.reload();
    expect(hubOf(code.home)).toBe(hub);
    await runCommand(code.page, 'Hearth: Show Activity');
    await row(code, 'Written in a terminal').waitFor();
    // The other folder is a clone of the first: whether it is the same project is asked once.
    await addNote(second, 'Written after the reload');
    await second.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Same project as shop' }).click();
    await row(code, 'Written after the reload').waitFor();
    await expect.poll(() => row(code, 'Written after the reload').textContent()).toMatch(/VS Code · shop/);
    expect(execFileSync('git', ['config', 'hearth.project'], { cwd: other })).toEqual(
      execFileSync('git', ['config', 'hearth.project'], { cwd: shop }),
    );
    expect(await serverOf(second)).toBe(server);
    expect(hubOf(code.home)).toBe(hub);
  });

  test('a hub that was killed is replaced, both windows and the terminal go on, and nothing is lost', async () => {
    const before = await notesInTerminal();
    const hub = hubOf(code.home) ?? 0;
    process.kill(hub, 'SIGKILL');
    await until(() => !isAlive(hub));
    await addNote(code, 'Written after the kill');
    await row(code, 'Written after the kill').waitFor();
    await row(second, 'Written after the kill').waitFor();
    await terminal('events', 'note', 'Also after the kill');
    await row(code, 'Also after the kill').waitFor();
    await row(second, 'Also after the kill').waitFor();
    expect(await notesInTerminal()).toEqual([...before, 'Written after the kill', 'Also after the kill']);
    expect(hubOf(code.home)).not.toBe(hub);
    const verified = await terminal('audit', 'verify');
    expect(verified.code).toBe(0);
  });

  test('a filter picked by hand shows what it says, in the title too, and is cleared by its button', async () => {
    const { page } = code;
    await runCommand(page, 'Hearth: Filter Activity');
    const kind = page.locator('.quick-input-list .monaco-list-row', { hasText: 'Text' });
    await kind.click();
    await kind.waitFor({ state: 'hidden' });
    const input = page.locator('.quick-input-widget input').first();
    await input.fill('after the');
    await input.press('Enter');
    await expect
      .poll(() => rows(code).allTextContents())
      .toEqual(['Also after the kill', 'Written after the kill', 'Written after the reload']);
    // The buttons of a view are made anew while it reads.
    await insist(async () => {
      if ((await row(code, 'Written in a terminal').count()) > 0) return;
      await page.locator('.pane-header', { hasText: '“after the”' }).hover({ timeout: 5_000 });
      await page.getByRole('button', { name: 'Clear Activity Filter' }).click({ timeout: 5_000 });
      await row(code, 'Written in a terminal').waitFor({ timeout: 10_000 });
    });
  });

  test('a restore in the terminal shows in both windows: what was undone is gone, and that it was is said', async () => {
    const { name } = JSON.parse((await terminal('backup', 'create', '--json')).stdout).backup;
    await addNote(code, 'To be undone');
    await row(second, 'To be undone').waitFor();
    await terminal('backup', 'restore', name, '--yes');
    for (const window of [code, second]) {
      await row(window, 'State restored from a backup').waitFor();
      await row(window, 'To be undone').waitFor({ state: 'detached' });
      await row(window, 'Also after the kill').waitFor();
    }
  });

  test('a hub that was stopped from the terminal is said to be so, and starts again when asked', async () => {
    const clients = async () => JSON.parse((await terminal('hub', 'status', '--json')).stdout).hub.clients;
    await expect.poll(async () => (await clients()).map(({ client }: { client: string }) => client)).toEqual(['window', 'window']);
    await terminal('hub', 'stop');
    await row(code, 'The hub stopped.').waitFor();
    await expect.poll(() => hubOf(code.home)).toBeUndefined();
    await insist(async () => {
      if ((await row(code, 'The hub stopped.').count()) > 0) await row(code, 'The hub stopped.').click({ timeout: 5_000 });
      await row(code, 'The hub stopped.').waitFor({ state: 'detached', timeout: 20_000 });
    });
    // The newest ones: older rows may be out of sight.
    await row(code, 'Written after the kill').waitFor();
    // The rows were kept: they may be there before the hub is.
    await expect.poll(() => hubOf(code.home) ?? 0).toBeGreaterThan(0);
  });
});

test('without trust the view works, a note belongs to no project, and nothing is written into the repository', async () => {
  const folder = join(scratch, 'untrusted');
  mkdirSync(folder);
  await createSample(folder);
  const before = readFileSync(join(folder, '.git/config'), 'utf8');
  const window = await openVscode({ folder, trust: true });
  try {
    window.page.setDefaultTimeout(60_000);
    await runCommand(window.page, 'Hearth: Show Activity');
    await pane(window).getByRole('button', { name: 'Add Note' }).last().waitFor();
    await addNote(window, 'Look [here](command:workbench.action.quit) <b>now</b> $(trash)');
    const written = row(window, 'Look [here](command:workbench.action.quit) <b>now</b> $(trash)');
    await written.waitFor();
    expect(await written.textContent()).not.toContain('untrusted');
    // The hover shows the text as it was written: no link, no markup.
    const hover = window.page.locator('.workbench-hover:visible', { hasText: 'command:workbench.action.quit' });
    // A row that is drawn anew under the pointer shows none.
    await insist(async () => {
      await window.page.mouse.move(5, 5);
      await written.hover({ timeout: 5_000 });
      await hover.waitFor({ timeout: 5_000 });
    });
    expect(await hover.locator('a, b').count()).toBe(0);
    expect(readFileSync(join(folder, '.git/config'), 'utf8')).toBe(before);
  } finally {
    await window.close();
  }
});

/** Process id of the window's server, over the extension's own connection. */
function serverOf(window: VscodeWindow): Promise<number> {
  return window.evaluate(async (vscode) => {
    const api = await vscode.extensions.getExtension('hearth-dev.hearth')?.activate();
    const shell = await api.shell;
    return (await shell.server.send({ method: 'session/info' }, {})).pid as number;
  });
}
