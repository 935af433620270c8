import { createHash } from 'node:crypto';
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import { Failure, throwIfCancelled } from '../../rpc/failure.ts';
import { syncFolder } from './durable.ts';
import { manifestName } from './layout.ts';

/** The files of a site. `tree`: a hash over names, contents and links. */
interface Tree {
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
  readonly tree: string;
}

/** `path` is relative, with slashes. */
type Entry =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

const together = 8;
const chunk = 256 * 1024;

/**
 * Copies a site into a new folder: files readable for everybody, all of it on the disk when this resolves. Rejects with `invalid` when it is empty,
 * or holds anything but files, folders and links within it.
 */
export async function copyTree(from: string, to: string, signal: AbortSignal): Promise<Tree> {
  const entries = await entriesOf(from, signal);
  if (!entries.some(({ kind }) => kind === 'file')) throw new Failure('invalid', 'The site is empty.', { hint: 'Is `output` right?' });
  if (entries.some((each) => each.path === manifestName)) {
    throw new Failure('invalid', `The site has a file ${manifestName}: that name is Hearth's own.`, { hint: 'Remove it from the site.' });
  }
  await fs.mkdir(to);
  const folders = [to, ...entries.flatMap((each) => (each.kind === 'folder' ? [path.join(to, each.path)] : []))];
  for (const folder of folders.slice(1)) await fs.mkdir(folder);
  const tree = await hashed(entries, (file) => copyFile(path.join(from, file), path.join(to, file)), signal);
  for (const each of entries) if (each.kind === 'link') await fs.symlink(each.target, path.join(to, each.path));
  for (const folder of folders.reverse()) {
    await fs.chmod(folder, 0o755);
    await syncFolder(folder);
  }
  return tree;
}

/** What is in the folder of a release, without its manifest. */
export async function treeOf(folder: string, signal: AbortSignal): Promise<Tree> {
  const entries = (await entriesOf(folder, signal)).filter((each) => each.path !== manifestName);
  return hashed(entries, (file) => copyFile(path.join(folder, file), undefined), signal);
}

interface Content {
  readonly size: number;
  readonly hash: string;
}

async function hashed(entries: readonly Entry[], read: (file: string) => Promise<Content>, signal: AbortSignal): Promise<Tree> {
  const contents = new Map<string, Content>();
  const files = entries.filter(({ kind }) => kind === 'file');
  const queue = files.values();
  const work = async () => {
    for (const { path: file } of queue) {
      throwIfCancelled(signal);
      contents.set(file, await read(file));
    }
  };
  // One that fails ends the others: nothing is written any more when this has rejected.
  const ends = await Promise.allSettled(Array.from({ length: together }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  const hash = createHash('sha256');
  for (const each of entries) {
    const what = each.kind === 'file' ? contents.get(each.path)?.hash : each.kind === 'link' ? each.target : '';
    hash.update(`${each.kind}\0${each.path}\0${what}\0`);
  }
  const bytes = [...contents.values()].reduce((sum, { size }) => sum + size, 0);
  return { files: files.length, bytes, tree: hash.digest('hex') };
}

/** Reads a file as it is copied, so that the hash is that of the copy. */
async function copyFile(from: string, to: string | undefined): Promise<Content> {
  const source = await fs.open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await source.stat()).isFile()) throw special(from);
    const target = to === undefined ? undefined : await fs.open(to, 'wx', 0o644);
    try {
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(chunk);
      let size = 0;
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, chunk, null);
        if (bytesRead === 0) break;
        const data = buffer.subarray(0, bytesRead);
        hash.update(data);
        await target?.writeFile(data);
        size += bytesRead;
      }
      await target?.chmod(0o644);
      await target?.sync();
      return { size, hash: hash.digest('hex') };
    } finally {
      await target?.close();
    }
  } finally {
    await source.close();
  }
}

/** Everything below a folder, folders before what is in them, always in the same order. */
async function entriesOf(root: string, signal: AbortSignal): Promise<Entry[]> {
  const real = await fs.realpath(root);
  const found: Entry[] = [];
  const visit = async (folder: string): Promise<void> => {
    throwIfCancelled(signal);
    const names = await fs.readdir(path.join(root, folder), { withFileTypes: true });
    names.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const each of names) {
      const relative = folder === '' ? each.name : `${folder}/${each.name}`;
      if (each.name.includes('\uFFFD')) {
        throw new Failure('invalid', `The name of ${JSON.stringify(relative)} is not UTF-8.`, { hint: 'Rename it.' });
      }
      if (each.isDirectory()) {
        found.push({ kind: 'folder', path: relative });
        await visit(relative);
      } else if (each.isSymbolicLink()) {
        found.push({ kind: 'link', path: relative, target: await linkWithin(root, real, relative) });
      } else if (each.isFile()) found.push({ kind: 'file', path: relative });
      else throw special(relative);
    }
  };
  await visit('');
  return found;
}

/** The target of a link that stays in the site, whatever other links it passes. */
async function linkWithin(root: string, real: string, relative: string): Promise<string> {
  const link = path.join(root, relative);
  const target = await fs.readlink(link);
  const end = await fs.realpath(link).catch(() => undefined);
  if (path.isAbsolute(target) || end === undefined || (end !== real && !end.startsWith(`${real}/`))) {
    const where = end === undefined ? 'nowhere' : 'out of the site';
    throw new Failure('invalid', `The link ${JSON.stringify(relative)} leads ${where}.`, {
      hint: 'Everything that is served must be in the folder that `output` names.',
    });
  }
  return target;
}

function special(file: string): Failure {
  return new Failure('invalid', `${JSON.stringify(file)} is neither a file nor a folder.`, { hint: 'Remove it from the site.' });
}
