// `npm start [-- FOLDER]`: the sample repository (or FOLDER) with Hearth in a real VS Code, workspace trust as in real life.
//
// A desktop VS Code (`code` on PATH and a display) is used when there is one, with a profile of its own. Otherwise VS Code runs as a web
// server on loopback and the address is printed; it contains a secret token, because whoever opens it can run programs as you.
// Runs until Ctrl+C. HEARTH_START_ONCE=1 looks at it with a headless browser instead: opens a file of the sample, waits for Hearth's
// blame (in Restricted Mode, as a first visit is), prints "Hearth is running" and ends with 0 (HEARTH_START_SCREENSHOT=FILE keeps a picture).
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createSample } from '../sample/createSample.mjs';
import { endHubAtOnce } from '../support/hubProcess.ts';
import { openBrowser, openPage } from './browser.ts';
import { repository } from './bundle.ts';
import { cacheFolder, onPath } from './provision.ts';
import { hearthLog, quietSettings, startServer, writeSettings } from './server.ts';
import { openFile, waitForDecoration } from './window.ts';

const once = process.env['HEARTH_START_ONCE'] === '1';
const folders = join(cacheFolder(), 'start');
const scratch = join(folders, String(process.pid));
// Ctrl+C is the way to end this, so it is a success. The server is ended on `exit` too (server.ts).
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(0));
process.on('exit', () => {
  endHubAtOnce(join(scratch, 'home'));
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
});
process.exitCode = await main();

async function main(): Promise<number> {
  removeOld();
  const named = process.argv[2];
  const folder = named ? resolve(process.env['INIT_CWD'] ?? '.', named) : join(scratch, 'shop');
  if (!named) await createSample(folder);
  return !once && hasDesktop() ? desktop(folder) : web(folder);
}

async function desktop(folder: string): Promise<number> {
  const user = join(scratch, 'user');
  writeSettings(user, { ...quietSettings, 'files.simpleDialog.enable': false });
  console.log(`Opening ${folder} in VS Code. Close the window or press Ctrl+C to end.`);
  const args = ['--wait', '--new-window', `--extensionDevelopmentPath=${repository}`, `--user-data-dir=${join(user, 'data')}`];
  args.push(`--extensions-dir=${join(scratch, 'extensions')}`, folder);
  const windows = process.platform === 'win32'; // `code` is a batch file there, which only a shell starts
  const child = spawn('code', windows ? args.map((arg) => `"${arg}"`) : args, { stdio: 'inherit', shell: windows });
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('exit', (code) => done(code ?? 0));
  });
}

async function web(folder: string): Promise<number> {
  const dataFolder = join(scratch, 'data');
  // An installed extension, not one under development: the plain address shows it, and workspace trust applies to it. Being a link, it
  // follows `npm run watch` (reload the window).
  mkdirSync(join(dataFolder, 'extensions'), { recursive: true });
  symlinkSync(repository, join(dataFolder, 'extensions', 'hearth-dev.hearth-0.1.0'), 'junction');
  const server = await startServer({
    trust: true,
    driver: false,
    dataFolder,
    env: { HEARTH_HOME: join(scratch, 'home') },
  });
  try {
    const address = server.url({ folder });
    if (once) return await lookOnce(address, dataFolder);
    console.log(
      `\nHearth is open in VS Code at\n\n    ${address}\n\nThe address is a key to this machine: do not share it. Ctrl+C ends it.`,
    );
    // The server ends with this process; a server that ends by itself ends us.
    return await new Promise<number>((done) => {
      const timer = setInterval(() => {
        if (alive(server.pid)) return;
        clearInterval(timer);
        done(1);
      }, 1000);
    });
  } finally {
    await server.close();
  }
}

async function lookOnce(address: string, dataFolder: string): Promise<number> {
  const browser = await openBrowser();
  const { page, log } = await openPage(browser, address);
  try {
    await page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
    await openFile(page, 'src/checkout/checkout.ts');
    const blame = await waitForDecoration(page, /\S+, .* ago|Ada Brandt|Uncommitted/, 60);
    console.log(`Blame of the current line: ${blame.trim()}`);
    console.log('Hearth is running');
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error(`Hearth's log:\n${hearthLog(dataFolder)}\nThe page's log:\n${log.slice(-20).join('\n')}`);
    return 1;
  } finally {
    const picture = process.env['HEARTH_START_SCREENSHOT'];
    if (picture) await page.screenshot({ path: picture });
    await browser.close();
  }
}

function hasDesktop(): boolean {
  const display = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
  return display && onPath(process.platform === 'win32' ? 'code.cmd' : 'code') !== undefined;
}

/** Folders of runs that were killed. */
function removeOld(): void {
  mkdirSync(folders, { recursive: true });
  for (const name of readdirSync(folders)) {
    if (!alive(Number(name))) rmSync(join(folders, name), { recursive: true, force: true, maxRetries: 3 });
  }
  mkdirSync(scratch, { recursive: true });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
