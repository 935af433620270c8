import { l10n } from 'vscode';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { Pair } from '../../webviews/diff/messages.ts';
import type { Shell } from '../shell.ts';
import { pickSide } from './refPick.ts';
import { sideName } from './revisionUri.ts';

/** Asks for both sides, the older one first. Undefined when the user turns away. */
export async function pickPair(shell: Shell, repository: string): Promise<Pair | undefined> {
  const from = await pickOneSide(shell, repository, l10n.t('Compare: the older side'));
  if (from === undefined) return undefined;
  const to = await pickOneSide(shell, repository, l10n.t('Compare {0} with: the newer side', sideName(from)));
  return to === undefined ? undefined : { repository, from, to };
}

/** The other side of a comparison from where both parted: what a branch brings, without what the other got meanwhile. */
export async function pickMergeBase(shell: Shell, { repository, from, to }: Pair): Promise<Pair | undefined> {
  const [a, b] = [revisionOf(from), revisionOf(to)];
  if (a !== undefined && b !== undefined) return { repository, from: { kind: 'mergeBase', a, b }, to };
  const other = await pickSide(shell, repository, { placeholder: l10n.t('Compare from the merge base with …') });
  const revision = other === undefined ? undefined : revisionOf(other);
  return revision === undefined ? undefined : { repository, from: { kind: 'mergeBase', a: revision, b: b ?? 'HEAD' }, to };
}

function revisionOf(side: Side): string | undefined {
  return side.kind === 'commit' ? side.revision : undefined;
}

/** Asks for one side: working tree, index, refs with dates, stashes, a merge base, recent commits, or anything typed. */
export function pickOneSide(shell: Shell, repository: string, placeholder: string): Promise<Side | undefined> {
  return pickSide(shell, repository, { placeholder, offer: ['worktree', 'index', 'mergeBase', 'stash'] });
}
