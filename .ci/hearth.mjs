// `npm run -s hearth -- …` in a clone: installs and builds when needed (on standard error), then runs the CLI.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const cli = path.join(root, 'dist/cli.js');

function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) newest = Math.max(newest, statSync(path.join(entry.parentPath, entry.name)).mtimeMs);
  }
  return newest;
}

function quietly(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(path.join(root, 'node_modules/esbuild'))) quietly('npm', ['ci', '--no-audit', '--no-fund']);
if (!existsSync(cli) || statSync(cli).mtimeMs < newestSource(path.join(root, 'server'))) quietly(process.execPath, ['esbuild.mjs']);
// npm changes to the package's folder; paths are relative to where the person stood.
const cwd = process.env.INIT_CWD ?? process.cwd();
const { status, signal } = spawnSync(process.execPath, [cli, ...process.argv.slice(2)], { stdio: 'inherit', cwd });
process.exitCode = signal === null ? (status ?? 1) : 130;
