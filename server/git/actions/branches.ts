import { Failure } from '../../rpc/failure.ts';
import { readHead } from '../discover.ts';
import type { Repository } from '../repository.ts';
import { branchPlaces } from './branchPlaces.ts';
import { refusal } from './refusal.ts';

/** Branches as actions use them. None of these records anything: callers do (`recorded`). Names are short; all throw `Failure`. */

/** Throws `invalid` with a sentence when git would not take the name (`git check-ref-format --branch`). */
export async function checkBranchName(repository: Repository, branch: string, signal: AbortSignal): Promise<void> {
  const asked = branch.startsWith('-') || branch.includes('\0') ? undefined : await checkedName(repository, branch, signal);
  // `@{-1}` is expanded to another name.
  if (asked === branch && branch !== 'HEAD' && branch !== '@') return;
  throw new Failure('invalid', `Git does not take ${JSON.stringify(branch)} as the name of a branch.`, {
    hint: 'No spaces, no `..`, `~`, `^`, `:`, `?`, `*`, `[` or `\\`, no leading `-` or `.`, no `.lock` at the end.',
  });
}

async function checkedName(repository: Repository, branch: string, signal: AbortSignal): Promise<string | undefined> {
  const { stdout, exitCode } = await repository.run(['check-ref-format', '--branch', branch], { signal, accept: [0, 1, 128] });
  return exitCode === 0 ? stdout.toString('utf8').replace(/\n$/, '') : undefined;
}

/**
 * Creates a branch at a revision, without an upstream. With `switch` uncommitted changes come along; where HEAD has no commit yet, it moves
 * to the new name.
 */
export async function createBranch(
  repository: Repository,
  { branch, base, switch: andSwitch, signal }: { branch: string; base: string; switch: boolean; signal: AbortSignal },
): Promise<void> {
  await checkBranchName(repository, branch, signal);
  if (base.startsWith('-')) throw new Failure('invalid', 'A revision must not start with "-".');
  if (await branchCommit(repository, branch, signal)) {
    throw new Failure('conflict', `There is a branch ${branch} already.`, { hint: 'Choose another name, or adopt it.' });
  }
  const head = await readHead(repository.facts);
  const unborn = head.state === 'unborn' && (base === 'HEAD' || base === head.branch);
  if (unborn && !andSwitch) throw new Failure('precondition', 'There is no commit yet to branch from.', { hint: 'Make the first commit.' });
  const start = unborn ? [] : [base];
  const args = andSwitch
    ? ['switch', '--quiet', '--no-overwrite-ignore', '--no-track', '-c', branch, ...start]
    : ['branch', '--no-track', branch, ...start];
  const output = await repository.write(args, { signal, accept: [0, 1, 128] });
  if (output.exitCode !== 0 && (await switchFailed(repository, branch, andSwitch))) throw refusal(args, output, 'The branch');
}

/** A `post-checkout` hook that fails sets the exit code of a switch that has happened. */
async function switchFailed(repository: Repository, branch: string, switches: boolean): Promise<boolean> {
  return !switches || (await readHead(repository.facts)).branch !== branch;
}

/** `git switch`: uncommitted changes come along; `conflict` names the files that are in the way. */
export async function switchBranch(repository: Repository, branch: string, signal: AbortSignal): Promise<void> {
  await checkBranchName(repository, branch, signal);
  if (!(await branchCommit(repository, branch, signal))) throw noBranch(branch);
  const args = ['switch', '--quiet', '--no-overwrite-ignore', '--no-guess', branch];
  const output = await repository.write(args, { signal, accept: [0, 1, 128] });
  if (output.exitCode !== 0 && (await switchFailed(repository, branch, true))) throw refusal(args, output, `Switching to ${branch}`);
}

/** How many commits of a branch are on no other branch, remote branch or tag. */
export async function commitsOnlyOn(repository: Repository, branch: string, signal: AbortSignal): Promise<number> {
  const args = ['rev-list', '--count', `refs/heads/${branch}`, ...elsewhere(branch), '--'];
  return Number(await repository.text(args, { signal, silence: 180_000 }));
}

function elsewhere(branch: string): string[] {
  return ['--not', `--exclude=${branch}`, '--branches', '--remotes', '--tags'];
}

/**
 * Deletes the branch and its configuration; `precondition` when it is checked out somewhere, or has commits that are nowhere else unless
 * `force` (`detail` lists the newest ten).
 */
export async function deleteBranchNow(
  repository: Repository,
  { branch, force, signal }: { branch: string; force: boolean; signal: AbortSignal },
): Promise<{ commit: string }> {
  const commit = await branchCommit(repository, branch, signal);
  if (commit === undefined) throw noBranch(branch);
  const named = await repository.text(['symbolic-ref', '--quiet', `refs/heads/${branch}`], { signal, accept: [0, 1, 128] });
  if (named !== '') {
    throw new Failure('precondition', `Branch ${branch} is only another name of ${named.replace(/^refs\/heads\//, '')}.`, {
      hint: `\`git symbolic-ref --delete refs/heads/${branch}\` removes the name.`,
    });
  }
  const place = (await branchPlaces(repository, signal)).find((each) => each.branch === branch);
  if (place !== undefined) {
    throw new Failure('precondition', `Branch ${branch} is ${place.why} in ${place.root}.`, {
      hint: 'Switch to another branch there first.',
    });
  }
  if (!force) await refuseLoss(repository, branch, signal);
  const removed = await repository.write(
    ['update-ref', '--no-deref', '-m', 'hearth: delete branch', '-d', `refs/heads/${branch}`, commit],
    {
      signal,
      accept: [0, 1, 128],
    },
  );
  if (removed.exitCode !== 0) throw refusal(['update-ref'], removed, `Deleting ${branch}`);
  // 128: it has no section.
  await repository.write(['config', '--local', '--remove-section', `branch.${branch}`], { accept: [0, 1, 128] });
  return { commit };
}

async function refuseLoss(repository: Repository, branch: string, signal: AbortSignal): Promise<void> {
  const count = await commitsOnlyOn(repository, branch, signal);
  if (count === 0) return;
  const listed = await repository.text(['log', '--max-count=10', '--format=%h %s', `refs/heads/${branch}`, ...elsewhere(branch), '--'], {
    signal,
  });
  throw new Failure(
    'precondition',
    `${count} ${count === 1 ? 'commit' : 'commits'} of ${branch} ${count === 1 ? 'is' : 'are'} nowhere else.`,
    {
      hint: 'Merge the branch first, or delete it all the same: Undo brings it back.',
      detail: listed,
    },
  );
}

function noBranch(branch: string): Failure {
  return new Failure('not-found', `There is no branch ${branch} here.`, { hint: 'Was it renamed or deleted?' });
}

async function branchCommit(repository: Repository, branch: string, signal: AbortSignal): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`];
  const { stdout, exitCode } = await repository.run(args, { signal, accept: [0, 1, 128] });
  return exitCode === 0 ? stdout.toString('latin1').trim() : undefined;
}

/** The local branch that work is merged into when nobody says otherwise: `origin/HEAD`'s, `init.defaultBranch`, main, master. */
export async function defaultBranch(repository: Repository, signal: AbortSignal): Promise<string | undefined> {
  const asked = { signal, accept: [0, 1, 128] };
  const [remote, configured, branches] = await Promise.all([
    repository.text(['symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'], asked),
    repository.text(['config', '--get', 'init.defaultBranch'], asked),
    repository.text(['for-each-ref', '--format=%(refname)', 'refs/heads'], asked),
  ]);
  const local = new Set(branches.split('\n').map((name) => name.slice('refs/heads/'.length)));
  return [remote.replace(/^refs\/remotes\/origin\//, ''), configured, 'main', 'master'].find((name) => name !== '' && local.has(name));
}

/** Branch → item, from `branch.<name>.hearthItem`: survives a rename, dies with the branch. */
export async function readBranchItems(repository: Repository, signal: AbortSignal): Promise<Map<string, number>> {
  const args = ['config', '--local', '-z', '--get-regexp', '^branch\\..*\\.hearthitem$'];
  const { stdout } = await repository.run(args, { signal, accept: [0, 1] });
  const items = new Map<string, number>();
  for (const entry of stdout.toString('utf8').split('\0')) {
    const [, branch, value] = entry.match(/^branch\.(.*)\.hearthitem\n(\d{1,15})$/s) ?? [];
    if (branch !== undefined && Number(value) > 0) items.set(branch, Number(value));
  }
  return items;
}

/** Links a branch to an item; null takes the link away. */
export async function writeBranchItem(repository: Repository, branch: string, item: number | null, signal: AbortSignal): Promise<void> {
  await checkBranchName(repository, branch, signal);
  const key = `branch.${branch}.hearthItem`;
  // 5: it was not set.
  if (item === null) await repository.write(['config', '--local', '--unset-all', key], { signal, accept: [0, 5] });
  else await repository.write(['config', '--local', '--replace-all', key, String(item)], { signal });
}
