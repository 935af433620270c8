import { type ConfigProblem, isProtected, readWorkConfig, type WorkConfig } from '../config/workConfig.ts';
import {
  defaultBranch,
  type MergePrediction,
  predictMerge,
  type Repository,
  readBranchItems,
  readHead,
  readWorktrees,
} from '../git/index.ts';
import { completions, type Item, type MergeHow } from '../protocol/work.ts';
import type { EntryState } from '../protocol/workFlow.ts';
import { type Branches, readBranches } from './branchList.ts';
import { entryStateOf } from './changelog.ts';
import { isInterrupted } from './completionJournal.ts';
import { branchInWork } from './current.ts';
import { type Elsewhere, findElsewhere } from './elsewhere.ts';
import { askHub, type Flow, showItem, worktreeOf } from './flow.ts';
import { readUpstream, type Upstream } from './upstream.ts';
import { readWorktreeState, type WorktreeState } from './worktreeState.ts';

/** A work tree as Merge & Complete looks at it. */
export interface Place {
  readonly root: string;
  readonly state: WorktreeState;
  readonly operation: string | undefined;
}

/** Everything that decides whether an item can be merged and completed, read at one moment. */
export interface CompleteFacts {
  readonly item: Item;
  readonly config: WorkConfig;
  readonly configProblem: ConfigProblem | undefined;
  /** It has a branch, or had one: then something has to be merged. */
  readonly hadBranch: boolean;
  readonly source:
    | {
        readonly branch: string;
        readonly commit: string;
        readonly ahead: number;
        readonly behind: number;
        readonly places: readonly Place[];
      }
    | undefined;
  readonly target: Target | undefined;
  /** The branch that was asked for and is not there. */
  readonly missingTarget: string | undefined;
  readonly targets: readonly string[];
  readonly how: MergeHow;
  readonly prediction: MergePrediction | undefined;
  /** Paths that the merge changes in the target. */
  readonly touched: ReadonlySet<string>;
  readonly elsewhere: Elsewhere | undefined;
  readonly entry: EntryState;
  readonly interrupted: { readonly completion: string; readonly step: string; readonly running: boolean } | undefined;
}

interface Target {
  readonly branch: string;
  readonly commit: string;
  readonly place: Place | undefined;
  readonly upstream: Upstream | undefined;
  readonly isProtected: boolean;
}

export interface Wanted {
  readonly id: number;
  readonly into?: string | undefined;
  readonly how?: MergeHow | undefined;
}

export async function readCompleteFacts(flow: Flow, wanted: Wanted): Promise<CompleteFacts> {
  const { repository, signal } = flow;
  const [item, { config, problems }, branches, items, open, fallback] = await Promise.all([
    showItem(flow, wanted.id),
    readWorkConfig(repository.root),
    readBranches(repository, signal),
    readBranchItems(repository, signal),
    askHub(flow, completions, { repository: repository.root }, 'completions'),
    defaultBranch(repository, signal),
  ]);
  const sourceName = sourceOf(item, branches, items);
  const usual = [item.base, config.branch.base, fallback].find(
    (name) => typeof name === 'string' && name !== sourceName && branches.local.has(name),
  );
  const targetName = wanted.into ?? usual ?? undefined;
  const [source, target] = await Promise.all([
    sourceName === undefined ? undefined : readSource(flow, sourceName, branches),
    targetName === undefined || targetName === sourceName ? undefined : readTarget(flow, targetName, branches, config),
  ]);
  const hadBranch = source !== undefined || item.branch !== null || item.base !== null || item.commitList.length > 0;
  const merge = target === undefined || !hadBranch ? nothingToMerge : await readMerge(flow, item, source, target.commit);
  const counts = source === undefined || target === undefined ? [0, 0] : await distance(repository, target.commit, source.commit, signal);
  const completion = open.completions.find((each) => each.item === item.id);
  return {
    item,
    config,
    configProblem: problems[0],
    hadBranch,
    source: source && { ...source, ahead: counts[1] ?? 0, behind: counts[0] ?? 0 },
    target,
    missingTarget: target === undefined ? wanted.into : undefined,
    targets: targetsOf(branches, items, sourceName, fallback),
    how: wanted.how ?? 'merge',
    ...merge,
    entry:
      merge.elsewhere === undefined
        ? await readEntry(flow, item.id, config, { revision: source?.commit, base: target?.commit ?? null })
        : await readEntry(flow, item.id, config, { revision: target?.commit, base: null }),
    interrupted: completion && {
      completion: completion.id,
      step: completion.steps.at(-1)?.name ?? 'begin',
      running: !isInterrupted(completion.holder),
    },
  };
}

/** The configuration of git first: it follows a rename. */
function sourceOf(item: Item, branches: Branches, items: ReadonlyMap<string, number>): string | undefined {
  const linked = [...items].filter(([name, id]) => id === item.id && branches.local.has(name)).map(([name]) => name);
  if (item.branch !== null && (linked.includes(item.branch) || (linked.length === 0 && branches.local.has(item.branch))))
    return item.branch;
  return linked[0];
}

async function readSource(flow: Flow, branch: string, branches: Branches): Promise<{ branch: string; commit: string; places: Place[] }> {
  const roots = await rootsOf(flow, branch);
  const places = await Promise.all(roots.map((root) => readPlace(flow, root, false)));
  return { branch, commit: branches.local.get(branch)?.commit ?? '', places };
}

async function readTarget(flow: Flow, branch: string, branches: Branches, config: WorkConfig): Promise<Target | undefined> {
  const local = branches.local.get(branch);
  if (local === undefined) return undefined;
  const [root] = await rootsOf(flow, branch);
  const [place, upstream, locked] = await Promise.all([
    root === undefined ? undefined : readPlace(flow, root, true),
    local.upstream === undefined ? undefined : readUpstream(flow.repository, branch, local.upstream, flow.signal),
    isProtected(config, branch),
  ]);
  return { branch, commit: local.commit, place, upstream, isProtected: locked };
}

/** Work trees that have a branch checked out, also while a rebase of it has HEAD detached there. */
async function rootsOf(flow: Flow, branch: string): Promise<string[]> {
  const { repository, signal } = flow;
  const worktrees = await readWorktrees(repository, readHead(repository.facts), signal);
  const roots: string[] = [];
  for (const { root, branch: own, prunable } of worktrees) {
    if (prunable) continue;
    if (own === branch) roots.push(root);
    else if (own === undefined && (await branchInWork(await worktreeOf(flow, root))) === branch) roots.push(root);
  }
  return roots;
}

async function readPlace(flow: Flow, root: string, everyFile: boolean): Promise<Place> {
  const worktree = await worktreeOf(flow, root);
  return { root, state: await readWorktreeState(worktree, flow.signal, everyFile), operation: worktree.facts.operation };
}

const nothingToMerge = { prediction: undefined, touched: new Set<string>(), elsewhere: undefined };

async function readMerge(
  { repository, signal }: Flow,
  item: Item,
  branch: { readonly branch: string; readonly commit: string } | undefined,
  target: string,
): Promise<Pick<CompleteFacts, 'prediction' | 'touched' | 'elsewhere'>> {
  const source = branch?.commit;
  // A trailer may stand on any branch: it says nothing of the one that is there.
  const linked = item.commitList.filter((each) => source === undefined || each.source === 'branch').map(({ id }) => id);
  const [elsewhere, prediction] = await Promise.all([
    findElsewhere({ repository, branch: branch?.branch, source, target, linked, signal }),
    source === undefined ? undefined : predictMerge(repository, { source, into: target, signal }),
  ]);
  if (elsewhere !== undefined || prediction === undefined) return { prediction, touched: new Set(), elsewhere };
  const args = ['diff', '--name-only', '--no-renames', '-z', ...repository.diffSafety, target, prediction.tree];
  const { stdout } = await repository.run(args, { signal });
  return {
    prediction,
    touched: new Set(
      stdout
        .toString('utf8')
        .split('\0')
        .filter((path) => path !== ''),
    ),
    elsewhere,
  };
}

async function distance(repository: Repository, left: string, right: string, signal: AbortSignal): Promise<number[]> {
  const text = await repository.text(['rev-list', '--left-right', '--count', `${left}...${right}`], { signal });
  return text.split('\t').map(Number);
}

/** Branches that could be merged into: the usual one first, no branch of another item. */
function targetsOf(
  { local }: Branches,
  items: ReadonlyMap<string, number>,
  source: string | undefined,
  first: string | undefined,
): string[] {
  const others = [...local.keys()].filter((name) => name !== source && name !== first && !items.has(name)).slice(0, 100);
  return first === undefined || first === source ? others : [first, ...others];
}

async function readEntry(
  { repository, signal }: Flow,
  item: number,
  config: WorkConfig,
  { revision, base }: { revision: string | undefined; base: string | null },
): Promise<EntryState> {
  if (config.changelog.required === 'off' || revision === undefined) return { state: 'not-required', problems: [] };
  return entryStateOf(repository, { item, config, at: { kind: 'commit', revision }, base, signal });
}
