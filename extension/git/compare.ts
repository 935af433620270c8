import path from 'node:path';
import { l10n, ThemeIcon, window } from 'vscode';
import { log, resolve } from '../../server/protocol/git.ts';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { Pair } from '../../webviews/diff/messages.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { pickPair } from './pairPick.ts';

const sideKinds = new Set(['commit', 'index', 'worktree', 'stash', 'mergeBase', 'empty']);

/** Which repository a command works on: the one it was given, the only one, or the one the user picks. */
export async function pickRepository(shell: Shell, given: unknown): Promise<string | undefined> {
  if (typeof given === 'object' && given !== null && 'repository' in given && typeof given.repository === 'string') return given.repository;
  const all = shell.repositories.all;
  if (all.length <= 1) {
    const only = all[0] ?? (await shell.repositories.current());
    if (only === undefined) throw shell.repositories.problem ?? new RequestFailure('not-found', l10n.t('There is no git repository here.'));
    return only.root;
  }
  const current = (await shell.repositories.current())?.root;
  const items = all
    .map(({ root, head }) => ({
      label: withoutIcons(path.basename(root)),
      description: withoutIcons([head.branch, root].filter((part) => part !== undefined).join(' · ')),
      iconPath: new ThemeIcon('repo'),
      root,
    }))
    .sort((a, b) => Number(b.root === current) - Number(a.root === current));
  return (await window.showQuickPick(items, { placeHolder: l10n.t('Repository'), matchOnDescription: true }))?.root;
}

/** The pair that a command names in its argument; undefined when it names none or half of one. */
export function pairOf(given: unknown): Pair | undefined {
  const { repository, from, to } = (given ?? {}) as { repository?: unknown; from?: unknown; to?: unknown };
  if (typeof repository !== 'string' || !isSide(from) || !isSide(to)) return undefined;
  return { repository, from, to };
}

function isSide(value: unknown): value is Side {
  return typeof value === 'object' && value !== null && 'kind' in value && sideKinds.has(String(value.kind));
}

/** What *Compare…* compares: its argument, else what the user picks. */
export async function askPair(shell: Shell, given: unknown): Promise<Pair | undefined> {
  const named = pairOf(given);
  if (named !== undefined) return named;
  const repository = await pickRepository(shell, given);
  return repository === undefined ? undefined : pickPair(shell, repository);
}

/** A commit against its first parent; the first commit of a history against nothing. */
export async function commitPair(shell: Shell, repository: string, revision: string): Promise<Pair> {
  const { commit } = await shell.server.send(resolve, { repository, revision });
  const { commits } = await shell.server.send(log, { repository, revision: commit, limit: 1 });
  const parent = commits?.[0]?.parents[0];
  return {
    repository,
    from: parent === undefined ? { kind: 'empty' } : { kind: 'commit', revision: parent },
    to: { kind: 'commit', revision: commit },
    commit,
  };
}
