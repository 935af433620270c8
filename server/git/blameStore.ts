import { createHash, randomUUID } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { hearthHome } from '../home.ts';
import { BlameTable, type PackedBlame } from './blameTable.ts';

/** A finished blame of a file in a commit. */
export interface KeptBlame {
  readonly commit: string;
  readonly table: BlameTable;
}

/** What a kept blame is found by: everything that decides the answer but the commit. */
export interface BlameSlot {
  /** The repository's identity. */
  readonly commonDir: string;
  readonly path: string;
  /** `BlameHistory.print` and the options. */
  readonly print: string;
}

/** Raise when the form of a kept file or the meaning of a print changes. */
const version = 1;
/** Commits kept of one file: the branches a person goes back and forth between. */
const perSlot = 4;
const memoryLines = 2_000_000;
const diskBytes = 256 * 1024 * 1024;
/** Blames of a moment are not worth a file. */
const fewestLines = 1;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Finished blames, in memory and under `HEARTH_HOME/cache/blame`. A file that cannot be read is as good as none. */
export class BlameStore {
  readonly #folder: string;
  /** Least recently used first. */
  readonly #memory = new Map<string, BlameTable>();
  #lines = 0;
  #written = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder = path.join(hearthHome(), 'cache', 'blame')) {
    this.#folder = folder;
  }

  /** The blame of exactly this commit. */
  async get(slot: BlameSlot, commit: string): Promise<BlameTable | undefined> {
    return this.peek(slot, commit) ?? (await this.#load(slot, commit));
  }

  /** The same, only when it is in memory. */
  peek(slot: BlameSlot, commit: string): BlameTable | undefined {
    const key = `${slotName(slot)}/${commit}`;
    const table = this.#memory.get(key);
    if (table === undefined) return undefined;
    this.#memory.delete(key);
    this.#memory.set(key, table);
    return table;
  }

  /** Commits whose blame of this file is kept, most recent first. */
  async commits(slot: BlameSlot): Promise<string[]> {
    const name = slotName(slot);
    const inMemory = [...this.#memory.keys()].filter((key) => key.startsWith(`${name}/`)).map((key) => key.slice(name.length + 1));
    const folder = path.join(this.#folder, name);
    const files = await fs.readdir(folder).catch(() => []);
    const dated = await Promise.all(
      files
        .filter((file) => /^[0-9a-f]{40,64}$/.test(file))
        .map(async (file) => ({ file, time: (await fs.stat(path.join(folder, file)).catch(() => undefined))?.mtimeMs ?? 0 })),
    );
    dated.sort((a, b) => b.time - a.time);
    return [...new Set([...inMemory.reverse(), ...dated.map(({ file }) => file)])];
  }

  /** Keeps a finished blame; the file is written in the background. */
  keep(slot: BlameSlot, commit: string, table: BlameTable): void {
    this.#remember(`${slotName(slot)}/${commit}`, table);
    if (table.lineCount < fewestLines) return;
    this.#writing = this.#writing.then(() => this.#write(slot, commit, table)).catch(() => {});
  }

  /** Resolves when what was kept so far is on disk. */
  flush(): Promise<void> {
    return this.#writing;
  }

  /** Forgets what memory holds; the files stay, they are right for ever. */
  clear(): void {
    this.#memory.clear();
    this.#lines = 0;
  }

  #remember(key: string, table: BlameTable): void {
    const before = this.#memory.get(key);
    if (before !== undefined) this.#lines -= before.lineCount;
    this.#memory.delete(key);
    this.#memory.set(key, table);
    this.#lines += table.lineCount;
    for (const [oldest, { lineCount }] of this.#memory) {
      if (this.#lines <= memoryLines || oldest === key) break;
      this.#memory.delete(oldest);
      this.#lines -= lineCount;
    }
  }

  async #load(slot: BlameSlot, commit: string): Promise<BlameTable | undefined> {
    const name = slotName(slot);
    const file = path.join(this.#folder, name, commit);
    try {
      const packed = JSON.parse((await unzip(await fs.readFile(file))).toString('utf8')) as PackedBlame & { of?: unknown };
      // The name is a digest: make sure that the content is what the name says.
      if (packed.of !== descriptionOf(slot, commit)) return undefined;
      const table = BlameTable.unpack(packed);
      if (table === undefined) return undefined;
      this.#remember(`${name}/${commit}`, table);
      const now = new Date();
      void fs.utimes(file, now, now).catch(() => {});
      return table;
    } catch {
      return undefined;
    }
  }

  async #write(slot: BlameSlot, commit: string, table: BlameTable): Promise<void> {
    const folder = path.join(this.#folder, slotName(slot));
    const data = await zip(JSON.stringify({ of: descriptionOf(slot, commit), ...table.pack() }), { level: constants.Z_BEST_SPEED });
    await fs.mkdir(folder, { recursive: true, mode: 0o700 });
    const temporary = path.join(folder, `.${randomUUID()}`);
    await fs.writeFile(temporary, data, { mode: 0o600 });
    await fs.rename(temporary, path.join(folder, commit));
    const commits = await this.#filesOf(folder);
    for (const { file } of commits.slice(perSlot)) await fs.rm(file, { force: true });
    if (this.#written === 0 || this.#written > diskBytes / 8) {
      await this.#sweep();
      this.#written = 1;
    }
    this.#written += data.length;
  }

  /** Deletes the least recently used files until all of them fit. */
  async #sweep(): Promise<void> {
    const files: { file: string; time: number; size: number }[] = [];
    for (const name of await fs.readdir(this.#folder).catch(() => [])) files.push(...(await this.#filesOf(path.join(this.#folder, name))));
    files.sort((a, b) => b.time - a.time);
    let total = 0;
    for (const { file, size } of files) {
      total += size;
      if (total <= diskBytes) continue;
      await fs.rm(file, { force: true });
      await fs.rmdir(path.dirname(file)).catch(() => {});
    }
  }

  /** Most recently used first. */
  async #filesOf(folder: string): Promise<{ file: string; time: number; size: number }[]> {
    const names = await fs.readdir(folder).catch(() => []);
    const files = await Promise.all(
      names.map(async (name) => {
        const file = path.join(folder, name);
        const stats = await fs.stat(file).catch(() => undefined);
        return stats === undefined ? [] : [{ file, time: stats.mtimeMs, size: stats.size }];
      }),
    );
    return files.flat().sort((a, b) => b.time - a.time);
  }
}

function descriptionOf({ commonDir, path: file, print }: BlameSlot, commit: string): string {
  return JSON.stringify([version, commonDir, file, print, commit]);
}

const names = new WeakMap<BlameSlot, string>();

function slotName(slot: BlameSlot): string {
  let name = names.get(slot);
  if (name === undefined) {
    name = createHash('sha256')
      .update(JSON.stringify([version, slot.commonDir, slot.path, slot.print]))
      .digest('hex')
      .slice(0, 32);
    names.set(slot, name);
  }
  return name;
}
