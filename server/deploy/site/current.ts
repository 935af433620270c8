import { promises as fs, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../../rpc/failure.ts';
import { syncFolder } from './durable.ts';
import { currentIn, releaseId, releaseIn, releasesIn, shellWord } from './layout.ts';

/** What `current` is. */
type Current =
  | { readonly kind: 'none' }
  /** A link to that release; `there`: whether its folder is. */
  | { readonly kind: 'release'; readonly id: string; readonly there: boolean }
  /** A link that leads to no release. */
  | { readonly kind: 'elsewhere'; readonly target: string }
  /** Somebody's folder or file. */
  | { readonly kind: 'no-link' };

export async function readCurrent(root: string): Promise<Current> {
  let target: string;
  try {
    target = await fs.readlink(currentIn(root));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'none' };
    if (code === 'EINVAL') return { kind: 'no-link' };
    throw error;
  }
  const place = path.resolve(root, target);
  const id = path.basename(place);
  if (path.dirname(place) !== releasesIn(root) || !releaseId.test(id)) return { kind: 'elsewhere', target };
  const there = await fs.lstat(releaseIn(root, id)).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return { kind: 'release', id, there };
}

/** Why `current` is not ours to change; undefined when it is. */
export function currentProblem(root: string, current: Current): Failure | undefined {
  const link = currentIn(root);
  switch (current.kind) {
    case 'no-link':
      return new Failure('precondition', `${link} is no link: it is somebody's own, and stays.`, {
        hint: `Move it away, for example with \`mv ${shellWord(link)} ${shellWord(`${link}.before`)}\`, and deploy again.`,
      });
    case 'elsewhere':
      return new Failure('precondition', `The link ${link} leads to ${JSON.stringify(current.target)}, which is no release of Hearth.`, {
        hint: 'Remove the link, and deploy again.',
      });
    default:
      return undefined;
  }
}

/** Whoever opens `current` gets the old release or this one, at every moment. It must not be somebody's folder (`currentProblem`). */
export async function switchTo(root: string, id: string): Promise<void> {
  const temporary = temporaryLink(root, id);
  rmSync(temporary, { force: true });
  symlinkSync(`releases/${id}`, temporary);
  renameSync(temporary, currentIn(root));
  await syncFolder(root);
}

/** Nothing is served any more, when it was that release; answers whether it was. */
export async function removeCurrent(root: string, id: string): Promise<boolean> {
  const current = await readCurrent(root);
  if (current.kind !== 'release' || current.id !== id) return false;
  await fs.unlink(currentIn(root));
  await syncFolder(root);
  return true;
}

export const temporaryLink = (root: string, id: string): string => path.join(root, `.current.${id}.tmp`);
