import { linkSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { Failure } from '../rpc/failure.ts';
import { journalNames, layoutOf } from '../store/layout.ts';
import type { Fence } from '../store/types.ts';
import { isRunning, isSameMachine, ownIdentity, type ProcessIdentity } from './identity.ts';
import { makeFolder } from './prepareHome.ts';
import { syncFolder, writeNew, writePrivate } from './privateFile.ts';

/**
 * Who owns the home (DESIGN §1): `owner/<fence>` is one file per owner that ever was, and the highest number is the owner. A fence is
 * claimed by creating the file of the next number, which only one can do, and lost when a higher one exists: a compare-and-swap that
 * needs no lock, so there is no stale lock to break.
 */

const record = z.object({
  fence: z.int(),
  pid: z.int(),
  startTime: z.string(),
  bootId: z.string(),
  host: z.string(),
  machine: z.string(),
  pidNamespace: z.string(),
  /** Milliseconds since the epoch; shown, never compared. */
  since: z.int(),
  /** It ended by itself: who comes next need not look for it. */
  released: z.boolean(),
  /** The next hub gives the home a new identity: it is a copy of one that lives on. */
  renew: z.optional(z.boolean()),
  /** The folder it owns. */
  folder: z.optional(z.object({ path: z.string(), id: z.string() })),
});
export type Owner = Readonly<z.output<typeof record>> & {
  /** Read from a folder that is not the one it owns, but a copy of it. */
  readonly copied?: boolean;
};

/** What an owner on file means for who wants the home. */
export type Standing = 'free' | 'held' | 'elsewhere';

const kept = 3;
const folderOf = (home: string): string => path.join(home, 'owner');
const fileOf = (home: string, fence: number): string => path.join(folderOf(home), String(fence));

function fencesOf(home: string): number[] {
  try {
    return readdirSync(folderOf(home))
      .filter((name) => /^[1-9]\d{0,14}$/.test(name))
      .map(Number);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/** The highest fence ever claimed; 0 when none was. */
export function highestFence(home: string): number {
  return Math.max(0, ...fencesOf(home));
}

/** The owner on file. One that cannot be read (power was lost where files cannot be linked) counts as dead: its number is all that matters. */
export function readOwner(home: string): Owner | undefined {
  for (let attempt = 0; ; attempt++) {
    const fence = highestFence(home);
    if (fence === 0) return undefined;
    try {
      const owner = { ...record.parse(JSON.parse(readFileSync(fileOf(home, fence), 'utf8'))), fence };
      return isCopied(owner, home) ? { ...owner, copied: true } : owner;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined && code !== 'ENOENT') throw error;
      // Pruned or being written at this moment: look again.
      if (attempt === 20) return { ...ownIdentity(), pid: 0, fence, since: 0, released: true };
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Whether the home is to be had. A dead owner, a released one and one of an earlier boot leave it free; another machine's never does. */
export function standingOf(owner: Owner | undefined, here: ProcessIdentity = ownIdentity()): Standing {
  if (owner === undefined) return 'free';
  if (!isSameMachine(owner, here)) return 'elsewhere';
  if (owner.released || owner.bootId !== here.bootId) return 'free';
  // A container's processes cannot be seen from outside, nor ours from inside.
  if (owner.pidNamespace !== here.pidNamespace) return 'elsewhere';
  if (!isRunning(owner)) return 'free';
  return owner.copied === true ? 'elsewhere' : 'held';
}

/** A folder as its path and what the file system calls it: one that was moved or is seen by another path keeps the latter, a copy neither. */
function folderFacts(home: string): { path: string; id: string } {
  const { dev, ino } = statSync(home, { bigint: true });
  return { path: realpathSync(home), id: `${dev}:${ino}` };
}

function isCopied({ folder }: Owner, home: string): boolean {
  if (folder === undefined) return false;
  const here = folderFacts(home);
  return here.path !== folder.path && here.id !== folder.id;
}

/** What is said when the home is another machine's. */
export function elsewhere(home: string, owner: Owner): Failure {
  if (owner.copied === true && owner.folder !== undefined) {
    return new Failure('locked', `${home} is a copy of ${owner.folder.path}, which a hub of this machine (process ${owner.pid}) uses.`, {
      hint: '`hearth hub claim --copy` makes it an independent copy.',
    });
  }
  const when = `since ${new Date(owner.since).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const who = isSameMachine(owner, ownIdentity()) ? `a container of this machine (${owner.host})` : `another machine (${owner.host})`;
  return new Failure('locked', `${home} ${owner.released ? 'was last' : 'is'} used by ${who} ${when}.`, {
    hint: 'If no Hearth runs there: `hearth hub claim --move` goes on here, `hearth hub claim --copy` makes this an independent copy.',
  });
}

/**
 * The highest fence that has written here. Records of a lower one are ignored for ever, so whoever finds no owner (the folder was deleted,
 * or left out of a copy) goes on above it.
 */
function writtenFence(home: string): number {
  try {
    return journalNames(readdirSync(layoutOf(home).journal)).at(-1)?.fence ?? 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** Claims the fence after `above`; undefined when another was faster. The claim is on disk when this returns. */
export function claimFence(
  home: string,
  above: Owner | undefined,
  more: Partial<Pick<Owner, 'released' | 'renew'>> = {},
): Owner | undefined {
  const fence = (above?.fence ?? writtenFence(home)) + 1;
  if (above === undefined && highestFence(home) > 0) return undefined;
  const renew = more.renew ?? above?.renew;
  const owner: Owner = {
    ...ownIdentity(),
    fence,
    since: Date.now(),
    released: more.released ?? false,
    folder: folderFacts(home),
    ...(renew === true ? { renew } : {}),
  };
  makeFolder(folderOf(home));
  if (!createExclusively(fileOf(home, fence), JSON.stringify(owner))) return undefined;
  syncFolder(folderOf(home));
  if (highestFence(home) !== fence) {
    // Others went past this number long ago and had pruned it.
    rmSync(fileOf(home, fence), { force: true });
    return undefined;
  }
  for (const each of fencesOf(home)) if (each <= fence - kept) rmSync(fileOf(home, each), { force: true });
  return owner;
}

/** Whole or not at all, and only when there is none: a finished file is linked to its name. */
function createExclusively(file: string, text: string): boolean {
  const temporary = `${file}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  try {
    writeNew(temporary, text);
    linkSync(temporary, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
    return createInPlace(file, text);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** For file systems without links (exFAT): who reads it in this moment looks again. */
function createInPlace(file: string, text: string): boolean {
  try {
    writeNew(file, text);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Rewrites what an owner says of itself; nobody else writes its file. */
export function updateOwner(home: string, owner: Owner): void {
  writePrivate(fileOf(home, owner.fence), JSON.stringify(owner));
}

/** Whether that is the owner still, read from disk. A home that was deleted and made anew starts with the first fence again: the process tells. */
export function isOwner(home: string, { fence, pid, startTime }: Owner): boolean {
  if (highestFence(home) !== fence) return false;
  try {
    const found = JSON.parse(readFileSync(fileOf(home, fence), 'utf8')) as Owner;
    return found.pid === pid && found.startTime === startTime;
  } catch {
    return false;
  }
}

/** Proves ownership for the store. */
export function fenceOf(home: string, owner: Owner): Fence {
  return {
    number: owner.fence,
    check: () => {
      if (!isOwner(home, owner)) {
        throw new Failure('locked', 'Another hub has taken over; this one is superseded.', { hint: 'Try again.' });
      }
    },
  };
}
