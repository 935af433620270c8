import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';

/** Starts `ssh`, `docker` and credential helpers: argument arrays, pipes, never a shell, never in the repository's folder. */

if (process.platform === 'win32') process.env['NoDefaultCurrentDirectoryInExePath'] = '1';

export function startProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const PATH = process.env['PATH']
    ?.split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
    .join(path.delimiter);
  const child = spawn(program, args, {
    cwd: os.homedir(),
    env: { ...process.env, ...(PATH !== undefined && { PATH }), ...env },
    stdio: 'pipe',
    windowsHide: true,
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  // Who ended before it read its input is reported by its exit code.
  child.stdin.on('error', () => {});
  return child;
}

const running = new Set<ChildProcessWithoutNullStreams>();

/** Ends what still runs; called when the process goes down. */
export function endPrograms(): void {
  for (const child of running) child.kill('SIGKILL');
}

export interface ProgramEnd {
  /** `null`: killed, or never started (`problem`). */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly problem?: Error;
}

/** Runs to the end, at most `timeout` milliseconds; output beyond 1 MB is dropped. Never rejects; a fired signal kills it. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { input?: string; env?: Readonly<Record<string, string>>; timeout: number; signal?: AbortSignal },
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const child = startProgram(program, args, options.env);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    const kill = () => child.kill('SIGKILL');
    const timer = setTimeout(kill, options.timeout);
    if (options.signal?.aborted) kill();
    options.signal?.addEventListener('abort', kill, { once: true });
    let problem: Error | undefined;
    const end = (exitCode: number | null) => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
      resolve({ exitCode, stdout: stdout(), stderr: stderr(), ...(problem && { problem }) });
    };
    child.on('error', (error) => {
      problem = error;
      if (child.pid === undefined) end(null);
    });
    child.on('close', end);
    child.stdin.end(options.input ?? '');
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < 1 << 20) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/**
 * A child's standard input and output as one stream, with as much of a socket as Node's HTTP client asks of one. Ends with the child; when it
 * fails, the stream is destroyed with `explain(stderr)`.
 */
export class ProgramStream extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;
  #ended = false;

  constructor(child: ChildProcessWithoutNullStreams, explain: (stderr: string, exitCode: number | null, problem?: Error) => Error) {
    super({ allowHalfOpen: true });
    this.#child = child;
    let stderr = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      if (stderr.length < 8192) stderr += text;
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.on('error', (error) => {
      if (child.pid === undefined) this.destroy(explain(stderr, null, error));
    });
    // Its output ends before it says how it ended: a failure must not look like an end.
    child.on('close', (exitCode) => {
      this.#ended = true;
      if (exitCode === 0) this.push(null);
      else this.destroy(explain(stderr, exitCode));
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // When the child has gone, its end explains why; an EPIPE would not.
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#ended) this.#child.kill('SIGKILL');
    done(error);
  }

  /** An idle connection keeps no process alive. */
  unref(): this {
    this.#each((each) => each.unref?.());
    return this;
  }

  ref(): this {
    this.#each((each) => each.ref?.());
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  #each(act: (each: { ref?(): void; unref?(): void }) => void): void {
    for (const each of [this.#child, this.#child.stdin, this.#child.stdout, this.#child.stderr])
      act(each as { ref?(): void; unref?(): void });
  }
}
