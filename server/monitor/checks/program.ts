import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import type { Readable } from 'node:stream';

/** The only module of monitoring that starts processes: argument arrays, no shell, gone before its promise settles. */

export interface ProgramRun {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** At most 1 MB each. */
  readonly stdout: string;
  readonly stderr: string;
  /** There was more in `stdout`. */
  readonly cut: boolean;
}

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

const longest = 1024 * 1024;
/** How long what it has left running may hold its pipes. */
const grace = 500;
const ownGroup = process.platform !== 'win32';

/**
 * Runs a program to its end. When the signal fires, it and everything it has started is killed, and the promise rejects with the reason of the
 * signal once the program is gone. Rejects with the system's error when it cannot be started.
 */
export function runProgram(argv: readonly string[], { cwd, env, signal }: ProgramOptions): Promise<ProgramRun> {
  return new Promise((resolve, reject) => {
    const [program = '', ...args] = argv;
    const child = spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: ownGroup,
      windowsHide: true,
    });
    const stop = () => killTree(child);
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', (error) => {
      if (child.pid !== undefined) return;
      signal.removeEventListener('abort', stop);
      reject(error);
    });
    // There are none when there was no file descriptor for them.
    const { stdout: output, stderr: errors }: { stdout: Readable | null; stderr: Readable | null } = child;
    if (output === null || errors === null || child.pid === undefined) return;
    const [stdout, stderr] = [collect(output), collect(errors)];
    let timer: NodeJS.Timeout | undefined;
    child.once('exit', () => {
      timer = setTimeout(() => {
        output.destroy();
        errors.destroy();
      }, grace);
    });
    child.once('close', (exitCode, ended) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason);
      else resolve({ exitCode, signal: ended, stdout: stdout.text(), stderr: stderr.text(), cut: stdout.isCut() });
    });
    if (signal.aborted) stop();
  });
}

function collect(stream: NodeJS.ReadableStream): { text(): string; isCut(): boolean } {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    if (length < longest) chunks.push(chunk.subarray(0, longest - length));
    length += chunk.length;
  });
  return { text: () => new TextDecoder().decode(Buffer.concat(chunks)), isCut: () => length > longest };
}

function killTree(child: ChildProcess): void {
  // One that could not be started has no id, and Node would take that for 0: our own process group.
  if (child.pid === undefined) return;
  if (ownGroup) {
    try {
      process.kill(-child.pid, 'SIGKILL');
      return;
    } catch {
      // It has just ended.
    }
  }
  child.kill('SIGKILL');
}

/** What a program inherits: the user's environment without what makes us what we are. `folders` come behind PATH. */
export function programEnvironment(extra: Readonly<Record<string, string>> = {}, folders: readonly string[] = []): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^(ELECTRON_RUN_AS_NODE|VSCODE_.*|HEARTH_.*)$/.test(name)) environment[name] = value;
  }
  const path = Object.keys(environment).find((name) => name.toLowerCase() === 'path') ?? 'PATH';
  environment[path] = [environment[path] ?? '', ...folders].filter((folder) => folder !== '').join(delimiter);
  return { ...environment, ...extra };
}
