import type { KeyHelp } from '../ui/helpDialog.tsx';
import { listenToKeys } from '../ui/keys.ts';
import type { IncidentModel } from './model.ts';

/** Keys and what they do, for the help and in its order. */
export const keyHelp: KeyHelp = [
  [['a'], 'Acknowledge'],
  [['n'], 'Write a note'],
  [['Ctrl+Enter'], 'Add the note'],
  [['d'], 'Show the changes of the first suspect'],
  [['r'], 'Refresh, and rank the suspects again'],
  [['?'], 'This help'],
  [['Esc'], 'Out of the note'],
];

/** Hears the keys of the whole panel. */
export function listenToIncidentKeys(model: IncidentModel, actions: { help(): void }): () => void {
  return listenToKeys({
    plain: {
      a: () => {
        if (model.incident?.acknowledged === null && model.incident.resolved === null) void model.update({ acknowledge: true });
      },
      n: () => document.getElementById('note')?.focus(),
      d: () => {
        const commit = model.suspects.value?.commits[0]?.commit;
        if (commit !== undefined) model.run({ what: 'commit', commit });
      },
      r: () => model.refreshAll(),
      '?': actions.help,
      Escape: () => (document.activeElement instanceof HTMLElement ? document.activeElement.blur() : undefined),
    },
    control: { Enter: () => void model.addNote() },
  });
}
