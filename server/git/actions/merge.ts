import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { MergeHow } from '../../protocol/work.ts';
import { Failure } from '../../rpc/failure.ts';
import { readHead } from '../discover.ts';
import type { GitOutput } from '../process.ts';
import type { Repository } from '../repository.ts';
import { resolveCommit } from '../resolve.ts';
import { filesOfMerge, type MergeFiles, rewriteFiles } from './overwrite.ts';
import { nulInput, nulOutput } from './plumbing.ts';
import { reflogMark } from './reflog.ts';
import { refusal, someOf } from './refusal.ts';

export { type MergePrediction, predictMerge } from './mergePrediction.ts';
export { inWorktreeOf, removeStaleWorktrees } from './worktreeOf.ts';

interface Merge {
  readonly source: string;
  readonly how: MergeHow;
  readonly message: string;
  readonly signal: AbortSignal;
}

/**
 * An ordinary `git merge` in the work tree that has the target checked out: hooks, signing and rerere apply. A merge that stops (conflict,
 * hook, cancelled) is taken back before this rejects with `conflict`, `precondition` or `git-failed` and, in `detail`, what git and the
 * hooks printed. What is merged already gives the commit that is there.
 */
export async function mergeInto(target: Repository, { source, how, message, signal }: Merge): Promise<{ commit: string; output: string }> {
  const { commit } = await resolveCommit(target, await refOf(target, source, signal), signal);
  await refuseBusy(target, how, signal);
  const env = { GIT_REFLOG_ACTION: `${reflogMark}merge ${source}` };
  const before = {
    commit: await headCommit(target),
    squash: await exists(target, 'SQUASH_MSG'),
    staged: await hasStaged(target),
    files: await filesOfMerge(target, commit, signal),
  };
  const file = await messageFile(message);
  try {
    const args = [...(await withoutOptions(target, signal)), 'merge', ...options(how, file.path), commit];
    let output = await target.write(args, { env, signal, accept: [0, 1, 2, 128] });
    if (output.exitCode !== 0 && (await isResolved(target, output))) {
      output = await finish(target, message, env, signal);
    } else if (output.exitCode !== 0) throw await stopped(target, args, output);
    else if (how === 'squash') output = await finish(target, message, env, signal);
    return { commit: await headCommit(target), output: output.stderr.trim() };
  } catch (error) {
    await takeBack(target, before);
    throw error;
  } finally {
    await file.remove();
  }
}

/** A branch before a tag of the same name. */
async function refOf(target: Repository, source: string, signal: AbortSignal): Promise<string> {
  const branch = await target.objects.info(`refs/heads/${source}`, signal);
  return branch === undefined ? source : `refs/heads/${source}`;
}

/** What the configuration would change of the way that was asked for is said outright. */
function options(how: MergeHow, messageFile: string): string[] {
  const common = ['--no-stat', '--no-autostash', '--no-edit', '--commit', '--no-progress', '--no-log', '--no-signoff', '--verify'];
  if (how === 'fast-forward') return [...common, '--no-squash', '--ff-only'];
  if (how === 'squash') return ['--no-stat', '--no-autostash', '--no-progress', '--ff', '--squash'];
  return [...common, '--no-squash', '--no-ff', '--cleanup=whitespace', '-F', messageFile];
}

/** Git reads the message of a merge from a file only. */
async function messageFile(message: string): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'hearth-message-'));
  const file = path.join(folder, 'message');
  await fs.writeFile(file, message, { mode: 0o600 });
  return { path: file, remove: () => fs.rm(folder, { recursive: true, force: true }) };
}

/** Files and folders that git keeps of what waits for the user. */
const waiting = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge', 'rebase-apply', 'sequencer'];

/** Staged changes would become part of a squash, and could not be told from the merge when it is taken back. */
async function refuseBusy(target: Repository, how: MergeHow, signal: AbortSignal): Promise<void> {
  const unmerged = await target.run(['ls-files', '--unmerged', '-z'], { signal });
  const waits = (await Promise.all(waiting.map((name) => exists(target, name)))).includes(true);
  if (unmerged.stdout.length > 0 || waits) {
    throw new Failure('precondition', `A merge, rebase or cherry-pick waits for you in ${target.root}.`, {
      hint: 'Finish or abort it first.',
    });
  }
  if (how === 'fast-forward' || !(await hasStaged(target))) return;
  throw new Failure('precondition', `There are staged changes in ${target.root}.`, { hint: 'Commit, stash or unstage them first.' });
}

async function hasStaged(target: Repository): Promise<boolean> {
  return (await target.run(['diff-index', '--cached', '--quiet', 'HEAD', '--'], { accept: [0, 1] })).exitCode === 1;
}

/** The conflict was solved before, and rerere (with `rerere.autoUpdate`) has staged the same solution: only the commit is missing. */
async function isResolved(target: Repository, output: GitOutput): Promise<boolean> {
  if (!/^(?:Automatic merge failed|Squash commit -- not updating HEAD)/m.test(output.stdout.toString('utf8'))) return false;
  return (await target.run(['ls-files', '--unmerged', '-z'])).stdout.length === 0;
}

async function finish(target: Repository, message: string, env: Record<string, string>, signal: AbortSignal): Promise<GitOutput> {
  const args = ['commit', '--quiet', '--cleanup=whitespace', '--no-status', '-F', '-'];
  const output = await target.write(args, { env, input: message, signal, accept: [0, 1, 128] });
  if (output.exitCode === 0) return output;
  if (/^(?:nothing to commit|nothing added to commit)/m.test(output.stdout.toString('utf8'))) {
    throw new Failure('precondition', 'There is nothing to merge: the target has these changes already.', {
      hint: 'Was it merged elsewhere?',
    });
  }
  throw refusal(args, output, 'The commit');
}

async function stopped(target: Repository, args: readonly string[], output: GitOutput): Promise<Failure> {
  const { stdout } = await target.run(['diff', '--name-only', '--diff-filter=U', '-z']);
  const files = stdout.toString('utf8').split('\0').slice(0, -1);
  if (files.length === 0) return refusal(args, output, 'The merge');
  return new Failure('conflict', `The merge has conflicts in ${someOf(files)}.`, {
    hint: 'Merge the target into the branch, resolve them there, and try again.',
    detail: `${output.stdout.toString('utf8')}${output.stderr}`.trim().slice(0, 8000),
  });
}

interface Before {
  readonly commit: string;
  readonly squash: boolean;
  readonly staged: boolean;
  readonly files: MergeFiles;
}

/**
 * Everything as before the merge; uncommitted work beside it stays. Not cancelled: a merge left half-way helps nobody. Nothing was staged
 * before, so what is staged now is the merge's, and its files had no changes of their own. Throws `git-failed` when it cannot be done.
 */
async function takeBack(target: Repository, before: Before): Promise<void> {
  if (before.staged || (await headCommit(target)) !== before.commit) return;
  const quietly = { accept: [0, 1, 128] };
  const merging = await exists(target, 'MERGE_HEAD');
  if (merging && (await target.write(['merge', '--abort'], quietly)).exitCode === 0) return;
  const reset = () => target.write(['reset', '--quiet', '--merge'], quietly);
  if (await hasStaged(target)) await reset();
  // A hook has changed what the merge wrote: then git leaves all as it is.
  const names = nulOutput(await target.run(['diff', '--cached', '--name-only', '--no-renames', '-z', 'HEAD', '--']));
  if (names.length > 0) {
    const args = ['restore', '--quiet', '--source=HEAD', '--staged', '--worktree', '--pathspec-from-file=-', '--pathspec-file-nul'];
    const restored = await target.write(args, { ...quietly, input: nulInput(names.map((name) => `:(top,literal)${name}`)) });
    if (restored.exitCode !== 0) {
      throw new Failure('git-failed', `The merge was stopped, and could not be taken back in ${target.root}.`, {
        hint: 'Undo takes it back, or `git merge --abort`.',
        detail: restored.stderr.trim().slice(0, 8000),
      });
    }
  }
  await rewriteFiles(target, before.files);
  // Nothing differs any more: this only clears what git keeps of the merge (its message, what rerere saw).
  if (merging || !before.squash) await reset();
}

/** What the configuration of the target branch adds to every merge (`-s ours`, `--no-commit`) is left out of this one. */
async function withoutOptions(target: Repository, signal: AbortSignal): Promise<string[]> {
  const { branch } = await readHead(target.facts);
  if (branch === undefined) return [];
  const key = `branch.${branch}.mergeOptions`;
  const { stdout } = await target.run(['config', '--get', key], { signal, accept: [0, 1] });
  return stdout.length === 0 ? [] : ['-c', `${key}=`];
}

async function headCommit(target: Repository): Promise<string> {
  return target.text(['rev-parse', '--verify', 'HEAD^{commit}']);
}

async function exists(target: Repository, name: string): Promise<boolean> {
  return (await fs.stat(path.join(target.facts.gitDir, name)).catch(() => undefined)) !== undefined;
}
