import type { KeyHelp } from '../ui/helpDialog.tsx';
import { listenToKeys } from '../ui/keys.ts';
import { spans } from './messages.ts';
import type { ServiceModel } from './model.ts';

/** Keys and what they do, for the help and in its order. */
export const keyHelp: KeyHelp = [
  [['[', ']'], 'Previous, next monitor'],
  [['1', '2', '3', '4'], 'Chart of 24 hours, 7 days, 30 days, 1 year'],
  [['←', '→'], 'Along the beats or the chart, where they have the focus'],
  [['t'], 'Look now'],
  [['p'], 'Pause or resume'],
  [['m'], 'Show the map'],
  [['r'], 'Refresh'],
  [['?'], 'This help'],
];

/** Hears the keys of the whole panel. */
export function listenToServiceKeys(model: ServiceModel, actions: { help(): void }): () => void {
  const chart = Object.fromEntries(spans.map((span, index) => [String(index + 1), () => model.look(span)]));
  return listenToKeys({
    plain: {
      ...chart,
      '[': () => model.step(-1),
      ']': () => model.step(1),
      t: () => void model.test(),
      p: () => void model.pause(model.shown?.monitor.paused !== true),
      m: () => model.run({ what: 'map' }),
      r: () => model.refresh(),
      '?': actions.help,
    },
  });
}
