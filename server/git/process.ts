import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import path from 'node:path';
import { cancelled, Failure } from '../rpc/failure.ts';
import { baseArguments, gitEnvironment, writingEnvironment } from './environment.ts';
import { gitFailure } from './gitFailure.ts';

/** The only module that starts git. Argument arrays only; every process has a deadline and is gone before its promise settles. */

export interface GitOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is closed afterwards. */
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal;
  /** Milliseconds without any output after which the process is killed; 60 000 unless told. */
  readonly silence?: number;
  /** Exit codes that are answers, not failures; `[0]` unless told. */
  readonly accept?: readonly number[];
  /** It changes the repository: no option or setting of reading reaches its hooks, and it may clean up when it is stopped. */
  readonly writes?: boolean;
}

export interface GitOutput {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

let gitPath = programPath(process.env['HEARTH_GIT']);
let started = 0;
const running = new Set<ChildProcessWithoutNullStreams>();
const writers = new WeakSet<ChildProcessWithoutNullStreams>();
const ownGroup = process.platform !== 'win32';

// Windows would look for `git.exe` in the repository itself before PATH.
if (process.platform === 'win32') process.env['NoDefaultCurrentDirectoryInExePath'] = '1';

export function setGitPath(given: string | undefined): void {
  gitPath = programPath(given ?? process.env['HEARTH_GIT']);
}

/** A name is looked for on PATH; a relative path is relative to where this process started, never to the repository git runs in. */
function programPath(given = 'git'): string {
  return /[/\\]/.test(given) ? path.resolve(given) : given;
}

export function currentGitPath(): string {
  return gitPath;
}

/** How many git processes this server has started, and how many run now. */
export function processCounts(): { started: number; running: number } {
  return { started, running: running.size };
}

/** Kills what still runs; called when the server goes down. */
export function killAll(): void {
  for (const child of running) killTree(child, writers.has(child) ? 'SIGTERM' : 'SIGKILL');
}

/**
 * Kills git and what it started (a filter, a fetch of missing objects): a helper that lives on would hold the pipes open, and the answer
 * with them. Git leads a process group of its own for that, except on Windows.
 */
function killTree(child: ChildProcessWithoutNullStreams, signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): void {
  // One that could not be started has no id, and Node would signal 0: our own process group.
  if (child.pid === undefined) return;
  if (ownGroup && running.has(child)) {
    try {
      process.kill(-child.pid, signal);
      return;
    } catch {
      // It has just ended.
    }
  }
  child.kill(signal);
}

/** Without a file descriptor left there is a child without pipes, whatever its type says. */
function hasPipes({ stdin, stdout, stderr }: { [name in 'stdin' | 'stdout' | 'stderr']: unknown }): boolean {
  return Boolean(stdin && stdout && stderr);
}

/** How long a writer may take to remove its lock files when it is stopped. */
const patience = 5000;

/** How long what it left running may hold its pipes. */
const grace = 1000;

/** Asks a writer to stop; what is left of it (a hook that does not listen) is killed a moment later. */
function stopWriter(child: ChildProcessWithoutNullStreams): void {
  killTree(child, 'SIGTERM');
  const timer = setTimeout(() => killTree(child), patience);
  // Git has cleaned up: its hooks have nothing more to do.
  child.once('exit', () => killTree(child));
  child.once('close', () => clearTimeout(timer));
}

export interface GitProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Settles when the process and its pipes are closed; never rejects. */
  readonly closed: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null; error?: Error }>;
  /** What it wrote to standard error so far, at most 64 kB. */
  stderr(): string;
  kill(): void;
}

/** Starts git with pipes. For long-lived children (`cat-file --batch`); everything else uses `runGit` or `streamGit`. */
export function startGit(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}, writes = false): GitProcess {
  // A lone surrogate or NUL would be changed on its way into argv; refuse rather than ask about another file.
  for (const arg of args) {
    if (arg.includes('\0')) throw new Failure('invalid', 'A git argument contains a NUL character.');
  }
  const child = spawn(gitPath, writes ? args : [...baseArguments, ...args], {
    cwd,
    env: writes ? writingEnvironment(env) : gitEnvironment(env),
    stdio: 'pipe',
    windowsHide: true,
    detached: ownGroup,
  });
  if (!hasPipes(child)) {
    child.once('error', () => {});
    throw new Failure('io', 'git could not be started: this process has too many files open.', {
      hint: 'Close what is not needed, or raise the limit (`ulimit -n`).',
    });
  }
  started++;
  running.add(child);
  if (writes) {
    writers.add(child);
    // What a hook left running in the background would hold the pipes, and the answer with them.
    child.once('exit', () => {
      const timer = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, grace);
      child.once('close', () => clearTimeout(timer));
    });
  }
  let stderr = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    if (stderr.length < 65_536) stderr += text;
  });
  // A child that ends before it read its input is reported by its exit code.
  child.stdin.on('error', () => {});
  const closed = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null; error?: Error }>((resolve) => {
    let failed: Error | undefined;
    child.on('error', (error) => {
      failed = error;
      if (child.pid === undefined) {
        running.delete(child);
        resolve({ exitCode: null, signal: null, error });
      }
    });
    child.on('close', (exitCode, signal) => {
      running.delete(child);
      resolve(failed === undefined ? { exitCode, signal } : { exitCode, signal, error: failed });
    });
  });
  return { child, closed, stderr: () => stderr, kill: () => (writes ? stopWriter(child) : killTree(child)) };
}

/**
 * Streams git's standard output, chunk by chunk as it arrives. Leaving the loop early kills the process and waits for it.
 * Throws `cancelled`, `timeout`, `git-missing` or a typed failure made from the exit code and standard error.
 */
export async function* streamGit(
  args: readonly string[],
  options: GitOptions,
): AsyncGenerator<Buffer, { exitCode: number; stderr: string }> {
  const { signal } = options;
  if (signal?.aborted) throw cancelled();
  const git = startGit(args, options.cwd, options.env, options.writes);
  const silence = options.silence ?? 60_000;
  let timedOut = false;
  let finished = false;
  const onSilence = () => {
    timedOut = true;
    git.kill();
  };
  let timer = setTimeout(onSilence, silence);
  // Hooks talk on standard error.
  if (options.writes)
    git.child.stderr.on('data', () => {
      clearTimeout(timer);
      if (!finished) timer = setTimeout(onSilence, silence);
    });
  const onAbort = () => git.kill();
  signal?.addEventListener('abort', onAbort, { once: true });
  git.child.stdin.end(options.input ?? '');
  try {
    for await (const chunk of git.child.stdout as AsyncIterable<Buffer>) {
      // A reader that takes its time (a person in a pager) is no silence of git's.
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(onSilence, silence);
    }
    finished = true;
  } finally {
    clearTimeout(timer);
    if (!finished) git.kill();
    const ended = await git.closed;
    signal?.removeEventListener('abort', onAbort);
    if (finished || signal?.aborted || timedOut || ended.error)
      checkEnd(args, git, ended, { timedOut, silence, signal, accept: options.accept, cwd: options.cwd });
  }
  const { exitCode } = await git.closed;
  return { exitCode: exitCode ?? -1, stderr: git.stderr() };
}

function checkEnd(
  args: readonly string[],
  git: GitProcess,
  ended: Awaited<GitProcess['closed']>,
  how: { timedOut: boolean; silence: number; signal: AbortSignal | undefined; accept: readonly number[] | undefined; cwd: string },
): void {
  if (how.signal?.aborted) throw cancelled();
  if (how.timedOut) {
    throw new Failure('timeout', `git ${args[0] ?? ''} said nothing for ${Math.round(how.silence / 1000)} s and was stopped.`, {
      hint: 'Is the disk slow or the repository on a network share? Try again.',
    });
  }
  if (ended.error) throw gitFailure(args, { error: ended.error, stderr: '', exitCode: null, cwd: how.cwd });
  if (!(how.accept ?? [0]).includes(ended.exitCode ?? -1)) throw gitFailure(args, { stderr: git.stderr(), exitCode: ended.exitCode });
}

/** Runs git and collects its output. Same failures as `streamGit`. */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitOutput> {
  const chunks: Buffer[] = [];
  const stream = streamGit(args, options);
  for (;;) {
    const next = await stream.next();
    if (next.done) return { stdout: Buffer.concat(chunks), stderr: next.value.stderr, exitCode: next.value.exitCode };
    chunks.push(next.value);
  }
}
