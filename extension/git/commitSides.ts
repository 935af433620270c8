import { Uri } from 'vscode';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { Shell } from '../shell.ts';

/** What a commit would change: the last commit (nothing, before the first one) against the index. */
export async function stagedSides(shell: Shell, repository: string): Promise<{ from: Side; to: Side }> {
  const known = shell.repositories.all.find(({ root }) => root === repository);
  const { head } = known ?? (await shell.repositories.locate(Uri.file(repository)))?.repository ?? {};
  const unborn = head?.state === 'unborn';
  return { from: unborn ? { kind: 'empty' } : { kind: 'commit', revision: 'HEAD' }, to: { kind: 'index' } };
}

/** What is not staged: the index against the files on disk. */
export const changedSides: { readonly from: Side; readonly to: Side } = { from: { kind: 'index' }, to: { kind: 'worktree' } };
