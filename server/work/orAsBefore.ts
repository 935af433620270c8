import { constants, promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Repository } from '../git/index.ts';
import { Failure } from '../rpc/failure.ts';

interface Attempt<T> {
  /** Files that `stage` may write, from the root, with `/`. */
  readonly files: readonly string[];
  /** Writes those files and stages them, and whatever else belongs to the commit. */
  readonly stage: () => Promise<void>;
  readonly act: () => Promise<T>;
}

/**
 * Stages, then acts; when one of them fails, index and files are as before. What somebody else (a hook, a person) has staged or written
 * meanwhile stays.
 */
export async function orAsBefore<T>(repository: Repository, { files, stage, act }: Attempt<T>): Promise<T> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'hearth-before-'));
  try {
    const index = path.join(repository.facts.gitDir, 'index');
    const copy = path.join(folder, 'index');
    const hadIndex = await copyIndex(index, copy);
    const paths = files.map((file) => path.join(repository.root, file));
    const [before, entries] = await Promise.all([Promise.all(paths.map(remember)), entriesOf(repository, files)]);
    let staged: string | undefined;
    let written: readonly Remembered[] = [];
    try {
      await stage();
      [staged, written] = await Promise.all([entriesOf(repository, []), Promise.all(paths.map(remember))]);
      return await act();
    } catch (error) {
      if (staged === undefined || (await entriesOf(repository, [])) === staged) await putIndex(index, hadIndex ? copy : undefined);
      else await putEntries(repository, files, entries);
      for (const [at, each] of before.entries()) await putBack(each, written[at], repository.root);
      throw error;
    }
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** What the index holds, as `update-index --index-info` reads it; of some files, or of all. */
async function entriesOf(repository: Repository, files: readonly string[]): Promise<string> {
  const { stdout } = await repository.run(['ls-files', '--stage', '-z', '--', ...files]);
  return stdout.toString('latin1');
}

async function putEntries(repository: Repository, files: readonly string[], entries: string): Promise<void> {
  const zero = '0'.repeat(repository.facts.objectFormat === 'sha256' ? 64 : 40);
  const gone = files.map((file) => `0 ${zero}\t${Buffer.from(file).toString('latin1')}\0`).join('');
  await repository.write(['update-index', '-z', '--index-info'], { input: Buffer.from(gone + entries, 'latin1') });
}

/**
 * Copies an index with its time, to the second: git looks again at files that were changed in the second in which it was written, and a
 * later time would make it believe that they did not change. Answers whether there was one.
 */
export async function copyIndex(from: string, to: string): Promise<boolean> {
  const stats = await fs.stat(from).catch(() => undefined);
  if (stats === undefined) return false;
  await fs.copyFile(from, to);
  await keepTime(stats.mtimeMs, to);
  return true;
}

function keepTime(time: number, file: string): Promise<void> {
  const seconds = Math.floor(time / 1000);
  return fs.utimes(file, seconds, seconds);
}

/** Under git's own lock, as git would write it. */
async function putIndex(index: string, copy: string | undefined): Promise<void> {
  if (copy === undefined) return fs.rm(index, { force: true });
  const lock = `${index}.lock`;
  for (let tries = 1; ; tries++) {
    try {
      await fs.copyFile(copy, lock, constants.COPYFILE_EXCL);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (tries === 20) {
        throw new Failure('locked', 'Another git process holds the index, and what was staged could not be put back.', {
          hint: 'Wait for it to end, and look at what is staged.',
        });
      }
      await wait(50);
    }
  }
  await keepTime((await fs.stat(copy)).mtimeMs, lock);
  await fs.rename(lock, index);
}

interface Remembered {
  readonly file: string;
  readonly content: Buffer | undefined;
  readonly mode: number;
}

async function remember(file: string): Promise<Remembered> {
  const stats = await fs.lstat(file).catch(() => undefined);
  return { file, content: stats?.isFile() ? await fs.readFile(file) : undefined, mode: (stats?.mode ?? 0o666) & 0o777 };
}

/** Where somebody has written since we did, theirs stays. */
async function putBack({ file, content, mode }: Remembered, written: Remembered | undefined, root: string): Promise<void> {
  const { content: now } = await remember(file);
  if (same(now, content) || (written !== undefined && !same(now, written.content))) return;
  if (content !== undefined) return fs.writeFile(file, content, { mode });
  await fs.rm(file, { force: true });
  // Folders that were made for it; one with anything in it stays.
  for (let folder = path.dirname(file); folder !== root && folder.startsWith(root); folder = path.dirname(folder)) {
    const removed = await fs.rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

function same(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b);
}
