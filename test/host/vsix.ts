// Ring 3: the packaged extension, installed as a user installs it, in a window as a user has it: workspace trust on (an unknown folder
// asks with the real dialog and stays in Restricted Mode until answered), no test driver, no suite, real modals.
//
//   const code = await installVsix({ folder });
//   await (await modal(code.page)).press("No, I don't trust");     // window.ts: modal, trustAuthors, openFile, runCommand, decorationTexts
//   await code.close();
//
// HEARTH_TEST_VSIX names a package to try; otherwise dist/hearth.vsix is packed once (packVsix.ts).
import { rmSync } from 'node:fs';
import type { FrameLocator, Page } from 'playwright-core';
import { openBrowser, openPage } from './browser.ts';
import { testEnvironment } from './environment.ts';
import { webviewOf } from './page.ts';
import { temporaryFolder } from './provision.ts';
import { hearthLog, installExtension, startServer } from './server.ts';

export interface InstalledOptions {
  folder?: string;
  workspace?: string;
  settings?: Record<string, unknown>;
  env?: Record<string, string | undefined>;
}

export interface Installed {
  page: Page;
  /** The content of Hearth's visible webview. */
  webview(): Promise<FrameLocator>;
  log: string[];
  /** What Hearth wrote to its output channel so far. */
  hearthLog(): string;
  serverPid: number;
  /** HEARTH_HOME of its windows. */
  home: string;
  /** Another window on the same server: what a second visit sees (installed extensions, answers to the trust dialog). */
  reopen(folder: string): Promise<Page>;
  close(): Promise<void>;
}

export async function installVsix(options: InstalledOptions): Promise<Installed> {
  const vsix = packaged();
  const dataFolder = temporaryFolder('vsix');
  const { env, home, remove } = testEnvironment();
  const clean: (() => unknown)[] = [remove, () => rmSync(dataFolder, { recursive: true, force: true, maxRetries: 10 })];
  const close = async (): Promise<void> => {
    while (clean.length > 0) await clean.pop()?.();
  };
  try {
    await installExtension(dataFolder, vsix);
    const server = await startServer({
      trust: true,
      driver: false,
      dataFolder,
      // Newer versions of VS Code start restricted without asking; the dialog was the default for long and is the harder case.
      settings: { 'security.workspace.trust.startupPrompt': 'once', ...options.settings },
      env: { ...env, ...options.env },
    });
    clean.push(server.close);
    const browser = await openBrowser();
    clean.push(() => browser.close());
    const target = {
      ...(options.folder ? { folder: options.folder } : {}),
      ...(options.workspace ? { workspace: options.workspace } : {}),
    };
    const { page, log } = await openPage(browser, server.url(target));
    return {
      page,
      log,
      close,
      hearthLog: () => hearthLog(dataFolder),
      serverPid: server.pid,
      home,
      webview: () => webviewOf(page, 'hearth-dev.hearth'),
      reopen: async (folder) => (await openPage(browser, server.url({ folder }))).page,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function packaged(): string {
  const file = process.env['HEARTH_TEST_VSIX'];
  if (!file) throw new Error('HEARTH_TEST_VSIX names no package (packVsix.ts sets it)');
  return file;
}
