import type { Repository } from '../git/index.ts';
import type { LinkedCommit } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';

/** A commit as items keep it, with the items that its trailers name and when it was committed (seconds). */
export interface FoundCommit extends LinkedCommit {
  readonly trailers: readonly number[];
  readonly committed: number;
}

const format = ['%H', '%s', '%an', '%at', '%ct', '%(trailers:key=Hearth-Item,valueonly,separator=%x2C)'].join('%x00');

/** Commits of `git log`; revisions are written to its standard input, one a line, so that there may be any number of them. */
export async function readCommits(
  repository: Repository,
  revisions: readonly string[],
  how: { limit: number; source: LinkedCommit['source']; signal: AbortSignal; options?: readonly string[] },
): Promise<FoundCommit[]> {
  const args = [
    'log',
    '-z',
    '--stdin',
    '--encoding=UTF-8',
    `--max-count=${how.limit}`,
    `--format=tformat:${format}`,
    ...(how.options ?? []),
  ];
  const { stdout } = await repository.run(args, { input: `${revisions.join('\n')}\n`, signal: how.signal });
  const parts = stdout.toString('utf8').split('\0');
  const commits: FoundCommit[] = [];
  for (let at = 0; at + 6 <= parts.length; at += 6) {
    const [id = '', subject = '', author = '', authorTime, committed, trailers = ''] = parts.slice(at, at + 6);
    commits.push({
      id,
      subject: subject.slice(0, 500),
      author: author.slice(0, 200),
      authorTime: Number(authorTime) || 0,
      committed: Number(committed) || 0,
      source: how.source,
      trailers: [
        ...new Set(
          trailers.split(',').flatMap((each) => (/^#?[1-9]\d{0,14}$/.test(each.trim()) ? [Number(each.trim().replace('#', ''))] : [])),
        ),
      ],
    });
  }
  return commits;
}

/**
 * What a branch has that its base has not, nor what that follows: a base that was not pulled for long does not make the work of others the
 * branch's own. Nothing when there is no such base.
 */
export async function readOwnCommits(
  repository: Repository,
  { branch, base, limit, signal }: { branch: string; base: string; limit: number; signal: AbortSignal },
): Promise<FoundCommit[]> {
  const text = await repository.text(['for-each-ref', '--format=%(refname)%00%(upstream)', `refs/heads/${base}`], { signal });
  const [name, upstream = ''] =
    text
      .split('\n')
      .map((line) => line.split('\0'))
      .find(([ref]) => ref === `refs/heads/${base}`) ?? [];
  if (name === undefined) return [];
  const known = [name, ...(upstream === '' ? [] : [upstream])].map((ref) => `^${ref}`);
  return readCommits(repository, [`refs/heads/${branch}`, ...known], { limit, source: 'branch', signal, options: ['--ignore-missing'] });
}

export function linkOf({ id, subject, author, authorTime, source }: FoundCommit): LinkedCommit {
  return { id, subject, author, authorTime, source };
}

/** One commit by its id. */
export async function readLinked(repository: Repository, commit: string, signal: AbortSignal): Promise<LinkedCommit> {
  const [found] = await readCommits(repository, [commit], { limit: 1, source: 'branch', signal });
  if (found === undefined) throw new Failure('not-found', `There is no commit ${commit} here.`);
  return linkOf(found);
}
