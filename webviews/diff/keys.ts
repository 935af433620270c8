import type { KeyHelp } from '../ui/helpDialog.tsx';
import { listenToKeys } from '../ui/keys.ts';
import type { DiffModel } from './model.ts';
import type { Navigator } from './navigator.ts';

/** Keys and what they do, for the help and in its order. */
export const keyHelp: KeyHelp = [
  [['j', 'k'], 'Next, previous file'],
  [['n', 'p'], 'Next, previous change'],
  [['v'], 'Mark the file as viewed, or not'],
  [['x'], 'Fold or unfold the file'],
  [['o'], 'Open the file in the diff editor'],
  [['Enter'], 'Open the file at the change'],
  [['/'], 'Filter the files'],
  [['t'], 'Go to the file tree'],
  [['f'], 'Find in the comparison'],
  [['u'], 'Side by side or unified'],
  [['z'], 'Wrap long lines or not'],
  [['w'], 'Whitespace: show, ignore'],
  [['c'], 'Compare something else'],
  [['s'], 'Swap the sides'],
  [['m'], 'Compare from the merge base'],
  [['e'], 'Export'],
  [['r'], 'Refresh'],
  [['?'], 'This help'],
  [['Esc'], 'Close, or back to the files'],
];

interface Actions {
  filter(): void;
  tree(): void;
  find(): void;
  help(): void;
  escape(): void;
}

const whitespaceOrder = ['show', 'ignore-eol', 'ignore-change', 'ignore-all'] as const;

/** Hears the keys of the whole panel. */
export function listenToDiffKeys(model: DiffModel, navigator: Navigator, actions: Actions): () => void {
  return listenToKeys({
    plain: {
      j: () => navigator.file(1),
      k: () => navigator.file(-1),
      n: () => void navigator.change(1),
      p: () => void navigator.change(-1),
      v: () => navigator.toggleViewed(),
      x: () => navigator.toggleCollapsed(),
      o: () => navigator.open('openNative'),
      '/': actions.filter,
      t: actions.tree,
      f: actions.find,
      u: () => model.setLayout(model.layout === 'unified' ? 'side-by-side' : 'unified'),
      z: () => model.setWordWrap(!model.wordWrap),
      w: () =>
        model.setOptions({
          whitespace: whitespaceOrder[(whitespaceOrder.indexOf(model.whitespace) + 1) % whitespaceOrder.length] ?? 'show',
        }),
      c: () => void model.bridge.ask('pick', { which: 'both' }),
      s: () => void model.bridge.ask('swap', {}),
      m: () => void model.bridge.ask('pick', { which: 'mergeBase' }),
      e: () => navigator.export(),
      r: () => void model.list(),
      '?': actions.help,
      Escape: actions.escape,
      Enter: () => navigator.open('openFile'),
    },
    control: { f: actions.find },
    own: 'button, a, [role=treeitem], [role=tree], summary',
  });
}
