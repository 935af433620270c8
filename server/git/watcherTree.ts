import { promises as fs } from 'node:fs';
import path from 'node:path';
import { FolderWatch } from './watcherFolder.ts';

/** More folders than any set of branch names has; beyond it the rest goes unwatched rather than eating the system's watches. */
const maximumFolders = 2000;

/**
 * A folder and all below it, one watch per folder. Node's own recursive watch takes one per file on Linux, and nineteen thousand loose
 * refs would be nineteen thousand of them. `changed` hears the path from the top, with `/`.
 */
export class TreeWatch {
  /** Settles when the folders that are there now are watched. */
  readonly ready: Promise<void>;
  readonly #top: string;
  readonly #changed: (name: string) => void;
  readonly #folders = new Map<string, { identity: string; watch: FolderWatch }>();
  #scanning: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(top: string, changed: (name: string) => void) {
    this.#top = top;
    this.#changed = changed;
    this.ready = this.#scan();
  }

  close(): void {
    this.#closed = true;
    for (const { watch } of this.#folders.values()) watch.close();
    this.#folders.clear();
  }

  #heard(folder: string, name: string | undefined): void {
    this.#changed([folder, name ?? ''].filter((part) => part !== '').join('/'));
    void this.#scan();
  }

  /** Brings the watches in line with the folders that exist now; one scan at a time, and once more when something moved meanwhile. */
  async #scan(): Promise<void> {
    if (this.#scanning !== undefined) {
      this.#again = true;
      return;
    }
    this.#scanning = this.#reconcile();
    await this.#scanning;
    this.#scanning = undefined;
    if (this.#again && !this.#closed) {
      this.#again = false;
      void this.#scan();
    }
  }

  async #reconcile(): Promise<void> {
    const found = new Set<string>();
    const pending = [''];
    for (let folder = pending.pop(); folder !== undefined && found.size < maximumFolders; folder = pending.pop()) {
      const full = path.join(this.#top, folder);
      const stats = await fs.stat(full).catch(() => undefined);
      if (this.#closed) return;
      if (!stats?.isDirectory()) continue;
      found.add(folder);
      // Watched before it is listed: what appears in between is heard.
      this.#watch(folder, full, `${stats.ino}:${stats.birthtimeMs}`);
      const entries = await fs.readdir(full, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) if (entry.isDirectory()) pending.push(folder === '' ? entry.name : `${folder}/${entry.name}`);
    }
    for (const [folder, { watch }] of this.#folders) {
      if (found.has(folder)) continue;
      watch.close();
      this.#folders.delete(folder);
    }
  }

  /** `identity` is the inode and its birth: file systems give the number of a deleted folder to the next one, whose watch is a new one. */
  #watch(folder: string, full: string, identity: string): void {
    const known = this.#folders.get(folder);
    if (known?.identity === identity) return;
    this.#folders.set(folder, { identity, watch: new FolderWatch(full, (name) => this.#heard(folder, name)) });
    known?.watch.close();
  }
}
