import { l10n } from 'vscode';
import { type ItemState, type ItemType, itemStates, itemTypes } from '../../server/protocol/work.ts';
import { stateName, typeName } from './workWords.ts';

/** What happens to items, in words: without its name for the timeline of an item, with it for the log of everything. */

type Payload = Readonly<Record<string, unknown>>;

interface ItemKind {
  readonly icon: string;
  /** The kind alone, for a filter. */
  readonly name: string;
  readonly words: (payload: Payload) => string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const state = (value: unknown): string => (isState(value) ? stateName(value) : text(value));
const type = (value: unknown): string => (isType(value) ? typeName(value) : text(value));
const isState = (value: unknown): value is ItemState => (itemStates as readonly unknown[]).includes(value);
const isType = (value: unknown): value is ItemType => (itemTypes as readonly unknown[]).includes(value);
const change = (value: unknown): { from: unknown; to: unknown } | undefined =>
  typeof value === 'object' && value !== null && 'to' in value
    ? { from: 'from' in value ? value.from : undefined, to: value.to }
    : undefined;

/** Made when first needed: the language of the window is known then. */
let kinds: Readonly<Record<string, ItemKind>> | undefined;

/** The kinds of events of items. */
export function itemKinds(): Readonly<Record<string, ItemKind>> {
  kinds ??= {
    created: { icon: 'add', name: l10n.t('Items planned'), words: ({ type: of }) => l10n.t('Planned as {0}', type(of)) },
    edited: { icon: 'edit', name: l10n.t('Items edited'), words: editedWords },
    moved: { icon: 'arrow-right', name: l10n.t('Items moved'), words: ({ to }) => l10n.t('Moved to {0}', state(to)) },
    linked: { icon: 'git-branch', name: l10n.t('Branches and commits of items'), words: linkedWords },
    checked: { icon: 'check', name: l10n.t('Things done'), words: ({ text: what }) => l10n.t('Done: {0}', text(what)) },
    unchecked: {
      icon: 'circle-large-outline',
      name: l10n.t('Things undone'),
      words: ({ text: what }) => l10n.t('Not done: {0}', text(what)),
    },
    'check-added': { icon: 'checklist', name: l10n.t('Things to do'), words: ({ text: what }) => l10n.t('To do: {0}', text(what)) },
    'check-edited': {
      icon: 'checklist',
      name: l10n.t('Checklists edited'),
      words: ({ to }) => l10n.t('Checklist now says: {0}', text(to)),
    },
    'check-moved': {
      icon: 'checklist',
      name: l10n.t('Checklists sorted'),
      words: ({ text: what }) => l10n.t('Moved in the checklist: {0}', text(what)),
    },
    'check-removed': {
      icon: 'checklist',
      name: l10n.t('Checklists shortened'),
      words: ({ text: what }) => l10n.t('Removed from the checklist: {0}', text(what)),
    },
    commented: { icon: 'comment', name: l10n.t('Comments'), words: ({ text: said }) => l10n.t('Comment: {0}', text(said)) },
    'comment-edited': {
      icon: 'comment',
      name: l10n.t('Comments edited'),
      words: ({ text: said }) => l10n.t('Comment now says: {0}', text(said)),
    },
    'comment-removed': { icon: 'comment', name: l10n.t('Comments removed'), words: () => l10n.t('Comment removed') },
    completing: { icon: 'git-merge', name: l10n.t('Merges begun'), words: () => l10n.t('Merge & Complete began') },
    'completion-taken': {
      icon: 'git-merge',
      name: l10n.t('Merges taken up'),
      words: () => l10n.t('Interrupted Merge & Complete was taken up'),
    },
    'completion-undone': { icon: 'discard', name: l10n.t('Merges undone'), words: () => l10n.t('Merge & Complete was undone') },
    completed: {
      icon: 'pass',
      name: l10n.t('Items completed'),
      words: ({ into, how }) => (text(into) === '' || how === 'none' ? l10n.t('Done') : l10n.t('Done: merged into {0}', text(into))),
    },
    removed: { icon: 'trash', name: l10n.t('Items deleted'), words: () => l10n.t('Deleted') },
  };
  return kinds;
}

function editedWords(payload: Payload): string {
  const title = change(payload['title']);
  const kind = change(payload['type']);
  const assignee = change(payload['assignee']);
  const due = change(payload['due']);
  const tags = payload['tags'] as { added?: unknown; removed?: unknown } | undefined;
  const list = (value: unknown): string[] => (Array.isArray(value) ? value.map((tag) => `#${String(tag)}`) : []);
  const parts = [
    ...(title === undefined ? [] : [l10n.t('Title: {0}', text(title.to))]),
    ...(kind === undefined ? [] : [l10n.t('Type: {0}', type(kind.to))]),
    ...(payload['notes'] === undefined ? [] : [l10n.t('Notes written')]),
    ...(assignee === undefined ? [] : [assignee.to === null ? l10n.t('Nobody is assigned') : l10n.t('Assigned to {0}', text(assignee.to))]),
    ...(due === undefined ? [] : [due.to === null ? l10n.t('No due date') : l10n.t('Due {0}', text(due.to))]),
    ...list(tags?.added).map((tag) => l10n.t('Tag {0}', tag)),
    ...list(tags?.removed).map((tag) => l10n.t('Tag {0} removed', tag)),
  ];
  return parts.join(' · ') || l10n.t('Edited');
}

function linkedWords(payload: Payload): string {
  const branch = change(payload['branch']);
  const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
  const commits = count(payload['commits']);
  const gone = count(payload['gone']);
  const parts = [
    ...(branch === undefined ? [] : [branch.to === null ? l10n.t('Its branch is gone') : l10n.t('Branch {0}', text(branch.to))]),
    ...(commits === 0 ? [] : [commits === 1 ? l10n.t('1 commit') : l10n.t('{0} commits', commits)]),
    ...(gone === 0 ? [] : [gone === 1 ? l10n.t('1 commit is gone') : l10n.t('{0} commits are gone', gone)]),
    ...(payload['state'] === undefined ? [] : [state(change(payload['state'])?.to ?? payload['state'])]),
  ];
  return parts.join(' · ') || l10n.t('Compared with git');
}
