import { Uri } from 'vscode';
import type { ChangedFile, Side } from '../../server/protocol/gitTypes.ts';

/** Scheme of read-only documents that show a file as it was on one side of a comparison. */
export const revisionScheme = 'hearth-git';

/** What such an address names. `path` is relative to the repository root; `pathBytes` only for a path that is not UTF-8. */
export interface Revision {
  readonly repository: string;
  readonly side: Side;
  readonly path: string;
  readonly pathBytes?: string | undefined;
}

/**
 * The address of a file on one side. Its path ends like the file's, so that the language is right and breadcrumbs work; the rest is in
 * the query. `label` there is what VS Code adds to the file's name (`resourceLabelFormatters` in the manifest).
 */
export function revisionUri(revision: Revision): Uri {
  const { repository, side, path, pathBytes } = revision;
  const query = { repository, side, ...(pathBytes === undefined ? {} : { pathBytes }), label: sideLabel(side) };
  return Uri.from({ scheme: revisionScheme, path: `/${path}`, query: JSON.stringify(query) });
}

/** Reads an address made by `revisionUri`; undefined for anything else. */
export function parseRevisionUri(uri: Uri): Revision | undefined {
  if (uri.scheme !== revisionScheme) return undefined;
  try {
    const { repository, side, pathBytes } = JSON.parse(uri.query) as { repository: string; side: Side; pathBytes?: string };
    if (typeof repository !== 'string' || typeof side?.kind !== 'string') return undefined;
    return { repository, side, path: uri.path.slice(1), ...(pathBytes === undefined ? {} : { pathBytes }) };
  } catch {
    return undefined;
  }
}

function shortName(revision: string): string {
  return revision.replace(/^refs\/(heads|tags|remotes)\//, '');
}

/** What a person calls a side, without a slash: VS Code shows what follows the last one. */
export function sideLabel(side: Side): string {
  return sideName(side).replaceAll('/', '∕');
}

/** What a person calls a side. */
export function sideName(side: Side): string {
  switch (side.kind) {
    case 'commit':
      return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(side.revision) ? side.revision.slice(0, 7) : shortName(side.revision);
    case 'index':
      return 'Index';
    case 'worktree':
      return 'Working Tree';
    case 'stash':
      return `stash@{${side.index}}`;
    case 'mergeBase':
      return `merge base of ${shortName(side.a)} and ${shortName(side.b)}`;
    case 'empty':
      return 'nothing';
  }
}

/** The address of a changed file as a row shows it: the fragment is the letter of its status. */
export function changedFileUri(repository: string, side: Side, file: ChangedFile): Uri {
  const letters = { added: 'A', modified: 'M', deleted: 'D', renamed: 'R', copied: 'C', type: 'T', unmerged: '!', untracked: 'U' };
  return revisionUri({ repository, side, path: file.path, pathBytes: file.pathBytes }).with({ fragment: letters[file.status] });
}
