import { promises as fs } from 'node:fs';
import path from 'node:path';
import { readOwnFile } from '../../config/ownFile.ts';
import type { Repository } from '../../git/index.ts';
import { Failure, throwIfCancelled } from '../../rpc/failure.ts';
import { isEnvFile, shown } from './fileNames.ts';

/** Folders that are looked into, and files that are looked at. */
const mostFolders = 20_000;
export const mostFiles = 200;
const largestFile = 1_000_000;

/**
 * The `.env` files of a work tree, ignored ones too, by path: of each folder that holds something git does not ignore, or of the folders of the
 * named files. `more`: there are more than anybody looks at.
 */
export async function findEnvFiles(
  repository: Repository,
  named: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<{ files: string[]; more: boolean }> {
  const folders =
    named === undefined ? await foldersOf(repository, signal) : new Set(named.filter(isInside).map((file) => path.posix.dirname(file)));
  const files: string[] = [];
  for (const folder of folders) {
    throwIfCancelled(signal);
    const entries = await fs.readdir(path.join(repository.root, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) if (!entry.isDirectory() && isEnvFile(entry.name)) files.push(path.posix.join(folder, entry.name));
  }
  files.sort();
  return { files: files.slice(0, mostFiles), more: files.length > mostFiles || folders.size >= mostFolders };
}

async function foldersOf(repository: Repository, signal: AbortSignal): Promise<Set<string>> {
  const folders = new Set(['']);
  let rest = '';
  for await (const chunk of repository.stream(['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { signal })) {
    const names = (rest + chunk.toString('latin1')).split('\0');
    rest = names.pop() ?? '';
    for (const name of names) {
      const folder = Buffer.from(name.slice(0, Math.max(0, name.lastIndexOf('/'))), 'latin1').toString('utf8');
      folders.add(folder);
    }
    if (folders.size >= mostFolders) break;
  }
  return folders;
}

function isInside(file: string): boolean {
  return !path.posix.isAbsolute(file) && !file.split('/').includes('..');
}

export type FileText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** A file as it is in an editor, else on the disk; never through a link. `why` is a sentence. */
export async function readEnvFile(root: string, file: string, texts: Readonly<Record<string, string>>): Promise<FileText> {
  if (Object.hasOwn(texts, file)) return { kind: 'text', text: texts[file] ?? '' };
  try {
    const bytes = await readOwnFile(root, file, largestFile);
    if (bytes === undefined) return { kind: 'absent' };
    const text = bytes.toString('utf8');
    if (bytes.includes(0) || !Buffer.from(text).equals(bytes)) {
      return { kind: 'unreadable', why: 'This is no UTF-8 text, so nothing is said of its variables.' };
    }
    return { kind: 'text', text };
  } catch (error) {
    if (error instanceof Failure) return { kind: 'unreadable', why: `This is not looked at: ${shown(error.message)}` };
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return { kind: 'unreadable', why: `This cannot be read (${code}).` };
  }
}
