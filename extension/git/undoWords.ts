import { l10n } from 'vscode';
import type { UndoEntry } from '../../server/protocol/gitActions.ts';
import { oneLine, shortId, shortRef } from './repositoryNodesText.ts';

/** What a recorded action is called. */
export function kindWord(kind: UndoEntry['kind']): string {
  switch (kind) {
    case 'commit':
      return l10n.t('Commit');
    case 'amend':
      return l10n.t('Amend');
    case 'merge':
      return l10n.t('Merge');
    case 'create-branch':
      return l10n.t('Create branch');
    case 'delete-branch':
      return l10n.t('Delete branch');
    case 'switch':
      return l10n.t('Switch branch');
    case 'discard':
      return l10n.t('Discard');
    case 'stash':
      return l10n.t('Stash');
    case 'changelog':
      return l10n.t('Change log');
    case 'complete':
      return l10n.t('Merge & Complete');
    case 'undo':
      return l10n.t('Undo');
    case 'redo':
      return l10n.t('Redo');
  }
}

export function kindIcon(kind: UndoEntry['kind']): string {
  switch (kind) {
    case 'commit':
    case 'amend':
      return 'git-commit';
    case 'merge':
    case 'complete':
      return 'git-merge';
    case 'create-branch':
    case 'delete-branch':
    case 'switch':
      return 'git-branch';
    case 'discard':
      return 'trash';
    case 'stash':
      return 'archive';
    case 'changelog':
      return 'list-unordered';
    case 'undo':
      return 'discard';
    case 'redo':
      return 'redo';
  }
}

/** "Commit: Fix retry after timeout". */
export function entryName({ kind, label }: Pick<UndoEntry, 'kind' | 'label'>): string {
  const [word, said] = [kindWord(kind), oneLine(label)];
  // Some say in their label what they are.
  if (said.toLowerCase().startsWith(word.toLowerCase())) return said;
  return said === '' ? word : l10n.t('{0}: {1}', word, said);
}

/** Undoing and redoing are recorded too; a person sees them as the state of the action itself. */
export function ownActions(entries: readonly UndoEntry[]): UndoEntry[] {
  return entries.filter(({ of, kind }) => of === undefined && kind !== 'undo' && kind !== 'redo');
}

/** The action that was undone last, of entries newest first: what Redo without a choice is about. */
export function undoneLast(entries: readonly UndoEntry[]): UndoEntry | undefined {
  const undone = new Map(entries.flatMap((entry) => (entry.state === 'undone' ? [[entry.id, entry] as const] : [])));
  const last = entries.find(({ kind, of }) => kind === 'undo' && of !== undefined && undone.has(of));
  return last?.of === undefined ? undefined : undone.get(last.of);
}

export function stateWord(state: UndoEntry['state']): string {
  switch (state) {
    case 'done':
      return '';
    case 'undone':
      return l10n.t('undone');
    case 'interrupted':
      return l10n.t('interrupted');
  }
}

/** Where each ref goes: forwards as the action moved it, or backwards. One line each, the first ones. */
export function refLines({ refs }: Pick<UndoEntry, 'refs'>, direction: 'undo' | 'redo', most = 8): string[] {
  const lines = refs.slice(0, most).map(({ name, before, after }) => {
    const [from, to] = direction === 'undo' ? [after, before] : [before, after];
    const ref = oneLine(shortRef(name));
    if (to === null) return l10n.t('{0} goes away (it is at {1})', ref, from === null ? '–' : shortId(from));
    if (from === null) return l10n.t('{0} comes back at {1}', ref, shortId(to));
    return from === to ? l10n.t('{0} stays at {1}', ref, shortId(to)) : l10n.t('{0}: {1} → {2}', ref, shortId(from), shortId(to));
  });
  return refs.length > most ? [...lines, l10n.t('… and {0} more', refs.length - most)] : lines;
}

/** What undoing or redoing one of them does to it. */
export function actionOn(entry: Pick<UndoEntry, 'state'>): 'undo' | 'redo' {
  return entry.state === 'undone' ? 'redo' : 'undo';
}

/** What was done, in a sentence. */
export function doneSentence(
  direction: 'undo' | 'redo',
  entry: Pick<UndoEntry, 'kind' | 'label'>,
  files: number,
  kept: readonly string[],
): string {
  const parts = [direction === 'undo' ? l10n.t('Undone: {0}.', entryName(entry)) : l10n.t('Done again: {0}.', entryName(entry))];
  if (files > 0) parts.push(files === 1 ? l10n.t('1 file is changed back.') : l10n.t('{0} files are changed back.', files));
  if (kept.length > 0) {
    const names = kept
      .slice(0, 5)
      .map((name) => oneLine(name.replaceAll('\n', '⏎')))
      .join(', ');
    const more = kept.length > 5 ? ', …' : '';
    parts.push(l10n.t('Kept, because they changed since: {0}{1}', names, more));
  }
  return parts.join(' ');
}
