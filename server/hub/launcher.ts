import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from './prepareHome.ts';
import { isNewer } from './versionOrder.ts';

/** What `HEARTH_HOME/bin/hearth` starts. */
interface Target {
  readonly version: string;
  /** `dist/cli.js` of that version. */
  readonly program: string;
  /** Node, or VS Code's own executable, which is one when it is told so. */
  readonly runtime: string;
}

/**
 * Writes `HEARTH_HOME/bin/hearth`, which terminals and git hooks call: it names the newest version that is installed and a runtime for
 * it. By rename, so that who runs it reads the old one or the new one; never over a newer version that is still there.
 * Answers whether it was written.
 */
export function writeLauncher(home: string, target: Target, platform: NodeJS.Platform = process.platform): boolean {
  const folder = path.join(home, 'bin');
  const file = path.join(folder, platform === 'win32' ? 'hearth.cmd' : 'hearth');
  const text = platform === 'win32' ? batchText(target) : shellText(target);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (before === text || (isNewer(versionIn(before), target.version) && existsSync(programIn(before)))) return false;
  makeFolder(folder);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o755 });
    chmodSync(temporary, 0o755);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
  return true;
}

/** Both kinds name version and program on lines of their own, in a comment. */
const head = ({ version, program }: Target): string[] => [
  `hearth ${version}`,
  `program ${program}`,
  'Hearth writes this file anew with each version.',
];

function versionIn(text: string): string {
  return /^(?:#|rem) hearth (\S+)\r?$/m.exec(text)?.[1] ?? '0.0.0';
}

function programIn(text: string): string {
  return /^(?:#|rem) program (.+?)\r?$/m.exec(text)?.[1] ?? '';
}

const gone = 'Hearth is not installed any more where this command expects it; open a window of VS Code that has it.';

function shellText(target: Target): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    '#!/bin/sh',
    ...head(target).map((line) => `# ${line}`),
    `runtime=${quoted(target.runtime)}`,
    `program=${quoted(target.program)}`,
    'if [ ! -x "$runtime" ] || [ ! -f "$program" ]; then',
    `  echo "hearth: ${gone}" >&2`,
    '  exit 127',
    'fi',
    '# Git waits for its hooks: a smaller program runs them.',
    'case "${1-} ${2-} ${3-}" in "hook run "[a-z]*) [ ! -f "${program%/*}/hook.js" ] || program="${program%/*}/hook.js" ;; esac',
    'ELECTRON_RUN_AS_NODE=1 exec "$runtime" "$program" "$@"',
    '',
  ].join('\n');
}

function batchText(target: Target): string {
  const quoted = (text: string) => `"${text.replaceAll('%', '%%')}"`;
  return [
    '@echo off',
    ...head(target).map((line) => `rem ${line}`),
    'setlocal',
    'set ELECTRON_RUN_AS_NODE=1',
    `if not exist ${quoted(target.runtime)} goto gone`,
    `if not exist ${quoted(target.program)} goto gone`,
    `${quoted(target.runtime)} ${quoted(target.program)} %*`,
    'exit /b %errorlevel%',
    ':gone',
    `echo hearth: ${gone} 1>&2`,
    'exit /b 127',
    '',
  ].join('\r\n');
}
