// The bench harness. A bench is a file test/bench/<camelCaseName>.ts
//
//   import { type Bench, ratioAtMost } from './harness.ts';
//   import { generatedRepository, LONG_FILE } from '../support/repositories/generated.ts';
//
//   export const bench: Bench = {
//     name: 'blame-full',                                   // the file is blameFull.ts
//     target: '≤ 1.10 × git blame --porcelain',
//     async run(ctx) {
//       const { root } = await generatedRepository(ctx.smoke ? { files: 100, commits: 500 } : {});
//       const server = await ctx.startServer();             // closed by the harness; fresh HEARTH_HOME
//       const pair = await ctx.pair(
//         () => server.send(blame, { … }),                  // timed by the harness, or return your own milliseconds
//         () => ctx.git(['blame', '--porcelain', LONG_FILE], { cwd: root }),
//         { rounds: 15 },
//       );
//       return [ratioAtMost('whole file', pair, 1.1)];
//     },
//   };
//
// `npm run bench [-- NAME…] [--smoke]`. Each bench runs in a process of its own. Rounds are interleaved (A B, B A, A B …) and the ratio is taken
// round by round, so a noisy machine disturbs both sides alike. A smoke run uses tiny inputs and only proves that the bench works.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hermeticEnvironment } from '../support/repositories/repository.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { type Summary, summarise } from './statistics.ts';

export { percentile, type Summary, summarise } from './statistics.ts';

export interface Bench {
  /** As in TESTING.md: `blame-full`. */
  name: string;
  /** The promise, in words, for the table. */
  target: string;
  run(ctx: BenchContext): Promise<Result[]>;
}

export interface Result {
  measure: string;
  unit: string;
  ours: Summary;
  /** The raw tool or the peer, in the same run. */
  raw?: Summary;
  /** Ours ÷ raw, round by round. */
  ratio?: Summary;
  /** Against the median of the ratio where there is one, else of ours. */
  target?: { atMost: number } | { atLeast: number };
  note?: string;
}

export interface Pair {
  ours: Summary;
  raw: Summary;
  ratio: Summary;
}

/** What is measured: the harness takes the time, or the function returns its own number (milliseconds, bytes, …). */
export type Measured = () => Promise<unknown> | unknown;

export interface PairOptions {
  /** Default 10; a smoke run takes 2. */
  rounds?: number;
  /** Runs of both that are not counted; default 1. */
  warmup?: number;
  /** Not timed, before each single run: drop caches, move HEAD back. */
  before?: () => Promise<unknown> | unknown;
}

export interface ProcessRun {
  /** Start to exit. */
  ms: number;
  /** Start to the first byte on stdout; `ms` when there was none. */
  firstByteMs: number;
  /** High-water mark of the process itself (Linux; 0 elsewhere), read every 5 ms, so growth in its last moments is missed. */
  peakRssBytes: number;
  exitCode: number;
  stdoutBytes: number;
  stderr: string;
}

export interface ProcessOptions {
  cwd: string;
  env?: Record<string, string>;
  input?: string | Buffer;
  /** Default: any exit code but 0 throws. */
  allowFailure?: boolean;
  /** Called for every piece of output; without it output is read and dropped. */
  onOutput?: (chunk: Buffer) => void;
}

export interface GitCounter {
  /** Give it to `ctx.startServer({ env })` or to a process. */
  env: Record<string, string>;
  /** Git processes started since the last reset, helpers that git itself starts included. */
  count(): number;
  /** Their command lines. */
  commands(): string[];
  reset(): void;
}

export function ratioAtMost(measure: string, pair: Pair, atMost: number, note?: string): Result {
  return { measure, unit: 'ms', ...pair, target: { atMost }, ...(note === undefined ? {} : { note }) };
}

export function valueAtMost(measure: string, unit: string, ours: Summary, atMost?: number, note?: string): Result {
  return { measure, unit, ours, ...(atMost === undefined ? {} : { target: { atMost } }), ...(note === undefined ? {} : { note }) };
}

export class BenchContext {
  /** Tiny sizes: prove that it runs. */
  readonly smoke: boolean;
  private readonly cleanups: (() => Promise<unknown> | unknown)[] = [];

  constructor(smoke: boolean) {
    this.smoke = smoke;
  }

  /** `full` normally, `smoke` (default 2) in a smoke run. */
  size(full: number, smoke = 2): number {
    return this.smoke ? Math.min(smoke, full) : full;
  }

  /** Milliseconds. */
  async time(run: Measured): Promise<number> {
    const start = performance.now();
    await run();
    return performance.now() - start;
  }

  async sample(run: Measured, options: PairOptions = {}): Promise<Summary> {
    const values: number[] = [];
    const warmup = options.warmup ?? 1;
    for (let round = -warmup; round < this.size(options.rounds ?? 10); round += 1) {
      const value = await this.measure(run, options);
      if (round >= 0) values.push(value);
    }
    return summarise(values);
  }

  /** Interleaved, changing who goes first. */
  async pair(ours: Measured, raw: Measured, options: PairOptions = {}): Promise<Pair> {
    const our: number[] = [];
    const their: number[] = [];
    const warmup = options.warmup ?? 1;
    for (let round = -warmup; round < this.size(options.rounds ?? 10); round += 1) {
      const rawFirst = round % 2 !== 0;
      const before = rawFirst ? await this.measure(raw, options) : undefined;
      const value = await this.measure(ours, options);
      const after = before ?? (await this.measure(raw, options));
      if (round < 0) continue;
      our.push(value);
      their.push(after);
    }
    return {
      ours: summarise(our),
      raw: summarise(their),
      ratio: summarise(our.map((value, index) => value / (their[index] ?? Number.NaN))),
    };
  }

  /** Plain git, hermetic, its output read through a pipe and dropped, as fast as it comes. */
  git(args: readonly string[], options: ProcessOptions): Promise<ProcessRun> {
    return this.spawn('git', args, { ...options, env: { ...hermeticEnvironment(), ...options.env } });
  }

  /** Runs a whole process: time, first output, peak memory. `env` replaces the environment; without it our own is inherited. */
  async spawn(command: string, args: readonly string[], options: ProcessOptions): Promise<ProcessRun> {
    const start = performance.now();
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: 'pipe' });
    let firstByteMs: number | undefined;
    let stdoutBytes = 0;
    let stderr = '';
    let peakRssBytes = 0;
    const poll = setInterval(() => {
      peakRssBytes = Math.max(peakRssBytes, peakRss(child.pid));
    }, 5);
    child.stdout.on('data', (chunk: Buffer) => {
      firstByteMs ??= performance.now() - start;
      stdoutBytes += chunk.length;
      options.onOutput?.(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input);
    try {
      const [code] = (await once(child, 'close')) as [number | null];
      const ms = performance.now() - start;
      const exitCode = code ?? -1;
      if (exitCode !== 0 && !options.allowFailure)
        throw new Error(`${command} ${args.join(' ')} failed (${exitCode}): ${stderr.slice(0, 2000)}`);
      return { ms, firstByteMs: firstByteMs ?? ms, peakRssBytes, exitCode, stdoutBytes, stderr };
    } finally {
      clearInterval(poll);
    }
  }

  /** Our server over stdio, with an empty home of its own (pass HEARTH_HOME in `env` to keep one over a restart). Results are not checked. */
  async startServer(options: Parameters<typeof startServer>[0] = {}): Promise<TestServer> {
    const home = options.env?.['HEARTH_HOME'] ?? this.temporaryFolder('home');
    const server = await startServer({
      checkResults: false,
      ...options,
      env: { ...hermeticEnvironment(), HEARTH_HOME: home, ...options.env },
    });
    this.cleanup(() => server.close());
    return server;
  }

  /** Counts git processes with git's own trace, one file per process. */
  countGit(): GitCounter {
    const folder = this.temporaryFolder('trace');
    const files = () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    return {
      env: { GIT_TRACE2_EVENT: folder },
      count: () => readdirSync(folder).length,
      commands: () => files().map((text) => startedCommand(text)),
      reset: () => {
        for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
      },
    };
  }

  temporaryFolder(label: string): string {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), `hearth-bench-${label}-`));
    this.cleanup(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  /** Runs at the end of the bench, last registered first, also when it failed. */
  cleanup(run: () => Promise<unknown> | unknown): void {
    this.cleanups.push(run);
  }

  async dispose(): Promise<void> {
    for (const run of this.cleanups.splice(0).reverse()) await run();
  }

  private async measure(run: Measured, { before }: PairOptions): Promise<number> {
    await before?.();
    const start = performance.now();
    const own = await run();
    return typeof own === 'number' ? own : performance.now() - start;
  }
}

/** Resident memory of a process now, in bytes (Linux; 0 elsewhere or when it is gone). */
export function residentMemory(pid: number | undefined): number {
  return memoryLine(pid, /^VmRSS:\s+(\d+) kB/m);
}

/** The most resident memory a running process has had, in bytes (Linux; 0 elsewhere or when it is gone). */
export function peakRss(pid: number | undefined): number {
  return memoryLine(pid, /^VmHWM:\s+(\d+) kB/m);
}

function memoryLine(pid: number | undefined, line: RegExp): number {
  if (pid === undefined) return 0;
  try {
    return Number(line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function startedCommand(trace: string): string {
  for (const line of trace.split('\n')) {
    if (!line.includes('"event":"start"')) continue;
    return (JSON.parse(line) as { argv: string[] }).argv.join(' ');
  }
  return '(ended before it said what it is)';
}
