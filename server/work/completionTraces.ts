import type { Repository } from '../git/index.ts';
import { Failure } from '../rpc/failure.ts';
import type { CompletionPlan, CompletionRun } from './completion.ts';
import { isAncestor } from './elsewhere.ts';
import { type Flow, tipOf } from './flow.ts';
import { readCommits } from './linkedCommits.ts';

/** What a Merge & Complete leaves in the refs, and how it is told from what others do. */

export const changelogSubject = ({ item }: Pick<CompletionPlan, 'item'>) => `Change log of #${item}`;

/** A branch is not where the plan was made for, and nothing of ours is in it. */
export class Moved extends Failure {
  constructor(branch: string) {
    super('conflict', `${branch} has moved since the plan was made.`, { hint: 'Look at the plan again.' });
  }
}

/** Our merge among the commits that the target got since the plan was made; it may have got others before and after. */
export async function findMerge(
  repository: Repository,
  { merge, source, target, item }: CompletionPlan,
  tip: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (merge.kind === 'elsewhere' || source === undefined || tip === target) return undefined;
  if (merge.how === 'fast-forward') return (await isAncestor(repository, source.commit, tip, signal)) ? source.commit : undefined;
  const args = ['rev-list', '--first-parent', '--parents', '--reverse', `${target}..${tip}`];
  for (const line of (await repository.text(args, { signal })).split('\n')) {
    const [commit = '', ...parents] = line.split(' ');
    if (merge.how === 'merge' && parents.includes(source.commit, 1)) return commit;
    if (merge.how !== 'squash' || parents.length !== 1) continue;
    const [found] = await readCommits(repository, [commit], { limit: 1, source: 'trailer', signal });
    if (found?.trailers.includes(item) && merge.message.trim().startsWith(found.subject)) return commit;
  }
  return undefined;
}

/** The commit of our change log among those after the merge. */
export async function findChangelog(
  repository: Repository,
  { item }: CompletionPlan,
  { tip, merged }: { tip: string; merged: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (tip === merged) return undefined;
  const args = ['--first-parent', '--reverse'];
  const found = await readCommits(repository, [tip, `^${merged}`], { limit: 200, source: 'trailer', signal, options: args });
  return found.find(({ subject, trailers }) => subject === changelogSubject({ item }) && trailers.includes(item))?.id;
}

/**
 * What an undo finds in the refs: only our own work, so that everything can go back; or nothing of ours. Throws `conflict` when theirs
 * stands on ours: to go back would drop their commits.
 */
export async function tracesOf(flow: Flow, run: CompletionRun): Promise<'ours' | 'nothing'> {
  const { repository, signal } = flow;
  const { plan } = run;
  const [own, tip] = await Promise.all([
    plan.source === undefined ? undefined : tipOf(repository, plan.source.branch, signal),
    tipOf(repository, plan.into, signal),
  ]);
  const isSourceMoved = plan.source !== undefined && own !== undefined && own !== plan.source.commit;
  const ours = tip === undefined ? undefined : await ownTip(flow, run, tip);
  const left = run.stateOf('switch').kind !== 'open';
  if (ours === undefined && !left) return 'nothing';
  if (tip !== (ours ?? plan.target)) throw movedMeanwhile(plan.into);
  if (isSourceMoved) throw movedMeanwhile(plan.source?.branch ?? plan.into);
  return 'ours';
}

/** Where our work ends in the target; undefined when nothing of it is there. */
async function ownTip({ repository, signal }: Flow, run: CompletionRun, tip: string): Promise<string | undefined> {
  const { plan } = run;
  if (tip === plan.target) return undefined;
  const merge = run.stateOf('merge');
  const known = merge.kind === 'done' ? (merge.data as { tip: string }).tip : undefined;
  const merged = known ?? (await findMerge(repository, plan, tip, signal));
  if (merged === undefined || !(await isAncestor(repository, merged, tip, signal))) return undefined;
  const changelog = await findChangelog(repository, plan, { tip, merged }, signal);
  // Nothing but the merge itself may be below: else what goes back is more than ours.
  if (plan.merge.kind === 'merge' && plan.merge.how !== 'fast-forward') {
    const [parent] = await parentsOf(repository, merged, signal);
    if (parent !== plan.target) throw movedMeanwhile(plan.into);
  }
  if (changelog === undefined) return merged === plan.target ? undefined : merged;
  const [parent] = await parentsOf(repository, changelog, signal);
  if (parent !== merged) throw movedMeanwhile(plan.into);
  return changelog;
}

/** Whether everything that the target got since the plan was made is ours: only then the whole can be undone as one. */
export async function isAlone(flow: Flow, run: CompletionRun): Promise<boolean> {
  try {
    const tip = await tipOf(flow.repository, run.plan.into, flow.signal);
    return tip === run.plan.target || (tip !== undefined && (await ownTip(flow, run, tip)) === tip);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'conflict') return false;
    throw error;
  }
}

function movedMeanwhile(branch: string): Failure {
  return new Failure('conflict', `${branch} was moved by somebody else meanwhile.`, {
    hint: 'Their commits stay where they are: finish it instead.',
  });
}

async function parentsOf(repository: Repository, commit: string, signal: AbortSignal): Promise<string[]> {
  const text = await repository.text(['rev-list', '--parents', '--max-count=1', commit], { signal });
  return text.split(' ').slice(1);
}
