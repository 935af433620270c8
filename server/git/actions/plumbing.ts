import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { quote } from '../diffPath.ts';
import type { GitOutput } from '../process.ts';
import type { Repository } from '../repository.ts';

/** What recording and undoing ask of git's plumbing. Paths are latin1 strings of their bytes. */

/** An index of our own in a temporary folder; the user's is never written through this. */
export interface OwnIndex {
  readonly file: string;
  run(args: readonly string[], options?: { input?: string | Uint8Array; accept?: readonly number[] }): Promise<GitOutput>;
  /** Sets entries: `<mode> <id> <stage>\t<path>`, mode 0 removes. */
  set(entries: readonly string[]): Promise<void>;
  /** The tree of what it holds; there must be no entries in conflict. */
  tree(): Promise<string>;
}

export function ownIndex(repository: Repository, file: string, signal: AbortSignal | undefined): OwnIndex {
  const run: OwnIndex['run'] = (args, options = {}) =>
    repository.run(['-c', 'core.splitIndex=false', '-c', 'core.safecrlf=false', '-c', 'core.fsmonitor=false', ...args], {
      ...options,
      env: { GIT_INDEX_FILE: file },
      silence: 300_000,
      ...(signal === undefined ? {} : { signal }),
    });
  return {
    file,
    run,
    set: async (entries) => {
      if (entries.length > 0) await run(['update-index', '-z', '--index-info'], { input: nulInput(entries) });
    },
    tree: async () => idOf(await run(['write-tree', '--missing-ok'])),
  };
}

/** What `set` takes to remove a path, whatever its stages. */
export function removal({ facts }: Repository, name: string): string {
  return `0 ${'0'.repeat(facts.objectFormat === 'sha256' ? 64 : 40)}\t${name}`;
}

/** Runs `act` with a temporary folder that nobody else can read. */
export async function withFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'hearth-undo-'));
  try {
    return await act(folder);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

export function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function nulInput(items: readonly string[]): Buffer {
  return Buffer.from(items.map((each) => `${each}\0`).join(''), 'latin1');
}

/** What git printed with `-z`. */
export function nulOutput({ stdout }: Pick<GitOutput, 'stdout'>): string[] {
  const items = stdout.toString('latin1').split('\0');
  items.pop();
  return items;
}

export function idOf({ stdout }: GitOutput): string {
  return stdout.toString('latin1').trim();
}

/** Which of the names git ignores; tracked files never are. `./` keeps a name from being read as a pattern's magic. */
export async function ignoredNames(repository: Repository, names: readonly string[], signal: AbortSignal): Promise<string[]> {
  if (names.length === 0) return [];
  const input = nulInput(names.map((name) => `./${name}`));
  const args = ['--no-literal-pathspecs', 'check-ignore', '-z', '--stdin'];
  return nulOutput(await repository.run(args, { input, signal, accept: [0, 1] })).map((name) => name.slice(2));
}

/** Ids of files' bytes as they are, or as git's filters make them; with `write` they become objects. Paths may be absolute. */
export async function hashFiles(
  repository: Repository,
  paths: readonly string[],
  write: boolean,
  signal: AbortSignal | undefined,
  filtered = false,
): Promise<string[]> {
  if (paths.length === 0) return [];
  const { stdout } = await repository.run(
    ['-c', 'core.safecrlf=false', 'hash-object', ...(write ? ['-w'] : []), ...(filtered ? [] : ['--no-filters']), '--stdin-paths'],
    {
      input: Buffer.from(paths.map((each) => `${quote(each)}\n`).join(''), 'latin1'),
      silence: 300_000,
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return stdout.toString('latin1').trim().split('\n');
}

/** Mode and id of a path in a tree; mode `000000` where it has none. */
export interface TreeEntry {
  readonly mode: string;
  readonly id: string;
}

export interface TreeChange {
  readonly from: TreeEntry;
  readonly to: TreeEntry;
}

/** Paths in which two trees differ. */
export async function treeChanges(
  repository: Repository,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<Map<string, TreeChange>> {
  const changes = new Map<string, TreeChange>();
  if (from === to) return changes;
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--no-abbrev', from, to];
  const tokens = nulOutput(await repository.run(args, { silence: 180_000, ...(signal === undefined ? {} : { signal }) }));
  for (let at = 0; at + 1 < tokens.length; at += 2) {
    const [fromMode = '', toMode = '', fromId = '', toId = ''] = (tokens[at] as string).slice(1).split(' ');
    changes.set(tokens[at + 1] as string, { from: { mode: fromMode, id: fromId }, to: { mode: toMode, id: toId } });
  }
  return changes;
}

export async function emptyTree(repository: Repository): Promise<string> {
  return idOf(await repository.run(['hash-object', '-t', 'tree', '--stdin'], { input: '' }));
}
