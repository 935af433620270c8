// The diff panel, driven by keyboard only, on a repository in which every kind of change meets.
import { readFileSync, writeFileSync } from 'node:fs';
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { countPanels, type PanelCoverage } from '../host/panelCoverage.ts';
import { insist } from '../host/window.ts';
import { Repository, temporaryFolder } from '../support/repositories/repository.ts';
import { type Planted, planted } from './diffPanelRepository.ts';
import { clearFilter, faintColours, focusFiles, openPair, panelFrame, seriousViolations, shownPanel } from './diffPanelWindow.ts';

let code: Vscode;
let plan: Planted;
let panel: FrameLocator;
let ran: PanelCoverage | undefined;
const worktree = { kind: 'worktree' } as const;

beforeAll(async () => {
  plan = planted();
  code = await openVscode({
    folder: plan.repository.root,
    settings: { 'workbench.colorTheme': 'Default Dark Modern' },
    viewport: { width: 1400, height: 900 },
  });
  code.page.setDefaultTimeout(60_000);
  ran = await countPanels(code.page);
  panel = await openPair(code, plan.repository.root, { kind: 'commit', revision: plan.from }, worktree);
});
afterAll(async () => {
  await code?.close();
  plan?.repository.dispose();
});

afterEach(() => ran?.keep());

beforeEach(({ onTestFailed }) => {
  const picture = process.env['HEARTH_HOST_SCREENSHOT'];
  if (picture) onTestFailed(() => code.page.screenshot({ path: picture }).then(() => {}));
});

/** A busy machine takes its time. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 90_000 });

const press = async (...keys: string[]): Promise<void> => {
  for (const key of keys) await code.page.keyboard.press(key);
};
const file = (name: string) => panel.locator('.file[data-index]').filter({ has: code.page.locator(`[title$="${name}"]`) });
async function unfold(name: string): Promise<void> {
  await file(name).locator('.file-toggle').waitFor();
  const toggle = file(name).locator('.file-toggle[aria-expanded=false]');
  if ((await toggle.count()) > 0) await toggle.click();
}
/** Shows only the files whose path holds this; the list is drawn anew a frame later. */
async function filterBy(text: string, found: RegExp = /^1 of /): Promise<void> {
  await press('/');
  await code.page.keyboard.type(text);
  await panel.locator('.filter-count', { hasText: found }).waitFor();
}
async function closeHelp(): Promise<void> {
  await press('Escape');
  // It gives the keyboard back when it is gone.
  await panel.locator('dialog.help').waitFor({ state: 'detached' });
}
const current = () => panel.locator('.file.current .name').textContent();

describe('what it shows', () => {
  test('the pair, the totals and the tree', async () => {
    const numstat = plan.repository.git('diff', '-M', '--numstat', plan.from).split('\n');
    const additions = numstat.reduce((sum, line) => sum + (Number.parseInt(line, 10) || 0), 0);
    await eventually(() => code.page.locator('.tab.active').textContent()).toContain(`${plan.from.slice(0, 7)} ↔ Working Tree`);
    await panel.locator('.tree [role=treeitem]', { hasText: 'untracked.md' }).waitFor();
    // The untracked file's three lines are not git's to count.
    await eventually(() => panel.locator('.totals').textContent()).toContain(`+${(additions + 3).toLocaleString('en')}`);
    await eventually(() => panel.locator('.file-row').count()).toBe(numstat.length + 1);
  });

  test('renames, modes, images, binary files, conflicts, and large changes when asked', async () => {
    await focusFiles(panel);
    const seen = async (name: string, text: string | RegExp): Promise<void> => {
      await filterBy(name);
      await file(name).getByText(text).first().waitFor();
      await clearFilter(code.page, panel);
    };
    await seen('new-name.ts', 'Only the name changed.');
    await seen('run.sh', 'normal → executable');
    await seen('data.bin', 'Binary file: 6 bytes → 7 bytes.');
    await seen('logo.png', /After · \d+ bytes · 24 × 24/);
    await seen('conflict.txt', '<<<<<<< HEAD');
    await seen('large.txt', 'Show anyway');
    await seen('no-end.txt', 'no newline at the end');
    await seen('trojan.js', '‹U+202E›');
  });

  test('words that changed are marked, code has colours', async () => {
    const cart = file('cart.ts');
    await filterBy('cart.ts');
    await cart.locator('.word').first().waitFor();
    expect(await cart.locator('.removed .word').first().textContent()).toBe('20');
    expect(await cart.locator('.added .word').first().textContent()).toBe('21');
    await cart.locator('.hl-keyword', { hasText: 'const' }).first().waitFor();
    await clearFilter(code.page, panel);
  });
});

describe('keys', () => {
  test('j and k go through the files, n and p through the changes', async () => {
    await focusFiles(panel);
    await press('Home');
    await eventually(() => panel.locator('.files').evaluate(({ scrollTop }) => scrollTop)).toBe(0);
    const names = await panel.locator('.tree .file-row .tree-name').allTextContents();
    await press('j');
    await eventually(current).toBe(names[0]);
    await press('j', 'j');
    await eventually(current).toBe(names[2]);
    await press('k');
    await eventually(current).toBe(names[1]);
    const cart = names.indexOf('cart.ts');
    for (let at = 1; at < cart; at++) await press('j');
    await eventually(current).toBe('cart.ts');
    await press('n');
    await eventually(() => panel.locator('.current-change').textContent()).toContain('price(21)');
    await press('n');
    await eventually(() => panel.locator('.current-change').textContent()).toContain('price(80)');
    await press('p');
    await eventually(() => panel.locator('.current-change').textContent()).toContain('price(21)');
    await press('n', 'n');
    await eventually(current).toBe('gone.ts');
  });

  test('v marks the file as viewed and folds it, x unfolds it', async () => {
    await press('k');
    await eventually(current).toBe('cart.ts');
    await press('v');
    await eventually(() => file('cart.ts').locator('input[type=checkbox]').isChecked()).toBe(true);
    await eventually(() => file('cart.ts').locator('.rows').count()).toBe(0);
    await panel.locator('.filter-count', { hasText: '1 viewed' }).waitFor();
    await press('x');
    await file('cart.ts').locator('.rows').waitFor();
    await press('x');
  });

  test('u changes the layout and the setting keeps it', async () => {
    await press('j');
    await panel.locator('.split').first().waitFor();
    await press('u');
    await eventually(() => panel.locator('.split').count()).toBe(0);
    await eventually(() => code.evaluate((vscode) => vscode.workspace.getConfiguration('hearth.git.diff').get('layout'))).toBe('unified');
    await press('u');
    await panel.locator('.split').first().waitFor();
  });

  test('w ignores whitespace: the file that differs in nothing else goes away', async () => {
    await panel.locator('.tree [role=treeitem]', { hasText: 'spaces.txt' }).waitFor();
    await press('w', 'w');
    await eventually(() => panel.locator('.tree [role=treeitem]', { hasText: 'spaces.txt' }).count()).toBe(0);
    await press('w', 'w');
    await panel.locator('.tree [role=treeitem]', { hasText: 'spaces.txt' }).waitFor();
  });

  test('who goes on to the filter keeps the keyboard there', async () => {
    await focusFiles(panel);
    // Faster than two frames, after which the keyboard goes to the file.
    const typing = await (await panelFrame(code.page)).evaluate(async () => {
      for (const key of ['j', '/']) document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      for (let frames = 0; frames < 4; frames++) await new Promise((resolve) => requestAnimationFrame(resolve));
      return document.activeElement?.matches('.filter-line input');
    });
    expect(typing).toBe(true);
    await clearFilter(code.page, panel);
  });

  test('f finds in all files, also in those that were not seen', async () => {
    await press('f');
    await code.page.keyboard.type('their middle');
    await panel.locator('.find-count', { hasText: '1 of 1 lines' }).waitFor();
    await file('conflict.txt').locator('.found').waitFor();
    await press('Escape');
    await eventually(() => panel.locator('.find-bar').isVisible()).toBe(false);
  });

  test('? shows the keys, Esc closes them', async () => {
    await press('?');
    await panel.locator('dialog[open]').waitFor();
    await closeHelp();
  });

  test('the tree is a tree: arrows, Enter, Space', async () => {
    // The tree still follows the file that the test before this one went to.
    await eventually(async () => {
      await press('t', 'Home', 'ArrowLeft');
      return panel.locator('.tree [aria-expanded=false]').count();
    }).toBe(1);
    await press('ArrowRight');
    await eventually(() => panel.locator('.tree [aria-expanded=false]').count()).toBe(0);
    await press('ArrowRight', ' ');
    await panel.locator('.filter-count', { hasText: '2 viewed' }).waitFor();
    await press(' ', 'Enter');
    await eventually(current).toBe('data.bin');
  });

  test('o opens the file in the diff editor of VS Code', async () => {
    await filterBy('cart.ts');
    await press('Escape');
    await press('o');
    await eventually(() =>
      code.evaluate((vscode) => {
        const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input as {
          original?: { scheme: string };
          modified?: { fsPath: string };
        };
        return [input?.original?.scheme, input?.modified?.fsPath];
      }),
    ).toEqual(['hearth-git', plan.repository.path('src/cart.ts')]);
    await code.command('workbench.action.closeActiveEditor');
    // The page was unloaded while it was hidden, and comes back as it was left.
    panel = await shownPanel(code);
    await eventually(() => panel.locator('.filter-line input').inputValue()).toBe('cart.ts');
    await focusFiles(panel);
    await clearFilter(code.page, panel);
    await panel.locator('.filter-count', { hasText: '1 viewed' }).waitFor();
  });
});

test('what the repository says never runs', async () => {
  const harmless = async () =>
    (await panelFrame(code.page)).evaluate(() => ({
      ran: (window as { pwned?: unknown }).pwned,
      images: document.querySelectorAll('img:not([src^="data:image/"])').length,
      scripts: document.querySelectorAll('#root script').length,
    }));
  const nothing = { ran: undefined, images: 0, scripts: 0 };
  for (const name of ['hostile.html', 'names/']) {
    await filterBy(name);
    await panel.locator('.file[data-index] .rows', { hasText: 'pwned' }).waitFor();
    expect(await harmless()).toEqual(nothing);
    await clearFilter(code.page, panel);
  }
  await code.command('hearth.git.showCommitDiff', { repository: plan.repository.root, commit: 'HEAD' });
  panel = await shownPanel(code);
  await panel.locator('.commit-subject', { hasText: '<script>window.pwned=1</script>' }).waitFor();
  await panel.locator('.file[data-index] .rows', { hasText: 'pwned' }).first().waitFor();
  expect(await harmless()).toEqual(nothing);
  await code.command('workbench.action.closeActiveEditor');
  panel = await shownPanel(code);
});

test('axe finds nothing serious, light, dark and in high contrast', async () => {
  // A page that loads shows its files before it knows which were viewed and are folded.
  await panel.locator('.filter-count', { hasText: '1 viewed' }).waitFor();
  // Two of a kind never follow each other: the kind tells when a theme is there.
  const themes = [
    ['Default Light Modern', 'vscode-light'],
    ['Default High Contrast', 'vscode-high-contrast'],
    ['Light 2026', 'vscode-light'],
    ['Dark 2026', 'vscode-dark'],
    ['Default High Contrast Light', 'vscode-high-contrast-light'],
    ['Default Dark Modern', 'vscode-dark'],
  ] as const;
  for (const [theme, kind] of themes) {
    await code.evaluate((vscode, name) => vscode.workspace.getConfiguration('workbench').update('colorTheme', name, true), theme);
    await eventually(() => panel.locator('body').getAttribute('data-vscode-theme-kind')).toBe(kind);
    await focusFiles(panel);
    await filterBy('.ts', / of /);
    await panel.locator('.hl-keyword').first().waitFor();
    await unfold('cart.ts');
    await file('cart.ts').locator('.word').first().waitFor();
    expect({ theme, found: await seriousViolations(code.page) }).toEqual({ theme, found: [] });
    expect({ theme, faint: await faintColours(code.page) }).toEqual({ theme, faint: [] });
    await clearFilter(code.page, panel);
    await press('?');
    await panel.locator('dialog[open]').waitFor();
    expect({ theme, found: await seriousViolations(code.page) }).toEqual({ theme, found: [] });
    await closeHelp();
  }
});

test('an edit on disk shows by itself', async () => {
  const path = plan.repository.path('text/spaces.txt');
  const before = readFileSync(path, 'utf8');
  writeFileSync(path, `${before}delta from outside\n`);
  await focusFiles(panel);
  await filterBy('spaces.txt');
  await file('spaces.txt').getByText('delta from outside').first().waitFor({ timeout: 90_000 });
  await clearFilter(code.page, panel);
});

test('the server is killed: the panel comes back by itself', async () => {
  const pid = await serverPid();
  process.kill(pid, 'SIGKILL');
  // 0 while there is none.
  await eventually(async () => [0, pid].includes(await serverPid())).toBe(false);
  writeFileSync(plan.repository.path('after-the-crash.md'), 'still here\n');
  await focusFiles(panel);
  await press('r', '/');
  await code.page.keyboard.type('after-the-crash');
  await file('after-the-crash.md').getByText('still here').waitFor({ timeout: 90_000 });
  await clearFilter(code.page, panel);
  await eventually(() => panel.locator('.notice').allTextContents()).toEqual([]);
});

test('e exports: the patch applies', async () => {
  const name = `${plan.from.slice(0, 7)}..Working-Tree.patch`;
  await focusFiles(panel);
  await press('e');
  const input = code.page.locator('.quick-input-widget input[type=text]');
  await input.waitFor();
  await input.fill('Patch');
  await code.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: 'Patch' }).waitFor();
  await press('Enter');
  // The place that is proposed will do.
  await eventually(() => input.inputValue()).toContain(name);
  // The window's dialog hears no Enter while it still reads the folder.
  await insist(async () => {
    if (await input.isVisible()) await input.press('Enter', { timeout: 2000 });
    await code.page.getByText('Exported').first().waitFor({ timeout: 5000 });
  });
  const clone = plan.repository.attach(temporaryFolder('clone'));
  plan.repository.git('clone', '--quiet', '--shared', plan.repository.root, clone);
  const applied = new Repository(clone);
  applied.git('checkout', '--quiet', plan.from);
  applied.git('apply', '--whitespace=nowarn', plan.repository.path(name));
  for (const path of ['src/cart.ts', 'src/new-name.ts', 'assets/logo.png', 'new/untracked.md', plan.hostileName]) {
    expect(readFileSync(applied.path(path)).equals(readFileSync(plan.repository.path(path))), path).toBe(true);
  }
  plan.repository.remove(name);
});

test('the same pair opens the same panel', async () => {
  const count = () => code.evaluate((vscode) => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).length);
  const before = await count();
  await code.command('hearth.git.compare', {
    repository: plan.repository.root,
    from: { kind: 'commit', revision: plan.from },
    to: worktree,
  });
  expect(await count()).toBe(before);
  await code.command('hearth.git.compare', {
    repository: plan.repository.root,
    from: { kind: 'commit', revision: 'HEAD' },
    to: { kind: 'index' },
  });
  await eventually(count).toBe(before + 1);
  await code.command('workbench.action.closeActiveEditor');
  panel = await shownPanel(code);
});

test('no difference and no such revision are said in words', async () => {
  await code.command('hearth.git.compare', {
    repository: plan.repository.root,
    from: { kind: 'commit', revision: plan.from },
    to: { kind: 'commit', revision: plan.from },
  });
  panel = await shownPanel(code);
  await panel.getByText('No differences between').waitFor();
  await code.command('workbench.action.closeActiveEditor');
  await code.command('hearth.git.compare', {
    repository: plan.repository.root,
    from: { kind: 'commit', revision: 'nowhere' },
    to: worktree,
  });
  panel = await shownPanel(code);
  await panel.getByText('There is no revision "nowhere" here.').waitFor();
  await panel.getByRole('button', { name: 'Compare something else…' }).waitFor();
  await code.command('workbench.action.closeActiveEditor');
  panel = await shownPanel(code);
});

test('a reload of the window keeps the panel and its viewed marks', async () => {
  await panel.locator('.filter-count', { hasText: '1 viewed' }).waitFor();
  // The window's own reload: it writes its state first, a browser's does not wait for that. The answer goes down with the extension host.
  const loaded = code.page.waitForEvent('load', { timeout: 120_000 });
  code.command('workbench.action.reloadWindow').catch(() => {});
  await loaded;
  panel = await shownPanel(code);
  await panel.locator('.filter-count', { hasText: '1 viewed' }).waitFor({ timeout: 90_000 });
  await eventually(() => code.page.locator('.tab.active').textContent()).toContain('↔ Working Tree');
});

async function serverPid(): Promise<number> {
  return code.evaluate(async (vscode) => {
    const extension = vscode.extensions.getExtension('hearth-dev.hearth');
    if (extension === undefined) throw new Error('Hearth is not there');
    const { shell } = (await extension.activate()) as {
      shell: Promise<{ server: { send(definition: { method: string }, params: object): Promise<{ pid: number }> } }>;
    };
    return (await (await shell).server.send({ method: 'session/info' }, {}).catch(() => ({ pid: 0 }))).pid;
  });
}
