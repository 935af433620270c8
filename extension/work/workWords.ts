import { l10n } from 'vscode';
import type { ItemRow, ItemState, ItemType } from '../../server/protocol/work.ts';
import { oneLine } from '../git/repositoryNodesText.ts';

/** Words and icons of work items. Titles go into plain labels, or through `appendText`, never into Markdown. */

const typeIcons: Readonly<Record<ItemType, string>> = {
  feature: 'lightbulb',
  fix: 'bug',
  chore: 'tools',
  infrastructure: 'server-environment',
  deployment: 'rocket',
  documentation: 'book',
  incident: 'flame',
  spike: 'beaker',
};

export function typeIcon(type: ItemType): string {
  return typeIcons[type];
}

export function typeName(type: ItemType): string {
  switch (type) {
    case 'feature':
      return l10n.t('Feature');
    case 'fix':
      return l10n.t('Fix');
    case 'chore':
      return l10n.t('Chore');
    case 'infrastructure':
      return l10n.t('Infrastructure');
    case 'deployment':
      return l10n.t('Deployment');
    case 'documentation':
      return l10n.t('Documentation');
    case 'incident':
      return l10n.t('Incident');
    case 'spike':
      return l10n.t('Spike');
  }
}

export function stateName(state: ItemState): string {
  switch (state) {
    case 'planned':
      return l10n.t('Planned');
    case 'started':
      return l10n.t('Started');
    case 'review':
      return l10n.t('Review');
    case 'done':
      return l10n.t('Done');
    case 'canceled':
      return l10n.t('Canceled');
  }
}

/** `#12 Faster login`, on one line. */
export function reference({ id, title }: Pick<ItemRow, 'id' | 'title'>): string {
  return `#${id} ${oneLine(title)}`;
}

/** The reference for a place that has little room: at most `most` characters (as a person counts them) of the title. */
export function shortReference({ id, title }: Pick<ItemRow, 'id' | 'title'>, most = 30): string {
  const characters = [...new Intl.Segmenter().segment(oneLine(title))].map(({ segment }) => segment);
  const cut = characters.length > most ? `${characters.slice(0, most).join('').trimEnd()}…` : characters.join('');
  return `#${id} ${cut}`;
}

/** `3/5`; empty without a checklist. */
export function checksText({ checks }: Pick<ItemRow, 'checks'>): string {
  return checks.total === 0 ? '' : `${checks.done}/${checks.total}`;
}

/** What a screen reader says instead of `3/5`. */
export function checksSpoken({ checks }: Pick<ItemRow, 'checks'>): string {
  return checks.total === 0 ? '' : l10n.t('{0} of {1} done', checks.done, checks.total);
}

/** Whether something due has not been done in time; `today` is `YYYY-MM-DD`. */
export function isOverdue({ due, state }: Pick<ItemRow, 'due' | 'state'>, today: string): boolean {
  return due !== null && due < today && state !== 'done' && state !== 'canceled';
}

/** The present day where the window runs, as `YYYY-MM-DD`. */
export function today(now = new Date()): string {
  return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}-${String(now.getDate()).padStart(2, '0')}`;
}
