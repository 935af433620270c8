// Starts and stops a real VS Code as a web server on loopback, with its own data folder, settings and connection token.
//
//   const server = await startServer({ trust: true, settings: {}, driver: false });
//   server.url({ folder: '/abs/repo' });   // page address with the token
//   await server.close();                  // also called on every exit path of this process
//
// `driver: true` lets the page load an extension under development and a test suite (see `payload`); without it VS Code ignores both.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { provisionVscode, temporaryFolder } from './provision.ts';

export interface ServerOptions {
  /** Workspace trust as in real life (unknown folders open in Restricted Mode). `false` trusts everything. */
  trust: boolean;
  /** Allows `extensionDevelopmentPath` and `extensionTestsPath` in the page address. */
  driver: boolean;
  /** User settings on top of `quietSettings`. */
  settings?: Record<string, unknown>;
  /** Kept when given, else temporary and removed by `close`. */
  dataFolder?: string;
  /** Extra environment of the server, hence of the extension host and everything it starts. */
  env?: Record<string, string | undefined>;
  /** Where VS Code's own messages go; they are mostly noise. */
  onOutput?: (line: string) => void;
}

export interface PageTarget {
  folder?: string;
  /** A `.code-workspace` file. */
  workspace?: string;
  /** Needs `driver`. */
  extensionDevelopmentPath?: string[];
  extensionTestsPath?: string;
  extensionEnvironment?: Record<string, string>;
}

export interface VscodeServer {
  port: number;
  pid: number;
  dataFolder: string;
  /** Address of the page. Contains the connection token, which becomes a cookie on the first visit. */
  url(target: PageTarget): string;
  /** Ends the server and all its children; resolves when they are gone. */
  close(): Promise<void>;
}

/** Nothing opens by itself, nothing reaches out to the network, nothing runs in the background. */
export const quietSettings: Record<string, unknown> = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'telemetry.telemetryLevel': 'off',
  'git.autorefresh': false,
  'git.autofetch': false,
  'git.openRepositoryInParentFolders': 'never',
  'git.blame.editorDecoration.enabled': false,
  'git.blame.statusBarItem.enabled': false,
  'typescript.disableAutomaticTypeAcquisition': true,
  'npm.fetchOnlinePackageInfo': false,
  'json.schemaDownload.enable': false,
  'window.restoreWindows': 'none',
  'remote.autoForwardPorts': false,
  'files.hotExit': 'off',
  // The page sits in a headless browser without a file dialog of the desktop; the simple one works everywhere.
  'files.simpleDialog.enable': true,
};

const guard = fileURLToPath(new URL('./orphanGuard.mjs', import.meta.url));
const open = new Set<() => void>();
let exitHandlers = false;

export async function startServer(options: ServerOptions): Promise<VscodeServer> {
  const vscode = await provisionVscode();
  const dataFolder = options.dataFolder ?? temporaryFolder('vscode');
  writeSettings(dataFolder, { ...quietSettings, ...options.settings });
  const tokenFile = join(dataFolder, 'token');
  const token = randomBytes(24).toString('hex');
  writeFileSync(tokenFile, token, { mode: 0o600 });

  const args = [
    '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
    '--import',
    guard,
    join(vscode, 'out/server-main.js'),
    ...serverArguments(dataFolder, tokenFile),
  ];
  if (!options.trust) args.push('--disable-workspace-trust');
  if (options.driver) args.push('--enable-smoke-test-driver');
  const child = spawn(process.execPath, args, {
    // Its own process group, so that everything the extension host starts can be ended with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...serverEnvironment(), ...options.env },
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error('VS Code did not start');

  let ended = false;
  const killNow = (): void => {
    if (!ended) killGroup(pid, 'SIGKILL');
    if (options.dataFolder === undefined) rmSync(dataFolder, { recursive: true, force: true, maxRetries: 10 });
  };
  onEveryExit(killNow);
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      ended = true;
      resolve();
    }),
  );
  const close = async (): Promise<void> => {
    await extensionHostsGone(pid);
    killGroup(pid, 'SIGTERM');
    const timer = setTimeout(() => killGroup(pid, 'SIGKILL'), 15_000);
    await gone;
    clearTimeout(timer);
    killGroup(pid, 'SIGKILL'); // what a child of the extension host left behind
    open.delete(killNow);
    if (options.dataFolder === undefined) rmSync(dataFolder, { recursive: true, force: true, maxRetries: 10 });
  };

  try {
    const port = await listening(child.stdout, child.stderr, gone, options.onOutput);
    return { port, pid, dataFolder, close, url: (target) => pageAddress(port, token, target) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs the server program once to install a packaged extension into `dataFolder`, as a user's `code --install-extension` does. */
export async function installExtension(dataFolder: string, vsixFile: string): Promise<void> {
  const vscode = await provisionVscode();
  const args = [
    join(vscode, 'out/server-main.js'),
    '--accept-server-license-terms',
    '--server-data-dir',
    dataFolder,
    '--install-extension',
    vsixFile,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: serverEnvironment() });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0 || !output.includes('was successfully installed')) throw new Error(`Installing ${vsixFile} failed (${code}):\n${output}`);
}

export function writeSettings(dataFolder: string, settings: Record<string, unknown>): void {
  const folder = join(dataFolder, 'data/User');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings, undefined, 2));
}

/** What Hearth wrote to its output channel in all windows of this server, and errors of the extension host (a failed activation). */
export function hearthLog(dataFolder: string): string {
  const logs = join(dataFolder, 'data/logs');
  if (!existsSync(logs)) return '';
  const files = readdirSync(logs, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.log'));
  const read = (path: string): string => readFileSync(join(logs, path), 'utf8');
  const own = files.filter((path) => path.includes('hearth-dev.hearth')).map(read);
  const host = files.filter((path) => path.endsWith('remoteexthost.log')).map(read);
  const errors = host.flatMap((text) => text.split('\n').filter((line) => line.includes('[error]')));
  return [...own, ...errors].join('\n');
}

function serverArguments(dataFolder: string, tokenFile: string): string[] {
  return [
    ...['--host', '127.0.0.1', '--port', '0', '--connection-token-file', tokenFile],
    ...['--accept-server-license-terms', '--server-data-dir', dataFolder, '--telemetry-level', 'off'],
    '--force-disable-user-env', // the environment we give, not the one of a login shell
  ];
}

/** Our environment without what would confuse it: another VS Code's terminal, npm's hints, this process's coverage folder. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|VITEST|NODE_OPTIONS$|NODE_V8_COVERAGE$)/.test(name)),
  );
  // An empty gallery: nothing is looked up on the network.
  return { ...env, VSCODE_IPC_HOOK_CLI: '', EXTENSIONS_GALLERY: '{}' };
}

function pageAddress(port: number, token: string, target: PageTarget): string {
  const remote = `vscode-remote://127.0.0.1:${port}`;
  const payload: [string, string][] = (target.extensionDevelopmentPath ?? []).map((path) => [
    'extensionDevelopmentPath',
    remote + encodeURI(path),
  ]);
  if (target.extensionTestsPath) payload.push(['extensionTestsPath', remote + encodeURI(target.extensionTestsPath)]);
  if (target.extensionEnvironment) payload.push(['extensionEnvironment', JSON.stringify(target.extensionEnvironment)]);
  if (payload.length > 0) payload.push(['skipWelcome', 'true'], ['skipReleaseNotes', 'true']);
  const query = new URLSearchParams({ tkn: token });
  if (target.folder) query.set('folder', target.folder);
  if (target.workspace) query.set('workspace', target.workspace);
  if (!target.folder && !target.workspace) query.set('ew', 'true');
  if (payload.length > 0) query.set('payload', JSON.stringify(payload));
  return `http://127.0.0.1:${port}/?${query}`;
}

function listening(
  stdout: NodeJS.ReadableStream,
  stderr: NodeJS.ReadableStream,
  gone: Promise<void>,
  onOutput: ((line: string) => void) | undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (data: Buffer): void => {
      const text = data.toString();
      for (const line of text.split('\n')) if (line.trim() !== '') onOutput?.(line);
      if (output.length > 20_000) return;
      output += text;
      const port = /Web UI available at \S+?:(\d+)/.exec(output)?.[1];
      if (port) resolve(Number(port));
    };
    stdout.on('data', read);
    stderr.on('data', read);
    gone.then(() => reject(new Error(`VS Code ended before it listened:\n${output}`)));
  });
}

/**
 * After its page is closed an extension host deactivates its extensions, and Hearth's server ends. Give them that time, so that both end
 * by themselves (and write coverage).
 */
async function extensionHostsGone(pid: number): Promise<void> {
  const ending = (): boolean => groupMembers(pid).some((member) => /--type=extensionHost|dist\/server\.js/.test(commandLine(member)));
  for (let tries = 0; tries < 50 && ending(); tries++) await new Promise((resolve) => setTimeout(resolve, 100));
}

/** Processes of the group that `pid` leads; empty where there is no /proc. */
function groupMembers(pid: number): number[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => {
      try {
        // The name in parentheses may hold anything; after it come state, parent and group.
        return (
          Number(
            readFileSync(`/proc/${each}/stat`, 'utf8')
              .replace(/^.*\) /s, '')
              .split(' ')[2],
          ) === pid
        );
      } catch {
        return false; // ended meanwhile
      }
    });
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // already gone
  }
}

/** Calls `clean` when this process ends for whatever reason it can notice (`orphanGuard.mjs` covers the rest). */
function onEveryExit(clean: () => void): void {
  open.add(clean);
  if (exitHandlers) return;
  exitHandlers = true;
  const cleanAll = (): void => {
    for (const each of open) each();
    open.clear();
  };
  process.on('exit', cleanAll);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => {
      cleanAll();
      process.exit(code);
    });
  }
}
