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

/** Asks for one side: working tree, index, refs with dates, stashes, a merge base, recent commits, or anything typed. */
export function pickOneSide(shell: Shell, repository: string, placeholder: string): Promise<Side | undefined> {
  return pickSide(shell, repository, { placeholder, offer: ['worktree', 'index', 'mergeBase'] });
}
