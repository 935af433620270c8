// What `npm start` and `npm test` do first, on whatever Node ≥ 20 the machine has and before anything is installed: install the
// packages, build, and go on with the project's own Node. Only built-in modules may be imported here.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');
const windows = process.platform === 'win32';

/** Installs and builds (HEARTH_BUILT=1: dist/ is as wanted); ends the process with a message when that fails. */
export function prepare() {
  if (Number(process.versions.node.split('.')[0]) < 20) stop(`Node 20 or newer is needed, this is ${process.versions.node}.`);
  if (!installed()) {
    console.error('Installing packages …');
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 2, 2], shell: windows });
    if (status !== 0) stop('npm ci failed.');
  }
  if (process.env.HEARTH_BUILT === '1') return;
  const { status } = spawnSync(projectNode(), ['esbuild.mjs'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) stop('The build failed.');
}

/** Runs a TypeScript file of the project on its own Node, with our terminal and signals; resolves to the exit code. */
export function hand(file, args, env = {}) {
  const child = spawn(projectNode(), ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', join(root, file), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, HEARTH_BUILT: '1', ...env },
  });
  // Ctrl+C reaches the child by itself (same terminal); a signal sent to us alone must be passed on. We stay until it is gone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => stop(error.message));
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

function projectNode() {
  return join(root, 'node_modules/node/bin', windows ? 'node.exe' : 'node');
}

/** Compares versions, not file times: a checkout touches the lockfile, and npm writes its own record before it. */
function installed() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record) || !existsSync(projectNode())) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional, devOptional, peer }]) => {
    if (path === '' || present[path]?.version === version) return true;
    return present[path] === undefined && Boolean(optional || devOptional || peer);
  });
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
