import type { KeyHelp } from '../ui/helpDialog.tsx';
import { listenToKeys } from '../ui/keys.ts';
import type { DeploymentModel } from './model.ts';

/** Keys and what they do, for the help and in its order. */
export const keyHelp: KeyHelp = [
  [['/'], 'Find in the log'],
  [['n', 'p'], 'Next, previous match'],
  [['f'], 'Follow the log'],
  [['[', ']'], 'Previous, next service'],
  [['o'], 'Open the whole log in an editor'],
  [['r'], 'Refresh'],
  [['Ctrl+Enter'], 'Deploy (in a plan)'],
  [['?'], 'This help'],
  [['Esc'], 'Out of the search, to the log'],
];

/** Hears the keys of the whole panel. */
export function listenToDeploymentKeys(model: DeploymentModel, actions: { help(): void }): () => void {
  const { log } = model;
  return listenToKeys({
    plain: {
      '/': () => focus('find'),
      n: () => log.step(1),
      p: () => log.step(-1),
      f: () => log.lookAt({ following: !log.look.following }),
      '[': () => model.step(-1),
      ']': () => model.step(1),
      o: () => openLog(model),
      r: () => model.refresh(),
      '?': actions.help,
    },
    control: { Enter: () => void model.start() },
  });
}

function openLog(model: DeploymentModel): void {
  const { chosen } = model;
  if (chosen !== undefined) model.run({ what: 'openLog', id: chosen.id });
}

function focus(id: string): void {
  const element = document.getElementById(id);
  element?.focus();
  if (element instanceof HTMLInputElement) element.select();
}
