// The commit panel, driven by keyboard on real repositories.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hearsOfFiles, openVscode, type Vscode } from '../host/page.ts';
import { countPanels, type PanelCoverage } from '../host/panelCoverage.ts';
import { focusedRow, insist } from '../host/window.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';
import { answerQuestions, commitPanel, listed, openCommitPanel, questions } from './commitWindow.ts';
import { panelFrame, seriousViolations } from './diffPanelWindow.ts';

let code: Vscode;
let repository: Repository;
let panel: FrameLocator;
let ran: PanelCoverage | undefined;
const hostile = `names/"><img src=x onerror="window.pwned=1">'\`.ts`;
const numbered = (count: number, text: (line: number) => string) =>
  `${Array.from({ length: count }, (_, line) => text(line + 1)).join('\n')}\n`;
const cart = (...changed: number[]) =>
  numbered(60, (line) => (changed.includes(line) ? `const value${line} = 'changed';` : `const value${line} = ${line};`));

beforeAll(async () => {
  repository = createRepository();
  repository.git('config', 'user.name', 'Ada');
  repository.git('config', 'user.email', 'ada@example.test');
  repository.write('src/cart.ts', cart());
  repository.write('gone.ts', 'export const gone = 1;\n');
  repository.write(
    'old.ts',
    numbered(20, (line) => `line ${line}`),
  );
  repository.commit('Plant');
  code = await openVscode({
    folder: repository.root,
    settings: { 'workbench.colorTheme': 'Default Dark Modern' },
    viewport: { width: 1400, height: 900 },
  });
  code.page.setDefaultTimeout(60_000);
  await hearsOfFiles(code, repository.root);
  ran = await countPanels(code.page);
  await answerQuestions(code, 'action');
});
afterAll(async () => {
  await code?.close();
  repository?.dispose();
});
afterEach(() => ran?.keep());
beforeEach(({ onTestFailed }) => {
  const picture = process.env['HEARTH_HOST_SCREENSHOT'];
  if (picture) onTestFailed(() => code.page.screenshot({ path: picture }).then(() => {}));
});

/** A busy machine takes its time. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });
const press = async (...keys: string[]): Promise<void> => {
  for (const key of keys) await code.page.keyboard.press(key);
};
const staged = () => repository.git('diff', '--cached', '--name-only').split('\n').filter(Boolean);
const subject = () => repository.git('log', '-1', '--format=%s');
/** Committed, and the panel knows it: it hears of it after the repository has it, and Ctrl+Enter does nothing until then. */
async function committed(message: string): Promise<void> {
  await eventually(subject).toBe(message);
  // The commit before it was said in the same place.
  await eventually(() => panel.locator('.toast.done .subject').allTextContents()).toEqual([message]);
}
/** No file is acted on: a key for one that is does nothing. */
const resting = () => eventually(() => panel.locator('.file-row[aria-busy=true]').count()).toBe(0);
const rows = () => listed(panel);
const toList = () => panel.locator('.tree').focus();
/** Chooses a file of the list by its name. */
async function choose(name: string, section = 'changes'): Promise<void> {
  const heading = section === 'staged' ? 'Staged' : 'Changes';
  await panel.locator('.section-row', { hasText: heading }).waitFor();
  const wanted = panel.locator('.file-row').filter({ has: panel.locator('.tree-name', { hasText: name }) });
  await (section === 'staged' ? wanted.first() : wanted.last()).click();
}

describe('an empty work tree', () => {
  test('says so, and shows what changes on disk by itself', async () => {
    panel = await openCommitPanel(code, repository.root);
    await panel.getByText('Nothing to commit').waitFor();
    repository.write('src/cart.ts', cart(5, 30, 50));
    await eventually(rows).toEqual(['Staged 0', 'Changes 1', 'src/cart.ts M']);
    await panel.locator('.row.hunk').first().waitFor();
    expect(await code.page.locator('.tab.active').textContent()).toContain('Commit · ');
  });

  test('the same repository opens the same panel', async () => {
    const tabs = () => code.evaluate((vscode) => vscode.window.tabGroups.all.flatMap((group) => group.tabs).length);
    const before = await tabs();
    await openCommitPanel(code, repository.root);
    expect(await tabs()).toBe(before);
  });
});

describe('hunks by keyboard', () => {
  test('n goes to the second, s stages it, u takes it out again', async () => {
    await toList();
    await press('n', 's');
    await eventually(() => repository.git('diff', '--cached')).toContain("value30 = 'changed'");
    const cached = repository.git('diff', '--cached');
    expect(cached).not.toContain("value5 = 'changed'");
    expect(cached).not.toContain("value50 = 'changed'");
    await eventually(rows).toEqual(['Staged 1', 'src/cart.ts M', 'Changes 1', 'src/cart.ts M']);
    await eventually(() => panel.locator('.row.hunk').count()).toBe(2);
    await choose('cart.ts', 'staged');
    await panel.locator('.hunk-button', { hasText: 'Unstage' }).waitFor();
    await toList();
    await press('u');
    await eventually(staged).toEqual([]);
    expect(readFileSync(repository.path('src/cart.ts'), 'utf8')).toBe(cart(5, 30, 50));
  });

  test('x asks, names the change, discards only it, and z brings it back', async () => {
    await eventually(rows).toEqual(['Staged 0', 'Changes 1', 'src/cart.ts M']);
    await eventually(() => panel.locator('.row.hunk').count()).toBe(3);
    await resting();
    await answerQuestions(code, 'action');
    await toList();
    await press('x');
    await eventually(() => readFileSync(repository.path('src/cart.ts'), 'utf8')).toBe(cart(30, 50));
    const [question] = await questions(code);
    expect(question?.message).toContain('src/cart.ts');
    expect(question?.detail).toContain("+const value5 = 'changed';");
    expect(question?.detail).toContain('Undo');
    await panel.locator('.toast', { hasText: 'discarded' }).waitFor();
    await press('z');
    await eventually(() => readFileSync(repository.path('src/cart.ts'), 'utf8')).toBe(cart(5, 30, 50));
    await panel.locator('.toast', { hasText: 'The changes are back' }).waitFor();
  });

  test('a hunk that is no longer there is a sentence, and the panel shows what is', async () => {
    // Written and pressed at once, before the panel has heard of it. Where it was faster, what it showed is staged, and that is right too: once more.
    for (let attempt = 1; attempt <= 10; attempt++) {
      repository.git('reset', '--quiet');
      await eventually(rows).toEqual(['Staged 0', 'Changes 1', 'src/cart.ts M']);
      await eventually(() => panel.locator('.row.hunk').count()).toBe(3);
      await resting();
      await toList();
      writeFileSync(repository.path('src/cart.ts'), cart(6, 30, 50).replace('const value4 = 4;', `const value4 = 0; // ${attempt}`));
      await press('s');
      await eventually(async () => staged().length + (await panel.locator('.failure').count())).toBe(1);
      if (staged().length === 0) break;
      await eventually(rows).toContain('Staged 1');
      await resting();
    }
    await panel.locator('.failure', { hasText: /chang/ }).waitFor();
    await panel.locator('.code', { hasText: 'value4 = 0' }).first().waitFor();
    expect(staged()).toEqual([]);
    await panel.locator('.failure').getByRole('button', { name: 'Dismiss' }).click();
    await eventually(() => panel.locator('.failure').count()).toBe(0);
  });
});

describe('files by keyboard', () => {
  beforeAll(() => {
    repository.git('reset', '--quiet', '--hard');
    repository.write('src/cart.ts', cart(6, 30, 50));
  });

  test('Space stages and unstages, a and Shift+A all of them; renames go in and out whole', async () => {
    repository.git('mv', 'old.ts', 'new.ts');
    repository.git('rm', '--quiet', 'gone.ts');
    repository.write('new/untracked.md', '# New\n');
    await eventually(rows).toEqual(['Staged 2', 'gone.ts D', 'old.ts → new.ts R', 'Changes 2', 'new/untracked.md U', 'src/cart.ts M']);
    await choose('untracked.md');
    await toList();
    await press(' ');
    await eventually(staged).toContain('new/untracked.md');
    await eventually(() => panel.locator('.section-row', { hasText: 'Staged' }).locator('.tree-count').textContent()).toBe('3');
    await press('Shift+A');
    await eventually(staged).toEqual([]);
    expect(
      repository
        .git('status', '--porcelain')
        .split('\n')
        .map((line) => line.slice(0, 2))
        .sort(),
    ).toEqual([' D', ' D', ' M', '??', '??']);
    await press('a');
    await eventually(() => staged().length).toBe(4);
    await eventually(() => panel.locator('.section-row', { hasText: 'Changes' }).locator('.tree-count').textContent()).toBe('0');
  });

  test('o opens the file in the diff editor, and the message that is not committed survives that', async () => {
    await press('m');
    await code.page.keyboard.type('Half a mess');
    await press('Escape');
    await choose('cart.ts', 'staged');
    await toList();
    await press('o');
    await eventually(() =>
      code.evaluate((vscode) => {
        const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input as {
          original?: { scheme: string };
          modified?: { scheme: string };
        };
        return [input?.original?.scheme, input?.modified?.scheme];
      }),
    ).toEqual(['hearth-git', 'hearth-git']);
    await code.command('workbench.action.closeActiveEditor');
    panel = await commitPanel(code);
    await eventually(() => panel.locator('#message').inputValue()).toBe('Half a mess');
    // Also closing the panel: the draft belongs to the repository.
    await code.command('workbench.action.closeActiveEditor');
    panel = await openCommitPanel(code, repository.root);
    await eventually(() => panel.locator('#message').inputValue()).toBe('Half a mess');
  });
});

describe('committing', () => {
  test('Ctrl+Enter commits; Undo takes it back with what was staged and the message; z does it again', async () => {
    const before = repository.git('rev-parse', 'HEAD');
    await panel.locator('#message').fill('Change the cart');
    await panel.locator('#message').focus();
    await press('Control+Enter');
    await committed('Change the cart');
    expect(await panel.locator('#message').inputValue()).toBe('');
    await panel.getByText('Nothing to commit').waitFor();
    await panel.locator('.toast .undo').click();
    await eventually(() => repository.git('rev-parse', 'HEAD')).toBe(before);
    await eventually(() => staged().length).toBe(4);
    await eventually(() => panel.locator('#message').inputValue()).toBe('Change the cart');
    await panel.locator('.toast', { hasText: 'The commit is taken back' }).waitFor();
    await toList();
    await press('z');
    await eventually(subject).toBe('Change the cart');
    await panel.getByText('Nothing to commit').waitFor();
    // It is done when nothing is offered any more: the files move before the last of it.
    await eventually(() => panel.locator('.toast').count()).toBe(0);
  });

  test('without a message or anything staged it says what is missing, and goes there', async () => {
    repository.write('src/cart.ts', cart(1));
    await eventually(rows).toEqual(['Staged 0', 'Changes 1', 'src/cart.ts M']);
    await panel.locator('#message').fill('');
    await toList();
    await press('Control+Enter');
    await panel.locator('.toast.blocked', { hasText: 'Nothing is staged.' }).getByRole('button', { name: 'Stage everything' }).click();
    await eventually(staged).toEqual(['src/cart.ts']);
    await eventually(() => panel.locator('.commit-button').textContent()).toContain('1 file');
    await press('Control+Enter');
    await panel.locator('.toast.blocked', { hasText: 'The message is empty.' }).waitFor();
    await eventually(() => panel.locator('#message').evaluate((element) => element === document.activeElement)).toBe(true);
  });

  test('Suggest makes a message from the changes where there is no language model, and what was written can be put back', async () => {
    await panel.locator('#message').fill('wip');
    await panel.getByRole('button', { name: 'Suggest' }).click();
    await panel.getByText('Suggested from the changes.').waitFor();
    expect(await panel.locator('#message').inputValue()).toContain('cart.ts');
    await panel.getByRole('button', { name: 'Put back what I wrote' }).click();
    await eventually(() => panel.locator('#message').inputValue()).toBe('wip');
  });

  test('a hook that fails shows what it printed, and nothing is committed', async () => {
    repository.write('.git/hooks/pre-commit', '#!/bin/sh\nprintf "\\033[31mlint\\033[0m: 3 problems <b>in</b> cart.ts\\n" >&2\nexit 1\n');
    chmodSync(repository.path('.git/hooks/pre-commit'), 0o755);
    const before = repository.git('rev-parse', 'HEAD');
    await panel.locator('#message').fill('Never');
    await panel.locator('#message').press('Control+Enter');
    await eventually(() => panel.locator('.failure .output').textContent()).toContain('lint: 3 problems <b>in</b> cart.ts');
    expect(repository.git('rev-parse', 'HEAD')).toBe(before);
    expect(await panel.locator('#message').inputValue()).toBe('Never');
    repository.remove('.git/hooks/pre-commit');
    await panel.locator('#message').press('Control+Enter');
    await committed('Never');
  });

  test('amend takes the last message, and changes the last commit', async () => {
    const count = () => repository.git('rev-list', '--count', 'HEAD');
    const before = count();
    await panel.getByText('Nothing to commit').waitFor();
    await panel.locator('.amend input').click();
    await eventually(() => panel.locator('#message').inputValue()).toBe('Never');
    await panel.locator('#message').fill('Ever');
    await panel.locator('#message').press('Control+Enter');
    await committed('Ever');
    expect(count()).toBe(before);
  });

  test('what looks like a secret has to be allowed, one by one', async () => {
    // Put together here, so that nobody scans it in this file.
    repository.write('deploy.env', `AWS_SECRET_ACCESS_KEY=${'wJalrXUtnFEMIbK7MDENG'}${'bPxRfiCYzzzz1234567'}\n`);
    await eventually(rows).toEqual(['Staged 0', 'Changes 1', 'deploy.env U']);
    await toList();
    await press('a');
    await panel.locator('.finding', { hasText: 'deploy.env:1' }).waitFor();
    expect(await panel.locator('.form-column').textContent()).not.toContain('wJalrXUtnFEMIbK7MDENG');
    await panel.locator('#message').fill('Add what deploys');
    await panel.locator('#message').press('Control+Enter');
    await panel.locator('.toast.blocked', { hasText: 'like a secret' }).waitFor();
    expect(subject()).toBe('Ever');
    await panel.locator('.finding input[type=checkbox]').first().check();
    await panel.locator('#message').press('Control+Enter');
    await committed('Add what deploys');
    expect(repository.git('show', '--name-only', '--format=').split('\n').sort()).toEqual(['.hearth/secrets-baseline.json', 'deploy.env']);
  });

  test('who has no name is told, with the commands', async () => {
    repository.write('src/cart.ts', cart(2));
    repository.git('config', 'user.useConfigOnly', 'true');
    repository.git('config', '--unset', 'user.name');
    repository.git('config', '--unset', 'user.email');
    await toList();
    await press('r');
    await panel.getByText('Git does not know who you are.').waitFor();
    repository.git('config', 'user.name', 'Ada');
    repository.git('config', 'user.email', 'ada@example.test');
    await press('r');
    await eventually(() => panel.locator('#spot-identity').count()).toBe(0);
  });
});

test('names of files are text and never run', async () => {
  repository.write(hostile, 'let a = 1;\n');
  repository.write('plain\nnew line.ts', 'x\n');
  await choose('onerror');
  await eventually(() => panel.locator('.patch-path').textContent()).toContain('onerror="window.pwned=1"');
  await panel.locator('.file-row', { hasText: 'plain⏎new line.ts' }).waitFor();
  const frame = await panelFrame(code.page);
  expect(
    await frame.evaluate(() => [(window as { pwned?: unknown }).pwned, document.querySelectorAll('#root img, #root script').length]),
  ).toEqual([undefined, 0]);
  await toList();
  await press(' ');
  await eventually(() => repository.git('diff', '--cached', '--name-only', '-z')).toContain(hostile);
});

test('the change entry of an item is asked for, and goes into the commit with its trailer', async ({ onTestFinished }) => {
  onTestFinished(() => {
    repository.git('checkout', '--quiet', '--force', 'main');
  });
  repository.git('add', '--all');
  repository.commit('Before the item');
  const title = 'Faster <b>login</b>';
  const branch = await code.evaluate(
    async (vscode, root, name) => {
      const api = await vscode.extensions.getExtension('hearth-dev.hearth')?.activate();
      const { server } = await api.shell;
      const { item } = await server.send({ method: 'work/create' }, { repository: root, title: name });
      return (await server.send({ method: 'work/start' }, { repository: root, id: item.id })).branch as string;
    },
    repository.root,
    title,
  );
  expect(repository.git('branch', '--show-current')).toBe(branch);
  await panel.locator('.item-link', { hasText: `#1 ${title}` }).waitFor();
  repository.write('login.ts', 'export const fast = true;\n');
  await panel.locator('.file-row', { hasText: 'login.ts' }).waitFor();
  await toList();
  await press('a');
  await panel.locator('#spot-entry').waitFor();
  await panel.locator('#message').fill('Log in faster');
  await panel.locator('#message').press('Control+Enter');
  await panel.locator('.toast.blocked', { hasText: 'The change entry is missing' }).waitFor();
  await eventually(() => panel.locator('.entry-text').evaluate((element) => element === document.activeElement)).toBe(true);
  await code.page.keyboard.type('Logging in takes half the time.');
  await panel.locator('.entry-kinds select').selectOption('Fixed');
  await press('Control+Enter');
  await committed('Log in faster');
  const message = repository.git('log', '-1', '--format=%B');
  expect(message).toMatch(/^Hearth-Item: \S*1\b/m);
  expect(repository.git('show', '--format=', '--name-only').split('\n')).toContain('changes/1.md');
  expect(repository.git('show', 'HEAD:changes/1.md')).toContain('Logging in takes half the time.');
  // The item has its entry now: the next commit is asked for none.
  repository.write('login.ts', 'export const fast = 2;\n');
  await eventually(rows).toEqual(['Staged 0', 'Changes 1', 'login.ts M']);
  await toList();
  await press('a');
  await panel.locator('.entry-line', { hasText: 'Change entry' }).waitFor();
  await panel.locator('#message').fill('Even faster');
  await panel.locator('#message').press('Control+Enter');
  await committed('Even faster');
});

test('files in conflict stand apart, and are staged one by one when they are resolved', async ({ onTestFinished }) => {
  onTestFinished(() => {
    repository.tryGit(['merge', '--abort']);
  });
  repository.git('checkout', '--quiet', '-b', 'theirs');
  repository.write('conflict.txt', 'theirs\n');
  repository.commit('Theirs');
  repository.git('checkout', '--quiet', 'main');
  repository.write('conflict.txt', 'ours\n');
  repository.commit('Ours');
  expect(() => repository.git('merge', '--no-edit', 'theirs')).toThrow('failed (1)');
  await eventually(() => panel.locator('.section-row').allTextContents()).toContain('Conflicts1');
  await panel.getByText('A merge is in progress: 1 file is in conflict.').waitFor();
  await eventually(() => panel.locator('#message').inputValue()).toContain("Merge branch 'theirs'");
  await panel.locator('#message').press('Control+Enter');
  await panel.locator('.toast.blocked', { hasText: 'in conflict' }).waitFor();
  await choose('conflict.txt');
  await panel.locator('.code', { hasText: '<<<<<<<' }).first().waitFor();
  repository.write('conflict.txt', 'both\n');
  await panel.getByRole('button', { name: 'Resolved: stage' }).click();
  await panel.getByText('this commit concludes it').waitFor();
  await panel.locator('#message').press('Control+Enter');
  await eventually(() => repository.git('rev-list', '--parents', '-1', 'HEAD').split(' ').length).toBe(3);
  await panel.locator('.toast.done', { hasText: 'Committed' }).waitFor();
});

test('Commit Staged asks for a message and commits without a panel', async () => {
  const input = code.page.locator('.quick-input-widget input[type=text]');
  repository.write('quick.ts', 'export const quick = 1;\n');
  repository.git('add', 'quick.ts');
  const done = code.command('hearth.git.commitStaged', { repository: repository.root });
  await input.waitFor();
  expect(await input.inputValue()).not.toBe('');
  await input.fill('Quickly done');
  await input.press('Enter');
  await done;
  expect(subject()).toBe('Quickly done');
  // The toast may be gone by now; the list of notifications has it.
  const notification = code.page.locator('.notification-list-item', { hasText: 'Quickly done' });
  await eventually(async () => {
    await code.command('notifications.showList');
    return notification.count();
  }).toBe(1);
  await notification.getByRole('button', { name: 'Undo' }).click();
  await eventually(subject).not.toBe('Quickly done');
  // It says so when all of it is undone.
  await eventually(async () => {
    await code.command('notifications.showList');
    return code.page.locator('.notification-list-item').getByRole('button', { name: 'Redo' }).count();
  }).toBe(1);
  expect(staged()).toEqual(['quick.ts']);
  repository.git('reset', '--quiet');
  repository.remove('quick.ts');
  await code.command('hearth.git.commitStaged', { repository: repository.root });
  await eventually(async () => {
    await code.command('notifications.showList');
    return code.page.locator('.notification-list-item', { hasText: 'Nothing is staged.' }).count();
  }).toBe(1);
  await code.command('notifications.clearAll');
});

test('Delete Branch and Recorded Actions by keyboard', async () => {
  const input = code.page.locator('.quick-input-widget input[type=text]');
  repository.git('branch', 'spare');
  // The panel gets the keyboard back a moment after the notifications and the list before this one are gone: a list that is open by then closes.
  const takeSpare = (command: string, check: () => void) =>
    insist(async () => {
      await press('Escape');
      const done = code.command(command, { repository: repository.root });
      await input.fill('spare', { timeout: 20_000 });
      await focusedRow(code.page, 'spare').waitFor({ timeout: 20_000 });
      await input.press('Enter', { timeout: 20_000 });
      await done;
      check();
    });
  await takeSpare('hearth.git.deleteBranch', () => expect(repository.git('branch', '--list', 'spare')).toBe(''));
  await takeSpare('hearth.git.undoList', () => expect(repository.git('branch', '--list', 'spare')).toContain('spare'));
  await code.command('notifications.clearAll');
});

test('2 000 files do not freeze it', async () => {
  await panel.getByText('Nothing to commit').waitFor();
  for (let index = 0; index < 2000; index++) repository.write(`many/f${String(index).padStart(4, '0')}.txt`, `${index}\n`);
  await eventually(() => panel.locator('.section-row', { hasText: 'Changes' }).locator('.tree-count').textContent()).toBe('2,000');
  expect(await panel.locator('.tree [role=treeitem]').count()).toBeLessThan(200);
  await toList();
  await press('End');
  await eventually(() => panel.locator('.patch-path').textContent()).toBe('many/f1999.txt');
  // Two keys within a frame: the second counts, whatever the first has chosen.
  await panel.locator('.tree').evaluate((tree) => {
    for (const key of ['PageUp', 'Home']) tree.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  });
  await panel.locator('.section-row.active', { hasText: 'Staged' }).waitFor();
  await press('ArrowDown', 'ArrowDown', 'ArrowDown');
  await eventually(() => panel.locator('.patch-path').textContent()).toBe('many/f0001.txt');
  await press('a');
  await eventually(() => staged().length).toBe(2000);
  await eventually(() => panel.locator('.commit-button').textContent()).toContain('2,000 files');
  await panel.locator('#message').fill('Many');
  await panel.locator('#message').press('Control+Enter');
  await committed('Many');
  await panel.getByText('Nothing to commit').waitFor();
});

test('a reload of the window brings the panel back with its message', async () => {
  repository.write('src/cart.ts', cart(3, 33));
  repository.write('zz.ts', 'z\n');
  await eventually(() => panel.locator('.file-row').count()).toBe(2);
  await choose('zz.ts');
  await panel.locator('#message').fill('Kept over a reload');
  // VS Code is told a moment later, and writes it down before it reloads.
  await eventually(() =>
    code.evaluate(async (vscode) => {
      const api = await vscode.extensions.getExtension('hearth-dev.hearth')?.activate();
      return JSON.stringify((await api.shell).context.workspaceState.get('hearth.git.commitDrafts') ?? '');
    }),
  ).toContain('Kept over a reload');
  await code.reload();
  // The window is another one: the tests after this write files that it has to notice.
  await hearsOfFiles(code, repository.root);
  panel = await commitPanel(code);
  await eventually(() => panel.locator('#message').inputValue()).toBe('Kept over a reload');
  await eventually(() => panel.locator('.file-row').count()).toBe(2);
});

test('the server starts again: the panel comes back by itself', async () => {
  await code.command('hearth.server.restart');
  repository.write('after.md', 'still here\n');
  await panel.locator('.file-row', { hasText: 'after.md' }).waitFor();
  await eventually(() => panel.locator('.notice').count()).toBe(0);
});

test('? shows the keys; axe finds nothing serious, light, dark and in high contrast', async () => {
  const themes = [
    ['Light 2026', 'vscode-light'],
    ['Default High Contrast', 'vscode-high-contrast'],
    ['Dark 2026', 'vscode-dark'],
    ['Default High Contrast Light', 'vscode-high-contrast-light'],
  ] as const;
  await choose('cart.ts');
  for (const [theme, kind] of themes) {
    await code.evaluate((vscode, name) => vscode.workspace.getConfiguration('workbench').update('colorTheme', name, true), theme);
    await eventually(() => panel.locator('body').getAttribute('data-vscode-theme-kind')).toBe(kind);
    await panel.locator('.hl-keyword').first().waitFor();
    expect({ theme, found: await seriousViolations(code.page) }).toEqual({ theme, found: [] });
    await toList();
    await press('?');
    await panel.locator('dialog[open]').waitFor();
    expect({ theme, found: await seriousViolations(code.page) }).toEqual({ theme, found: [] });
    await press('Escape');
  }
});
