import { Failure } from '../../rpc/failure.ts';
import { gitFailure } from '../gitFailure.ts';
import type { GitOutput } from '../process.ts';

/** Why git would not do it, as a `Failure`. Hooks print what they like on the same stream, so only git's own whole lines count. */

const known: readonly { match: RegExp; make: (text: RegExpMatchArray) => Failure }[] = [
  {
    match:
      /^(?:error|fatal): Committing is not possible because you have unmerged files|^error: Merging is not possible because you have unmerged files/m,
    make: () =>
      new Failure('precondition', 'There are files with conflicts.', { hint: 'Resolve them and stage the result, or abort the merge.' }),
  },
  {
    match:
      /^(?:\*\*\* Please tell me who you are|Author identity unknown|Committer identity unknown)|^fatal: (?:unable to auto-detect email address|empty ident name|no email was given)/m,
    make: () =>
      new Failure('precondition', 'Git does not know who you are.', {
        hint: 'Set `git config --global user.name` and `user.email`.',
      }),
  },
  {
    match:
      /^error: (?:gpg failed to sign the data|cannot run .*(?:gpg|ssh-keygen)|Load key |Couldn't (?:load|find) |.*user\.signing[kK]ey|.*failed to write commit object)|^fatal: (?:failed to write commit object|either user\.signingkey)/m,
    make: () =>
      new Failure('git-failed', 'The commit could not be signed.', {
        hint: 'Is the key there, and does its agent run? `git config commit.gpgsign` says whether commits are signed.',
      }),
  },
  {
    match: /^fatal: '(.*)' is already (?:checked out|used by worktree) at '(.*)'/m,
    make: (text) =>
      new Failure('precondition', `Branch ${text[1]} is checked out in ${text[2]}.`, {
        hint: 'Go on there, or switch that work tree first.',
      }),
  },
  {
    match: /^fatal: (?:Not possible to fast-forward|Cannot fast-forward)/m,
    make: () =>
      new Failure('precondition', 'This is no fast-forward: both branches have commits of their own.', {
        hint: 'Merge or squash instead, or rebase the branch first.',
      }),
  },
  {
    match: /^fatal: refusing to merge unrelated histories/m,
    make: () => new Failure('precondition', 'The two branches have no common history.', { hint: 'Is it the right branch?' }),
  },
  {
    match: /^fatal: You have not concluded your (\S+)|^(?:fatal|error): (?:You are in the middle of|cannot .* while) (?:a |an )?(\S+)/m,
    make: () => new Failure('precondition', 'Another operation waits for you here.', { hint: 'Finish or abort it first.' }),
  },
];

/** Files that git names (one a line, after a tab) because uncommitted work in them would be lost. */
export function filesInTheWay(stderr: string): string[] {
  if (!/^(?:error|fatal): .*(?:would be (?:overwritten|removed|lost)|would lose untracked files|not uptodate)/m.test(stderr)) return [];
  return [...stderr.matchAll(/^\t(.+)$/gm)].map(([, name = '']) => name);
}

/** `a, b, c and 4 more`. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => JSON.stringify(name).slice(1, -1));
  return names.length > 3 ? `${shown.join(', ')} and ${names.length - 3} more` : shown.join(', ');
}

/** The failure of a git call that was accepted whatever its exit code. `what` is what was tried, for a hook that says nothing we know. */
export function refusal(args: readonly string[], { stderr, stdout, exitCode }: GitOutput, what: string): Failure {
  const detail = stderr.trim().slice(0, 8000);
  const ways = filesInTheWay(stderr);
  if (ways.length > 0) {
    return new Failure('conflict', `Uncommitted changes are in the way: ${someOf(ways)}.`, {
      hint: 'Commit, stash or discard them first.',
      detail,
    });
  }
  for (const { match, make } of known) {
    const text = stderr.match(match);
    if (text === null) continue;
    const failure = make(text);
    return new Failure(failure.reason, failure.message, { hint: failure.hint, detail });
  }
  if (/^(?:fatal|error): .*\.lock': File exists/m.test(stderr)) return gitFailure(args, { stderr, exitCode });
  const lines = `${stderr}\n${stdout.toString('utf8')}`.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('hint: '));
  const first = (lines.find((line) => /^(?:fatal|error): /.test(line)) ?? lines[0] ?? '').replace(/^(?:fatal|error): /, '').slice(0, 300);
  return new Failure('git-failed', first === '' ? `${what} was refused (exit code ${exitCode}).` : `${what} was refused: ${first}`, {
    hint: 'The details say what git and the hooks printed.',
    detail: detail === '' ? stdout.toString('utf8').trim().slice(0, 8000) : detail,
  });
}
