import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { hearthHome } from '../home.ts';
import { asFailure, Failure } from '../rpc/failure.ts';
import { type BlameOptions, runBlame } from './blameCommand.ts';
import { fileSignature, signatureOf } from './blameConfig.ts';
import type { BlameHistory } from './blameHistory.ts';
import { utf8 } from './blameParser.ts';
import { BlameTable } from './blameTable.ts';
import type { Repository } from './repository.ts';
import { noCommits } from './resolve.ts';

/** A text on top of HEAD: which of its lines are lines of HEAD's file, as git compares them (filters and line ends applied). */
export interface WorktreeLines {
  readonly lineCount: number;
  readonly head: string;
  /** What the file is called in HEAD; undefined when no line comes from there. */
  readonly basePath: string | undefined;
  /** By line − 1: the line in HEAD's file, zero for others. */
  readonly toBase: Int32Array;
  /** The lines that are not HEAD's: uncommitted ones, and those that a merge in progress brings. */
  readonly others: BlameTable;
}

export interface WorktreeTarget {
  readonly path: string;
  /** In place of the file's own content. */
  readonly contents?: Uint8Array | undefined;
  readonly options: BlameOptions;
  readonly history: BlameHistory;
}

/** A file written this recently may be written again without its times telling, in milliseconds. */
const racy = 50;
const mostKept = 200;

/** Compares files of the work tree with HEAD; what did not change is not compared again. */
export class WorktreeComparisons {
  readonly #kept = new Map<string, { root: string; signature: string; lines: WorktreeLines }>();

  async lines(repository: Repository, target: WorktreeTarget, signal: AbortSignal): Promise<WorktreeLines> {
    const { history, options, contents } = target;
    if (contents !== undefined) return compare(repository, target, signal);
    const key = JSON.stringify([repository.trusted, repository.root, target.path, options.ignoreWhitespace]);
    const signature = `${history.print} ${history.head} ${await worktreeSignature(repository, target.path)}`;
    const kept = this.#kept.get(key);
    if (kept?.signature === signature) return kept.lines;
    const remembered = history.head === undefined ? undefined : await readUnchanged(key, signature, target.path, history.head);
    if (remembered !== undefined) {
      this.#kept.set(key, { root: repository.root, signature, lines: remembered });
      return remembered;
    }
    await checkFile(repository, target.path);
    const lines = await compare(repository, target, signal);
    const stats = await fs.lstat(path.join(repository.root, target.path)).catch(() => undefined);
    const quiet = stats !== undefined && Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) > racy;
    this.#kept.delete(key);
    if (quiet && signature === `${history.print} ${history.head} ${await worktreeSignature(repository, target.path)}`) {
      this.#kept.set(key, { root: repository.root, signature, lines });
      if (isUnchanged(lines, target.path) && lines.lineCount > 0) void writeUnchanged(key, signature, lines.lineCount).catch(() => {});
      for (const oldest of this.#kept.keys()) {
        if (this.#kept.size <= mostKept) break;
        this.#kept.delete(oldest);
      }
    }
    return lines;
  }

  forget(root?: string): void {
    for (const [key, kept] of this.#kept) if (root === undefined || kept.root === root) this.#kept.delete(key);
  }
}

/** That a file was found equal to HEAD's is remembered over a restart, by the same signature: the next server need not compare it again. */
function unchangedFile(key: string): string {
  const name = createHash('sha256').update(key).digest('hex').slice(0, 40);
  return path.join(hearthHome(), 'cache', 'blame', 'unchanged', name);
}

async function readUnchanged(key: string, signature: string, filePath: string, head: string): Promise<WorktreeLines | undefined> {
  try {
    const found = JSON.parse(await fs.readFile(unchangedFile(key), 'utf8')) as { key?: unknown; signature?: unknown; lineCount?: unknown };
    if (found.key !== key || found.signature !== signature || typeof found.lineCount !== 'number') return undefined;
    return allOfBase(head, filePath, found.lineCount);
  } catch {
    return undefined;
  }
}

async function writeUnchanged(key: string, signature: string, lineCount: number): Promise<void> {
  const file = unchangedFile(key);
  await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  await fs.writeFile(temporary, JSON.stringify({ key, signature, lineCount }), { mode: 0o600 });
  await fs.rename(temporary, file);
}

/** Lines that are all HEAD's. */
export function allOfBase(head: string, basePath: string, lineCount: number): WorktreeLines {
  return { lineCount, head, basePath, toBase: Int32Array.from({ length: lineCount }, (_, index) => index + 1), others: new BlameTable() };
}

/** One short `git blame ^HEAD`: it compares the text with HEAD's file and goes no further. */
async function compare(repository: Repository, target: WorktreeTarget, signal: AbortSignal): Promise<WorktreeLines> {
  const { history, contents } = target;
  const { head } = history;
  if (head === undefined) throw noCommits();
  const options: BlameOptions = { ...target.options, moves: false, copies: 0 };
  const others = new BlameTable();
  const stopped: { commit: string; path: string; originalLine: number; line: number; count: number }[] = [];
  const boundaries = new Set<string>();
  let lineCount = 0;
  let basePath: string | undefined;
  let toBase = new Int32Array(1024);
  const call = { path: target.path, contents, boundaries: [head], options, ignore: history.ignore, signal };
  await runBlame(repository, call, (entry) => {
    const last = entry.line + entry.count - 1;
    lineCount = Math.max(lineCount, last);
    if (last > toBase.length) {
      const larger = new Int32Array(Math.max(last, toBase.length * 2));
      larger.set(toBase);
      toBase = larger;
    }
    if (entry.facts?.boundary === true) boundaries.add(entry.commit);
    const entryPath = utf8(entry.origin.path);
    if (entry.commit === head && (basePath ?? entryPath) === entryPath) {
      basePath = entryPath;
      for (let index = 0; index < entry.count; index++) toBase[entry.line - 1 + index] = entry.originalLine + index;
    } else if (boundaries.has(entry.commit)) stopped.push({ ...entry, path: entryPath });
    else others.addEntry(entry);
  }).catch((error: unknown) => {
    throw explained(error, target.path);
  });
  // A merge in progress has a second parent, whose lines end where the two histories meet.
  for (const { commit, path: stoppedPath, originalLine, line, count } of stopped) {
    const ranges = [{ start: originalLine, end: originalLine + count - 1 }];
    await runBlame(repository, { path: stoppedPath, commit, ranges, options, ignore: history.ignore, signal }, (entry) =>
      others.addEntry({ ...entry, line: line + entry.line - originalLine }),
    );
  }
  return { lineCount, head, basePath, toBase: toBase.subarray(0, lineCount), others };
}

/** Whether the text is HEAD's file of the same path, up to lines that are missing at the end. */
export function isUnchanged(lines: WorktreeLines, filePath: string): boolean {
  if (lines.basePath !== filePath && lines.lineCount > 0) return false;
  return lines.toBase.every((base, index) => base === index + 1);
}

/** Everything on disk that decides how the file compares: itself, the index (line ends), a merge, attributes. */
async function worktreeSignature(repository: Repository, filePath: string): Promise<string> {
  const { facts, root } = repository;
  const folders: string[] = [];
  for (let folder = path.dirname(filePath); ; folder = path.dirname(folder)) {
    folders.push(folder);
    if (folder === '.' || folder === path.dirname(folder)) break;
  }
  const files = [
    path.join(root, filePath),
    path.join(facts.gitDir, 'index'),
    path.join(facts.gitDir, 'MERGE_HEAD'),
    path.join(facts.commonDir, 'info', 'attributes'),
    ...folders.map((folder) => path.join(root, folder, '.gitattributes')),
  ];
  return signatureOf(files);
}

/** Says in one sentence why a path cannot be blamed, before git says it in its own words. */
async function checkFile(repository: Repository, filePath: string): Promise<void> {
  if (filePath === '') throw new Failure('invalid', 'Blame needs a file, and this is the folder of the repository.');
  const full = path.join(repository.root, filePath);
  const stats = await fs.lstat(full).catch(() => undefined);
  if (stats === undefined) {
    throw new Failure('not-found', `There is no file ${filePath} in the work tree.`, {
      hint: 'If it was deleted, blame it in a commit (`--rev HEAD`).',
    });
  }
  if (stats.isDirectory()) {
    const submodule = (await fileSignature(path.join(full, '.git'))) !== '-';
    throw new Failure('invalid', `Blame needs a file, and ${filePath} is a ${submodule ? 'submodule' : 'folder'}.`, {
      hint: submodule ? 'Ask inside of it.' : undefined,
    });
  }
  if (!stats.isFile() && !stats.isSymbolicLink()) throw new Failure('invalid', `Blame needs a file, and ${filePath} is none.`);
}

function explained(error: unknown, filePath: string): unknown {
  const failure = asFailure(error);
  if (failure.reason === 'not-found' && /no such path/.test(failure.detail ?? '')) {
    return new Failure('not-found', `${filePath} is not tracked by git.`, {
      hint: 'Commit it first; then each line has an author.',
      detail: failure.detail,
    });
  }
  return error;
}
