import { l10n, type QuickPickItem, ThemeIcon, window } from 'vscode';
import { checkItem, commentItem, edit, type Item, type ItemState, itemTypes, list, move, show } from '../../server/protocol/work.ts';
import type { Shell } from '../shell.ts';
import { withoutIcons } from '../ui/iconText.ts';
import type { ItemTarget } from './workNodes.ts';
import { reference, today, typeIcon, typeName } from './workWords.ts';

/** Changes of an item that the palette asks for. A value that a caller has already is not asked. Undefined: the user turned away. */

async function read(shell: Shell, target: ItemTarget): Promise<Item> {
  return (await shell.server.send(show, target)).item;
}

export async function moveItem(shell: Shell, target: ItemTarget, to: ItemState): Promise<Item> {
  return (await shell.server.send(move, { ...target, to })).item;
}

export async function rename(shell: Shell, target: ItemTarget, given: unknown): Promise<Item | undefined> {
  const item = await read(shell, target);
  const to =
    typeof given === 'string'
      ? given
      : await window.showInputBox({
          title: reference(item),
          prompt: l10n.t('The title of the item'),
          value: item.title,
          validateInput: titleProblem,
        });
  if (to === undefined || to === item.title) return undefined;
  return (await shell.server.send(edit, { ...target, title: { from: item.title, to: to.trim() } })).item;
}

/** What is wrong with a title; undefined when nothing is. */
export function titleProblem(title: string): string | undefined {
  if (title.trim() === '') return l10n.t('An item needs a title.');
  return title.length > 300 ? l10n.t('At most 300 characters.') : undefined;
}

export async function setType(shell: Shell, target: ItemTarget, given: unknown): Promise<Item | undefined> {
  const item = await read(shell, target);
  const to = itemTypes.find((type) => type === given) ?? (await pickType(item.type));
  if (to === undefined || to === item.type) return undefined;
  return (await shell.server.send(edit, { ...target, type: { from: item.type, to } })).item;
}

export async function pickType(now?: Item['type']): Promise<Item['type'] | undefined> {
  const items = itemTypes.map((type) => ({
    label: typeName(type),
    description: type === now ? l10n.t('now') : '',
    iconPath: new ThemeIcon(typeIcon(type)),
    type,
  }));
  return (await window.showQuickPick(items, { placeHolder: l10n.t('What kind of change is it?') }))?.type;
}

export async function setTags(shell: Shell, target: ItemTarget, given: unknown): Promise<Item | undefined> {
  const item = await read(shell, target);
  const wanted = Array.isArray(given) ? given.map(String) : await askTags(item);
  if (wanted === undefined) return undefined;
  const add = wanted.filter((tag) => !item.tags.includes(tag));
  const remove = item.tags.filter((tag) => !wanted.includes(tag));
  if (add.length + remove.length === 0) return undefined;
  return (await shell.server.send(edit, { ...target, tags: { add, remove } })).item;
}

async function askTags(item: Item): Promise<string[] | undefined> {
  const typed = await window.showInputBox({
    title: reference(item),
    prompt: l10n.t('Tags, with spaces between them'),
    value: item.tags.join(' '),
    validateInput: (text) => (tagsOf(text).some((tag) => tag.length > 50) ? l10n.t('A tag has at most 50 characters.') : undefined),
  });
  return typed === undefined ? undefined : tagsOf(typed);
}

/** The tags in what a person typed: words, each once; `#` and commas are habit. */
export function tagsOf(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[\s,]+/)
        .map((tag) => tag.replace(/^#+/, ''))
        .filter((tag) => tag !== ''),
    ),
  ];
}

export async function setAssignee(shell: Shell, target: ItemTarget, given: unknown): Promise<Item | undefined> {
  const item = await read(shell, target);
  const to = typeof given === 'string' || given === null ? given : await askAssignee(shell, target, item);
  if (to === undefined || to === item.assignee) return undefined;
  return (await shell.server.send(edit, { ...target, assignee: { from: item.assignee, to } })).item;
}

async function askAssignee(shell: Shell, target: ItemTarget, item: Item): Promise<string | null | undefined> {
  const { items = [] } = await shell.server.send(list, { repository: target.repository });
  const known = [...new Set(items.flatMap(({ assignee }) => assignee ?? []))].filter((name) => name !== 'me').sort();
  type Choice = QuickPickItem & { value: string | null | undefined };
  const other: Choice = { label: l10n.t('Somebody Else…'), iconPath: new ThemeIcon('edit'), value: undefined };
  const choices: Choice[] = [
    { label: l10n.t('Me'), iconPath: new ThemeIcon('account'), value: 'me' },
    ...known.map((name) => ({ label: withoutIcons(name), iconPath: new ThemeIcon('person'), value: name })),
    other,
    ...(item.assignee === null ? [] : [{ label: l10n.t('Nobody'), iconPath: new ThemeIcon('circle-slash'), value: null }]),
  ];
  const picked = await window.showQuickPick(choices, { title: reference(item), placeHolder: l10n.t('Who does it?') });
  if (picked !== other) return picked?.value;
  const typed = await window.showInputBox({ title: reference(item), prompt: l10n.t('A name or an address'), value: item.assignee ?? '' });
  return typed === undefined || typed.trim() === '' ? undefined : typed.trim();
}

export async function setDue(shell: Shell, target: ItemTarget, given: unknown): Promise<Item | undefined> {
  const item = await read(shell, target);
  const typed =
    typeof given === 'string' || given === null
      ? (given ?? '')
      : await window.showInputBox({
          title: reference(item),
          prompt: l10n.t('Due on which day? Year-month-day, or in how many days (empty: none)'),
          value: item.due ?? '',
          placeHolder: today(),
          validateInput: (text) => (dueOf(text) === undefined ? l10n.t('Neither a date (2026-11-30) nor a number of days.') : undefined),
        });
  const to = typed === undefined ? undefined : dueOf(typed);
  if (to === undefined || to === item.due) return undefined;
  return (await shell.server.send(edit, { ...target, due: { from: item.due, to } })).item;
}

/** The day that somebody typed, as `YYYY-MM-DD`; null for none, undefined when it is no day. */
export function dueOf(text: string, now = new Date()): string | null | undefined {
  const typed = text.trim();
  if (typed === '') return null;
  if (/^\d{1,4}$/.test(typed)) return today(new Date(now.getFullYear(), now.getMonth(), now.getDate() + Number(typed)));
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(typed);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  const date = new Date(year, month - 1, day);
  return date.getMonth() === month - 1 && date.getDate() === day ? today(date) : undefined;
}

/** Ticks things off in one list: what is checked there is done. */
export async function checkOff(shell: Shell, target: ItemTarget): Promise<Item | undefined> {
  const item = await read(shell, target);
  if (item.checklist.length === 0) {
    void window.showInformationMessage(l10n.t('#{0} has no checklist yet. Open the item to write one.', item.id));
    return undefined;
  }
  const picks = item.checklist.map(({ id, text, done }) => ({ label: withoutIcons(text), picked: done, id, done }));
  const chosen = await window.showQuickPick(picks, { canPickMany: true, title: reference(item), placeHolder: l10n.t('What is done?') });
  if (chosen === undefined) return undefined;
  const ids = new Set(chosen.map(({ id }) => id));
  let changed: Item | undefined;
  for (const { id, done } of picks) {
    if (ids.has(id) === done) continue;
    changed = (await shell.server.send(checkItem, { ...target, action: { kind: 'tick', check: id, done: ids.has(id) } })).item;
  }
  return changed;
}

export async function addComment(shell: Shell, target: ItemTarget, given: unknown): Promise<Item | undefined> {
  const text =
    typeof given === 'string'
      ? given
      : await window.showInputBox({ title: `#${target.id}`, prompt: l10n.t('What is to be said about it?') });
  if (text === undefined || text.trim() === '') return undefined;
  return (await shell.server.send(commentItem, { ...target, action: { kind: 'add', text: text.trim() } })).item;
}
