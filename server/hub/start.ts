import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import * as z from 'zod/mini';
import { currentGitPath } from '../git/process.ts';
import { type Reason, reasons } from '../protocol/errors.ts';
import { Failure } from '../rpc/failure.ts';

/** The only module of the hub that starts processes: the hub itself, detached, and the system's own programs that name this machine. */

/** What a starting hub says once on its third pipe: it listens, another one owns the home, or why it cannot start. */
export const startReport = z.union([
  z.object({ state: z.enum(['listening', 'another']) }),
  z.object({ state: z.literal('failed'), reason: z.enum(reasons), message: z.string(), hint: z.optional(z.string()) }),
]);
export type StartReport = z.output<typeof startReport>;

/** A hub that was started; `report` settles with what it said, or `crashed` when it ended without a word. */
export interface StartedHub {
  readonly pid: number | undefined;
  readonly report: Promise<StartReport | { state: 'crashed' }>;
  /** No longer waits for it; it runs on. */
  forget(): void;
}

/** The descriptor of that pipe in the hub, and the variable that says that there is one. */
export const reportDescriptor = 3;
export const reportVariable = 'HEARTH_HUB_REPORT';
/** Names the fence of the silent owner because of whom a hub was started. */
export const challengeVariable = 'HEARTH_HUB_CHALLENGES';

/** `server.js` lies beside this bundle; sources that run unbuilt (tests) say where it is. */
const besides = path.join(import.meta.dirname, 'server.js');

/** Starts a hub that outlives this process; against a silent owner, when the fence of one is named. */
export function startHub(home: string, program: string = besides, challenged?: number): StartedHub {
  if (!existsSync(program)) throw new Failure('io', `${program} is missing.`, { hint: 'Install Hearth again.' });
  const errors = openErrors(path.join(home, 'log', 'hub.err'));
  try {
    const child = spawn(process.execPath, [program, 'hub'], {
      cwd: existsSync(os.homedir()) ? os.homedir() : path.parse(home).root,
      env: {
        ...hubEnvironment(process.env),
        HEARTH_HOME: home,
        // The git that the user has chosen in the settings of the window is the hub's too.
        HEARTH_GIT: currentGitPath(),
        ELECTRON_RUN_AS_NODE: '1',
        [reportVariable]: '1',
        ...(challenged === undefined ? {} : { [challengeVariable]: String(challenged) }),
      },
      stdio: ['ignore', 'ignore', errors, 'pipe'],
      detached: true,
      windowsHide: true,
    });
    child.unref();
    const pipe = child.stdio[reportDescriptor] as Readable;
    const report = new Promise<StartReport | { state: 'crashed' }>((resolve) => {
      let text = '';
      pipe.on('data', (chunk) => {
        text += String(chunk);
      });
      pipe.on('error', () => {});
      child.on('error', () => resolve({ state: 'crashed' }));
      pipe.on('close', () => resolve(parseReport(text)));
    });
    return { pid: child.pid, report, forget: () => pipe.destroy() };
  } finally {
    closeSync(errors);
  }
}

/** What a crash prints goes there; appended, because several may start at once, until it is large. */
function openErrors(file: string): number {
  const large = existsSync(file) && statSync(file).size > 1 << 20;
  return openSync(file, large ? 'w' : 'a', 0o600);
}

function parseReport(text: string): StartReport | { state: 'crashed' } {
  try {
    return startReport.parse(JSON.parse(text));
  } catch {
    return { state: 'crashed' };
  }
}

/** Variables of VS Code and of whoever happened to start the hub, and what looks like a secret: the hub lives longer than they should. */
const dropped = [
  /^(VSCODE|ELECTRON|npm)_/,
  /^NODE_(OPTIONS|CHANNEL_FD|CHANNEL_SERIALIZATION_MODE|UNIQUE_ID)$/,
  /^(GIT_|INIT_CWD$|OLDPWD$|PWD$|SHLVL$|_$|TERM)/,
  /(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY)(_|$)/i,
];
/** Git's own configuration by environment stays: people set it for every git of theirs. */
const keptAnyway = /^GIT_(CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|EXEC_PATH|TEMPLATE_DIR|SSL_.*)$/;

export function hubEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => keptAnyway.test(name) || !dropped.some((pattern) => pattern.test(name))),
  );
}

/** What a program of the system prints; empty when it cannot be run. */
export function readProgram(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, {
      encoding: 'utf8',
      timeout: 5000,
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
      env: { ...process.env, LC_ALL: 'C' },
    }).trim();
  } catch {
    return '';
  }
}

/** A report's failure, as the caller is to see it. */
export function failureOf(report: { reason: Reason; message: string; hint?: string | undefined }): Failure {
  return new Failure(report.reason, report.message, { hint: report.hint });
}
