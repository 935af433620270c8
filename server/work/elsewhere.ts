import type { Repository } from '../git/index.ts';

/** How the work of a branch got into its target without Hearth. */
export interface Elsewhere {
  readonly by: 'ancestry' | 'patch-id';
  readonly commit?: string;
}

interface Question {
  readonly repository: Repository;
  /** The branch and its commit; undefined when it is gone. */
  readonly branch: string | undefined;
  readonly source: string | undefined;
  readonly target: string;
  /** Commits that were written down as the item's, newest first. */
  readonly linked: readonly string[];
  readonly signal: AbortSignal;
}

/** How many commits of the target since the branch began are compared; beyond that the answer is "not found". */
const bound = 2000;

/** Whether the target holds the work already: as commits, or as the same changes (squashed, rebased). Undefined when not, or not any more. */
export async function findElsewhere(question: Question): Promise<Elsewhere | undefined> {
  const found = (await byAncestry(question)) ?? (await byPatch(question));
  if (found === undefined) return undefined;
  for (const commit of new Set([found.commit, found.by === 'ancestry' ? question.source : undefined])) {
    if (commit !== undefined && (await isReverted(question, commit))) return undefined;
  }
  return found;
}

/** Whether a later commit of the target says that it reverts this one, and was not itself reverted. */
async function isReverted(question: Question, commit: string): Promise<boolean> {
  const { repository, target, signal } = question;
  const grep = ['--fixed-strings', `--grep=This reverts commit ${commit}`];
  const text = await repository.text(['rev-list', ...grep, `${commit}..${target}`], { signal });
  for (const revert of text.split('\n').filter((line) => line !== '')) {
    if (!(await isReverted(question, revert))) return true;
  }
  return false;
}

/** A branch with nothing of its own was merged when its tip is its own: a commit that was linked, or made on it. */
async function byAncestry({ repository, branch, source, target, linked, signal }: Question): Promise<Elsewhere | undefined> {
  if (source !== undefined) {
    if (!(await isAncestor(repository, source, target, signal))) return undefined;
    if (!linked.includes(source) && !(await wasMadeOn(repository, branch, source, signal))) return undefined;
    return { by: 'ancestry', commit: (await mergeOf(repository, source, target, signal)) ?? source };
  }
  const [newest] = linked;
  if (newest === undefined) return undefined;
  const missing = await repository.run(['rev-list', '--max-count=1', '--no-walk', '--ignore-missing', '--stdin'], {
    signal,
    input: `${linked.join('\n')}\n`,
  });
  if (missing.stdout.length === 0) return undefined;
  const outside = await repository.text(['rev-list', '--max-count=1', '--ignore-missing', '--stdin'], {
    signal,
    input: `${linked.join('\n')}\n^${target}\n`,
  });
  return outside === '' ? { by: 'ancestry', commit: newest } : undefined;
}

/** Whether the log of a branch says that its tip was made on it: not what it was created at, reset or fast-forwarded to. */
async function wasMadeOn(repository: Repository, branch: string | undefined, tip: string, signal: AbortSignal): Promise<boolean> {
  const args = ['log', '--walk-reflogs', '--max-count=100', '--format=%H %gs', `refs/heads/${branch}`, '--'];
  const { stdout } = await repository.run(args, { signal, accept: [0, 128] });
  return stdout
    .toString('utf8')
    .split('\n')
    .some((line) => {
      const [commit, did = ''] = [line.slice(0, tip.length), line.slice(tip.length + 1)];
      if (commit !== tip || / Fast-forward$/.test(did) || did.endsWith(` onto ${tip}`)) return false;
      return /^(?:hearth )?(?:commit|am|cherry-pick|revert|merge|pull|rebase)\b/.test(did);
    });
}

/** The first merge of the target that has the tip as a later parent. */
async function mergeOf(repository: Repository, tip: string, target: string, signal: AbortSignal): Promise<string | undefined> {
  const args = ['rev-list', '--merges', '--parents', '--ancestry-path', '--reverse', `${tip}..${target}`];
  const text = await repository.text(args, { signal });
  for (const line of text.split('\n').slice(0, bound)) {
    const [commit, , ...others] = line.split(' ');
    if (commit !== undefined && others.includes(tip)) return commit;
  }
  return undefined;
}

/**
 * The whole branch as one patch (a squash), else each of its commits (a rebase), among the commits of the target since the branch began.
 * Git compares the patches itself; the squash is a commit object that no ref names.
 */
async function byPatch({ repository, source, target, signal }: Question): Promise<Elsewhere | undefined> {
  if (source === undefined) return undefined;
  const base = (await repository.text(['merge-base', target, source], { signal, accept: [0, 1] })).split('\n')[0] ?? '';
  if (base === '' || base === source || base === target) return undefined;
  const distance = Number(await repository.text(['rev-list', '--count', `--max-count=${bound + 1}`, `${base}..${target}`], { signal }));
  if (distance === 0 || distance > bound) return undefined;
  const isEmpty = (await repository.run(['diff', '--quiet', base, source], { signal, accept: [0, 1] })).exitCode === 0;
  if (isEmpty) return undefined;
  const squash = await repository.text(['commit-tree', '-p', base, '-m', 'squash', `${source}^{tree}`], { signal, env: nobody });
  const squashed = await equivalent(repository, target, squash, signal);
  if (squashed.commit !== undefined) return { by: 'patch-id', commit: squashed.commit };
  const rebased = await equivalent(repository, target, source, signal);
  if (!rebased.all) return undefined;
  return { by: 'patch-id', ...(rebased.commit === undefined ? {} : { commit: rebased.commit }) };
}

/** The newest commit of the target with the patch of one of the other side's, and whether all of the other side's are in the target. */
async function equivalent(
  repository: Repository,
  target: string,
  other: string,
  signal: AbortSignal,
): Promise<{ commit?: string; all: boolean }> {
  const range = `${target}...${other}`;
  const marked = await repository.text(['rev-list', '--left-only', '--cherry-mark', '--no-merges', range], { signal });
  const commit = marked
    .split('\n')
    .find((line) => line.startsWith('='))
    ?.slice(1);
  if (commit === undefined) return { all: false };
  const left = await repository.text(['rev-list', '--right-only', '--cherry-pick', '--no-merges', '--count', range], { signal });
  return { commit, all: left === '0' };
}

export async function isAncestor(repository: Repository, commit: string, of: string, signal: AbortSignal): Promise<boolean> {
  const { exitCode } = await repository.run(['merge-base', '--is-ancestor', commit, of], { signal, accept: [0, 1, 128] });
  return exitCode === 0;
}

/** The object is the same each time. */
const nobody = {
  GIT_AUTHOR_NAME: 'hearth',
  GIT_AUTHOR_EMAIL: 'hearth',
  GIT_AUTHOR_DATE: '@0 +0000',
  GIT_COMMITTER_NAME: 'hearth',
  GIT_COMMITTER_EMAIL: 'hearth',
  GIT_COMMITTER_DATE: '@0 +0000',
};
