import { l10n, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { type ItemType, itemTypes } from '../../server/protocol/work.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { typeIcon, typeName } from './workWords.ts';

/** Which items are shown, as `work/list` takes it. Each part left out means everything. */
export interface WorkFilter {
  readonly types?: ItemType[];
  /** All of these. */
  readonly tags?: string[];
  readonly assignee?: string;
  readonly text?: string;
}

export function isFiltered(filter: WorkFilter): boolean {
  return Object.keys(filter).length > 0;
}

/** The filter in a few words, for the title of the view. */
export function describeFilter({ types = [], tags = [], assignee, text }: WorkFilter): string {
  return [
    ...types.map(typeName),
    ...tags.map((tag) => `#${tag}`),
    ...(assignee === undefined ? [] : [`@${oneLine(assignee)}`]),
    ...(text === undefined ? [] : [`“${oneLine(text)}”`]),
  ].join(' · ');
}

/** A filter that a command was given, or that an earlier version kept; undefined for anything else. */
export function filterOf(given: unknown): WorkFilter | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { types, tags, assignee, text, ...rest } = given as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return undefined;
  const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === 'string');
  const known = isTexts(types) ? types.filter((type): type is ItemType => (itemTypes as readonly string[]).includes(type)) : [];
  return {
    ...(known.length > 0 ? { types: known } : {}),
    ...(isTexts(tags) && tags.length > 0 ? { tags } : {}),
    ...(typeof assignee === 'string' ? { assignee } : {}),
    ...(typeof text === 'string' ? { text } : {}),
  };
}

/** What items of the view have, to choose from. */
interface Choices {
  readonly tags: readonly string[];
  readonly assignees: readonly string[];
}

interface Part extends QuickPickItem {
  readonly change: () => Promise<WorkFilter | undefined>;
}

/** Asks which part of the filter to change and for its new value; undefined when the user leaves. */
export async function pickFilter(filter: WorkFilter, choices: () => Promise<Choices>): Promise<WorkFilter | undefined> {
  const any = l10n.t('any');
  const without = (part: keyof WorkFilter): WorkFilter => {
    const { [part]: _, ...rest } = filter;
    return rest;
  };
  const parts: Part[] = [
    {
      label: l10n.t('Text'),
      iconPath: new ThemeIcon('search'),
      description: filter.text === undefined ? any : withoutIcons(oneLine(filter.text)),
      change: async () => {
        const typed = await window.showInputBox({
          prompt: l10n.t('Show items with this in title, notes or number (empty: all)'),
          value: filter.text ?? '',
        });
        return typed === undefined ? undefined : { ...without('text'), ...(typed.trim() === '' ? {} : { text: typed.trim() }) };
      },
    },
    {
      label: l10n.t('Type'),
      iconPath: new ThemeIcon('symbol-class'),
      description: filter.types?.map(typeName).join(', ') ?? any,
      change: async () => {
        const picked = await window.showQuickPick(
          itemTypes.map((type) => ({
            label: typeName(type),
            iconPath: new ThemeIcon(typeIcon(type)),
            picked: filter.types?.includes(type) ?? false,
            type,
          })),
          { canPickMany: true, placeHolder: l10n.t('Items of which types? (none: all)') },
        );
        return picked && { ...without('types'), ...(picked.length === 0 ? {} : { types: picked.map(({ type }) => type) }) };
      },
    },
    {
      label: l10n.t('Tag'),
      iconPath: new ThemeIcon('tag'),
      description: filter.tags?.join(', ') ?? any,
      change: async () => {
        const { tags } = await choices();
        const all = [...new Set([...(filter.tags ?? []), ...tags])].sort();
        const picked = await window.showQuickPick(
          all.map((tag) => ({ label: withoutIcons(tag), picked: filter.tags?.includes(tag) ?? false, tag })),
          {
            canPickMany: true,
            placeHolder: all.length === 0 ? l10n.t('No item has a tag yet') : l10n.t('Items with which tags? (none: all)'),
          },
        );
        return picked && { ...without('tags'), ...(picked.length === 0 ? {} : { tags: picked.map(({ tag }) => tag) }) };
      },
    },
    {
      label: l10n.t('Assignee'),
      iconPath: new ThemeIcon('person'),
      description: filter.assignee ?? any,
      change: async () => {
        const { assignees } = await choices();
        const everybody: QuickPickItem & { assignee?: string } = { label: l10n.t('Everybody') };
        const me = { label: l10n.t('Me'), assignee: 'me' };
        const others = assignees.filter((name) => name !== 'me').map((name) => ({ label: withoutIcons(oneLine(name)), assignee: name }));
        const picked = await window.showQuickPick([everybody, me, ...others], { placeHolder: l10n.t('Items of whom?') });
        return picked && { ...without('assignee'), ...(picked.assignee === undefined ? {} : { assignee: picked.assignee }) };
      },
    },
    ...(isFiltered(filter) ? [{ label: l10n.t('Clear Filter'), iconPath: new ThemeIcon('clear-all'), change: async () => ({}) }] : []),
  ];
  const part = await window.showQuickPick(parts, { placeHolder: l10n.t('Show only items with…') });
  return part?.change();
}
