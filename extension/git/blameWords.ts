import { l10n } from 'vscode';
import type { Answer } from './blameSource.ts';

type Why = Extract<Answer<unknown>, { kind: 'none' }>['why'];

/** Why there is no blame, in one sentence. */
export function explainNoBlame(why: Why): string {
  switch (why) {
    case 'outside-repository':
      return l10n.t('This file is not in a git repository.');
    case 'untracked':
      return l10n.t('Git does not track this file yet: commit it first.');
    case 'ignored':
      return l10n.t('Git ignores this file.');
    case 'unborn':
      return l10n.t('The repository has no commit yet.');
    case 'binary':
      return l10n.t('This file is binary.');
    case 'too-large':
      return l10n.t('This file is too large to blame.');
    case 'not-a-file':
      return l10n.t('This editor does not show a file of a repository.');
    case 'unknown-line':
      return l10n.t('There is no blame for this line.');
    case 'unavailable':
      return l10n.t('The blame of this file cannot be read now.');
  }
}
