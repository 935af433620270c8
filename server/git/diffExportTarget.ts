import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { RepositoryFacts } from '../protocol/gitTypes.ts';
import { asFailure, Failure } from '../rpc/failure.ts';

/** Where an export goes, piece by piece, in order. Nothing is left behind unless `finish` was reached. */
export interface ExportTarget {
  write(bytes: Buffer): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

/**
 * A file that appears complete or not at all: written beside its final place and renamed. An existing file is replaced; the caller
 * asked for that name. Throws `invalid` for a folder, a device, or a place inside a git folder, `io` where nothing can be written.
 */
export async function fileTarget(out: string, facts: RepositoryFacts): Promise<ExportTarget> {
  const final = await checkedPlace(out, facts);
  const temporary = path.join(path.dirname(final), `.${path.basename(final).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await fs.open(temporary, 'wx', 0o666).catch((error: unknown) => {
    throw unwritable(final, error);
  });
  let open = true;
  const close = async () => {
    if (open) await handle.close();
    open = false;
  };
  return {
    write: async (bytes) => {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at).catch((error: unknown) => {
          throw unwritable(final, error);
        });
        at += bytesWritten;
      }
    },
    finish: async () => {
      try {
        // A full disk may only be noticed here.
        await handle.sync();
        await close();
        await fs.rename(temporary, final);
      } catch (error) {
        throw unwritable(final, error);
      }
    },
    abandon: async () => {
      await close().catch(() => {});
      await fs.rm(temporary, { force: true }).catch(() => {});
    },
  };
}

/** Collects pieces of a handy size for partial results. */
export function chunkTarget(emit: (chunk: Buffer) => unknown): ExportTarget {
  return {
    write: async (bytes) => {
      await emit(bytes);
    },
    finish: async () => {},
    abandon: async () => {},
  };
}

/** The real path that would be written, once it is known to be a harmless one. */
export async function checkedPlace(out: string, facts: RepositoryFacts): Promise<string> {
  if (!path.isAbsolute(out)) throw new Failure('invalid', 'The file to write must be an absolute path.');
  const existing = await fs.stat(out).catch(() => undefined);
  if (existing?.isDirectory()) throw new Failure('invalid', `${out} is a folder.`, { hint: 'Name a file in it.' });
  if (existing !== undefined && !existing.isFile())
    throw new Failure('invalid', `${out} is not an ordinary file.`, { hint: 'Leave the file out to print instead.' });
  const folder = path.dirname(out);
  const realFolder = await fs.realpath(folder).catch((error: unknown) => {
    throw unwritable(out, error);
  });
  // Through a link the file it points to is written, as an editor would.
  const final = existing === undefined ? path.join(realFolder, path.basename(out)) : await fs.realpath(out);
  const inGit = final.split(path.sep).some((part) => part.toLowerCase() === '.git');
  if (inGit || isInside(final, facts.gitDir) || isInside(final, facts.commonDir)) {
    throw new Failure('invalid', `${out} is inside a git folder, where nothing but git may write.`, { hint: 'Choose another place.' });
  }
  return final;
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}

function unwritable(out: string, error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new Failure('io', `The disk is full: ${out} was not written.`, { hint: 'Free some space and try again.', cause: error });
  }
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new Failure('not-found', `There is no folder ${path.dirname(out)}.`, { hint: 'Create it first.', cause: error });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new Failure('io', `${out} cannot be written: no permission.`, { hint: 'Choose another place.', cause: error });
  }
  return asFailure(error);
}

/** Bytes that came from files may not be UTF-8; a document must be. Whole rows only: a cut character would be taken for a wrong one. */
export function asUtf8(latin1: string): Buffer {
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? bytes : Buffer.from(bytes.toString('utf8'), 'utf8');
}
