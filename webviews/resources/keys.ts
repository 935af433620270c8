import type { KeyHelp } from '../ui/helpDialog.tsx';
import { listenToKeys } from '../ui/keys.ts';
import type { ResourcesModel } from './model.ts';

/** Keys and what they do, for the help and in its order. */
export const keyHelp: KeyHelp = [
  [['j', 'k'], 'Next, previous container'],
  [['o'], 'Its output'],
  [['s'], 'A shell in it'],
  [['r'], 'Look again'],
  [['d'], 'Measure the disk'],
  [['?'], 'This help'],
];

/** Hears the keys of the whole panel. */
export function listenToResourcesKeys(model: ResourcesModel, actions: { help(): void }): () => void {
  return listenToKeys({
    plain: {
      j: () => step(1),
      k: () => step(-1),
      o: () => press('output'),
      s: () => press('terminal'),
      r: () => model.refresh(),
      d: () => model.measure(),
      '?': actions.help,
    },
  });
}

const containers = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('tr.container')];

/** To the row beside the one that has the focus. */
function step(by: 1 | -1): void {
  const rows = containers();
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  rows[at === -1 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}

/** The button with that icon in the row that has the focus. */
function press(icon: string): void {
  const row = containers().find((each) => each.contains(document.activeElement));
  row?.querySelector<HTMLElement>(`.actions button:has(.codicon-${icon})`)?.click();
}
