import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { branchPlaces } from './branchPlaces.ts';
import type { RefMove } from './oplog.ts';
import { planWorktree, type WorktreePlan } from './plan.ts';
import { emptyTree, nulInput, removal, type TreeEntry, treeChanges } from './plumbing.ts';
import { refusal } from './refusal.ts';
import { restoreConfig } from './restoreConfig.ts';
import { checkFiles, type ExactFiles, type Marks, markFiles, restoreFiles } from './restoreFiles.ts';
import { restoreStash } from './restoreStash.ts';
import type { RepositoryState, WorktreeState } from './state.ts';

/** From one recorded state to another: all is checked first, then changed in an order in which every step can be repeated. */
export interface Move {
  readonly from: RepositoryState;
  readonly to: RepositoryState;
  readonly now: RepositoryState;
  /** When the action ended; undefined when it never did. */
  readonly acted: RepositoryState | undefined;
  /** Branches that the action moved and that differ between `from` and `to`, with the values now. */
  readonly refs: readonly (RefMove & { readonly now: string | null })[];
  /** Files of the first work tree that are compared byte for byte. */
  readonly required: ReadonlySet<string>;
  /** Short names of the branches that the action named. */
  readonly branches: readonly string[] | undefined;
  /** What the reflog says. */
  readonly reason: string;
}

export interface Plan {
  readonly move: Move;
  readonly worktrees: readonly {
    readonly repository: Repository;
    readonly plan: WorktreePlan;
    readonly exact: ExactFiles;
    readonly marks: Marks;
  }[];
}

/** Throws `conflict` or `precondition` with what stands in the way; changes nothing. */
export async function planMove(repository: Repository, places: readonly Repository[], move: Move, signal: AbortSignal): Promise<Plan> {
  await refuseBusy(places);
  for (const { name, before, after, now } of move.refs) {
    if (now === before || now === after) continue;
    const branch = name.replace(/^refs\/heads\//, '');
    const happened = now === null ? 'was deleted' : before === null ? 'was created by something else' : `has moved to ${now.slice(0, 10)}`;
    throw new Failure('conflict', `Branch ${branch} ${happened} since.`, {
      hint: 'Undo what was done after it first, or set the branch back by hand (`git reflog` lists where it was).',
    });
  }
  const worktrees: Plan['worktrees'][number][] = [];
  for (const place of places) {
    const at = (state: RepositoryState) => state.worktrees.find(({ root }) => root === place.root);
    const [from, to, now] = [at(move.from), at(move.to), at(move.now)];
    if (from === undefined || to === undefined || now === undefined) continue;
    const required = place.root === move.now.worktrees[0]?.root ? move.required : new Set<string>();
    const acted = (move.acted && at(move.acted)) ?? now;
    const plan = await planWorktree(place, {
      from,
      to,
      now,
      acted,
      required,
      interrupted: move.acted === undefined,
      branches: move.branches,
    });
    if (plan === undefined) continue;
    const known = await treeEntries(place, plan, now);
    await checkFiles(place, plan.files, (name) => known.has(name));
    const marks = await markFiles(place, plan.files, known);
    worktrees.push({ repository: place, plan, exact: await exactFiles(place, to), marks });
  }
  await refuseOtherPlaces(repository, places, { move, worktrees }, signal);
  return { move, worktrees };
}

/** Files to be written that are there now, as recorded: those in the way of git's own knowledge are not. */
async function treeEntries(repository: Repository, plan: WorktreePlan, now: WorktreeState): Promise<Map<string, TreeEntry>> {
  if (plan.files.size === 0) return new Map();
  const all = await treeChanges(repository, await emptyTree(repository), now.files);
  return new Map([...all].filter(([name]) => plan.files.has(name)).map(([name, { to }]) => [name, to]));
}

async function exactFiles(repository: Repository, { exact, modes }: WorktreeState): Promise<ExactFiles> {
  const entries = exact === '' ? [] : [...(await treeChanges(repository, await emptyTree(repository), exact))];
  const text = modes === '' ? '{}' : (await repository.objects.blob(modes)).data.toString('utf8');
  return { bytes: new Map(entries.map(([name, { to }]) => [name, to])), modes: JSON.parse(text) };
}

async function refuseBusy(places: readonly Repository[]): Promise<void> {
  for (const { facts } of places) {
    for (const name of ['rebase-merge', 'rebase-apply', 'sequencer']) {
      if ((await fs.stat(path.join(facts.gitDir, name)).catch(() => undefined)) === undefined) continue;
      throw new Failure('precondition', `A ${name === 'sequencer' ? 'cherry-pick or revert' : 'rebase'} is in progress.`, {
        hint: 'Finish or abort it first.',
      });
    }
  }
}

/** A branch that another work tree has checked out (or rebases) must not move under it, nor be checked out twice. */
async function refuseOtherPlaces(repository: Repository, places: readonly Repository[], plan: Plan, signal: AbortSignal): Promise<void> {
  const moved = plan.move.refs.filter(({ after, now }) => now !== after).map(({ name }) => name);
  const checkedOut = plan.worktrees.flatMap((each) => (each.plan.head && 'ref' in each.plan.to.head ? [each.plan.to.head.ref] : []));
  const mine = new Set(places.map(({ root }) => root));
  for (const { branch, root } of await branchPlaces(repository, signal)) {
    if (mine.has(root) || ![...moved, ...checkedOut].includes(`refs/heads/${branch}`)) continue;
    throw new Failure('precondition', `Branch ${branch} is checked out in ${root}.`, {
      hint: 'Switch that work tree to another branch first.',
    });
  }
}

/** Answers how many files were written or deleted, and which stayed as somebody wrote them meanwhile. Not cancelled half-way; repeated after a crash it does what is missing. */
export async function applyMove(repository: Repository, { move, worktrees }: Plan): Promise<{ files: number; stayed: string[] }> {
  for (const each of worktrees) await refuseLocked(each.repository);
  for (const { repository: place, plan } of worktrees) if (plan.head) await moveHead(place, plan.to, move.reason);
  try {
    await moveRefs(repository, move);
  } catch (error) {
    for (const { repository: place, plan } of worktrees) if (plan.head) await moveHead(place, plan.now, move.reason);
    throw error;
  }
  let files = 0;
  const stayed: string[] = [];
  for (const { repository: place, plan, exact, marks } of worktrees) {
    if (plan.operation) await restoreOperation(place, plan.to);
    await restoreIndex(place, plan);
    const restored = await restoreFiles(place, plan.files, exact, marks);
    files += restored.changed;
    stayed.push(...restored.stayed);
    await place.write(['update-index', '-q', '--refresh'], { accept: [0, 1, 128] });
  }
  await restoreConfig(repository, move);
  await restoreStash(repository, move);
  return { files, stayed };
}

async function moveHead(repository: Repository, { head }: WorktreeState, reason: string): Promise<void> {
  if ('ref' in head) await repository.write(['symbolic-ref', '-m', reason, 'HEAD', head.ref]);
  else await repository.write(['update-ref', '--no-deref', '-m', reason, 'HEAD', head.commit]);
}

/** All or none. */
async function moveRefs(repository: Repository, { refs, reason }: Move): Promise<void> {
  const lines = refs.flatMap(({ name, after, now }) => {
    if (after === now) return [];
    if (after === null) return [`delete ${name}\0${now}`];
    return [now === null ? `create ${name}\0${after}` : `update ${name}\0${after}\0${now}`];
  });
  if (lines.length === 0) return;
  const output = await repository.write(['update-ref', '-m', reason, '-z', '--stdin'], {
    input: lines.map((line) => `${line}\0`).join(''),
    accept: [0, 1, 128],
  });
  if (output.exitCode === 0) return;
  if (/but expected|reference already exists|unable to resolve reference/.test(output.stderr)) {
    throw new Failure('conflict', 'A branch has moved just now.', { hint: 'Try again.', detail: output.stderr.slice(0, 2000) });
  }
  throw refusal(['update-ref'], output, 'Moving the branches');
}

async function refuseLocked({ facts }: Repository): Promise<void> {
  const lock = path.join(facts.gitDir, 'index.lock');
  for (let tries = 0; (await fs.stat(lock).catch(() => undefined)) !== undefined; tries++) {
    if (tries === 10) {
      throw new Failure('locked', `Another git process holds ${lock}.`, {
        hint: 'Wait for it to end; if it crashed, remove that file by hand.',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function restoreOperation({ facts }: Repository, { operation }: WorktreeState): Promise<void> {
  for (const name of ['MERGE_HEAD', 'MERGE_MODE', 'MERGE_MSG', 'SQUASH_MSG', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'AUTO_MERGE']) {
    const file = path.join(facts.gitDir, name);
    const content = operation[name];
    if (content === undefined) await fs.rm(file, { force: true });
    else await fs.writeFile(file, Buffer.from(content, 'base64'));
  }
}

/** Branches may have moved by now: whoever holds the index for a moment (a prompt that asks for the status) is waited for. */
async function openLock(lock: string): Promise<fs.FileHandle> {
  for (let tries = 0; ; tries++) {
    try {
      return await fs.open(lock, 'wx');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (tries === 30) throw new Failure('locked', `Another git process holds ${lock}.`, { hint: 'Undo again when it has ended.' });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** As git does: the lock file becomes the index. */
async function restoreIndex(repository: Repository, { index, to }: WorktreePlan): Promise<void> {
  if (index.kind === 'none') return;
  if (index.kind === 'paths') {
    const entries = [...index.paths].map(([name, { mode, id }]) =>
      mode === '000000' ? removal(repository, name) : `${mode} ${id} 0\t${name}`,
    );
    await repository.write(['update-index', '-z', '--index-info'], { input: nulInput(entries) });
    return;
  }
  if (to.indexFile === '') {
    await repository.write(['read-tree', '--empty']);
    return;
  }
  const { data } = await repository.objects.blob(to.indexFile);
  const file = path.join(repository.facts.gitDir, 'index');
  const lock = await openLock(`${file}.lock`);
  try {
    await lock.writeFile(data);
    await lock.close();
    // Files that changed in the same moment as the index was written are read again, as before.
    await fs.utimes(`${file}.lock`, to.indexTime, to.indexTime);
    await fs.rename(`${file}.lock`, file);
  } catch (error) {
    await fs.rm(`${file}.lock`, { force: true });
    throw error;
  }
}
