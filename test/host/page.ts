// Ring 2: a real VS Code window for a Playwright test, with a way to call the extension API from the test.
//
//   const code = await openVscode({ folder, settings: { 'workbench.colorTheme': 'Default Light Modern' } });
//   await code.evaluate(async (vscode, path) => { await vscode.window.showTextDocument(vscode.Uri.file(path)); }, '/abs/file.ts');
//   await code.page.keyboard.press('F1');
//   const panel = await code.webview();              // FrameLocator of Hearth's panel: panel.locator('…')
//   await code.close();
//
// The function given to `evaluate` runs in the extension host: it sees only its parameters (JSON) and `require`-free globals.
// Modal dialogs throw in this ring (VS Code's rule for suites); real modals belong to ring 3 (vsix.ts).
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import type * as vscode from 'vscode';
import { openBrowser, openPage } from './browser.ts';
import { bundleForHost, repository } from './bundle.ts';
import { testEnvironment } from './environment.ts';
import { temporaryFolder } from './provision.ts';
import { hearthLog, startServer } from './server.ts';

export interface VscodeOptions {
  folder?: string;
  /** A `.code-workspace` file instead of a folder. */
  workspace?: string;
  settings?: Record<string, unknown>;
  /** Defaults to this repository, which must be built. */
  extensionPath?: string;
  /** Folders of more extensions, which count as installed. */
  otherExtensions?: string[];
  /** Further environment of the extension host and what it starts; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  viewport?: { width: number; height: number };
  /** Workspace trust as in real life; otherwise everything is trusted. */
  trust?: boolean;
}

/** One window: its page, and its extension host. */
export interface VscodeWindow {
  page: Page;
  /** Runs `run(vscode, ...args)` in the extension host; arguments and result travel as JSON. */
  evaluate<Args extends unknown[], Result>(
    run: (api: typeof vscode, ...args: Args) => Result | PromiseLike<Result>,
    ...args: Args
  ): Promise<Result>;
  /** The content of a webview panel or view of Hearth, once it is loaded (the first one takes seconds). */
  webview(extensionId?: string): Promise<FrameLocator>;
  /** Runs a command by its id. */
  command(id: string, ...args: unknown[]): Promise<unknown>;
  /** Loads the page anew, as a person does with F5 or *Reload Window*: another extension host, the same server. */
  reload(): Promise<void>;
  /** Lines of the page's and the extension host's console. */
  log: string[];
}

export interface Vscode extends VscodeWindow {
  /** Another window on the same server: other folders, the same user, settings and HEARTH_HOME. */
  openWindow(target: { folder?: string; workspace?: string }): Promise<VscodeWindow>;
  /** What Hearth wrote to its output channel so far. */
  hearthLog(): string;
  /** Process id of the VS Code server: the extension host and Hearth's server are below it. */
  serverPid: number;
  /** HEARTH_HOME of the window. */
  home: string;
  close(): Promise<void>;
}

export async function openVscode(options: VscodeOptions): Promise<Vscode> {
  const scratch = temporaryFolder('page');
  const bundle = await bundleForHost([join(repository, 'test/host/pendingSuite.ts')]);
  const { env, extensionEnvironment, home, remove } = testEnvironment();
  const clean: (() => unknown)[] = [remove, bundle.remove, () => rmSync(scratch, { recursive: true, force: true, maxRetries: 10 })];
  const close = async (): Promise<void> => {
    while (clean.length > 0) await clean.pop()?.();
  };
  try {
    const others = options.otherExtensions ?? [];
    const dataFolder = join(scratch, 'data');
    for (const [index, folder] of others.entries()) cpSync(folder, join(dataFolder, 'extensions', `other-${index}`), { recursive: true });
    const server = await startServer({
      ...(others.length > 0 ? { dataFolder } : {}),
      trust: options.trust ?? false,
      driver: true,
      settings: options.settings ?? {},
      env: { ...env, ...options.env },
    });
    clean.push(server.close);
    const browser: Browser = await openBrowser();
    clean.push(() => browser.close());
    let windows = 0;
    const openWindow = async (target: { folder?: string; workspace?: string }): Promise<VscodeWindow> => {
      const announcement = join(scratch, `pending-${++windows}.json`);
      const address = server.url({
        ...target,
        extensionDevelopmentPath: [options.extensionPath ?? repository],
        extensionTestsPath: bundle.files[0] ?? '',
        extensionEnvironment: { ...extensionEnvironment, HEARTH_PENDING_SUITE: announcement },
      });
      const { window, end } = await windowAt(browser, address, announcement, options.viewport);
      clean.push(end);
      return window;
    };
    const { folder, workspace } = options;
    const first = await openWindow({ ...(folder ? { folder } : {}), ...(workspace ? { workspace } : {}) });
    return { ...first, close, openWindow, hearthLog: () => hearthLog(server.dataFolder), serverPid: server.pid, home };
  } catch (error) {
    await close();
    throw error;
  }
}

async function windowAt(
  browser: Browser,
  address: string,
  announcement: string,
  viewport: VscodeOptions['viewport'],
): Promise<{ window: VscodeWindow; end(): Promise<void> }> {
  const { page, suite, log } = await openPage(browser, address, viewport ? { viewport } : {});
  let host = await connect(announcement, suite, log);
  const window: VscodeWindow = {
    page,
    log,
    evaluate: (run, ...args) => host.call(run.toString(), args) as Promise<never>,
    command: (id, ...args) =>
      host.call('(vscode, id, args) => vscode.commands.executeCommand(id, ...args).then((value) => value ?? null)', [id, args]),
    webview: (extensionId = 'hearth-dev.hearth') =>
      webviewOf(page, extensionId).catch(async (error: Error) => {
        const frames = await page
          .locator('iframe.webview')
          .evaluateAll((all) => all.map(({ className, style }) => `${className}: ${style.cssText}`));
        const said = log.filter((line) => /webview|service ?worker/i.test(line)).slice(-10);
        throw new Error([error.message, ...frames, ...page.frames().map((frame) => frame.url()), ...said].join('\n'));
      }),
    reload: async () => {
      rmSync(announcement, { force: true });
      // The window's own reload: it writes what is open first. The answer goes down with the extension host.
      const loaded = page.waitForEvent('load', { timeout: 90_000 });
      host.call('(vscode) => void vscode.commands.executeCommand("workbench.action.reloadWindow")', []).catch(() => {});
      await loaded;
      // The suite of the extension host before it has ended, or will.
      host = await connect(announcement, new Promise(() => {}), log);
    },
  };
  // A clean end: the suite returns, extensions deactivate, processes they started end by themselves.
  const end = async (): Promise<void> => {
    if (await host.end()) await Promise.race([suite.catch(() => 0), new Promise((resolve) => setTimeout(resolve, 20_000))]);
  };
  return { window, end };
}

/** Resolves when the window hears of files in a folder: VS Code begins to watch a moment after it has opened it. */
export async function hearsOfFiles({ evaluate }: VscodeWindow, folder: string): Promise<void> {
  let waiting = true;
  const heard = evaluate(
    (vscode, path) =>
      new Promise<void>((resolve) => {
        const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(vscode.Uri.file(path), 'is-it-heard'));
        const hear = (): void => {
          watcher.dispose();
          resolve();
        };
        watcher.onDidCreate(hear);
        watcher.onDidChange(hear);
      }),
    folder,
  ).finally(() => {
    waiting = false;
  });
  const probe = join(folder, 'is-it-heard');
  for (let tries = 0; waiting && tries < 1200; tries++) {
    writeFileSync(probe, String(tries));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  rmSync(probe);
  if (waiting) throw new Error(`VS Code does not watch ${folder}`);
  await heard;
}

/** The innermost frame of an extension's visible webview; waits up to 90 s for it. For pages of ring 3 too. */
export async function webviewOf(page: Page, extensionId: string): Promise<FrameLocator> {
  const outer = `iframe.webview.ready[src*="extensionId=${extensionId}"]:visible`;
  await page.locator(outer).first().waitFor({ timeout: 90_000 });
  const inner = page.frameLocator(outer).first().frameLocator('#active-frame');
  await inner.locator('body').waitFor({ timeout: 90_000 });
  return inner;
}

interface Connection {
  call(source: string, args: unknown[]): Promise<unknown>;
  /** True when the suite was told to end. */
  end(): Promise<boolean>;
}

async function connect(announcement: string, suite: Promise<number>, log: string[]): Promise<Connection> {
  let ended: string | undefined;
  suite.then(
    (code) => (ended = `the suite ended with ${code}`),
    (error: Error) => (ended = error.message),
  );
  for (let tries = 0; !existsSync(announcement); tries++) {
    if (ended !== undefined || tries > 1200)
      throw new Error(`The extension host did not come up: ${ended ?? 'no answer in 120 s'}\n${log.slice(-20).join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { port, token } = JSON.parse(readFileSync(announcement, 'utf8')) as { port: number; token: string };
  const post = (path: string, body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: { authorization: token }, body });
  return {
    async call(source, args) {
      const response = await post('/', JSON.stringify({ source, args }));
      const { value, error } = (await response.json()) as { value?: unknown; error?: string };
      if (error !== undefined) throw new Error(`in the extension host: ${error}`);
      return value;
    },
    end: () =>
      post('/end', '').then(
        () => true,
        () => false,
      ),
  };
}
