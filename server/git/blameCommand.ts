import { type BlameEntry, BlameParser } from './blameParser.ts';
import type { Repository } from './repository.ts';

/** How lines are followed; the options of the contract, and the ignored revisions as git's arguments. */
export interface BlameOptions {
  readonly ignoreWhitespace: boolean;
  readonly moves: boolean;
  readonly copies: 0 | 1 | 2 | 3;
  readonly ignoreRevs: boolean;
}

/** How git is told which revisions to look through. */
export interface IgnoreSetting {
  readonly arguments: readonly string[];
  /** Set when git's own configuration names a list that it would die of. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One `git blame`. */
export interface BlameCall {
  readonly path: string;
  /** The commit to blame; the work tree's file when undefined, or `contents` in its place. */
  readonly commit?: string | undefined;
  readonly contents?: Uint8Array | undefined;
  /** Lines that reach one of these commits stop there, marked as boundary. */
  readonly boundaries?: readonly string[] | undefined;
  /** Only these lines, 1-based and inclusive; all when undefined. */
  readonly ranges?: readonly { start: number; end: number }[] | undefined;
  readonly options: BlameOptions;
  /** From `BlameHistory`. */
  readonly ignore: IgnoreSetting;
  /** Write each line as soon as it is known instead of a block at a time. */
  readonly prompt?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** A file with a long history may keep git thinking this long between two lines. */
const silence = 600_000;

/** Whether lines can be followed one by one: with `-M` and `-C` git weighs whole blocks, so an answer for a part is not the part of the answer. */
export function isLineWise(options: BlameOptions): boolean {
  return !options.moves && options.copies === 0;
}

/** Runs `git blame --incremental`. Entries come through `onEntry`, `onChunk` follows each piece of output. */
export async function runBlame(
  repository: Repository,
  call: BlameCall,
  onEntry: (entry: BlameEntry) => void,
  onChunk: () => void = () => {},
): Promise<void> {
  const { options } = call;
  const args = ['blame', '--incremental', '--encoding=UTF-8', '--no-textconv'];
  if (options.ignoreWhitespace) args.push('-w');
  if (options.moves) args.push('-M');
  for (let index = 0; index < options.copies; index++) args.push('-C');
  args.push(...call.ignore.arguments);
  for (const { start, end } of call.ranges ?? []) args.push('-L', `${start},${end}`);
  if (call.contents !== undefined) args.push('--contents', '-');
  if (call.commit !== undefined) args.push(call.commit);
  for (const boundary of call.boundaries ?? []) args.push(`^${boundary}`);
  args.push('--', call.path);
  const parser = new BlameParser(onEntry);
  const stream = repository.stream(args, {
    signal: call.signal,
    silence,
    // Git flushes after each entry on a pipe; for a whole file that is thousands of small writes.
    env: { ...call.ignore.environment, ...(call.prompt === true ? {} : { GIT_FLUSH: '0' }) },
    ...(call.contents === undefined ? {} : { input: call.contents }),
  });
  for await (const chunk of stream) {
    parser.push(chunk);
    onChunk();
  }
}
