import type { KeyHelp } from '../ui/helpDialog.tsx';
import { listenToKeys } from '../ui/keys.ts';
import type { OutputModel } from './model.ts';

/** Keys and what they do, for the help and in its order. */
export const keyHelp: KeyHelp = [
  [['/'], 'Find in the output'],
  [['n', 'p'], 'Next, previous match'],
  [['x'], 'The search is a regular expression'],
  [['l'], 'Only lines that match'],
  [['f'], 'Follow the output'],
  [['s'], 'Save as a file'],
  [['r'], 'Read again'],
  [['?'], 'This help'],
  [['Esc'], 'Out of the search, to the lines'],
];

/** Hears the keys of the whole panel. */
export function listenToOutputKeys(model: OutputModel, actions: { help(): void }): () => void {
  return listenToKeys({
    plain: {
      '/': () => focus('find'),
      n: () => model.step(1),
      p: () => model.step(-1),
      x: () => model.lookAt({ regex: !model.look.regex }),
      l: () => model.lookAt({ only: !model.look.only }),
      f: () => model.lookAt({ following: !model.look.following }),
      s: () => model.save(),
      r: () => model.again(),
      '?': actions.help,
    },
  });
}

function focus(id: string): void {
  const element = document.getElementById(id);
  element?.focus();
  if (element instanceof HTMLInputElement) element.select();
}
