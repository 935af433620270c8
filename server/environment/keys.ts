import { createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { exposure, syncFolder, writeNew } from '../hub/privateFile.ts';
import { Failure } from '../rpc/failure.ts';

/** A master key as it is kept and brought elsewhere: 32 bytes in base64. */
export interface KeyRecord {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly key: string;
}

/** What a key file says of itself. */
const format = 'hearth-key-1';
const namePattern = /^[0-9a-f]{16}$/;

/**
 * The master keys of a home: files of mode 0600 in `HEARTH_HOME/keys`, each named after its key, so that another key under that name shows.
 * A key is never deleted: a backup may hold secrets that need it.
 */
export class Keys {
  readonly folder: string;
  readonly #known = new Map<string, { key: KeyObject; created: number }>();

  constructor(home: string) {
    this.folder = path.join(home, 'keys');
  }

  /** Makes a key; it is on the disk when this returns. Throws what the disk refuses with. */
  create(now: number): string {
    const key = randomBytes(32);
    const record = { id: idOf(key), created: now, key: key.toString('base64') };
    this.#write(record);
    return record.id;
  }

  /** Throws `precondition` when the key is not here, is not what its name says, or others can read it. */
  get(id: string): KeyObject {
    return this.#read(id).key;
  }

  /** Whether there is a file of that name; `get` says whether it is any good. */
  has(id: string): boolean {
    return this.#names().includes(id);
  }

  /** Those that are here, newest first; a damaged one with its problem. */
  list(): { id: string; created: number; problem?: string }[] {
    return this.#names()
      .map((id) => {
        try {
          return { id, created: this.#read(id).created };
        } catch (error) {
          return { id, created: 0, problem: (error as Error).message };
        }
      })
      .sort((a, b) => b.created - a.created || (a.id < b.id ? -1 : 1));
  }

  /** The keys themselves, for an export. Throws when one of them cannot be read. */
  records(): KeyRecord[] {
    return this.#names().map((id) => {
      const { key, created } = this.#read(id);
      return { id, created, key: key.export().toString('base64') };
    });
  }

  /** Takes a key from elsewhere; false when it is here already. Throws `invalid` when it is not what its id says. */
  add({ id, created, key }: KeyRecord): boolean {
    if (!isKey(id, key)) throw new Failure('invalid', 'One of the keys is not what its id says.', { hint: 'Export them again.' });
    if (this.has(id)) {
      this.#read(id);
      return false;
    }
    this.#write({ id, created, key });
    return true;
  }

  #write(record: KeyRecord): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    this.#refuseExposed(this.folder);
    writeNew(path.join(this.folder, record.id), `${JSON.stringify({ format, ...record })}\n`);
    syncFolder(this.folder);
  }

  #read(id: string): { key: KeyObject; created: number } {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const file = path.join(this.folder, id);
    if (!namePattern.test(id)) throw damaged(id);
    let text: string;
    try {
      this.#refuseExposed(file);
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new Failure('precondition', `The master key ${id} is not here.`, {
        hint: '`hearth env key import` brings it from an export; without one the secrets must be set again.',
      });
    }
    const record = recordIn(text);
    if (record === undefined || record.id !== id || !isKey(id, record.key)) throw damaged(id);
    const read = { key: createSecretKey(Buffer.from(record.key, 'base64')), created: record.created };
    this.#known.set(id, read);
    return read;
  }

  #refuseExposed(place: string): void {
    const problem = exposure(place);
    if (problem === undefined) return;
    throw new Failure('precondition', problem, {
      hint: `Give it back to you alone (\`chmod go= ${place}\`); if others may have read it, rotate.`,
    });
  }

  #names(): string[] {
    try {
      return readdirSync(this.folder).filter((name) => namePattern.test(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}

/** Says which key it is and nothing about it. */
function idOf(key: Uint8Array): string {
  return createHash('sha256').update('hearth key id').update(key).digest('hex').slice(0, 16);
}

function isKey(id: string, key: string): boolean {
  const bytes = Buffer.from(key, 'base64');
  return bytes.length === 32 && idOf(bytes) === id;
}

function recordIn(text: string): KeyRecord | undefined {
  try {
    const read = JSON.parse(text) as Partial<KeyRecord> & { format?: string };
    const { id, created, key } = read;
    if (read.format !== format || typeof id !== 'string' || typeof created !== 'number' || typeof key !== 'string') return undefined;
    return { id, created, key };
  } catch {
    return undefined;
  }
}

function damaged(id: string): Failure {
  return new Failure('precondition', `The file of the master key ${id} is damaged, or holds another key.`, {
    hint: 'Move it away and bring the key from an export: `hearth env key import`.',
  });
}
