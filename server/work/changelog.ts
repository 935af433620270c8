import { promises as fs } from 'node:fs';
import path from 'node:path';
import { placeOf, readOwnFile, writeOwnFile } from '../config/ownFile.ts';
import type { WorkConfig } from '../config/workConfig.ts';
import { defaultBranch, type Repository, readHead } from '../git/index.ts';
import type { EntryState, Fragment, NewEntry } from '../protocol/workFlow.ts';
import { Failure, throwIfCancelled } from '../rpc/failure.ts';
import { addEntries, countItem, type Group } from './changelogDocument.ts';
import { entryLines } from './changelogEntry.ts';
import { documentLimit, type FragmentFile, type Place, readAt, readFragments } from './changelogFiles.ts';
import { categories, fragmentLimit, parseFragment, withEntry } from './changelogFragment.ts';

/** Change entries as fragments, `changes/<item>.md`: Keep a Changelog headings (`### Added`) with text below, or `### None needed` with a reason. */

/** The index counts with the work tree (when nothing is staged there) unless `worktree` is false. */
type EntryPlace =
  | { readonly kind: 'index'; readonly indexFile?: string | undefined; readonly worktree?: boolean }
  | { readonly kind: 'commit'; readonly revision: string };

interface EntryQuestion {
  readonly item: number;
  readonly config: WorkConfig;
  readonly at: EntryPlace;
  /** The commit that the work goes into: the usual branch when left out, null where nothing is to be compared with. */
  readonly base?: string | null | undefined;
  readonly signal: AbortSignal;
}

/** Whether a place holds the entry of an item. */
export async function entryStateOf(repository: Repository, { item, config, at, base, signal }: EntryQuestion): Promise<EntryState> {
  if (config.changelog.required === 'off') return { state: 'not-required', problems: [] };
  const fragmentsIn = async (place: Place) =>
    (await readFragments(repository, { place, config, item, signal })).map(({ fragment }) => fragment);
  const places: Place[] = at.kind === 'index' && at.worktree !== false ? [at, { kind: 'worktree' }] : [at];
  for (const place of places) {
    const found = await fragmentsIn(place);
    if (found.length > 0) return stateOfFragments(found);
  }
  if (await isAssembled(repository, { item, config, at, base, signal })) {
    return { state: 'present', path: config.changelog.file, problems: [] };
  }
  const [unstaged] = at.kind === 'index' && places.length === 1 ? await fragmentsIn({ kind: 'worktree' }).catch(() => []) : [];
  if (unstaged === undefined) return { state: 'missing', path: fragmentPath(config, item), problems: [] };
  return { state: 'missing', path: unstaged.path, problems: [`${unstaged.path} is written but not staged.`] };
}

/** What to do with an entry that is written but not staged. */
export function stageHint({ path: file }: EntryState): string {
  // Only where a shell takes the name as it is.
  return file !== undefined && /^[\w./]+[\w./-]*$/.test(file) ? `Stage it: \`git add ${file}\`.` : 'Stage it.';
}

/** Whether the change log got the entry on this branch: it names the item more often than where the branch began. */
async function isAssembled(repository: Repository, { item, config, at, base, signal }: EntryQuestion): Promise<boolean> {
  const count = async (place: Place) => {
    const document = await readAt(repository, place, config.changelog.file, signal);
    return document === undefined ? 0 : countItem(document.toString('latin1'), item);
  };
  const here = await count(at);
  if (here === 0 || base === null) return here > 0;
  const begin = await beginOf(repository, { config, at, base, signal });
  return begin === undefined || here > (await count({ kind: 'commit', revision: begin }));
}

/** Where a branch began; undefined when that is not known. */
async function beginOf(
  repository: Repository,
  { config, at, base, signal }: { config: WorkConfig; at: EntryPlace; base: string | undefined; signal: AbortSignal },
): Promise<string | undefined> {
  const tip = at.kind === 'commit' ? at.revision : 'HEAD';
  const mergeBase = async (other: string) => {
    const text = await repository.text(['merge-base', other, tip], { signal, accept: [0, 1, 128] });
    return text.split('\n')[0] || undefined;
  };
  if (base !== undefined) return mergeBase(base);
  const own = at.kind === 'commit' ? at.revision : `refs/heads/${(await readHead(repository.facts)).branch}`;
  for (const usual of [() => config.branch.base, () => defaultBranch(repository, signal)]) {
    const name = await usual();
    // A branch that is the base itself began nowhere.
    if (name === undefined || `refs/heads/${name}` === own) continue;
    const begin = await mergeBase(`refs/heads/${name}`);
    if (begin !== undefined) return begin;
  }
  return undefined;
}

export function stateOfFragments(fragments: readonly Fragment[]): EntryState {
  const broken = fragments.filter(({ problems }) => problems.length > 0);
  const problems = broken.flatMap((each) => each.problems.map(({ line, problem }) => `${each.path}:${line} ${problem}.`));
  const path = (broken[0] ?? fragments[0])?.path;
  const state = problems.length > 0 ? 'broken' : fragments.some(({ entries }) => entries.length > 0) ? 'present' : 'none-needed';
  return { state, ...(path === undefined ? {} : { path }), problems };
}

export function fragmentPath(config: WorkConfig, item: number): string {
  return `${config.changelog.folder}/${item}.md`;
}

/** Writes an entry into the fragment of an item (added to what it holds); by temporary file and rename. Answers its path from the root. */
export async function writeEntry(
  repository: Repository,
  { item, config, entry, signal }: { item: number; config: WorkConfig; entry: NewEntry; signal: AbortSignal },
): Promise<{ path: string; fragment: Fragment }> {
  const file = fragmentPath(config, item);
  const before = await readOwnFile(repository.root, file, fragmentLimit);
  throwIfCancelled(signal);
  const old = before === undefined || before.toString('latin1').trim() === '' ? undefined : parseFragment(file, before);
  const [problem] = old?.problems ?? [];
  if (problem !== undefined) {
    throw new Failure('precondition', `${file}:${problem.line} ${problem.problem}.`, {
      hint: 'Repair the file, or delete it and try again.',
    });
  }
  if (entry.kind === 'none' && old !== undefined && old.entries.length > 0) {
    throw new Failure('conflict', `${file} holds a change entry.`, { hint: 'Delete the file to say that none is needed.' });
  }
  const text = withEntry(before?.toString('utf8') ?? '', old, entry);
  const bytes = Buffer.from(text, 'utf8');
  const fragment = parseFragment(file, bytes);
  const [wrong] = fragment.problems;
  if (wrong !== undefined) throw new Failure('invalid', `The text of the entry ${wrong.problem}.`, { hint: 'Take that line out.' });
  if (before === undefined || !before.equals(bytes)) await writeOwnFile(repository.root, file, bytes);
  return { path: file, fragment };
}

interface Assembled {
  file: string;
  /** What the change log got, in one piece. */
  added: string;
  /** Those that were moved and are gone now. */
  fragments: string[];
  problems: { path: string; line: number; problem: string }[];
}

/**
 * Moves the fragments of a work tree into its change log (only those of `item` when told) and removes them; existing text stays byte for byte.
 * Files only: the caller stages and commits. The log is written first: asked again after a crash between the two, nothing is added twice.
 * Fragments with problems stay and are named. `today` (`2026-11-21`) dates a version.
 */
export async function assembleFragments(
  repository: Repository,
  {
    config,
    version,
    item,
    dryRun,
    signal,
    today = new Date().toISOString().slice(0, 10),
  }: {
    config: WorkConfig;
    version?: string | undefined;
    item?: number | undefined;
    dryRun: boolean;
    signal: AbortSignal;
    today?: string | undefined;
  },
): Promise<Assembled> {
  const { file } = config.changelog;
  const all = await readFragments(repository, { place: { kind: 'worktree' }, config, item, signal });
  const good = all.filter(({ fragment }) => fragment.problems.length === 0);
  const problems = all.flatMap(({ fragment }) => fragment.problems.map((each) => ({ path: fragment.path, ...each })));
  const groups = groupsOf(good);
  const result = { file, added: '', fragments: good.map(({ fragment }) => fragment.path), problems };
  if (groups.length > 0 || version !== undefined) {
    const before = await readOwnFile(repository.root, file, documentLimit);
    if (before !== undefined && /^(?:\xff\xfe|\xfe\xff)/.test(before.toString('latin1', 0, 2))) {
      throw new Failure('unsupported', `${file} is UTF-16.`, { hint: 'Save it as UTF-8.' });
    }
    const release = version === undefined ? undefined : { version, date: today };
    const { text, additions } = addEntries(before?.toString('latin1') ?? '', groups, release);
    result.added = Buffer.from(additions.map((each) => each.text).join(''), 'latin1').toString('utf8');
    if (!dryRun && additions.length > 0) {
      await refuseChanged(repository, file, before);
      throwIfCancelled(signal);
      await writeOwnFile(repository.root, file, Buffer.from(text, 'latin1'));
    }
  }
  if (!dryRun) await remove(repository, config, good);
  return result;
}

function groupsOf(files: readonly FragmentFile[]): Group[] {
  return categories.flatMap((category) => {
    const entries = files.flatMap(({ fragment }) =>
      fragment.entries
        .filter((each) => each.category === category)
        .map(({ text }) => entryLines(text, fragment.item).map((line) => Buffer.from(line, 'utf8').toString('latin1'))),
    );
    return entries.length === 0 ? [] : [{ category, entries }];
  });
}

/** Somebody may have saved it while the fragments were read. */
async function refuseChanged(repository: Repository, file: string, before: Buffer | undefined): Promise<void> {
  const now = await readOwnFile(repository.root, file, documentLimit);
  if (now === before || (now !== undefined && before !== undefined && now.equals(before))) return;
  throw new Failure('conflict', `${file} was changed just now.`, { hint: 'Try again.' });
}

async function remove(repository: Repository, config: WorkConfig, files: readonly FragmentFile[]): Promise<void> {
  for (const { fragment, bytes } of files) {
    const now = await readOwnFile(repository.root, fragment.path, fragmentLimit).catch(() => undefined);
    if (now?.equals(bytes)) await fs.rm(path.join(repository.root, fragment.path), { force: true });
  }
  // As git does with an empty folder; one with other files stays.
  if (files.length > 0) await fs.rmdir(await placeOf(repository.root, config.changelog.folder)).catch(() => {});
}
