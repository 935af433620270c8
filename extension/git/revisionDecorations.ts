import { type FileDecoration, type FileDecorationProvider, l10n, ThemeColor, type Uri } from 'vscode';
import { revisionScheme } from './revisionUri.ts';

/** Letters and colours of changed files in our trees, as the source control view has them. The letter is the address's fragment. */
export const changedFileDecorations: FileDecorationProvider = {
  provideFileDecoration(uri: Uri): FileDecoration | undefined {
    if (uri.scheme !== revisionScheme || uri.fragment === '') return undefined;
    const [tooltip, color] = decorations()[uri.fragment] ?? [];
    return tooltip === undefined || color === undefined ? undefined : { badge: uri.fragment, tooltip, color: new ThemeColor(color) };
  },
};

function decorations(): Readonly<Record<string, readonly [string, string]>> {
  return {
    A: [l10n.t('Added'), 'gitDecoration.addedResourceForeground'],
    M: [l10n.t('Modified'), 'gitDecoration.modifiedResourceForeground'],
    D: [l10n.t('Deleted'), 'gitDecoration.deletedResourceForeground'],
    R: [l10n.t('Renamed'), 'gitDecoration.renamedResourceForeground'],
    C: [l10n.t('Copied'), 'gitDecoration.renamedResourceForeground'],
    T: [l10n.t('Type changed'), 'gitDecoration.modifiedResourceForeground'],
    U: [l10n.t('Untracked'), 'gitDecoration.untrackedResourceForeground'],
    '!': [l10n.t('In conflict'), 'gitDecoration.conflictingResourceForeground'],
  };
}
