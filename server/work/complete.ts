import { setTimeout as wait } from 'node:timers/promises';
import { dropAction, endAction, listActions, readHead, readWorktrees, removeStaleWorktrees, undoAction } from '../git/index.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import { link, move } from '../protocol/work.ts';
import type * as protocol from '../protocol/workFlow.ts';
import { asFailure, Failure } from '../rpc/failure.ts';
import { itemOfName } from './changelogFragment.ts';
import { type CompleteFacts, readCompleteFacts } from './completeFacts.ts';
import { type CompletePlan, planOf } from './completePlan.ts';
import { type CompletionPlan, CompletionRun, mergedHow, TakenOver } from './completion.ts';
import { type Outcome, openEntry, runSteps } from './completionSteps.ts';
import { tracesOf } from './completionTraces.ts';
import { faultPoint } from './faultPoint.ts';
import { askHub, type Flow, leftHalfWay, tipOf, uncancelled, worktreeOf } from './flow.ts';
import { linkOf, readCommits } from './linkedCommits.ts';
import { readWorktreeState } from './worktreeState.ts';

type Params = ParamsOf<typeof protocol.complete>;
type Result = ResultOf<typeof protocol.complete>;

/** Merges and completes an item: everything is validated first, and what fails on its way is taken back. */
export async function completeItem(flow: Flow, params: Params): Promise<Result> {
  const facts = await readCompleteFacts(flow, params);
  const shown = planOf(facts);
  validate(shown, facts, params);
  if (!facts.hadBranch) {
    const { item } = await askHub(flow, move, { repository: flow.repository.root, id: params.id, to: 'done' }, 'done');
    return { item, how: 'none' };
  }
  const writes = params.assemble ? await changelogFiles(flow, facts) : [];
  const run = await CompletionRun.begin(flow, { ...followed(flow, facts, shown, params), writes });
  return carryOut(flow, run);
}

function validate({ preconditions }: CompletePlan, { source, target, item }: CompleteFacts, { expected }: Params): void {
  const failed = preconditions.filter(({ state }) => state === 'failed');
  const [first] = failed;
  if (first !== undefined) {
    const more = failed.length === 1 ? '' : ` (and ${failed.length - 1} more)`;
    const running = first.id === 'state' && first.fix === undefined && item.state !== 'done';
    throw new Failure(running ? 'locked' : 'precondition', `${first.text}${more}`, {
      hint: `\`hearth work complete ${item.id} --plan\` shows what is missing.`,
      detail: failed.map(({ text }) => text).join('\n'),
    });
  }
  if (expected === undefined) return;
  if (expected.target === target?.commit && (source === undefined || expected.source === source.commit)) return;
  throw new Failure('conflict', 'A branch has moved since the plan was made.', { hint: 'Look at the plan again.' });
}

/** The plan as it is written down: nothing in it is looked up again. */
function followed(flow: Flow, facts: CompleteFacts, shown: CompletePlan, params: Params): Omit<CompletionPlan, 'writes'> {
  const { source, target, elsewhere, item, how } = facts;
  if (target === undefined) throw new Failure('internal', 'There is nothing to merge into.');
  const message = params.message?.trim() ? params.message : shown.message;
  const places = [target.place?.root, ...(source?.places.map(({ root }) => root) ?? [])];
  return {
    version: 1,
    item: item.id,
    title: item.title,
    into: target.branch,
    target: target.commit,
    ...(source && { source: { branch: source.branch, commit: source.commit } }),
    merge:
      elsewhere === undefined
        ? { kind: 'merge', how, message }
        : { kind: 'elsewhere', ...(elsewhere.commit && { commit: elsewhere.commit }) },
    assemble: params.assemble,
    deleteBranch: params.deleteBranch,
    worktrees: [...new Set(places.filter((root) => root !== undefined && root !== flow.repository.root))] as string[],
  };
}

/** The change log, and the fragments that the item has on its branch or in the target. */
async function changelogFiles({ repository, signal }: Flow, { item, config, source, target }: CompleteFacts): Promise<string[]> {
  const { file, folder } = config.changelog;
  const names = new Set([`${item.id}.md`]);
  for (const commit of [source?.commit, target?.commit]) {
    if (commit === undefined) continue;
    const args = ['ls-tree', '-z', '--name-only', `${commit}:${folder}`];
    const { stdout } = await repository.run(args, { signal, accept: [0, 128] });
    for (const name of stdout.toString('utf8').split('\0')) if (itemOfName(name) === item.id) names.add(name);
  }
  return [file, ...[...names].map((name) => `${folder}/${name}`)];
}

/** Milliseconds between tries of taking back. */
const takeBackPauses = [200, 600, 1500];

/** Goes through the steps to the end, or back to the beginning. */
async function carryOut(flow: Flow, run: CompletionRun): Promise<Result> {
  let outcome: Outcome;
  try {
    outcome = await runSteps(flow, run);
    await linkMerges(flow, run.plan, outcome);
  } catch (error) {
    throw await failedCompletion(flow, run, error);
  }
  return finishRun(flow, run, outcome);
}

/** The hub closes the completion and the item in one change; from here on nothing is taken back. */
export async function finishRun(flow: Flow, run: CompletionRun, outcome: Outcome): Promise<Result> {
  const { plan } = run;
  const how = mergedHow(plan);
  flow.context.happened();
  const end = uncancelled(flow);
  const merged = { how, into: plan.into, ...(outcome.commit === undefined ? {} : { commit: outcome.commit }) };
  const item = await run.through(end).end({ kind: 'completed', merged, branchDeleted: outcome.branchDeleted });
  const ahead = await aheadOf(end, plan.into);
  return {
    item,
    how,
    into: plan.into,
    ...(outcome.commit === undefined ? {} : { commit: outcome.commit }),
    ...(outcome.branchDeleted && plan.source ? { branchDeleted: plan.source.branch } : {}),
    ...(ahead === undefined ? {} : { ahead }),
    ...(outcome.undo === undefined ? {} : { undo: outcome.undo }),
  };
}

/** The commits of the branch (some may have been made just now, in a terminal), the merge and the change log's commit are the item's. */
export async function linkMerges(
  flow: Flow,
  { item, target, source, merge }: CompletionPlan,
  { commit, changelog }: Outcome,
): Promise<void> {
  const { repository, signal } = flow;
  // What somebody else merged may hold other work too.
  const own = [merge.kind === 'merge' ? commit : undefined, changelog].filter((id) => id !== undefined);
  const [branch, merges] = await Promise.all([
    source === undefined ? [] : readCommits(repository, [source.commit, `^${target}`], { limit: 2000, source: 'branch', signal }),
    own.length === 0 ? [] : readCommits(repository, own, { limit: 10, source: 'trailer', signal, options: ['--no-walk'] }),
  ]);
  const commits = [...new Map([...branch, ...merges].map((each) => [each.id, linkOf(each)])).values()];
  if (commits.length > 0) await askHub(flow, link, { repository: repository.root, id: item, commits }, 'merged');
}

/** Takes everything back, and answers the failure with what became of it. */
async function failedCompletion(flow: Flow, run: CompletionRun, error: unknown): Promise<Failure> {
  if (error instanceof TakenOver) return error;
  const { message, reason, hint, detail } = asFailure(error);
  const back = uncancelled(flow);
  try {
    await patiently(() => takeBack(back, run.through(back)));
    return new Failure(reason, message, { detail, cause: error, hint: `${hint === undefined ? '' : `${hint} `}Everything is as before.` });
  } catch (second) {
    await run
      .through(back)
      .release()
      .catch(() => {});
    return leftHalfWay(flow, error, second, `\`hearth work complete ${run.plan.item} --undo\` tries again.`);
  }
}

/** Somebody else may be at work on the same target in this moment: a few tries, each looking anew what is there. */
async function patiently(act: () => Promise<void>): Promise<void> {
  for (const pause of takeBackPauses) {
    try {
      return await act();
    } catch (error) {
      if (error instanceof TakenOver) throw error;
      await wait(pause);
    }
  }
  return act();
}

/** Everything as it was before: refs, HEAD, index, files, the item. */
export async function takeBack(flow: Flow, run: CompletionRun): Promise<void> {
  await takeGitBack(flow, run);
  faultPoint('taken back');
  await run.end({ kind: 'undone' });
}

export async function takeGitBack(flow: Flow, run: CompletionRun): Promise<void> {
  const { repository, context, signal } = flow;
  await removeStaleWorktrees(repository);
  const record = run.stateOf('record');
  const id = record.kind === 'done' ? String(record.data['undo']) : (await openEntry(repository, run.plan, signal))?.id;
  if (id === undefined) return;
  const entry = (await listActions(repository, 200, signal)).find((each) => each.id === id);
  if (entry === undefined || entry.state === 'undone') return;
  if ((await tracesOf(flow, run)) === 'nothing' && !(await isHalfMerged(flow, run.plan))) return dropAction(repository, id);
  if (entry.state === 'interrupted') {
    // From here on a branch that somebody moves is a conflict of the undo; one that was moved just before is ours to see.
    await endAction(repository, id, signal);
    await tracesOf(flow, run);
  }
  await undoAction(repository, id, context.session.actor, signal);
  // What failed is nothing that anybody would redo.
  await dropAction(repository, id);
}

/** Whether a merge was left in the middle where the target is checked out. */
async function isHalfMerged(flow: Flow, { into, target }: CompletionPlan): Promise<boolean> {
  const { repository, signal } = flow;
  // Somebody has committed there since.
  if ((await tipOf(repository, into, signal)) !== target) return false;
  const place = (await readWorktrees(repository, readHead(repository.facts), signal)).find(
    ({ branch, prunable }) => branch === into && !prunable,
  );
  if (place === undefined) return false;
  const worktree = await worktreeOf(flow, place.root);
  const { staged, unmerged } = await readWorktreeState(worktree, signal);
  return worktree.facts.operation !== undefined || staged.length > 0 || unmerged.length > 0;
}

async function aheadOf({ repository, signal }: Flow, branch: string): Promise<Result['ahead']> {
  const text = await repository.text(['for-each-ref', '--format=%(upstream)', `refs/heads/${branch}`], { signal });
  if (text === '') return undefined;
  const { stdout, exitCode } = await repository.run(['rev-list', '--count', `${text}..refs/heads/${branch}`], { signal, accept: [0, 128] });
  if (exitCode !== 0) return undefined;
  return { upstream: text.replace(/^refs\/(heads|remotes)\//, ''), commits: Number(stdout.toString('utf8')) };
}
