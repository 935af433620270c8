import { l10n } from 'vscode';

/** One sentence for why a document cannot be compared. */
export function noDiffText(why: string): string {
  switch (why) {
    case 'outside-repository':
      return l10n.t('This file is outside any repository.');
    case 'untracked':
      return l10n.t('This file is not in that revision: all of it is new.');
    case 'ignored':
      return l10n.t('Git ignores this file.');
    case 'unborn':
      return l10n.t('This branch has no commit yet.');
    case 'binary':
      return l10n.t('This file is not text.');
    case 'too-large':
      return l10n.t('This file is too large to compare while it is edited.');
    case 'not-a-file':
      return l10n.t('This is not a file on disk.');
    default:
      return l10n.t('This file cannot be compared with that revision.');
  }
}
