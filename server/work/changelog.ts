import { promises as fs } from 'node:fs';
import path from 'node:path';
import { placeOf, readOwnFile, writeOwnFile } from '../config/ownFile.ts';
import type { WorkConfig } from '../config/workConfig.ts';
import type { Repository } from '../git/index.ts';
import type { EntryState, Fragment, NewEntry } from '../protocol/workFlow.ts';
import { Failure, throwIfCancelled } from '../rpc/failure.ts';
import { addEntries, type Group, namesItem } from './changelogDocument.ts';
import { entryLines } from './changelogEntry.ts';
import { documentLimit, type FragmentFile, type Place, readAt, readFragments } from './changelogFiles.ts';
import { categories, fragmentLimit, parseFragment, withEntry } from './changelogFragment.ts';

/** Change entries as fragments, `changes/<item>.md`: Keep a Changelog headings (`### Added`) with text below, or `### None needed` with a reason. */

/** Whether the index (work tree when there is none staged, unless `worktree` is false), or a commit, holds the entry of an item. */
export async function entryStateOf(
  repository: Repository,
  {
    item,
    config,
    at,
    signal,
  }: {
    item: number;
    config: WorkConfig;
    at: { kind: 'index'; indexFile?: string | undefined; worktree?: boolean } | { kind: 'commit'; revision: string };
    signal: AbortSignal;
  },
): Promise<EntryState> {
  if (config.changelog.required === 'off') return { state: 'not-required', problems: [] };
  const places: Place[] = at.kind === 'index' && at.worktree !== false ? [at, { kind: 'worktree' }] : [at];
  for (const place of places) {
    const found = await readFragments(repository, { place, config, item, signal });
    if (found.length > 0) return stateOfFragments(found.map(({ fragment }) => fragment));
  }
  // Assembled already, on this branch.
  const document = await readAt(repository, at, config.changelog.file, signal);
  if (document !== undefined && namesItem(document.toString('latin1'), item)) {
    return { state: 'present', path: config.changelog.file, problems: [] };
  }
  return { state: 'missing', path: fragmentPath(config, item), problems: [] };
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
