import os from 'node:os';
import type { UndoEntry } from '../../protocol/gitActions.ts';
import type { Repository } from '../repository.ts';
import { idOf } from './plumbing.ts';
import type { RepositoryState, WorktreeState } from './state.ts';

/**
 * The record of actions: one ref `refs/hearth/oplog/<id>` for each, to a commit whose message ends with the entry as JSON, whose tree holds
 * what the entry names, and whose parents keep the commits alive that it names.
 */

const prefix = 'refs/hearth/oplog/';

/** Days after which an entry is forgotten. */
const keptDays = 30;

export interface RefMove {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface Entry {
  readonly version: 1;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly kind: UndoEntry['kind'];
  readonly label: string;
  readonly actor: string;
  readonly item?: number;
  /** Short names of branches that it may move, create or delete, when it said so. */
  readonly branches?: readonly string[];
  /** Files (latin1 names) that are recorded byte for byte, because the action destroys them. */
  readonly required?: readonly string[];
  /** Of an undo or redo: the entry that it undid or did again. */
  readonly of?: string;
  /** Who acts; matters until there is an `after`. */
  readonly process: { readonly pid: number; readonly host: string };
  readonly refs: readonly RefMove[];
  readonly before: RepositoryState;
  readonly after?: RepositoryState;
}

export type NewEntry = Omit<Entry, 'version' | 'id' | 'time' | 'process' | 'refs' | 'after'>;

/** Writes an entry that is not finished. Entries that are too old go. */
export async function createEntry(repository: Repository, fresh: NewEntry, parents: readonly string[], now = Date.now()): Promise<Entry> {
  const known = await entryIds(repository);
  const id = nextId(now, known.at(-1));
  const entry: Entry = { version: 1, id, time: now, ...fresh, process: { pid: process.pid, host: os.hostname() }, refs: [] };
  const oldest = idOfTime(now - keptDays * 86_400_000);
  const commit = await writeCommit(repository, entry, parents);
  const lines = [`create ${prefix}${id} ${commit}`, ...known.filter((each) => each < oldest).map((each) => `delete ${prefix}${each}`)];
  await repository.write(['update-ref', '--stdin'], { input: `${lines.join('\n')}\n` });
  return entry;
}

/** Replaces what is written of an entry. */
export async function replaceEntry(repository: Repository, entry: Entry, parents: readonly string[]): Promise<void> {
  const commit = await writeCommit(repository, entry, parents);
  await repository.write(['update-ref', `${prefix}${entry.id}`, commit]);
}

export async function deleteEntry(repository: Repository, id: string): Promise<void> {
  await repository.write(['update-ref', '-d', `${prefix}${id}`]);
}

/** Entries, oldest first; what cannot be read (a later version's) is left out. */
export async function readEntries(repository: Repository, signal?: AbortSignal): Promise<Entry[]> {
  const args = ['for-each-ref', '--sort=refname', '--format=%(contents:body)%00', prefix];
  const { stdout } = await repository.run(args, signal === undefined ? {} : { signal });
  return stdout.toString('utf8').split('\0').slice(0, -1).flatMap(parseEntry);
}

export async function readEntry(repository: Repository, id: string): Promise<Entry | undefined> {
  const found = await repository.objects.read(`${prefix}${id}`);
  if (found?.type !== 'commit') return undefined;
  const text = found.data.toString('utf8');
  return parseEntry(text.slice(text.lastIndexOf('\n\n')))[0];
}

function parseEntry(text: string): Entry[] {
  try {
    const entry = JSON.parse(text) as Entry;
    return entry.version === 1 && Array.isArray(entry.before?.worktrees) ? [entry] : [];
  } catch {
    return [];
  }
}

async function entryIds(repository: Repository): Promise<string[]> {
  const text = await repository.text(['for-each-ref', '--sort=refname', '--format=%(refname)', prefix]);
  return text === '' ? [] : text.split('\n').map((name) => name.slice(prefix.length));
}

/** `20260131-235959123-00`: sorts by time, also where a clock went back or two entries share a millisecond. */
function nextId(now: number, last: string | undefined): string {
  const wanted = `${idOfTime(now)}-00`;
  if (last === undefined || last < wanted) return wanted;
  const count = Number.parseInt(last.slice(-2), 36) + 1;
  if (count < 36 ** 2) return `${last.slice(0, -2)}${count.toString(36).padStart(2, '0')}`;
  const [, ...parts] = last.match(/^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(\d{3})/) ?? [];
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, milli = 0] = parts.map(Number);
  return `${idOfTime(Date.UTC(year, month - 1, day, hour, minute, second, milli) + 1)}-00`;
}

function idOfTime(time: number): string {
  return new Date(time)
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .replace('T', '-');
}

/** The objects an entry names, as a tree of their own: `before-0-files`, … */
async function writeTree(repository: Repository, entry: Entry): Promise<string> {
  const lines: string[] = [];
  const add = (type: 'blob' | 'tree', name: string, id: string) => {
    if (id !== '') lines.push(`${type === 'tree' ? '040000' : '100644'} ${type} ${id}\t${name}\n`);
  };
  for (const [when, state] of [
    ['before', entry.before],
    ['after', entry.after],
  ] as const) {
    if (state === undefined) continue;
    add('blob', `${when}-branches`, state.branches);
    add('blob', `${when}-config`, state.config);
    for (const [at, worktree] of state.worktrees.entries()) {
      for (const name of ['index', 'unmerged', 'files', 'exact'] as const) add('tree', `${when}-${at}-${name}`, worktree[name]);
      for (const name of ['indexFile', 'skipped', 'modes'] as const) add('blob', `${when}-${at}-${name}`, worktree[name]);
    }
  }
  return idOf(await repository.run(['mktree', '--missing'], { input: lines.join('') }));
}

/** Written by hand: `commit-tree` needs to know who the user is. */
async function writeCommit(repository: Repository, entry: Entry, parents: readonly string[]): Promise<string> {
  const tree = await writeTree(repository, entry);
  const person = `Hearth <hearth@localhost> ${Math.floor(entry.time / 1000)} +0000`;
  const head = [`tree ${tree}`, ...new Set(parents.map((id) => `parent ${id}`)), `author ${person}`, `committer ${person}`];
  const json = JSON.stringify(entry).replace(/[\u007f-\uffff]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const text = `${head.join('\n')}\n\nHearth undo record: ${entry.kind}\n\n${json}\n`;
  return idOf(await repository.run(['hash-object', '-t', 'commit', '-w', '--stdin'], { input: text }));
}

/** Commits that must stay while a work tree can be brought back to this state. */
export function commitsOf(states: readonly RepositoryState[]): string[] {
  const ids = states.flatMap(({ stash, worktrees }) => [stash, ...worktrees.flatMap(worktreeCommits)]);
  return [...new Set(ids)].filter((id) => /^[0-9a-f]{40,64}$/.test(id));
}

function worktreeCommits({ commit, operation }: WorktreeState): string[] {
  const heads = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD'].map((name) => operation[name] ?? '');
  return [commit, ...heads.flatMap((text) => Buffer.from(text, 'base64').toString('latin1').split('\n'))];
}
