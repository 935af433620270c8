import type { FileDiff } from './diffFile.ts';
import type { RawEntry } from './diffFileReader.ts';
import type { Repository } from './repository.ts';

/** How a submodule moved: its commits, and the subjects between them as git finds them when it has them (`> new`, `< gone`). */
export async function submoduleDiff(
  repository: Repository,
  args: readonly string[],
  entry: RawEntry,
  patch: Buffer,
  signal?: AbortSignal,
): Promise<FileDiff> {
  const text = patch.toString('utf8');
  const printed = await repository.text(args, { ...(signal && { signal }) });
  const lines = printed.split('\n');
  const oldCommit = commitIn(text, '-');
  const newCommit = commitIn(text, '+');
  return {
    kind: 'submodule',
    ...(oldCommit === undefined || entry.oldMode !== '160000' ? {} : { oldCommit }),
    ...(newCommit === undefined || entry.newMode !== '160000' ? {} : { newCommit }),
    dirty: /^Submodule .* contains (modified|untracked) content$/m.test(printed) || /^[+-]Subproject commit [0-9a-f]+-dirty$/m.test(text),
    log: lines.filter((line) => /^ {2}[<>] /.test(line)).map((line) => line.slice(2)),
  };
}

function commitIn(patch: string, sign: '+' | '-'): string | undefined {
  return patch.match(sign === '+' ? /^\+Subproject commit ([0-9a-f]+)/m : /^-Subproject commit ([0-9a-f]+)/m)?.[1];
}
