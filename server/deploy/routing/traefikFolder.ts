import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import { syncFolder } from '../../hub/privateFile.ts';
import { asFailure, Failure } from '../../rpc/failure.ts';
import { isOurName } from './traefikConfig.ts';
import { type OwnFile, readOwnFile } from './traefikFile.ts';

const largest = 1024 * 1024;
const most = { files: 2000, depth: 8 } as const;

/** `damaged`: it has the name of one of ours and is not as we left it. */
export type Found = { readonly kind: 'none' | 'damaged' } | { readonly kind: 'own'; readonly file: OwnFile; readonly text: string };

/** Who changes a file waits for who changes it now: services of an environment share one. */
const turns = new Map<string, Promise<unknown>>();

/** The folder that Traefik's file provider watches. Only files of our own names are written. */
export class TraefikFolder {
  readonly place: string;
  readonly #mayWrite: () => void;

  /** `mayWrite` throws when this hub does not own its home any more. */
  constructor(place: string, mayWrite: () => void) {
    this.place = place;
    this.#mayWrite = mayWrite;
  }

  /** Rejects with `precondition` when files cannot be made in it. */
  async check(): Promise<void> {
    const stats = await fs.stat(this.place).catch(() => undefined);
    if (stats?.isDirectory() !== true) throw this.#missing();
    try {
      await fs.access(this.place, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new Failure('precondition', `Hearth cannot write to ${this.place}.`, {
        hint: 'Give the user that runs Hearth the right to write there.',
        cause: error,
      });
    }
  }

  async read(name: string): Promise<Found> {
    try {
      const stats = await fs.lstat(this.#in(name));
      if (!stats.isFile() || stats.size > largest) return { kind: 'damaged' };
      const text = await fs.readFile(this.#in(name), 'utf8');
      const file = readOwnFile(text);
      return file === undefined ? { kind: 'damaged' } : { kind: 'own', file, text };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return { kind: 'none' };
    }
  }

  /** All of ours that are whole. */
  async readAll(): Promise<OwnFile[]> {
    const names = (await this.#list('')).filter(({ name }) => isOurName(name)).map(({ name }) => name);
    const found = await Promise.all(names.map((name) => this.read(name)));
    return found.flatMap((each) => (each.kind === 'own' ? [each.file] : []));
  }

  /** What else Traefik reads, with its text; paths are relative. Folders in it count too. */
  async *others(known: ReadonlySet<string>): AsyncGenerator<{ readonly path: string; readonly text: string }> {
    const queue = [{ folder: '', depth: 0 }];
    let count = 0;
    for (const { folder, depth } of queue) {
      for (const entry of await this.#list(folder)) {
        const relative = path.posix.join(folder, entry.name);
        if (entry.isDirectory()) {
          if (depth < most.depth) queue.push({ folder: relative, depth: depth + 1 });
        } else if (/\.(ya?ml|toml)$/i.test(entry.name) && !known.has(relative) && count++ < most.files) {
          const text = await this.#text(relative);
          if (text !== undefined) yield { path: relative, text };
        }
      }
    }
  }

  /** One after the other for each file. */
  async exclusively<T>(name: string, act: () => Promise<T>): Promise<T> {
    const key = this.#in(name);
    const turn = (turns.get(key) ?? Promise.resolve()).then(act, act);
    turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (turns.get(key) === turn) turns.delete(key);
    }
  }

  /** Whole or not at all, and on the disk when it resolves. Traefik passes over the name it has until then. Only in one's turn. */
  async write(name: string, text: string, mode = 0o644): Promise<void> {
    const file = this.#in(name);
    const folder = path.dirname(file);
    const temporary = path.join(folder, `.${path.basename(name)}.tmp`);
    try {
      // Of a hub that was killed.
      await fs.rm(temporary, { force: true });
      const handle = await fs.open(temporary, 'wx', mode);
      try {
        await handle.writeFile(text);
        // Whatever the umask says: Traefik may be another user.
        await handle.chmod(mode);
        await handle.sync();
      } finally {
        await handle.close();
      }
      this.#mayWrite();
      await fs.rename(temporary, file);
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => {});
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? this.#missing() : asFailure(error);
    }
    syncFolder(folder);
  }

  /** What is not as we left it is kept beside the new one, under a name that Traefik passes over. */
  async keepDamaged(name: string): Promise<void> {
    this.#mayWrite();
    const stats = await fs.lstat(this.#in(name));
    // A moment without the file would be one without its routes.
    if (stats.isFile()) return fs.copyFile(this.#in(name), this.#in(`${name}.damaged`));
    await fs.rm(this.#in(`${name}.damaged`), { force: true, recursive: true });
    await fs.rename(this.#in(name), this.#in(`${name}.damaged`));
  }

  async remove(name: string): Promise<void> {
    this.#mayWrite();
    await fs.rm(this.#in(name), { force: true, recursive: true });
    syncFolder(this.place);
  }

  async makeFolder(name: string): Promise<void> {
    try {
      await fs.mkdir(this.#in(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      throw asFailure(error);
    }
    await fs.chmod(this.#in(name), 0o755);
    syncFolder(this.place);
  }

  async names(folder: string): Promise<string[]> {
    return (await this.#list(folder, true)).map(({ name }) => name);
  }

  #in(name: string): string {
    return path.join(this.place, name);
  }

  async #text(relative: string): Promise<string | undefined> {
    try {
      const stats = await fs.stat(this.#in(relative));
      return stats.isFile() && stats.size <= largest ? await fs.readFile(this.#in(relative), 'utf8') : undefined;
    } catch {
      // Gone by now, a link that leads nowhere, or not for us to read: then it is not ours to judge.
      return undefined;
    }
  }

  async #list(folder: string, mayMiss = false) {
    try {
      return (await fs.readdir(this.#in(folder), { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' && mayMiss) return [];
      if (folder === '') throw code === 'ENOENT' || code === 'ENOTDIR' ? this.#missing() : asFailure(error);
      return [];
    }
  }

  #missing(): Failure {
    return new Failure('precondition', `There is no folder ${this.place} on this machine.`, {
      hint: 'Make it, and name it in Traefik’s `providers.file.directory`; `routing.folder` says where it is.',
    });
  }
}
