import { readWorkConfig } from '../config/workConfig.ts';
import {
  beginAction,
  commitIndex,
  deleteBranchNow,
  dropAction,
  endAction,
  inWorktreeOf,
  listActions,
  mergeInto,
  type Repository,
  switchBranch,
} from '../git/index.ts';
import type { UndoEntry } from '../protocol/gitActions.ts';
import { assembleFragments } from './changelog.ts';
import type { CompletionPlan, CompletionRun } from './completion.ts';
import { changelogSubject, findChangelog, findMerge, isAlone, Moved } from './completionTraces.ts';
import { branchInWork } from './current.ts';
import { faultPoint } from './faultPoint.ts';
import { type Flow, tipOf, worktreeOf } from './flow.ts';
import { withTrailer } from './trailer.ts';

/** What the steps of a Merge & Complete gave. */
export interface Outcome {
  /** Entry of the undo list; none when others have worked on the target meanwhile. */
  readonly undo: string | undefined;
  /** The commit that has the work: the merge, the squash, the tip; absent when it is not known. */
  readonly commit: string | undefined;
  /** The change log's own commit. */
  readonly changelog: string | undefined;
  readonly branchDeleted: boolean;
}

/** A step that was begun by a process that is gone has left things half done: everything has to be taken back before it is tried again. */
export class HalfDone extends Error {}

/** Goes through the steps that are not done yet; each looks at the refs before it acts again. */
export async function runSteps(flow: Flow, run: CompletionRun): Promise<Outcome> {
  const { plan } = run;
  const { undo } = await run.step(
    'record',
    () => record(flow, plan),
    () => recordedBefore(flow, plan),
  );
  const { merge, changelog } = await inTarget(flow, run);
  await run.step(
    'switch',
    () => leaveBranch(flow, plan),
    async () => undefined,
  );
  const { deleted } = await run.step(
    'delete',
    () => removeBranch(flow, plan),
    async () => undefined,
  );
  const { kept } = await run.step(
    'finish',
    () => closeEntry(flow, run, undo),
    async () => undefined,
  );
  return { undo: kept ? undo : undefined, commit: merge, changelog, branchDeleted: deleted };
}

/** What holds commits of others too cannot be undone as one: it is recorded no longer. */
async function closeEntry(flow: Flow, run: CompletionRun, undo: string): Promise<{ kept: boolean }> {
  const { repository, signal } = flow;
  const kept = await isAlone(flow, run);
  if (kept) await endAction(repository, undo, signal);
  else await dropAction(repository, undo);
  return { kept };
}

async function record(flow: Flow, plan: CompletionPlan): Promise<{ undo: string }> {
  const { repository, context, signal } = flow;
  const worktrees = await Promise.all(plan.worktrees.map((root) => worktreeOf(flow, root)));
  const branches = [plan.into, ...(plan.source === undefined ? [] : [plan.source.branch])];
  // Names as the bytes that git has.
  const required = new Set(plan.writes.map((name) => Buffer.from(name).toString('latin1')));
  const label = `#${plan.item} ${plan.title}`;
  const undo = await beginAction(
    repository,
    { kind: 'complete', label, actor: context.session.actor, item: plan.item, worktrees, branches, required },
    signal,
  );
  return { undo };
}

/** The entry that a process wrote before it could say so. */
async function recordedBefore(flow: Flow, plan: CompletionPlan): Promise<{ undo: string } | undefined> {
  const entry = await openEntry(flow.repository, plan, flow.signal);
  return entry === undefined ? undefined : { undo: entry.id };
}

export async function openEntry(repository: Repository, { item }: CompletionPlan, signal: AbortSignal): Promise<UndoEntry | undefined> {
  const entries = await listActions(repository, 50, signal);
  return entries.find((each) => each.kind === 'complete' && each.item === item && each.state === 'interrupted');
}

/** Merge and change log in the work tree of the target: one, also where it is a temporary one. */
async function inTarget(flow: Flow, run: CompletionRun): Promise<{ merge: string | undefined; changelog: string | undefined }> {
  const { repository, signal } = flow;
  const { plan } = run;
  const known = { merge: run.stateOf('merge'), changelog: run.stateOf('changelog') };
  const happened = { merge: () => mergedBefore(flow, plan), changelog: (merge: string) => assembledBefore(flow, plan, merge) };
  if (known.merge.kind === 'done' && known.changelog.kind === 'done') return resultOf(plan, known.merge.data, known.changelog.data);
  const isQuiet = plan.merge.kind === 'elsewhere' && !plan.assemble;
  const steps = async (target: Repository | undefined) => {
    const merge = await run.step('merge', () => merging(flow, plan, target), happened.merge);
    const changelog = await run.step(
      'changelog',
      () => assembling(flow, plan, target),
      () => happened.changelog(merge.tip),
    );
    return resultOf(plan, merge, changelog);
  };
  return isQuiet ? steps(undefined) : inWorktreeOf(repository, plan.into, signal, (target) => steps(target));
}

function resultOf(plan: CompletionPlan, merge: object, changelog: object): { merge: string | undefined; changelog: string | undefined } {
  const { tip } = merge as { tip: string };
  const { commit } = changelog as { commit?: string };
  return { merge: plan.merge.kind === 'merge' ? tip : plan.merge.commit, changelog: commit };
}

async function merging(flow: Flow, plan: CompletionPlan, target: Repository | undefined): Promise<{ tip: string }> {
  await expectTips(flow, plan);
  if (plan.merge.kind === 'elsewhere' || plan.source === undefined || target === undefined) return { tip: plan.target };
  const { how } = plan.merge;
  const message = await withTrailer(target, plan.merge.message, plan.item, flow.signal, true);
  const { commit } = await mergeInto(target, { source: plan.source.commit, how, message, signal: flow.signal });
  return { tip: commit };
}

/** Nobody may have moved a branch since the plan was made. */
async function expectTips({ repository, signal }: Flow, { into, target, source }: CompletionPlan): Promise<void> {
  const moved = async (branch: string, commit: string) => (await tipOf(repository, branch, signal)) !== commit;
  if (await moved(into, target)) throw new Moved(into);
  if (source !== undefined && (await moved(source.branch, source.commit))) throw new Moved(source.branch);
}

/** Our merge, when it happened; `HalfDone` when the target is where it was. */
async function mergedBefore({ repository, signal }: Flow, plan: CompletionPlan): Promise<{ tip: string } | undefined> {
  if (plan.merge.kind === 'elsewhere') return undefined;
  const tip = await tipOf(repository, plan.into, signal);
  if (tip === plan.target) throw new HalfDone();
  const merged = tip === undefined ? undefined : await findMerge(repository, plan, tip, signal);
  if (merged === undefined) throw new Moved(plan.into);
  return { tip: merged };
}

async function assembling({ signal }: Flow, plan: CompletionPlan, target: Repository | undefined): Promise<{ commit?: string }> {
  if (!plan.assemble || target === undefined) return {};
  const { config } = await readWorkConfig(target.root);
  const { file, fragments } = await assembleFragments(target, { config, item: plan.item, dryRun: false, signal });
  if (fragments.length === 0) return {};
  faultPoint('changelog written');
  const paths = [file, ...fragments].map((path) => `${path}\0`).join('');
  // A fragment that was never committed is gone from the disk and was not in the index.
  await target.write(['update-index', '--add', '--remove', '-z', '--stdin'], { input: paths, signal });
  const { exitCode } = await target.run(['diff', '--cached', '--quiet'], { signal, accept: [0, 1] });
  if (exitCode === 0) return {};
  const message = await withTrailer(target, changelogSubject(plan), plan.item, signal, true);
  const { commit } = await commitIndex(target, { message, amend: false, all: false, signal });
  return { commit };
}

/** The change log's commit, when it was made; undefined when it has to be made on what others did meanwhile. */
async function assembledBefore(
  { repository, signal }: Flow,
  plan: CompletionPlan,
  merged: string,
): Promise<{ commit?: string } | undefined> {
  if (!plan.assemble) return {};
  const tip = await tipOf(repository, plan.into, signal);
  if (tip === undefined || tip === merged) throw new HalfDone();
  const commit = await findChangelog(repository, plan, { tip, merged }, signal);
  return commit === undefined ? undefined : { commit };
}

/** Every work tree that is on the branch goes to the target; where that is checked out elsewhere, HEAD stands on its commit. */
async function leaveBranch(flow: Flow, { source, deleteBranch, into, worktrees }: CompletionPlan): Promise<{ left: string[] }> {
  if (source === undefined || !deleteBranch) return { left: [] };
  const tip = await tipOf(flow.repository, source.branch, flow.signal);
  if (tip !== undefined && tip !== source.commit) return { left: [] };
  const left: string[] = [];
  for (const root of new Set([flow.repository.root, ...worktrees])) {
    const place = await worktreeOf(flow, root);
    if ((await branchInWork(place)) !== source.branch) continue;
    const isFree = !(await isCheckedOut(flow, into));
    if (isFree) await switchBranch(place, into, flow.signal);
    else await place.write(['switch', '--quiet', '--no-overwrite-ignore', '--detach', `refs/heads/${into}`], { signal: flow.signal });
    left.push(root);
  }
  return { left };
}

async function isCheckedOut({ repository, signal }: Flow, branch: string): Promise<boolean> {
  const text = await repository.text(['for-each-ref', '--format=%(worktreepath)', `refs/heads/${branch}`], { signal });
  return text !== '';
}

async function removeBranch({ repository, signal }: Flow, { source, deleteBranch }: CompletionPlan): Promise<{ deleted: boolean }> {
  if (source === undefined || !deleteBranch) return { deleted: false };
  const tip = await tipOf(repository, source.branch, signal);
  if (tip === undefined) {
    // 128: it has no section.
    await repository.write(['config', '--local', '--remove-section', `branch.${source.branch}`], { signal, accept: [0, 1, 128] });
    return { deleted: true };
  }
  // Somebody has gone on there meanwhile: what was not merged stays.
  if (tip !== source.commit) return { deleted: false };
  await deleteBranchNow(repository, { branch: source.branch, force: true, signal });
  return { deleted: true };
}
