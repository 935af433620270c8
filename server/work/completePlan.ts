import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import type { MergeHow } from '../protocol/work.ts';
import type * as protocol from '../protocol/workFlow.ts';
import { type CompleteFacts, readCompleteFacts } from './completeFacts.ts';
import type { Flow } from './flow.ts';
import { preconditionsOf } from './preconditions.ts';
import { subjectOf } from './suggestMessage.ts';

export type CompletePlan = ResultOf<typeof protocol.completePlan>;

/** What Merge & Complete would do. Changes nothing, and never touches the network. */
export async function planComplete(flow: Flow, params: ParamsOf<typeof protocol.completePlan>): Promise<CompletePlan> {
  return planOf(await readCompleteFacts(flow, params));
}

export function planOf(facts: CompleteFacts): CompletePlan {
  const { source, target, prediction, elsewhere, interrupted } = facts;
  const preconditions = preconditionsOf(facts);
  return {
    ready: preconditions.every(({ state }) => state !== 'failed'),
    preconditions,
    ...(source && { source: { branch: source.branch, commit: source.commit, ahead: source.ahead, behind: source.behind } }),
    ...(target && { target: shownTarget(target) }),
    targets: [...facts.targets],
    how: facts.how,
    possible: possibleOf(facts),
    ...(prediction && {
      prediction: { clean: prediction.clean, conflicts: prediction.conflicts.map(({ path, kind }) => ({ path, kind })) },
    }),
    ...(elsewhere && { elsewhere }),
    message: messageOf(facts),
    entry: facts.entry,
    ...(interrupted && { interrupted }),
  };
}

function shownTarget({ branch, commit, place, upstream }: NonNullable<CompleteFacts['target']>): NonNullable<CompletePlan['target']> {
  return {
    branch,
    commit,
    ...(place && { worktree: place.root }),
    ...(upstream && { upstream: { name: upstream.name, ahead: upstream.ahead, behind: upstream.behind } }),
  };
}

function possibleOf({ prediction, elsewhere }: CompleteFacts): MergeHow[] {
  if (prediction === undefined || elsewhere !== undefined || !prediction.clean || prediction.relation === 'merged') return [];
  return prediction.relation === 'fast-forward' ? ['merge', 'squash', 'fast-forward'] : ['merge', 'squash'];
}

/** The message of the merge (or of the one commit of a squash), without the trailer of the item. */
function messageOf({ item, source, how }: Pick<CompleteFacts, 'item' | 'source' | 'how'>): string {
  if (source === undefined || how === 'fast-forward') return '';
  const title = item.title.trim();
  if (how === 'squash') return withBody(subjectOf(item), title);
  return withBody(cut(`Merge #${item.id}: ${title}`), title, `Branch: ${source.branch}`);
}

/** A title that the first line has no room for stands below it. */
function withBody(subject: string, title: string, ...more: string[]): string {
  const body = [...(subject.endsWith('…') ? [title] : []), ...more];
  return body.length === 0 ? subject : `${subject}\n\n${body.join('\n\n')}`;
}

function cut(text: string): string {
  const points = [...text];
  return points.length <= 100 ? text : `${points.slice(0, 99).join('')}…`;
}
