import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Memento } from 'vscode';
import type { ChangedFile } from '../../server/protocol/gitTypes.ts';

/** Marks kept at most; the oldest are forgotten first. */
const most = 20_000;
const storageKey = 'hearth.git.viewed';

/**
 * Which differences were marked as viewed. A mark belongs to the pair of contents, so it holds in every comparison that shows the same
 * change and falls when either side changes. Where git knows no id (a file of the work tree), the content itself is hashed.
 */
export class ViewedMarks {
  readonly #state: Memento;
  readonly #marks: Set<string>;

  constructor(state: Memento) {
    this.#state = state;
    this.#marks = new Set(state.get<string[]>(storageKey, []));
  }

  async set(repository: string, files: readonly ChangedFile[], viewed: boolean): Promise<void> {
    for (const file of files) {
      const mark = await markOf(repository, file);
      this.#marks.delete(mark);
      if (viewed) this.#marks.add(mark);
    }
    const kept = [...this.#marks].slice(-most);
    await this.#state.update(storageKey, kept);
  }

  /** Those of the files that are marked. Reads from disk only where a mark on that path exists. */
  async among(repository: string, files: readonly ChangedFile[]): Promise<ChangedFile[]> {
    if (this.#marks.size === 0) return [];
    const onDisk = new Set([...this.#marks].flatMap((mark) => (mark.startsWith('disk:') ? [mark.slice(mark.indexOf('/') + 1)] : [])));
    const viewed: ChangedFile[] = [];
    for (const file of files) {
      const known = !needsDisk(file) || onDisk.has(file.path);
      if (known && this.#marks.has(await markOf(repository, file))) viewed.push(file);
    }
    return viewed;
  }
}

/** A side that has a file without a known id is on disk. */
export function needsDisk(file: ChangedFile): boolean {
  return (file.newMode !== '000000' && file.newId === undefined) || (file.oldMode !== '000000' && file.oldId === undefined);
}

async function markOf(repository: string, file: ChangedFile): Promise<string> {
  // The path is part of it, so that two copies of one file are marked one by one.
  const ids = `${file.oldId ?? '-'}:${file.newId ?? '-'}:${file.oldMode}:${file.newMode}`;
  if (!needsDisk(file)) return `${ids}/${file.path}`;
  return `disk:${ids}:${await hashOf(path.join(repository, file.path))}/${file.path}`;
}

async function hashOf(file: string): Promise<string> {
  try {
    const stats = await fs.lstat(file);
    if (stats.isSymbolicLink())
      return createHash('sha1')
        .update(await fs.readlink(file))
        .digest('hex');
    // A huge file is known by its size and time: reading it all for a mark would cost more than the mark is worth.
    if (!stats.isFile() || stats.size > 64_000_000) return `${stats.size}-${Math.trunc(stats.mtimeMs)}`;
    return createHash('sha1')
      .update(await fs.readFile(file))
      .digest('hex');
  } catch {
    return 'none';
  }
}
