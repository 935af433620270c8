// What the pictures of the README show. Each scene arranges the window on the sample repository; screenshots.ts then takes it in light,
// dark and high contrast as media/screenshots/<name>-<theme>.png. Wait in `arrange` until everything the picture needs is there.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeActivity } from './activityStory.ts';
import { writeBreadth, writeDeployments } from './deployStory.ts';
import type { Vscode } from './page.ts';
import { breakShop, writeMonitors } from './watchStory.ts';
import { send, writeWork } from './workStory.ts';

export interface Scene {
  name: string;
  /** Wants a Docker engine. */
  docker?: true;
  /** `folder` is a fresh sample (test/sample); the window is the same for all scenes, with all editors closed before each. */
  arrange(code: Vscode, folder: string): Promise<void>;
}

export const scenes: Scene[] = [
  {
    name: 'blame',
    async arrange(code, folder) {
      await openAt(code, join(folder, 'src/checkout/checkout.ts'), 52);
      await code.command('workbench.action.closeSidebar');
      await code.page.waitForFunction(annotated);
      const line = code.page.locator('.view-line', { hasText: 'includedTax(total' });
      const { x = 0, y = 0 } = (await line.locator('> span').boundingBox()) ?? {};
      const { width = 0, height = 0 } = (await line.locator('> span > span').last().boundingBox()) ?? {};
      const { x: end = x } = (await line.locator('> span > span').last().boundingBox()) ?? {};
      await code.page.mouse.move(end + width - 40, y + height / 2);
      await code.page.locator('.monaco-hover .hover-contents', { hasText: 'Show Commit' }).first().waitFor();
      // The language has something to say as well, once it is ready.
      await code.page.locator('.monaco-hover', { hasText: 'Loading' }).waitFor({ state: 'hidden' });
    },
  },
  {
    name: 'gutter',
    async arrange(code, folder) {
      await openAt(code, join(folder, 'src/checkout/checkout.ts'), 46);
      await code.command('workbench.action.closeSidebar');
      // The sample's history is long over: with the default nothing in it would be warm.
      await code.evaluate(async (vscode) => vscode.workspace.getConfiguration().update('hearth.git.blame.heat.days', 730, true));
      await code.command('hearth.git.toggleFileBlame');
      await code.page.waitForFunction(annotated);
    },
  },
  {
    name: 'repository',
    async arrange(code, folder) {
      await openAt(code, join(folder, 'src/checkout/cart.ts'), 20);
      await code.command('hearth.git.showFileHistory');
      await code.command('hearth.git.repository.focus');
      await widenSidebar(code, 480);
      const commit = code.page.locator('[role="treeitem"][aria-level="2"]', { hasText: 'Checkout: tell the customer' });
      await commit.click();
      const file = code.page.locator('[role="treeitem"][aria-level="3"]', { hasText: 'checkout.ts' }).first();
      await file.click();
      await code.page.locator('.monaco-diff-editor .view-line').first().waitFor();
      await code.page.locator('.monaco-diff-editor .line-insert').first().waitFor();
    },
  },
  {
    name: 'inline-diff',
    async arrange(code, folder) {
      await openAt(code, join(folder, 'src/checkout/checkout.ts'), 140);
      await code.command('hearth.git.closeHistory');
      await code.command('workbench.action.closeSidebar');
      await code.command('hearth.git.inlineDiff', { against: { kind: 'commit', revision: 'v1.0.1' } });
      await code.command('hearth.git.previousInlineChange');
      await code.command('editor.action.showHover');
      await code.page.locator('.monaco-hover:visible', { hasText: 'v1.0.1' }).waitFor();
    },
  },
  {
    name: 'diff',
    async arrange(code, folder) {
      await code.command('workbench.action.closeSidebar');
      const from = { kind: 'commit', revision: 'v1.0.1' };
      await code.command('hearth.git.compare', { repository: folder, from, to: { kind: 'worktree' } });
      const panel = await code.webview();
      await panel.locator('.tree .file-row', { hasText: 'styles.css' }).click();
      await panel.locator('.file.current .rows .word').first().waitFor();
      await panel.locator('.file.current .rows [class^="hl-"]').first().waitFor();
      await panel.locator('.progress-line:not([role])').waitFor({ state: 'attached' });
    },
  },
  {
    name: 'activity',
    async arrange(code, folder) {
      await writeActivity(code.home);
      await code.command('hearth.git.closeHistory');
      await openAt(code, join(folder, 'src/checkout/checkout.ts'), 43);
      await code.command('hearth.activity.show');
      const header = (name: string) => code.page.locator('.pane-header', { hasText: name });
      await header('Repository').click();
      await widenSidebar(code, 560);
      await code.page.locator('.pane-body [role="treeitem"]', { hasText: 'Gift cards: ready for review' }).click();
      await code.page.waitForFunction(annotated);
    },
  },
  {
    name: 'work',
    async arrange(code, folder) {
      const id = await writeWork(code, folder);
      await openAt(code, join(folder, 'src/checkout/checkout.ts'), 43);
      await code.command('hearth.work.focus');
      await widenSidebar(code, 480);
      const row = (text: string) => code.page.locator('.pane-body [role="treeitem"]', { hasText: text });
      for (const pane of ['Repository', 'Activity']) {
        const header = code.page.locator('.pane-header[aria-expanded="true"]', { hasText: pane });
        if ((await header.count()) > 0) await header.click();
      }
      await row(`#${id} Faster login`).locator('.monaco-tl-twistie').click();
      await row('Checklist').click();
      await row('Measure it first').waitFor();
      await code.command('git.refresh');
      await code.page.waitForFunction(annotated);
    },
  },
  {
    name: 'item',
    async arrange(code, folder) {
      const id = await writeWork(code, folder);
      await code.command('workbench.action.closeSidebar');
      await code.command('hearth.work.openItem', { repository: folder, id });
      const panel = await code.webview();
      await panel.locator('.condition').first().waitFor();
      await panel.locator('.timeline .row').first().waitFor();
      await code.command('git.refresh');
      await panel.locator('.progress-line:not([role])').waitFor({ state: 'attached' });
    },
  },
  {
    name: 'commit',
    async arrange(code, folder) {
      await writeWork(code, folder);
      const edit = (path: string, change: (text: string) => string) => {
        const file = join(folder, path);
        writeFileSync(file, change(readFileSync(file, 'utf8')));
      };
      edit('src/checkout/checkout.ts', (text) => {
        const renamed = text.replace('const total', 'const sum').replaceAll('includedTax(total', 'includedTax(sum');
        return `${renamed}
/** How long a customer stays signed in. */
export const sessionMinutes = 10;
`;
      });
      edit('src/checkout/cart.ts', (text) => text.replace(/^(export )/m, '/** What a customer wants to buy. */\n$1'));
      writeFileSync(join(folder, 'src/session.ts'), sessionSource);
      edit('docs/login.md', (text) => `${text}Signing out removes it at once.\n`);
      const git = (...args: string[]) => execFileSync('git', args, { cwd: folder });
      git('add', 'src/session.ts', 'docs/login.md');
      git('config', 'user.name', 'Ada Lovelace');
      git('config', 'user.email', 'ada@example.com');
      await code.command('workbench.action.closeSidebar');
      await code.command('git.refresh');
      await code.command('hearth.git.commit', { repository: folder });
      const panel = await code.webview();
      await panel.locator('.item-link').waitFor();
      await panel.locator('.file-row', { hasText: 'checkout.ts' }).click();
      await panel.locator('.row.hunk').first().waitFor();
      await panel.locator('.rows [class^="hl-"]').first().waitFor();
      await panel.locator('#message').fill('Login: keep the session in the cache\n\nReading it once per request takes 0.4 s off a login.');
      await panel.locator('.entry-text').fill('Logging in takes a quarter of the time.');
      await panel.locator('#message').focus();
    },
  },
  {
    name: 'environments',
    docker: true,
    async arrange(code, folder) {
      await writeDeployments(code, folder);
      // The pages are made from it: its lines say where they run.
      await openAt(code, join(folder, 'public/styles.css'), 21);
      await code.command('hearth.environments.focus');
      await widenSidebar(code, 480);
      for (const pane of ['Work', 'Repository', 'Activity']) {
        const header = code.page.locator('.pane-header[aria-expanded="true"]', { hasText: pane });
        if ((await header.count()) > 0) await header.click();
      }
      const row = (text: string) => code.page.locator('.pane-body [role="treeitem"]', { hasText: text });
      await row('staging').filter({ hasText: '1 failing' }).waitFor();
      await row('web').first().locator('.monaco-tl-twistie').click();
      await row('Deploy the pages and the catalogue').first().waitFor();
      await code.page.waitForFunction(annotated);
      await code.page.locator('.statusbar-item', { hasText: 'staging 1/2' }).hover();
      await code.page.locator('.monaco-hover', { hasText: 'healthy' }).waitFor();
    },
  },
  {
    name: 'deployment',
    docker: true,
    async arrange(code, folder) {
      const run = await writeDeployments(code, folder);
      await code.command('workbench.action.closeSidebar');
      await code.command('hearth.deploy.openPanel', { repository: folder, run });
      const panel = await code.webview();
      await panel.getByText('live').first().waitFor();
      await panel.locator('.progress-line:not([role])').waitFor({ state: 'attached' });
    },
  },
  {
    name: 'breadth',
    docker: true,
    async arrange(code, folder) {
      const run = await writeBreadth(code, folder);
      await code.command('hearth.environments.focus');
      await widenSidebar(code, 480);
      for (const pane of ['Work', 'Repository', 'Activity', 'Services']) {
        const header = code.page.locator('.pane-header[aria-expanded="true"]', { hasText: pane });
        if ((await header.count()) > 0) await header.click();
      }
      await code.command('hearth.deploy.openPanel', { repository: folder, run, service: 'web' });
      const panel = await code.webview();
      await panel.locator('.part.smoke').waitFor();
      await code.page.locator('.pane-body [role="treeitem"]', { hasText: 'static site' }).waitFor();
      await panel.locator('.progress-line:not([role])').waitFor({ state: 'attached' });
    },
  },
  {
    name: 'output',
    docker: true,
    async arrange(code, folder) {
      await writeBreadth(code, folder);
      await code.command('workbench.action.closeSidebar');
      await code.command('hearth.runtime.output', { repository: folder, environment: 'preview' });
      const panel = await code.webview();
      await panel.locator('.log-row', { hasText: 'waits' }).first().waitFor();
      await panel.locator('#find').fill('waits');
      await panel.locator('.log-row.current').waitFor();
    },
  },
  {
    name: 'resources',
    docker: true,
    async arrange(code, folder) {
      await writeBreadth(code, folder);
      await code.command('workbench.action.closeSidebar');
      await code.command('hearth.runtime.resources', { repository: folder, environment: 'preview' });
      const panel = await code.webview();
      await panel.locator('.amounts').waitFor();
      // Lines of what was used need some looks.
      await code.page.waitForTimeout(20_000);
    },
  },
  {
    name: 'service',
    docker: true,
    async arrange(code, folder) {
      await writeMonitors(code, folder);
      await code.command('workbench.action.closeSidebar');
      await code.command('hearth.monitor.openService', { repository: folder, service: 'web', monitor: 'home' });
      const panel = await code.webview();
      await panel.locator('.chart-place canvas').waitFor();
      await panel.locator('.progress-line:not([role])').waitFor({ state: 'attached' });
    },
  },
  {
    name: 'services',
    docker: true,
    async arrange(code, folder) {
      await breakShop(code, folder);
      const line = readFileSync(join(folder, 'hearth.yaml'), 'utf8').split('\n').indexOf('monitors:');
      await openAt(code, join(folder, 'hearth.yaml'), line);
      await code.command('hearth.services.focus');
      await widenSidebar(code, 480);
      for (const pane of ['Work', 'Repository', 'Activity', 'Environments']) {
        const header = code.page.locator('.pane-header[aria-expanded="true"]', { hasText: pane });
        if ((await header.count()) > 0) await header.click();
      }
      const row = (text: string) => code.page.locator('.pane-body [role="treeitem"]', { hasText: text });
      await row('I-1').first().waitFor();
      await row('web').filter({ hasText: 'down' }).first().waitFor();
    },
  },
  {
    name: 'incident',
    docker: true,
    async arrange(code, folder) {
      await breakShop(code, folder);
      await code.command('workbench.action.closeSidebar');
      const known = { repository: folder, incident: 'I-1' };
      await send(code, 'incident/update', { ...known, acknowledge: true });
      await send(code, 'incident/update', { ...known, note: 'Customers see an error since the express pages went out. Rolling back.' });
      await code.command('hearth.incident.open', known);
      const panel = await code.webview();
      await panel.locator('.suspect').first().waitFor();
      await panel.locator('.progress-line:not([role])').waitFor({ state: 'attached' });
    },
  },
  {
    name: 'map',
    docker: true,
    async arrange(code, folder) {
      await breakShop(code, folder);
      await code.command('workbench.action.closeSidebar');
      await code.command('hearth.catalog.openMap', { repository: folder, service: 'payments' });
      const panel = await code.webview();
      await panel.locator('.service.impacted').first().waitFor();
    },
  },
];

const sessionSource = `/** Who is signed in, kept for ten minutes. */
export class Sessions {
  private readonly kept = new Map<string, { user: string; until: number }>();

  find(id: string): string | undefined {
    const found = this.kept.get(id);
    return found !== undefined && found.until > Date.now() ? found.user : undefined;
  }
}
`;

/** Opens a file with the cursor on a 0-based line, in the middle. */
async function openAt(code: Vscode, file: string, line: number): Promise<void> {
  await code.evaluate(
    async (vscode, path, row) => {
      const editor = await vscode.window.showTextDocument(vscode.Uri.file(path));
      const position = new vscode.Position(row, 4);
      editor.selection = new vscode.Selection(position, position);
      editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenter);
    },
    file,
    line,
  );
}

/** Drags the sidebar's edge to `x`. */
async function widenSidebar({ page }: Vscode, x: number): Promise<void> {
  const { x: left = 0, y = 0, width = 0, height = 0 } = (await page.locator('.part.sidebar').boundingBox()) ?? {};
  await page.mouse.move(left + width + 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x, y + height / 2, { steps: 5 });
  await page.mouse.up();
}

/** Runs in the page: whether a decoration says how old something is. */
function annotated(): boolean {
  return [...document.querySelectorAll('.monaco-editor .view-line span')].some((element) =>
    ['::before', '::after'].some((side) => / ago/.test(getComputedStyle(element, side).content.replaceAll('\u00a0', ' '))),
  );
}
