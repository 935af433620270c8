import { readWorkConfig, type WorkConfig } from '../config/workConfig.ts';
import { checkBranchName, defaultBranch, readBranchItems } from '../git/index.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import type { Item } from '../protocol/work.ts';
import type * as protocol from '../protocol/workFlow.ts';
import { Failure } from '../rpc/failure.ts';
import { type Branches, readBranches } from './branchList.ts';
import { branchNameOf, freeBranch, isNamedAfter } from './branchName.ts';
import { type Flow, showItem } from './flow.ts';
import { readIdentity } from './identity.ts';
import { changedPaths, inTheWay, readWorktreeState } from './worktreeState.ts';

type StartPlan = ResultOf<typeof protocol.startPlan>;

/** What Start Work needs to know of the repository. */
export interface StartFacts {
  readonly item: Item;
  readonly config: WorkConfig;
  readonly branches: Branches;
  /** Branch → item. */
  readonly items: ReadonlyMap<string, number>;
  readonly default: string | undefined;
}

export async function readStartFacts(flow: Flow, id: number): Promise<StartFacts> {
  const { repository, signal } = flow;
  const [item, { config }, branches, items, found] = await Promise.all([
    showItem(flow, id),
    readWorkConfig(repository.root),
    readBranches(repository, signal),
    readBranchItems(repository, signal),
    defaultBranch(repository, signal),
  ]);
  return { item, config, branches, items, default: config.branch.base ?? found };
}

/** Changes nothing. */
export async function planStart(flow: Flow, { id, branch: wanted }: ParamsOf<typeof protocol.startPlan>): Promise<StartPlan> {
  const { repository, signal } = flow;
  const [facts, state] = await Promise.all([readStartFacts(flow, id), readWorktreeState(repository, signal)]);
  const blocked = inTheWay(repository, state);
  return {
    ...(await newBranch(flow, facts, wanted)),
    adopt: adoptable(flow, facts),
    bases: basesOf(flow, facts),
    dirty: changedPaths(state).length + state.untracked.length,
    ...(blocked === undefined ? {} : { blocked }),
  };
}

/** The branch that would be made: the wanted one, or the first free one after the template. */
export async function newBranch(
  flow: Flow,
  { item, config, branches }: StartFacts,
  wanted: string | undefined,
): Promise<{ branch: string; problem?: string }> {
  const user = (await readIdentity(flow.repository, flow.signal))?.name ?? '';
  const name = wanted ?? branchNameOf(config.branch.template, { id: item.id, type: item.type, title: item.title, user });
  const invalid = await problemOfName(flow, name);
  if (invalid !== undefined) return { branch: name, problem: invalid };
  const free = freeBranch(name, branches.local.keys());
  if (free.kind === 'blocked') return { branch: name, problem: `There is a branch ${free.by}, so none can be named ${name}.` };
  if (wanted === undefined || free.branch === wanted) return { branch: free.branch };
  return { branch: wanted, problem: `There is a branch ${wanted} already.` };
}

async function problemOfName({ repository, signal }: Flow, name: string): Promise<string | undefined> {
  try {
    await checkBranchName(repository, name, signal);
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'invalid') return error.message;
    throw error;
  }
}

/** Branches that the item has, that are named after it, or that are checked out; those of other items last. */
function adoptable({ repository }: Flow, facts: StartFacts): StartPlan['adopt'] {
  const { item, branches, items } = facts;
  const current = repository.facts.head.branch;
  const rows: StartPlan['adopt'] = [];
  for (const branch of branches.local.keys()) {
    const owner = items.get(branch);
    const linked = owner === item.id || (owner === undefined && branch === item.branch);
    const why = linked ? 'linked' : isNamedAfter(branch, item.id) ? 'name' : branch === current ? 'current' : undefined;
    if (why === undefined || (why !== 'linked' && branch === facts.default)) continue;
    rows.push({ branch, why, ...(owner === undefined || owner === item.id ? {} : { item: owner }) });
  }
  const order = ['linked', 'name', 'current'];
  return rows.sort((a, b) => Number(a.item !== undefined) - Number(b.item !== undefined) || order.indexOf(a.why) - order.indexOf(b.why));
}

/** Where a branch can begin: the default branch first, then what is checked out, then the default branch of the remote. */
export function basesOf({ repository }: Flow, facts: StartFacts): StartPlan['bases'] {
  const { head } = repository.facts;
  const rows: StartPlan['bases'] = [];
  const known = facts.default;
  if (known !== undefined && facts.branches.local.has(known)) rows.push({ revision: known, why: 'default' });
  const current = head.branch ?? head.commit;
  if (head.state !== 'unborn' && current !== undefined && current !== known) rows.push({ revision: current, why: 'current' });
  for (const remote of facts.branches.remote.keys()) {
    if (known !== undefined && remote.slice(remote.indexOf('/') + 1) === known) rows.push({ revision: remote, why: 'remote' });
  }
  return rows;
}
