import type { Repository } from '../git/index.ts';
import { Failure } from '../rpc/failure.ts';

export interface Identity {
  readonly name: string;
  readonly mail: string;
}

/** Who git says commits here; undefined when git would refuse to commit. */
export async function readIdentity(repository: Repository, signal: AbortSignal): Promise<Identity | undefined> {
  const { stdout, exitCode } = await repository.run(['var', 'GIT_COMMITTER_IDENT'], { signal, accept: [0, 128] });
  const [, name, mail] = stdout.toString('utf8').match(/^(.*?) <(.*?)> \d+ [+-]\d{4}\s*$/) ?? [];
  return exitCode !== 0 || name === undefined || mail === undefined ? undefined : { name, mail };
}

/** Throws `precondition` with the two commands that say who commits. */
export async function requireIdentity(repository: Repository, signal: AbortSignal): Promise<Identity> {
  const identity = await readIdentity(repository, signal);
  if (identity !== undefined) return identity;
  throw new Failure('precondition', 'Git does not know who commits here.', {
    hint: 'Run `git config user.name "Your Name"` and `git config user.email you@example.com`.',
  });
}
