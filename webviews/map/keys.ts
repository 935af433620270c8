import type { KeyHelp } from '../ui/helpDialog.tsx';
import { listenToKeys } from '../ui/keys.ts';
import type { MapModel } from './model.ts';
import type { Zoom } from './zoom.ts';

/** Keys and what they do, for the help and in its order. */
export const keyHelp: KeyHelp = [
  [['←', '→', '↑', '↓'], 'To the next service in that direction; what fails with it is marked'],
  [['Enter'], 'Open the service'],
  [['/'], 'Find a service'],
  [['+', '-'], 'Larger, smaller'],
  [['0'], 'All of it'],
  [['r'], 'Refresh'],
  [['?'], 'This help'],
  [['Esc'], 'Choose none'],
];

/** Hears the keys of the whole panel; those of a service are its own. */
export function listenToMapKeys(model: MapModel, zoom: Zoom, actions: { help(): void }): () => void {
  return listenToKeys({
    plain: {
      '/': () => {
        const find = document.getElementById('find');
        if (find instanceof HTMLInputElement) find.select();
        find?.focus();
      },
      '+': () => zoom.by(1.25),
      '=': () => zoom.by(1.25),
      '-': () => zoom.by(0.8),
      '0': () => zoom.fit(),
      r: () => model.refresh(),
      '?': actions.help,
      Escape: () => {
        model.find('');
        model.choose(undefined);
      },
    },
  });
}
