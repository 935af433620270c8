import { type ChildProcess, spawn } from 'node:child_process';
import { promises as fs, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isRunning, ownIdentity, type ProcessIdentity, startTimeOf } from '../../hub/identity.ts';
import { Failure, throwIfCancelled } from '../../rpc/failure.ts';
import { LineSplitter } from '../engine/lines.ts';

/** What a shell ends with when there is no such program. */
const notFound = 127;
/** How long the pipes may stay open when it has ended, in milliseconds. */
const grace = 1000;
/** Between SIGTERM and SIGKILL, in milliseconds. */
const patience = 2000;

interface HostBuild {
  readonly service: string;
  readonly run: readonly string[];
  /** The copy of the commit. */
  readonly folder: string;
  /** Where it is noted who builds, so that the next hub can end it. */
  readonly work: string;
  /** Values may be secret. */
  readonly variables: Readonly<Record<string, string>>;
  readonly timeout: number;
  line(text: string): void;
}

/**
 * Runs the build of a site on this machine, in a process group of its own: nothing of it runs any more when this settles. Rejects with
 * `not-found` (no such program), `precondition` (it failed), `timeout`.
 */
export async function buildOnHost(build: HostBuild, signal: AbortSignal): Promise<void> {
  const { run, folder, work, service, timeout, line } = build;
  throwIfCancelled(signal);
  // It begins when it is noted who it is: a hub that is killed before leaves nothing running.
  const child = spawn('/bin/sh', ['-c', 'read -r go && exec "$@"', 'sh', ...run], {
    cwd: folder,
    env: environmentOf(build.variables),
    stdio: 'pipe',
    detached: true,
  });
  noteBuilder(work, child);
  child.stdin.on('error', () => {});
  child.stdin.end('go\n');
  const limit = AbortSignal.timeout(timeout);
  const stop = AbortSignal.any([signal, limit]);
  let isLate = false;
  const abort = () => {
    isLate = limit.aborted;
    stopGroup(child);
  };
  stop.addEventListener('abort', abort, { once: true });
  child.once('exit', () => stop.removeEventListener('abort', abort));
  const exitCode = await ended(child, line);
  await fs.rm(builderFile(work), { force: true });
  throwIfCancelled(signal);
  if (isLate) {
    throw new Failure('timeout', `The build of ${service} took longer than ${Math.round(timeout / 1000)} s and was stopped.`, {
      hint: 'Give it more time with `build.timeout`.',
    });
  }
  if (exitCode instanceof Error) throw exitCode;
  if (exitCode === notFound) {
    throw new Failure('not-found', `The build of ${service} needs a program that is not on this machine: it ended with code ${notFound}.`, {
      hint: 'The log says which. Install it, or name an image that has it in `build.image`.',
    });
  }
  if (exitCode !== 0) {
    throw new Failure('precondition', `The build of ${service} ended with ${exitCode === null ? 'a signal' : `code ${exitCode}`}.`, {
      hint: 'What it said is in the log.',
    });
  }
}

/** Ends what a hub before this one has started and could not end. */
export function endOldBuild(work: string): void {
  let builder: ProcessIdentity;
  try {
    builder = JSON.parse(readFileSync(builderFile(work), 'utf8')) as ProcessIdentity;
  } catch {
    return;
  }
  const own = ownIdentity();
  const isHere = builder.bootId === own.bootId && builder.pidNamespace === own.pidNamespace;
  if (isHere && builder.startTime !== '' && isRunning(builder)) killGroup(builder.pid, 'SIGKILL');
}

const builderFile = (work: string): string => path.join(work, 'builder.json');

function noteBuilder(work: string, { pid }: ChildProcess): void {
  if (pid === undefined) return;
  const builder: ProcessIdentity = { ...ownIdentity(), pid, startTime: startTimeOf(pid) ?? '' };
  writeFileSync(builderFile(work), JSON.stringify(builder), { mode: 0o600 });
}

/** No variable of the hub's own gets there. */
function environmentOf(variables: Readonly<Record<string, string>>): Record<string, string> {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return { PATH: folders.join(path.delimiter), HOME: os.homedir(), ...variables };
}

/** Answers the exit code (null: a signal), or why it could not start; its output has been passed on by then. */
function ended(child: ChildProcess, line: (text: string) => void): Promise<number | null | Error> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      const splitter = new LineSplitter(line);
      stream?.on('data', (chunk: Buffer) => splitter.push(chunk));
      stream?.on('close', () => splitter.end());
    }
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(error);
    });
    child.once('exit', () => {
      // What it left running would go on changing files.
      killGroup(child.pid, 'SIGKILL');
      // A daemon with a session of its own is not reached, and may hold the pipes for ever.
      const timer = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, grace);
      child.once('close', () => clearTimeout(timer));
    });
    child.once('close', (exitCode) => resolve(exitCode));
  });
}

function stopGroup(child: ChildProcess): void {
  killGroup(child.pid, 'SIGTERM');
  const timer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), patience);
  child.once('exit', () => clearTimeout(timer));
}

function killGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of it has ended.
  }
}
