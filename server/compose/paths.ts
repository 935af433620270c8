import path from 'node:path';
import { pathProblem } from '../config/ownFile.ts';

/** A path of a compose file, seen from the folder it starts from. */
export type OwnPath =
  /** Relative to the repository, `.` for its root. */
  | { readonly kind: 'own'; readonly path: string }
  /** `why` completes "The path … ". */
  | { readonly kind: 'outside'; readonly why: string };

/** Looks at the text only: links are refused by who reads. */
export function ownPath(base: string, written: string): OwnPath {
  if (/^(\/|~|[A-Za-z]:[\\/]|\\\\)/.test(written)) return { kind: 'outside', why: 'is not in the repository' };
  const joined = path.posix.normalize(`${base}/${written}`).replace(/\/$/, '');
  if (joined === '.' || joined === '') return { kind: 'own', path: '.' };
  if (joined === '..' || joined.startsWith('../')) return { kind: 'outside', why: 'leads out of the repository' };
  const problem = pathProblem(joined);
  return problem === undefined ? { kind: 'own', path: joined } : { kind: 'outside', why: problem };
}

export function folderOf(file: string): string {
  return path.posix.dirname(file);
}

/** What Compose takes for an address of somebody else's files. */
export function isRemote(written: string): boolean {
  return /^([a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/|oci:|docker-image:)/i.test(written) || /\.git(#|$)/.test(written);
}
