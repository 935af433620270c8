import { l10n, type QuickPickItem, QuickPickItemKind, ThemeIcon, window, workspace } from 'vscode';
import { type ItemRow, type ItemState, list } from '../../server/protocol/work.ts';
import { pickRepository } from '../git/compare.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import type { CurrentItems } from './currentItems.ts';
import type { ItemTarget } from './workNodes.ts';
import { checksText, reference, stateName, typeIcon } from './workWords.ts';

/** What a command of items works with. */
export interface Work {
  readonly shell: Shell;
  readonly current: CurrentItems;
}

/** The item that a command was given: by a row of the view, or by name. */
export function targetOf(given: unknown): ItemTarget | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { repository, id } = ('target' in given ? given.target : given) as { repository?: unknown; id?: unknown };
  return typeof repository === 'string' && typeof id === 'number' ? { repository, id } : undefined;
}

interface ItemPick extends QuickPickItem {
  readonly row?: ItemRow;
}

/** Which item: the given one, else one that the user picks among those of the states; `new` when they want another. */
export async function pickItem(
  { shell, current }: Work,
  given: unknown,
  options: { readonly placeHolder: string; readonly states?: readonly ItemState[]; readonly offerNew?: boolean },
): Promise<ItemTarget | { kind: 'new'; repository: string } | undefined> {
  const target = targetOf(given);
  if (target !== undefined) return target;
  const repository = await pickRepository(shell, given);
  if (repository === undefined) return undefined;
  const states = options.states ?? ['started', 'review', 'planned', 'done', 'canceled'];
  const { items = [] } = await shell.server.send(list, { repository, filter: { states: [...states] } });
  if (items.length === 0 && options.offerNew !== true) {
    throw new RequestFailure('not-found', l10n.t('There is no work item for this.'), l10n.t('Plan a change first: Hearth: New Work Item.'));
  }
  const here = (await current.get(repository))?.item?.id;
  const rank = (row: ItemRow): number => (row.id === here ? -1 : states.indexOf(row.state));
  const sorted = [...items].sort((a, b) => rank(a) - rank(b));
  const picks: ItemPick[] = [
    ...(options.offerNew === true ? [{ label: l10n.t('New Work Item…'), iconPath: new ThemeIcon('add'), alwaysShow: true }] : []),
    ...sorted.flatMap((row, at) => {
      const before = sorted[at - 1];
      const heading = row.id === here ? l10n.t('Current') : stateName(row.state);
      const separator = before === undefined || (before.id === here ? true : before.state !== row.state);
      return [...(separator ? [{ label: heading, kind: QuickPickItemKind.Separator }] : []), pickOf(row)];
    }),
  ];
  const picked = await window.showQuickPick(picks, { placeHolder: options.placeHolder, matchOnDescription: true });
  if (picked === undefined) return undefined;
  return picked.row === undefined ? { kind: 'new', repository } : { repository, id: picked.row.id };
}

/** As `pickItem`, where a new one makes no sense. */
export async function pickKnownItem(
  work: Work,
  given: unknown,
  placeHolder: string,
  states?: readonly ItemState[],
): Promise<ItemTarget | undefined> {
  const picked = await pickItem(work, given, { placeHolder, ...(states === undefined ? {} : { states }) });
  return picked === undefined || 'kind' in picked ? undefined : picked;
}

function pickOf(row: ItemRow): ItemPick {
  const description = [checksText(row), row.branch ?? '', row.tags.map((tag) => `#${tag}`).join(' ')].filter((part) => part !== '');
  return {
    label: withoutIcons(reference(row)),
    description: withoutIcons(description.join(' · ')),
    iconPath: new ThemeIcon(typeIcon(row.type)),
    row,
  };
}

/** Before questions whose answers could not be carried out in Restricted Mode. */
export function needTrust(): void {
  if (workspace.isTrusted) return;
  throw new RequestFailure(
    'untrusted',
    l10n.t('In Restricted Mode Hearth only reads.'),
    l10n.t('Trust this folder to work on items: Workspaces: Manage Workspace Trust.'),
  );
}
