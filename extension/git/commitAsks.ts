import { l10n } from 'vscode';
import type { ChangedFile } from '../../server/protocol/gitTypes.ts';
import type { Shell } from '../shell.ts';
import { oneLine } from './repositoryNodesText.ts';

const undoHint = (): string => l10n.t('Hearth: Undo brings it back.');

/** Asks once before changes of files are lost, by name. */
export function asksToDiscard(shell: Shell, files: readonly ChangedFile[]): Promise<boolean> {
  const [first] = files;
  if (first === undefined) return Promise.resolve(false);
  const untracked = files.filter(({ status }) => status === 'untracked').length;
  const [name] = nameLines([first], 1);
  const message =
    files.length === 1
      ? untracked === 1
        ? l10n.t('Delete the file {0}, which git does not know?', name ?? '')
        : l10n.t('Discard the changes of {0} that are not staged?', name ?? '')
      : l10n.t('Discard the changes of {0} files that are not staged?', files.length);
  const gone = untracked > 0 && files.length > 1 ? [l10n.t('{0} files that git does not know are deleted.', untracked)] : [];
  const detail = [...(files.length > 1 ? nameLines(files, 8) : []), ...gone, undoHint()].join('\n');
  return shell.confirm.wanted({ message, detail, action: untracked === files.length ? l10n.t('Delete') : l10n.t('Discard') });
}

/** Asks once before single changes of a file are lost. */
export function asksToDiscardHunks(shell: Shell, file: ChangedFile, hunks: readonly string[]): Promise<boolean> {
  const lines = hunks.flatMap((hunk) => hunk.split('\n').filter((line) => /^[+-]/.test(line)));
  const [name = ''] = nameLines([file], 1);
  const message = l10n.t('Discard this change of {0} ({1} lines)?', name, lines.length);
  const shown = lines.slice(0, 6).map((line) => oneLine(line).slice(0, 100));
  return shell.confirm.wanted({
    message,
    detail: [...shown, ...(lines.length > 6 ? ['…'] : []), '', undoHint()].join('\n'),
    action: l10n.t('Discard'),
  });
}

/** Names of files as a dialog can show them, and how many more there are. */
function nameLines(files: readonly ChangedFile[], most: number): string[] {
  const names = files.slice(0, most).map(({ path }) => oneLine(path.replaceAll('\n', '⏎')).slice(0, 200));
  return files.length > most ? [...names, l10n.t('… and {0} more', files.length - most)] : names;
}
