import { visibleName } from '../ui/visibleText.ts';
import type { Fix, Item, ItemState, MergeHow, Plan, Precondition } from './messages.ts';

export const notesLimit = 2000;
export const titleLimit = 300;

const types: Readonly<Record<Item['type'], { readonly name: string; readonly icon: string }>> = {
  feature: { name: 'Feature', icon: 'lightbulb' },
  fix: { name: 'Fix', icon: 'bug' },
  chore: { name: 'Chore', icon: 'tools' },
  infrastructure: { name: 'Infrastructure', icon: 'server-environment' },
  deployment: { name: 'Deployment', icon: 'rocket' },
  documentation: { name: 'Documentation', icon: 'book' },
  incident: { name: 'Incident', icon: 'flame' },
  spike: { name: 'Spike', icon: 'beaker' },
};

export const typeNames = Object.entries(types).map(([type, { name }]) => [type as Item['type'], name] as const);

export function typeIcon(type: Item['type']): string {
  return types[type].icon;
}

const states: Readonly<Record<ItemState, { readonly name: string; readonly icon: string }>> = {
  planned: { name: 'Planned', icon: 'circle-large-outline' },
  started: { name: 'Started', icon: 'play-circle' },
  review: { name: 'Review', icon: 'eye' },
  done: { name: 'Done', icon: 'pass-filled' },
  canceled: { name: 'Canceled', icon: 'circle-slash' },
};

export function stateWords(state: ItemState): { readonly name: string; readonly icon: string } {
  return states[state];
}

export const howNames: Readonly<Record<MergeHow, string>> = {
  merge: 'Merge commit',
  squash: 'Squash into one commit',
  'fast-forward': 'Fast-forward',
};

/** How a precondition stands: an icon and a word for those who do not see its colour. */
export function mark(state: Precondition['state']): { readonly icon: string; readonly word: string } {
  if (state === 'ok') return { icon: 'pass-filled', word: 'Fulfilled' };
  return state === 'failed' ? { icon: 'error', word: 'In the way' } : { icon: 'warning', word: 'Warning' };
}

/** What is in the way comes first, then what is only odd. */
export function inOrder(preconditions: readonly Precondition[]): Precondition[] {
  const rank = { failed: 0, warning: 1, ok: 2 };
  return [...preconditions].sort((a, b) => rank[a.state] - rank[b.state]);
}

/** What a fix offers: a button where the panel can do something, else a sentence. */
export function fixWords(fix: Fix): { readonly button: string } | { readonly hint: string } {
  switch (fix) {
    case 'write-notes':
      return { button: 'Write notes' };
    case 'finish-checklist':
      return { button: 'Go to the checklist' };
    case 'add-entry':
      return { button: 'Add entry…' };
    case 'commit':
      return { button: 'Commit…' };
    case 'choose-target':
      return { button: 'Choose the target' };
    case 'resolve':
      return { button: 'Show changes' };
    case 'start':
      return { button: 'Start Work' };
    case 'resume':
      return { button: 'Finish' };
    case 'finish-operation':
      return { hint: 'Finish or abort it where it was begun: git merge, rebase, cherry-pick or revert with --continue or --abort.' };
    case 'clean-target':
      return { hint: 'Commit or stash the changes in the work tree that has the target.' };
    case 'fetch':
      return { hint: 'Fetch first (git fetch), and look at what others have pushed.' };
  }
}

/** What stands under the heading of the plan. */
export function planSummary({ ready, preconditions, source, target }: Plan): string {
  const failed = preconditions.filter(({ state }) => state === 'failed').length;
  if (!ready) return failed === 1 ? 'One thing is in the way.' : `${failed} things are in the way.`;
  return source === undefined || target === undefined
    ? 'Ready.'
    : `Ready: ${visibleName(source.branch)} goes into ${visibleName(target.branch)}. Nothing is pushed.`;
}
