import type { KeyHelp } from '../ui/helpDialog.tsx';
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

/** Hears the keys of the whole panel, except where the user types. */
export function listenToKeys(model: CommitModel, actions: Actions): () => void {
  const { changes } = model;
  const run: Readonly<Record<string, () => void>> = {
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
    t: actions.list,
    m: actions.message,
    z: () => void model.undoLast(),
    r: () => void model.refresh(true),
    '?': actions.help,
    Escape: actions.list,
  };
  const onKey = (event: KeyboardEvent): void => {
    if (document.querySelector('dialog[open]') !== null || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key === 'Enter') {
      event.preventDefault();
      void model.commit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof HTMLElement ? event.target : undefined;
    const typing = target?.matches('input:not([type=checkbox], [type=radio]), textarea, select') === true;
    if (typing && event.key !== 'Escape') return;
    // Controls have their own Enter and Space.
    const control = target?.matches('button, a, input, summary, [role=separator]') === true;
    if (control && (event.key === ' ' || event.key === 'Enter')) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      openChosen(model, 'openFile');
      return;
    }
    const action = Object.hasOwn(run, event.key) ? run[event.key] : undefined;
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
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
