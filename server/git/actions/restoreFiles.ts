import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { onDisk, shown } from './paths.ts';
import { hashFiles, nulInput, ownIndex, type TreeEntry } from './plumbing.ts';

/** What git alone would not give back of the files that are written. */
export interface ExactFiles {
  readonly bytes: ReadonlyMap<string, TreeEntry>;
  readonly modes: Readonly<Record<string, number>>;
}

const absent = '000000';

/** How a file lay on the disk when its content was last compared: nobody may have written it since. */
export type Marks = ReadonlyMap<string, string>;

/** Marks of files whose content is as `ids` say (only regular files are read again). Throws `conflict` when one has changed meanwhile. */
export async function markFiles(
  repository: Repository,
  files: ReadonlyMap<string, TreeEntry>,
  ids: ReadonlyMap<string, TreeEntry>,
): Promise<Marks> {
  const marks = new Map<string, string>();
  for (const name of files.keys()) marks.set(name, await markOf(repository, name));
  const regular = [...files.keys()].filter((name) => ids.get(name)?.mode.startsWith('100') && marks.get(name)?.startsWith('file'));
  const hashes = await hashFiles(repository, regular, false, undefined, true);
  const changed = regular.find((name, at) => hashes[at] !== ids.get(name)?.id);
  if (changed !== undefined) throw new Failure('conflict', `${shown(changed)} has changed just now.`, { hint: 'Try again.' });
  return marks;
}

async function markOf(repository: Repository, name: string): Promise<string> {
  const stats = await fs.lstat(onDisk(repository, name), { bigint: true }).catch(() => undefined);
  if (stats === undefined) return '';
  return stats.isDirectory()
    ? 'folder'
    : `${stats.isFile() ? 'file' : 'other'} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
}

/**
 * Throws `conflict` when something lies on the disk that no state knows (an ignored file) where a file is to be written, or a folder on the
 * way to a file is a link now. Nothing is changed.
 */
export async function checkFiles(
  repository: Repository,
  files: ReadonlyMap<string, TreeEntry>,
  known: (name: string) => boolean,
): Promise<void> {
  for (const [name, { mode }] of files) {
    const parts = name.split('/');
    for (let count = 1; count < parts.length; count++) {
      const folder = parts.slice(0, count).join('/');
      const stats = await fs.lstat(onDisk(repository, folder)).catch(() => undefined);
      if (stats === undefined) break;
      // A file in the way that goes first is no obstacle.
      if (!stats.isDirectory() && files.get(folder)?.mode !== absent) throw inTheWay(folder);
    }
    if (mode === absent || known(name)) continue;
    const stats = await fs.lstat(onDisk(repository, name)).catch(() => undefined);
    if (stats === undefined || (stats.isDirectory() && (await isGiven(repository, name, files)))) continue;
    throw inTheWay(name);
  }
}

/** A folder that is empty, or will be. */
async function isGiven(repository: Repository, folder: string, files: ReadonlyMap<string, TreeEntry>): Promise<boolean> {
  for (const entry of await fs.readdir(onDisk(repository, folder), { encoding: 'buffer', withFileTypes: true })) {
    const name = `${folder}/${entry.name.toString('latin1')}`;
    if (entry.isDirectory() ? !(await isGiven(repository, name, files)) : files.get(name)?.mode !== absent) return false;
  }
  return true;
}

function inTheWay(name: string): Failure {
  return new Failure('conflict', `${shown(name)} is in the way.`, { hint: 'Move it away and try again.' });
}

/**
 * Deletes and writes files, each by one rename: interrupted, every file is as it was or as it shall be. Files that somebody writes at the
 * same time stay. Answers how many were changed, and which stayed.
 */
export async function restoreFiles(
  repository: Repository,
  files: ReadonlyMap<string, TreeEntry>,
  exact: ExactFiles,
  marks: Marks,
): Promise<{ changed: number; stayed: string[] }> {
  const stayed: string[] = [];
  const untouched = async (name: string) => {
    const same = marks.get(name) === 'folder' || (await markOf(repository, name)) === marks.get(name);
    if (!same) stayed.push(name);
    return same;
  };
  const removed = [...files].filter(([, { mode }]) => mode === absent).map(([name]) => name);
  for (const name of removed) if (await untouched(name)) await removeFile(repository, name);
  const written = [...files].filter(([, { mode }]) => mode !== absent);
  if (written.length === 0) return { changed: files.size - stayed.length, stayed };
  await removeOldFolders(repository.facts.gitDir);
  // Beside the index: on the same disk as the files, as a rule.
  const folder = await fs.mkdtemp(path.join(repository.facts.gitDir, folderPrefix));
  try {
    // Attributes decide how the others are written.
    const isAttributes = ([name]: [string, TreeEntry]) => /(?:^|\/)\.gitattributes$/.test(name);
    await writeFiles(repository, written.filter(isAttributes), { exact, folder, untouched });
    await writeFiles(
      repository,
      written.filter((each) => !isAttributes(each)),
      { exact, folder, untouched },
    );
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
  return { changed: files.size - stayed.length, stayed };
}

const folderPrefix = 'hearth-undo-';

/** What an undo that was killed left behind, an hour later. */
async function removeOldFolders(gitDir: string): Promise<void> {
  for (const name of await fs.readdir(gitDir)) {
    if (!name.startsWith(folderPrefix)) continue;
    const folder = path.join(gitDir, name);
    const stats = await fs.stat(folder).catch(() => undefined);
    if (stats !== undefined && Date.now() - stats.mtimeMs > 3_600_000) await fs.rm(folder, { recursive: true, force: true });
  }
}

async function writeFiles(
  repository: Repository,
  files: readonly [string, TreeEntry][],
  { exact, folder, untouched }: { exact: ExactFiles; folder: string; untouched: (name: string) => Promise<boolean> },
): Promise<void> {
  if (files.length === 0) return;
  const index = ownIndex(repository, path.join(folder, 'index'), undefined);
  await index.set(files.map(([name, { mode, id }]) => `${mode} ${id} 0\t${name}`));
  const out = path.join(folder, 'files');
  await index.run(['checkout-index', '--force', `--prefix=${out}/`, '-z', '--stdin'], { input: nulInput(files.map(([name]) => name)) });
  for (const [name, { mode }] of files) {
    const made = Buffer.concat([Buffer.from(`${out}/`), Buffer.from(name, 'latin1')]);
    const bytes = exact.bytes.get(name);
    if (bytes !== undefined && mode.startsWith('100')) await fs.writeFile(made, (await repository.objects.blob(bytes.id)).data);
    const permissions = Object.hasOwn(exact.modes, name) ? exact.modes[name] : undefined;
    if (permissions !== undefined && mode.startsWith('100')) await fs.chmod(made, permissions);
    if (await untouched(name)) await place(repository, name, made);
  }
}

async function place(repository: Repository, name: string, made: Buffer): Promise<void> {
  const target = onDisk(repository, name);
  const folder = name.lastIndexOf('/');
  if (folder > 0) await fs.mkdir(onDisk(repository, name.slice(0, folder)), { recursive: true });
  const stats = await fs.lstat(target).catch(() => undefined);
  if (stats?.isDirectory()) await removeEmpty(target);
  await fs.rename(made, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    const beside = Buffer.concat([target, Buffer.from('.hearth-undo')]);
    if ((await fs.lstat(made)).isSymbolicLink()) await fs.symlink(await fs.readlink(made, { encoding: 'buffer' }), beside);
    else await fs.copyFile(made, beside);
    await fs.rename(beside, target);
  });
}

/** A folder that holds nothing but empty folders. */
async function removeEmpty(folder: Buffer): Promise<void> {
  for (const name of await fs.readdir(folder, { encoding: 'buffer' })) await removeEmpty(Buffer.concat([folder, Buffer.from('/'), name]));
  await fs.rmdir(folder);
}

/** Also folders that are empty then, as git does. */
export async function removeFile(repository: Repository, name: string): Promise<void> {
  await fs.unlink(onDisk(repository, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
  });
  const parts = name.split('/');
  for (let count = parts.length - 1; count > 0; count--) {
    const gone = await fs.rmdir(onDisk(repository, parts.slice(0, count).join('/'))).then(
      () => true,
      () => false,
    );
    if (!gone) return;
  }
}
