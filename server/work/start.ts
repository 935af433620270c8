import {
  beginAction,
  createBranch,
  dropAction,
  endAction,
  readBranchItems,
  resolveCommit,
  switchBranch,
  undoAction,
  writeBranchItem,
} from '../git/index.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import { type Item, link } from '../protocol/work.ts';
import type * as protocol from '../protocol/workFlow.ts';
import { asFailure, Failure } from '../rpc/failure.ts';
import { askHub, type Flow, leftHalfWay, uncancelled } from './flow.ts';
import { requireIdentity } from './identity.ts';
import { linkOf, readOwnCommits } from './linkedCommits.ts';
import { basesOf, newBranch, readStartFacts, type StartFacts } from './startPlan.ts';
import { changedPaths, files, readWorktreeState, refuseInTheWay } from './worktreeState.ts';

type Params = ParamsOf<typeof protocol.start>;

/** How work starts: everything that could stand in the way was looked at. */
interface Start {
  readonly branch: string;
  readonly item: number;
  /** Where a new branch begins: `unborn` has no commits yet. */
  readonly create: { readonly kind: 'no' } | { readonly kind: 'unborn' } | { readonly kind: 'from'; readonly commit: string };
  readonly switch: boolean;
  readonly stash: boolean;
  /** The branch that has the item so far. */
  readonly linked: string | undefined;
  /** The branch it will be merged into, as far as known. */
  readonly base: string | undefined;
}

/**
 * Creates or adopts the branch of an item, switches to it and links it. Nothing is changed before all was checked; when git or the hub
 * then refuses, what was done is taken back.
 */
export async function startWork(flow: Flow, params: Params): Promise<ResultOf<typeof protocol.start>> {
  const start = await validate(flow, params, await readStartFacts(flow, params.id));
  const { repository, context, signal } = flow;
  const kind = start.create.kind === 'no' ? 'switch' : 'create-branch';
  const action = { kind, label: start.branch, actor: context.session.actor, item: start.item, branches: [start.branch] } as const;
  const undo = await beginAction(repository, action, signal);
  let hasChanged = true;
  try {
    try {
      await act(flow, start);
    } finally {
      // Not cancelled; without an end it can be undone all the same.
      hasChanged = await endAction(repository, undo, uncancelled(flow).signal).catch(() => true);
    }
    const item = await tellHub(flow, start);
    context.happened();
    return { item, branch: start.branch, created: start.create.kind !== 'no', stashed: start.stash, undo };
  } catch (error) {
    if (hasChanged) throw await failedStart(flow, start, undo, error);
    await dropAction(repository, undo).catch(() => {});
    throw error;
  }
}

/** Takes everything back, and answers the failure with what became of it. */
async function failedStart(flow: Flow, start: Start, undo: string, error: unknown): Promise<Failure> {
  const { message, reason, hint, detail } = asFailure(error);
  try {
    const kept = await takeBack(uncancelled(flow), start, undo);
    if (kept.length > 0) flow.context.happened();
    const some = `${kept.slice(0, 3).join(', ')}${kept.length > 3 ? ' …' : ''}`;
    const but = kept.length === 0 ? '' : `, but for what changed meanwhile (${some}): \`hearth redo ${undo}\` stashes again`;
    return new Failure(reason, message, {
      detail,
      cause: error,
      hint: `${hint === undefined ? '' : `${hint} `}Everything is as before${but}.`,
    });
  } catch (second) {
    const stashed = start.stash ? ' What you had changed may be in the stash.' : '';
    return leftHalfWay(flow, error, second, `\`hearth undo ${undo}\` tries again.${stashed}`);
  }
}

async function validate(flow: Flow, params: Params, facts: StartFacts): Promise<Start> {
  const { repository, signal } = flow;
  const state = await readWorktreeState(repository, signal);
  refuseInTheWay(repository, state);
  const dirty = changedPaths(state).length + state.untracked.length;
  if (params.switch && params.changes === 'refuse' && dirty > 0) {
    throw new Failure('precondition', `${files(dirty)} here ${dirty === 1 ? 'is' : 'are'} not committed.`, {
      hint: 'Commit or stash them first, or let them come along.',
    });
  }
  const stash = params.switch && params.changes === 'stash' && dirty > 0;
  if (stash && repository.facts.head.state === 'unborn') {
    throw new Failure('precondition', 'There is no commit yet, so nothing can be stashed.', { hint: 'Let the changes come along.' });
  }
  if (stash) await requireIdentity(repository, signal);
  const rest = { item: facts.item.id, switch: params.switch, stash, linked: ownBranch(facts) };
  const adopted = adoptedBranch(params, facts);
  if (adopted !== undefined) {
    refuseElsewhere(flow, facts, adopted, params.switch);
    return {
      ...rest,
      branch: adopted,
      create: { kind: 'no' },
      base: baseBranch(facts, params.base ?? facts.item.base ?? undefined, adopted),
    };
  }
  refuseSecond(facts);
  const { branch, problem } = await newBranch(flow, facts, params.branch);
  if (problem !== undefined) throw await refusedName(flow, facts, branch, problem);
  const base = params.base ?? basesOf(flow, facts)[0]?.revision;
  if (base === undefined) {
    if (!params.switch)
      throw new Failure('precondition', 'There is no commit yet.', { hint: 'Make the first commit, or switch to the new branch.' });
    return { ...rest, branch, create: { kind: 'unborn' }, base: repository.facts.head.branch };
  }
  const { commit } = await resolveCommit(repository, base, signal);
  return { ...rest, branch, create: { kind: 'from', commit }, base: baseBranch(facts, base, branch) };
}

/** The branch to adopt: the one that was asked for, or the one that the item has here already. */
function adoptedBranch({ id, branch, adopt }: Params, facts: StartFacts): string | undefined {
  const { branches, items } = facts;
  if (!adopt) {
    const own = ownBranch(facts);
    return branch === undefined || branch === own ? own : undefined;
  }
  if (branch === undefined) throw new Failure('invalid', 'Which branch? Adopting needs its name.');
  if (!branches.local.has(branch)) {
    throw new Failure('not-found', `There is no branch ${branch} here.`, {
      hint: 'Check the spelling, or create it instead of adopting it.',
    });
  }
  const owner = items.get(branch);
  if (owner === undefined || owner === id) return branch;
  throw new Failure('conflict', `${branch} is the branch of #${owner}.`, { hint: 'One branch belongs to one item: choose another one.' });
}

/** One branch per item. */
function refuseSecond(facts: StartFacts): void {
  const { item } = facts;
  const own = ownBranch(facts);
  if (own === undefined) return;
  throw new Failure('conflict', `#${item.id} has the branch ${own} already.`, {
    hint: 'Start it on that branch, or delete the branch first.',
  });
}

function ownBranch({ item, items, branches }: StartFacts): string | undefined {
  return [...items].find(([name, id]) => id === item.id && branches.local.has(name))?.[0];
}

async function refusedName(flow: Flow, { branches, items }: StartFacts, branch: string, problem: string): Promise<Failure> {
  if (!branches.local.has(branch)) return new Failure('invalid', problem, { hint: 'Choose another name.' });
  const owner = (items.size > 0 ? items : await readBranchItems(flow.repository, flow.signal)).get(branch);
  const whose = owner === undefined ? '' : ` It belongs to #${owner}.`;
  return new Failure('conflict', `${problem}${whose}`, { hint: 'Adopt it, or choose another name.' });
}

function refuseElsewhere({ repository }: Flow, { branches }: StartFacts, branch: string, isSwitching: boolean): void {
  const worktree = branches.local.get(branch)?.worktree;
  if (!isSwitching || worktree === undefined || worktree === repository.root) return;
  throw new Failure('precondition', `${branch} is checked out in ${worktree}.`, { hint: 'Work there, or only link the branch.' });
}

/** The local branch that a base stands for: `origin/main` is `main` when there is one. Nothing for a bare commit. */
function baseBranch({ branches, default: known }: StartFacts, base: string | undefined, own: string): string | undefined {
  const short = base === undefined ? undefined : branches.remote.has(base) ? base.slice(base.indexOf('/') + 1) : base;
  const found = [short, known].find((name) => name !== undefined && name !== own && branches.local.has(name));
  return found ?? (known === own ? undefined : known);
}

async function act({ repository, signal }: Flow, start: Start): Promise<void> {
  const { branch, create } = start;
  if (start.stash) await repository.write(['stash', 'push', '--include-untracked', '--message', `Before #${start.item}`], { signal });
  if (create.kind === 'unborn') await repository.write(['symbolic-ref', 'HEAD', `refs/heads/${branch}`], { signal });
  else if (create.kind === 'from') await createBranch(repository, { branch, base: create.commit, switch: start.switch, signal });
  else if (start.switch && repository.facts.head.branch !== branch) await switchBranch(repository, branch, signal);
  // Before the hub is told: what a crash leaves between the two is found by the next reconcile.
  if (start.linked !== undefined && start.linked !== branch) await writeBranchItem(repository, start.linked, null, signal);
  await writeBranchItem(repository, branch, start.item, signal);
}

/** An adopted branch may have commits already. */
async function tellHub(flow: Flow, { item: id, branch, base, create }: Start): Promise<Item> {
  const { repository, signal } = flow;
  const isOld = create.kind === 'no' && base !== undefined;
  const found = isOld ? await readOwnCommits(repository, { branch, base, limit: 2000, signal }) : [];
  const params = {
    repository: repository.root,
    id,
    branch,
    start: true,
    commits: found.map(linkOf),
    ...(base === undefined ? {} : { base }),
  };
  return (await askHub(flow, link, params, 'start')).item;
}

/** Answers the files that were stashed and could not come back, because somebody has written them since. */
async function takeBack({ repository, context, signal }: Flow, { branch, linked, item, stash }: Start, undo: string): Promise<string[]> {
  const { kept } = await undoAction(repository, undo, context.session.actor, signal);
  // Only what differs is written: where the configuration is locked it may be as before.
  const items = await readBranchItems(repository, signal);
  if (linked !== branch && items.get(branch) === item) await writeBranchItem(repository, branch, null, signal);
  if (linked !== undefined && items.get(linked) !== item) await writeBranchItem(repository, linked, item, signal);
  if (stash && kept.length > 0) return [...new Set(kept)];
  // What failed is nothing that anybody would redo.
  await dropAction(repository, undo);
  return [];
}
