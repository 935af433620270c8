// Finds or installs what a test needs and a bare machine lacks: a VS Code that runs as a web server, and a browser to look at it.
//
//   const vscode = await provisionVscode();    // folder with out/server-main.js
//   const browser = await provisionBrowser();  // { executablePath, args, env }
//
// Everything goes into one cache folder outside the repository ($HEARTH_CACHE, else $XDG_CACHE_HOME/hearth, else ~/.cache/hearth).
// Installing is atomic (temporary folder, then rename), so two test runs may start at once on a machine that has nothing.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The npm package code-server 4.x carries VS Code 1.x in `lib/vscode`; only that folder is used, never code-server itself. */
const vscodeVersion = '4.139.1';
const chromiumVersion = '153.0.0';

export interface BrowserProgram {
  executablePath: string;
  args: string[];
  env: Record<string, string>;
}

export function cacheFolder(): string {
  const folder = process.env['HEARTH_CACHE'] || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hearth');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Folder of a VS Code server (`out/server-main.js` in it), installed from npm when missing: about 10 s and 600 MB, once. */
export async function provisionVscode(): Promise<string> {
  const inside = 'node_modules/code-server/lib/vscode';
  const root = await installOnce(
    'code-server',
    (folder) => isVscode(folder),
    async (folder) => {
      console.error(`Installing VS Code for tests (code-server ${vscodeVersion} from npm) into ${cacheFolder()} …`);
      await npmInstall(folder, `code-server@${vscodeVersion}`);
      const vscode = join(folder, inside);
      await npm(vscode, ['install', '--omit=dev', '--ignore-scripts']);
      await npm(join(vscode, 'extensions'), ['install', '--omit=dev', '--ignore-scripts']);
    },
  );
  const vscode = join(root, inside);
  replaceFile(join(vscode, 'node_modules/@vscode/spdlog/index.js'), readFileSync(new URL('./spdlog.cjs', import.meta.url), 'utf8'));
  // The native watchdog ends an extension host whose parent hangs; orphanGuard.mjs does that here.
  replaceFile(
    join(vscode, 'node_modules/@vscode/native-watchdog/index.js'),
    'exports.start = () => {};\nexports.exit = (code) => process.exit(code || 0);\n',
  );
  return vscode;

  function isVscode(folder: string): boolean {
    const vscode = join(folder, inside);
    return (
      packageVersion(join(folder, 'node_modules/code-server')) === vscodeVersion &&
      ['out/server-main.js', 'node_modules/yauzl', 'extensions/node_modules/typescript'].every((path) => existsSync(join(vscode, path)))
    );
  }
}

/** A Chromium: $HEARTH_TEST_BROWSER, else one on PATH, else the npm package that carries the binary (Linux x64 only). */
export async function provisionBrowser(): Promise<BrowserProgram> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'];
  // Root (containers, CI) cannot use the browser's sandbox; only pages of our own loopback server are ever opened.
  const args = [...quiet, '--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  const named = process.env['HEARTH_TEST_BROWSER'];
  if (named) {
    accessSync(named, constants.X_OK);
    return { executablePath: named, args, env: {} };
  }
  const found = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map(onPath).find((path) => path !== undefined);
  return found ? { executablePath: found, args, env: {} } : packagedBrowser(args);
}

async function packagedBrowser(args: string[]): Promise<BrowserProgram> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('No Chromium found on PATH. Install one or name it in HEARTH_TEST_BROWSER.');
  }
  const root = await installOnce(
    'chromium',
    (folder) => existsSync(join(folder, 'ready')),
    async (folder) => {
      console.error(`Installing a browser for tests (@sparticuz/chromium ${chromiumVersion} from npm) into ${cacheFolder()} …`);
      await npmInstall(folder, `@sparticuz/chromium@${chromiumVersion}`);
      // The package unpacks into the temporary folder, and its own NSS libraries only where it believes to be on AWS Lambda.
      const unpacked = join(folder, 'unpacked');
      mkdirSync(unpacked);
      const entry = pathToFileURL(join(folder, 'node_modules/@sparticuz/chromium/build/index.js')).href;
      const script = `const { default: chromium } = await import(${JSON.stringify(entry)}); await chromium.executablePath();`;
      await run(process.execPath, ['--input-type=module', '-e', script], folder, {
        ...process.env,
        TMPDIR: unpacked,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      });
      rmSync(join(folder, 'node_modules/@sparticuz/chromium/bin'), { recursive: true });
      writeFileSync(join(folder, 'ready'), chromiumVersion);
    },
  );
  const unpacked = join(root, 'unpacked');
  // The package's own file names folders of AWS Lambda; a Chromium that finds no font at all crashes at the first line of code.
  const fonts = ['/usr/share/fonts', '/usr/local/share/fonts', join(unpacked, 'fonts')].map((path) => `<dir>${path}</dir>`).join('');
  replaceFile(
    join(unpacked, 'fonts/fonts.conf'),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${fonts}<cachedir>${join(root, 'font-cache')}</cachedir></fontconfig>\n`,
  );
  return {
    executablePath: join(unpacked, 'chromium'),
    args: [
      ...args.filter((arg) => arg !== '--disable-gpu'),
      '--no-sandbox',
      '--no-zygote',
      '--use-gl=angle',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
    ],
    env: { LD_LIBRARY_PATH: join(unpacked, 'al2023/lib'), FONTCONFIG_PATH: join(unpacked, 'fonts') },
  };
}

/**
 * `cache/name`, made by `install` in a temporary folder beside it and renamed when whole. Another process may win the race: then its
 * folder is used and ours removed. A folder that is not `ready` (old version, half deleted) is replaced.
 */
async function installOnce(name: string, ready: (folder: string) => boolean, install: (folder: string) => Promise<void>): Promise<string> {
  const target = join(cacheFolder(), name);
  if (ready(target)) return target;
  const suffix = `${process.pid}-${Math.random().toString(36).slice(2)}`;
  const fresh = `${target}.new-${suffix}`;
  mkdirSync(fresh, { recursive: true });
  try {
    await install(fresh);
    if (!ready(fresh)) throw new Error(`${name} is incomplete after installing it into ${fresh}`);
    if (ready(target)) return target;
    if (existsSync(target)) {
      const old = `${target}.old-${suffix}`;
      renameSync(target, old);
      rmSync(old, { recursive: true, force: true });
    }
    try {
      renameSync(fresh, target);
    } catch (error) {
      if (!ready(target)) throw error;
    }
    return target;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function npmInstall(folder: string, what: string): Promise<void> {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'hearth-test-tools', private: true }));
  await npm(folder, ['install', '--ignore-scripts', '--save-exact', what]);
}

async function npm(folder: string, args: string[]): Promise<void> {
  // Under `npm test` the outer npm tells its children about its own project; a nested npm must not take that for its own.
  const foreign = /^npm_(package|lifecycle|command|execpath|node_execpath|config_(local_prefix|global_prefix|prefix|omit))/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  await run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], folder, env);
}

function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${args.join(' ')} failed (${code}) in ${cwd}\n${output.slice(-3000)}`)),
    );
  });
}

/** By rename, because another run may be reading the file. */
function replaceFile(path: string, content: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return;
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, content);
  renameSync(fresh, path);
}

function packageVersion(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

export function onPath(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      if (folder) accessSync(path, constants.X_OK);
      else continue;
      return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

const temporary = new Set<string>();

/**
 * A fresh folder under the temporary folder; the caller removes it, and whatever is left goes when this process exits. Kept short,
 * because socket paths are limited to about 100 bytes.
 */
export function temporaryFolder(name: string): string {
  const folder = join(tmpdir(), `hearth-${name}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  removeAtExit(folder);
  return folder;
}

export function removeAtExit(folder: string): void {
  if (temporary.size === 0) {
    process.on('exit', () => {
      for (const each of temporary) rmSync(each, { recursive: true, force: true, maxRetries: 3 });
    });
  }
  temporary.add(folder);
}
