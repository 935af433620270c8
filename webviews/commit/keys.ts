import type { KeyHelp } from '../ui/helpDialog.tsx';
import { listenToKeys } from '../ui/keys.ts';
import type { CommitModel } from './model.ts';

/** Keys and what they do, for the help and in its order. */
export const keyHelp: KeyHelp = [
  [['j', 'k'], 'Next, previous file'],
  [['n', 'p'], 'Next, previous change'],
  [['Space'], 'Stage or unstage the file'],
  [['s'], 'Stage the change'],
  [['u'], 'Unstage the change'],
  [['x'], 'Discard the change'],
  [['a'], 'Stage everything'],
  [['Shift+A'], 'Unstage everything'],
  [['o'], 'Open the file in the diff editor'],
  [['Enter'], 'Open the file'],
  [['t'], 'Go to the list of files'],
  [['m'], 'Write the message'],
  [['Ctrl+Enter'], 'Commit'],
  [['z'], 'Undo what was done last here'],
  [['r'], 'Refresh'],
  [['?'], 'This help'],
  [['Esc'], 'Out of the message, to the files'],
];

interface Actions {
  help(): void;
  list(): void;
  message(): void;
}

/** Hears the keys of the whole panel. */
export function listenToCommitKeys(model: CommitModel, actions: Actions): () => void {
  const { changes } = model;
  return listenToKeys({
    plain: {
      j: () => changes.step(1),
      k: () => changes.step(-1),
      n: () => changes.stepHunk(1),
      p: () => changes.stepHunk(-1),
      ' ': () => {
        if (changes.place !== undefined) void changes.toggleStaged(changes.place);
      },
      s: () => void changes.actOnHunk('stage'),
      u: () => void changes.actOnHunk('unstage'),
      x: () => void changes.actOnHunk('discard'),
      a: () => void changes.actOnAll('stage', 'changes'),
      A: () => void changes.actOnAll('unstage', 'staged'),
      o: () => openChosen(model, 'openNative'),
      Enter: () => openChosen(model, 'openFile'),
      t: actions.list,
      m: actions.message,
      z: () => void model.undoLast(),
      r: () => void model.refresh(true),
      '?': actions.help,
      Escape: actions.list,
    },
    control: { Enter: () => void model.commit() },
    own: 'button, a, input, summary, [role=separator]',
  });
}

/** Opens the chosen file: in the diff editor, or itself at the current change. */
export function openChosen(model: CommitModel, how: 'openNative' | 'openFile'): void {
  const { place, file, body, hunk } = model.changes;
  if (place === undefined || file === undefined) return;
  const area = place.section === 'staged' ? 'staged' : 'changes';
  if (how === 'openNative') {
    void model.bridge.ask('openNative', { area, file: place.key });
    return;
  }
  const line = body.kind === 'loaded' ? body.view?.patch.hunks[hunk]?.newStart : undefined;
  void model.bridge.ask('openFile', { path: file.path, ...(line === undefined ? {} : { line }) });
}
