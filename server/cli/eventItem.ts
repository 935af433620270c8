import type { Event } from '../protocol/events.ts';

type Payload = Event['payload'];

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const part = (value: unknown, name: 'from' | 'to'): string => text((value as Record<string, unknown> | undefined)?.[name]);

/** What happened to a work item, behind its number and title. Undefined: a kind that is newer than this program. */
export function itemSentence(kind: string, payload: Payload, id: string): string | undefined {
  const what = kinds[kind]?.(payload);
  return what === undefined ? undefined : `#${id} ${text(payload['name'])}${what}`;
}

const kinds: Readonly<Record<string, (payload: Payload) => string>> = {
  created: () => ' planned',
  edited: (payload) =>
    `: ${Object.keys(payload)
      .filter((name) => name !== 'name')
      .join(', ')} changed`,
  moved: ({ from, to }) => `: ${text(from)} → ${text(to)}`,
  linked: linked,
  checked: ({ text: check }) => `: "${text(check)}" done`,
  unchecked: ({ text: check }) => `: "${text(check)}" not done`,
  'check-added': ({ text: check }) => `: check "${text(check)}" added`,
  'check-edited': ({ from, to }) => `: check "${text(from)}" is "${text(to)}" now`,
  'check-removed': ({ text: check }) => `: check "${text(check)}" removed`,
  'check-moved': ({ text: check }) => `: check "${text(check)}" moved`,
  commented: ({ author, text: comment }) => `: ${text(author)} wrote "${text(comment)}"`,
  'comment-edited': ({ author }) => `: comment of ${text(author)} edited`,
  'comment-removed': ({ author }) => `: comment of ${text(author)} removed`,
  completing: () => ': Merge & Complete begun',
  'completion-taken': () => ': Merge & Complete resumed',
  'completion-undone': () => ': Merge & Complete undone',
  completed: ({ how, into }) => (how === 'elsewhere' ? ` is done: it was in ${text(into)} already` : ` is done: merged into ${text(into)}`),
  removed: () => ' deleted',
};

function linked({ branch, commits, state }: Payload): string {
  if (part(branch, 'to') !== '') return `: on branch ${part(branch, 'to')}`;
  if (branch !== undefined) return `: no longer on branch ${part(branch, 'from')}`;
  if (state !== undefined) return `: ${part(state, 'from')} → ${part(state, 'to')}`;
  if (typeof commits === 'number') return `: ${commits} ${commits === 1 ? 'commit' : 'commits'}`;
  return ': branch and commits brought up to date';
}
