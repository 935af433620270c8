import { Uri } from 'vscode';
import type { Side } from '../../server/protocol/gitTypes.ts';

/** Scheme of read-only documents that show a file as it was on one side of a comparison. */
export const revisionScheme = 'hearth-git';

/** What such an address names. `path` is relative to the repository root. */
export interface Revision {
  readonly repository: string;
  readonly side: Side;
  readonly path: string;
}

/** The address of a file on one side. Its path ends like the file's, so that the language is right; the rest is in the query. */
export function revisionUri(revision: Revision): Uri {
  const { repository, side, path } = revision;
  return Uri.from({ scheme: revisionScheme, path: `/${path}`, query: JSON.stringify({ repository, side }) });
}

/** Reads an address made by `revisionUri`; undefined for anything else. */
export function parseRevisionUri(uri: Uri): Revision | undefined {
  if (uri.scheme !== revisionScheme) return undefined;
  try {
    const { repository, side } = JSON.parse(uri.query) as { repository: string; side: Side };
    return { repository, side, path: uri.path.slice(1) };
  } catch {
    return undefined;
  }
}
