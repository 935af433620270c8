// Opens a VS Code page in a headless Chromium.
//
//   const browser = await openBrowser();
//   const { page, suite } = await openPage(browser, server.url({ folder }));
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { provisionBrowser } from './provision.ts';

export interface OpenPage {
  page: Page;
  context: BrowserContext;
  /** Exit code of the suite named by `extensionTestsPath`, when it ends. Rejects when the page crashes. */
  suite: Promise<number>;
  /** Everything the page and the extension host wrote to their consoles, newest last. */
  log: string[];
}

export async function openBrowser(): Promise<Browser> {
  const { executablePath, args, env } = await provisionBrowser();
  return chromium.launch({ executablePath, args, headless: true, env: { ...(process.env as Record<string, string>), ...env } });
}

export interface PageOptions {
  viewport?: { width: number; height: number };
  /** Called with each line as it arrives. */
  onLog?: (line: string) => void;
}

export async function openPage(browser: Browser, address: string, options: PageOptions = {}): Promise<OpenPage> {
  const viewport = options.viewport ?? { width: 1280, height: 800 };
  const context = await browser.newContext({ viewport, permissions: ['clipboard-read', 'clipboard-write'] });
  // Twice as long as Playwright waits by itself: also for a suite that says nothing.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const log: string[] = [];
  const write = (line: string): void => {
    log.push(line);
    if (log.length > 5000) log.splice(0, 1000);
    options.onLog?.(line);
  };
  page.on('console', (message) => write(`page ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => write(`page error: ${error.message}`));
  const suite = new Promise<number>((resolve, reject) => {
    page.on('crash', () => {
      write('page error: the page crashed');
      reject(new Error(`the page crashed:\n${log.slice(-20).join('\n')}`));
      void context.close(); // whoever waits for something on it fails now, and not after a time limit
    });
    // VS Code calls these two when a suite runs: `type` is the console's method, the exit code is the suite's result.
    const ready = Promise.all([
      page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) => write(`${type}: ${args.map(String).join(' ')}`)),
      page.exposeFunction('codeAutomationExit', (code: number) => resolve(code)),
    ]);
    ready.then(() => page.goto(address, { timeout: 90_000 })).catch(reject);
  });
  suite.catch(() => {}); // a caller that does not wait for the suite must not die of it
  await page.waitForSelector('.monaco-workbench', { timeout: 120_000 });
  return { page, context, suite, log };
}
