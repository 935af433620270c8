import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { shown } from './paths.ts';
import { emptyTree, nulOutput, ownIndex, type TreeChange, type TreeEntry, treeChanges, withFolder } from './plumbing.ts';
import { someOf } from './refusal.ts';
import { operationKey, type Skipped, sameHead, sameIndex, sameWorktree, type WorktreeState } from './state.ts';

/** What it takes to bring one work tree from one recorded state to another, given how it is now. Paths are latin1 strings. */
export interface WorktreePlan {
  readonly now: WorktreeState;
  readonly to: WorktreeState;
  readonly head: boolean;
  readonly operation: boolean;
  readonly index: IndexPlan;
  /** Files to write (or delete: mode `000000`). */
  readonly files: ReadonlyMap<string, TreeEntry>;
  /** Files that changed since and stay as they are. */
  readonly kept: readonly string[];
}

type IndexPlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole' }
  | { readonly kind: 'paths'; readonly paths: ReadonlyMap<string, TreeEntry> };

/** One work tree at the moments that matter, and what of it the action may have changed. */
export interface WorktreeMoments {
  readonly from: WorktreeState;
  readonly to: WorktreeState;
  readonly now: WorktreeState;
  /** When the action ended; now, when it never did. */
  readonly acted: WorktreeState;
  /** Files that the action said it changes, compared byte for byte. */
  readonly required: ReadonlySet<string>;
  readonly interrupted: boolean;
  /** Short names of the branches that the action named. */
  readonly branches: readonly string[] | undefined;
}

/**
 * Each thing that differs between the two states must now be as in the one or the other; else `conflict` says what is not. Things that do
 * not differ may have changed since and are left alone.
 */
export async function planWorktree(repository: Repository, moments: WorktreeMoments): Promise<WorktreePlan | undefined> {
  const { from, to, now, required } = moments;
  if (sameWorktree(from, to) && (required.size === 0 || from.exact === to.exact)) return undefined;
  // Where an interrupted action left HEAD nobody knows; it is on one of its branches, or somebody has switched since.
  const left = moments.interrupted ? moments.branches?.includes(headName(now)) !== false : sameHead(now, from);
  if (!left && !sameHead(now, to)) {
    const wanted = headName(moments.interrupted ? to : from);
    throw new Failure('conflict', `${headName(now)} is checked out now; it was ${wanted}.`, { hint: `Switch back to ${wanted} first.` });
  }
  if (operationKey(now) !== operationKey(from) && operationKey(now) !== operationKey(to)) {
    throw new Failure('precondition', 'Another operation waits for you here.', { hint: 'Finish or abort it first.' });
  }
  const index = await planIndex(repository, from, to, now);
  return {
    now,
    to,
    head: !sameHead(now, to),
    operation: operationKey(now) !== operationKey(to),
    index,
    ...(await planFiles(repository, moments)),
  };
}

async function planIndex(repository: Repository, from: WorktreeState, to: WorktreeState, now: WorktreeState): Promise<IndexPlan> {
  if (sameIndex(from, to) || sameIndex(now, to)) return { kind: 'none' };
  if (sameIndex(now, from)) return { kind: 'whole' };
  if (from.unmerged !== to.unmerged || now.unmerged !== from.unmerged) {
    throw new Failure('conflict', 'Conflicts were resolved or came up since.', { hint: 'Finish what waits, or reset it, and try again.' });
  }
  const { wanted, conflicts } = await merge(repository, from.index, to.index, now.index);
  if (conflicts.length > 0) {
    throw new Failure('conflict', `${someOf(conflicts.map(shown))} ${conflicts.length === 1 ? 'was' : 'were'} staged since.`, {
      hint: 'Unstage what was staged since, and try again.',
    });
  }
  return { kind: 'paths', paths: new Map([...wanted].map(([name, change]) => [name, change.to])) };
}

async function planFiles(repository: Repository, moments: WorktreeMoments): Promise<Pick<WorktreePlan, 'files' | 'kept'>> {
  const { from, to, now, required } = moments;
  const merged = await merge(repository, from.files, to.files, now.files);
  const { wanted, kept } = merged;
  if (required.size > 0) await addBytes(repository, moments, wanted);
  const foreign = await foreignFiles(repository, moments);
  for (const name of [...wanted.keys(), ...merged.conflicts]) if (foreign.has(name)) kept.push(name);
  for (const name of [...foreign, ...(await outsideCone(repository, to))]) wanted.delete(name);
  const conflicts = new Set(merged.conflicts.filter((name) => !foreign.has(name)));
  // What was not recorded then has no content to go back to; what is not known now must not be overwritten.
  for (const state of [from, to, now]) {
    for (const name of await skippedNames(repository, state)) if (wanted.delete(name) || conflicts.delete(name)) kept.push(name);
  }
  if (conflicts.size > 0) {
    const names = [...conflicts].map(shown);
    throw new Failure('conflict', `${someOf(names)} changed since.`, {
      hint: 'Commit, stash or discard what changed since, and try again.',
      detail: names.join('\n').slice(0, 8000),
    });
  }
  // Submodules have their own history; only the index says which commit.
  const files = [...wanted].filter(([, change]) => change.from.mode !== '160000' && change.to.mode !== '160000');
  return { files: new Map(files.map(([name, change]) => [name, change.to])), kept };
}

/** Required files whose bytes differ though git keeps the same of them. */
async function addBytes(
  repository: Repository,
  { from, to, now, required }: WorktreeMoments,
  wanted: Map<string, TreeChange>,
): Promise<void> {
  const empty = await emptyTree(repository);
  const list = (tree: string) => treeChanges(repository, empty, tree === '' ? empty : tree);
  const [before, after, current, files] = await Promise.all([list(from.exact), list(to.exact), list(now.exact), list(to.files)]);
  const fromFiles = await list(from.files);
  for (const name of required) {
    const entry = files.get(name)?.to;
    if (entry === undefined || wanted.has(name) || !sameEntry(entry, fromFiles.get(name)?.to ?? entry)) continue;
    const [a, b, c] = [before, after, current].map((each) => each.get(name)?.to.id);
    if (a !== b && c === a) wanted.set(name, { from: entry, to: entry });
  }
}

/**
 * Files that somebody else changed while the action ran (or since, when it never ended): what git writes for an action is clean against the
 * index afterwards, or in conflict. Such files stay as they are.
 */
async function foreignFiles(repository: Repository, moments: WorktreeMoments): Promise<Set<string>> {
  const { acted, required, interrupted } = moments;
  const dirty = await treeChanges(repository, acted.index, acted.files);
  const foreign = new Set(dirty.keys());
  if (!interrupted) for (const name of required) foreign.delete(name);
  else for (const name of await begunFiles(repository, moments, foreign)) foreign.delete(name);
  if (acted.unmerged === '') return foreign;
  const stages = await treeChanges(repository, await emptyTree(repository), acted.unmerged);
  for (const name of stages.keys()) foreign.delete(name.slice(name.indexOf('/') + 1));
  return foreign;
}

/** What git had written of an interrupted action before the index: files that were clean, and are now as in a branch of the action. */
async function begunFiles(
  repository: Repository,
  { to, now, branches = [] }: WorktreeMoments,
  dirty: ReadonlySet<string>,
): Promise<string[]> {
  if (dirty.size === 0) return [];
  const [wasDirty, since] = await Promise.all([treeChanges(repository, to.index, to.files), treeChanges(repository, to.files, now.files)]);
  const found = new Set<string>();
  for (const branch of branches) {
    const tip = await repository.objects.info(`refs/heads/${branch}^{tree}`);
    if (tip === undefined) continue;
    const differs = await treeChanges(repository, now.files, tip.id);
    for (const name of since.keys()) if (dirty.has(name) && !wasDirty.has(name) && !differs.has(name)) found.add(name);
  }
  return [...found];
}

/** Of a sparse checkout: what the index that comes back leaves out of the work tree. */
async function outsideCone(repository: Repository, to: WorktreeState): Promise<string[]> {
  const sparse = await repository.text(['config', '--type=bool', '--get', 'core.sparseCheckout'], { accept: [0, 1] });
  if (sparse !== 'true') return [];
  return withFolder(async (folder) => {
    const file = path.join(folder, 'index');
    if (to.indexFile !== '') await fs.writeFile(file, (await repository.objects.blob(to.indexFile)).data);
    const listed = nulOutput(await ownIndex(repository, file, undefined).run(['ls-files', '-t', '-z']));
    return listed.filter((line) => line.startsWith('S ')).map((line) => line.slice(2));
  });
}

interface Merged {
  readonly wanted: Map<string, TreeChange>;
  readonly conflicts: string[];
  readonly kept: string[];
}

async function merge(repository: Repository, from: string, to: string, now: string): Promise<Merged> {
  const [changes, since] = await Promise.all([treeChanges(repository, from, to), treeChanges(repository, from, now)]);
  const wanted = new Map<string, TreeChange>();
  const conflicts: string[] = [];
  for (const [name, change] of changes) {
    const current = since.get(name)?.to ?? change.from;
    if (sameEntry(current, change.to)) continue;
    if (sameEntry(current, change.from)) wanted.set(name, change);
    else conflicts.push(name);
  }
  return { wanted, conflicts, kept: [...since.keys()].filter((name) => !changes.has(name)) };
}

function sameEntry(a: TreeEntry, b: TreeEntry): boolean {
  return a.mode === b.mode && a.id === b.id;
}

export async function skippedNames(repository: Repository, { skipped }: WorktreeState): Promise<string[]> {
  if (skipped === '') return [];
  const { data } = await repository.objects.blob(skipped);
  return (JSON.parse(data.toString('utf8')) as Skipped[]).map(({ name }) => name);
}

export function headName({ head }: WorktreeState): string {
  return 'ref' in head ? head.ref.replace(/^refs\/heads\//, '') : `commit ${head.commit.slice(0, 10)}`;
}
