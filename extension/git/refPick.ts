import { l10n, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from 'vscode';
import { log, refs, resolve } from '../../server/protocol/git.ts';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { Shell } from '../shell.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { age, oneLine, shortId } from './repositoryNodesText.ts';

interface PickOptions {
  readonly placeholder: string;
  /** Sides beside refs and commits, in this order. */
  readonly offer?: readonly ('worktree' | 'index' | 'mergeBase' | 'stash')[];
}

interface SideItem extends QuickPickItem {
  /** Absent on separators and on the row for what was typed. */
  readonly side?: Side;
}

/** Newest of each kind that the list starts with; anything else can be typed. */
const listed = { refs: 300, commits: 30 };

/** Asks for one side of a comparison: refs, recent commits, or anything typed that git can resolve. Undefined when the user turns away. */
export function pickSide(shell: Shell, repository: string, options: PickOptions): Promise<Side | undefined> {
  const pick = window.createQuickPick<SideItem>();
  pick.placeholder = options.placeholder;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.busy = true;
  let offered: SideItem[] = fixedItems(options.offer ?? []);
  const show = (): void => {
    const text = pick.value.trim();
    const known = text === '' || offered.some(({ label }) => label === text);
    // What was typed can be a revision that no list has: HEAD~3, an old id.
    pick.items = known
      ? offered
      : [...offered, { label: text, description: l10n.t('use this revision'), iconPath: new ThemeIcon('git-commit'), alwaysShow: true }];
  };
  show();
  readItems(shell, repository, options.offer ?? [])
    .then((items) => {
      offered = items;
      show();
    })
    .catch((error) => shell.log.warn(asRequestFailure(error).message))
    .finally(() => {
      pick.busy = false;
    });
  return new Promise((done) => {
    pick.onDidChangeValue(show);
    pick.onDidAccept(async () => {
      const [item] = pick.selectedItems;
      if (item === undefined) return;
      if (item.side !== undefined) {
        done(item.side);
        pick.hide();
        return;
      }
      pick.busy = true;
      try {
        const { commit } = await shell.server.send(resolve, { repository, revision: item.label });
        done({ kind: 'commit', revision: /^[0-9a-f]{4,}$/.test(item.label) ? commit : item.label });
        pick.hide();
      } catch (error) {
        // Said where the user looks, and the list stays open for another try.
        pick.title = asRequestFailure(error).message;
        pick.busy = false;
      }
    });
    pick.onDidHide(() => {
      done(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

/** The obvious answers, the likeliest first. */
function fixedItems(offer: readonly string[]): SideItem[] {
  const items: SideItem[] = [];
  if (offer.includes('worktree'))
    items.push({ label: l10n.t('Working Tree'), iconPath: new ThemeIcon('folder-opened'), side: { kind: 'worktree' } });
  items.push({
    label: 'HEAD',
    description: l10n.t('the last commit'),
    iconPath: new ThemeIcon('git-commit'),
    side: { kind: 'commit', revision: 'HEAD' },
  });
  if (offer.includes('index')) {
    items.push({
      label: l10n.t('Index'),
      description: l10n.t('what is staged'),
      iconPath: new ThemeIcon('inbox'),
      side: { kind: 'index' },
    });
  }
  return items;
}

async function readItems(shell: Shell, repository: string, offer: readonly string[]): Promise<SideItem[]> {
  const [found, recent] = await Promise.all([
    shell.server.send(refs, { repository, limit: listed.refs }),
    shell.server.send(log, { repository, limit: listed.commits }).catch(() => ({ commits: [] })),
  ]);
  const items = fixedItems(offer);
  const current = found.refs.find(({ name }) => name === `refs/heads/${found.head.branch}`);
  if (offer.includes('mergeBase') && current?.upstream !== undefined && !current.upstreamGone) {
    items.push({
      label: l10n.t('Merge base with upstream'),
      description: withoutIcons(current.upstream.replace(/^refs\/remotes\//, '')),
      iconPath: new ThemeIcon('git-merge'),
      side: { kind: 'mergeBase', a: 'HEAD', b: '@{upstream}' },
    });
  }
  const kinds = [
    ['branch', l10n.t('Branches'), 'git-branch'],
    ['tag', l10n.t('Tags'), 'tag'],
    ['remote', l10n.t('Remote branches'), 'cloud'],
  ] as const;
  for (const [kind, label, icon] of kinds) {
    const rows = found.refs.filter((row) => row.kind === kind && !row.name.endsWith('/HEAD')).sort((a, b) => b.time - a.time);
    if (rows.length > 0) items.push({ label, kind: QuickPickItemKind.Separator });
    for (const row of rows) {
      const side: Side = { kind: 'commit', revision: row.name };
      const description = withoutIcons(`${age(row.time)} · ${oneLine(row.subject)}`);
      items.push({ label: withoutIcons(row.short), description, iconPath: new ThemeIcon(icon), side });
    }
  }
  if (offer.includes('stash') && found.stashes.length > 0) {
    items.push({ label: l10n.t('Stashes'), kind: QuickPickItemKind.Separator });
    for (const { index, message, time } of found.stashes) {
      const description = withoutIcons(`${age(time)} · ${oneLine(message)}`);
      items.push({ label: `stash@{${index}}`, description, iconPath: new ThemeIcon('archive'), side: { kind: 'stash', index } });
    }
  }
  const commits = recent.commits ?? [];
  if (commits.length > 0) items.push({ label: l10n.t('Recent commits'), kind: QuickPickItemKind.Separator });
  for (const { id, subject, author, authorTime } of commits) {
    const side: Side = { kind: 'commit', revision: id };
    items.push({
      label: shortId(id),
      description: withoutIcons(`${oneLine(subject)} · ${oneLine(author)}, ${age(authorTime)}`),
      iconPath: new ThemeIcon('git-commit'),
      side,
    });
  }
  return items;
}
