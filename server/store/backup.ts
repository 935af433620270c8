import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ResultOf } from '../protocol/message.ts';
import type { backups } from '../protocol/store.ts';
import { Failure } from '../rpc/failure.ts';
import { checkState } from './checkState.ts';
import { type Disk, isMissing, writeWhole } from './disk.ts';
import { readSnapshot, readSnapshotHeader, writeSnapshot } from './snapshot.ts';
import { Sqlite } from './sqlite.ts';
import type { Image } from './store.ts';

export type BackupRow = ResultOf<typeof backups>['backups'][number];
type Why = BackupRow['why'];

/** How many are kept; those not named here stay until the user deletes them. */
const kept: Partial<Record<Why, number>> = { daily: 14, migration: 5 };

const namePattern = /^(\d{8}T\d{9}Z)-(daily|migration|restore|manual)-(\d+)\.backup$/;
/** Of a file that was not opened and checked yet. */
const unverified = '.unverified';

/** The folder of backups, `HEARTH_HOME/backups`: files as snapshots are, named after time, reason and position. */
export class Backups {
  readonly #disk: Disk;
  readonly folder: string;
  readonly #schema: number;
  /** One backup is written at a time: what lies around unverified is of nobody. */
  #turn: Promise<unknown> = Promise.resolve();

  /** `schema` is the newest that this program knows. */
  constructor(disk: Disk, folder: string, schema: number) {
    this.#disk = disk;
    this.folder = folder;
    this.#schema = schema;
  }

  /** Newest first. */
  async list(): Promise<BackupRow[]> {
    const rows: BackupRow[] = [];
    for (const name of await this.#disk.list(this.folder)) {
      const row = await this.#row(name);
      if (row !== undefined) rows.push(row);
    }
    return rows.sort((a, b) => b.time - a.time || b.position - a.position);
  }

  /** Writes a backup and opens it again: it counts only when nothing is wrong with it. Then lets go of those that are too many. */
  create(why: Why, image: Image): Promise<BackupRow> {
    const created = this.#turn.then(() => this.#create(why, image));
    this.#turn = created.catch(() => {});
    return created;
  }

  async #create(why: Why, { image, ...facts }: Image): Promise<BackupRow> {
    const name = `${stamp(facts.time)}-${why}-${facts.position}.backup`;
    const file = path.join(this.folder, name);
    for (const left of await this.#disk.list(this.folder)) {
      if (left.endsWith(unverified)) await this.#disk.remove(path.join(this.folder, left));
    }
    await writeSnapshot(this.#disk, file + unverified, facts, image);
    const problems = await this.#check(file + unverified, name);
    if (problems.length > 0) {
      await this.#disk.remove(file + unverified);
      throw new Failure('io', `The backup could not be verified after it was written: ${problems[0]}`, {
        hint: 'The disk may be failing; no backup was kept.',
      });
    }
    await this.#disk.rename(file + unverified, file);
    await this.#disk.syncFolder(this.folder);
    await this.#retain(why);
    const row = await this.#row(name);
    if (row === undefined) throw new Failure('io', `The backup ${name} is gone.`);
    return row;
  }

  /** What is wrong with a backup, a sentence each. Rejects with `not-found` when there is none of that name. */
  async verify(name: string): Promise<{ backup: BackupRow; problems: string[] }> {
    const row = namePattern.test(name) ? await this.#row(name) : undefined;
    if (row === undefined) throw unknownBackup(name);
    return { backup: row, problems: await this.#check(path.join(this.folder, name), name) };
  }

  /** Copies a backup to a file of the user's, or into a folder under its name. */
  async copy(name: string, to: string): Promise<void> {
    const bytes = await this.#disk.read(path.join(this.folder, name));
    await writeWhole(this.#disk, (await isFolder(to)) ? path.join(to, name) : to, [bytes]);
  }

  /** The state in a backup (a name) or in such a file from elsewhere. Rejects with one sentence when it cannot be used. */
  async read(source: { name: string } | { path: string }): Promise<Image> {
    const file = 'name' in source ? path.join(this.folder, source.name) : source.path;
    if ('name' in source && !namePattern.test(source.name)) throw unknownBackup(source.name);
    if ('path' in source) await mustBeFile(file);
    else if ((await this.#disk.size(file)) === undefined) throw unknownBackup(source.name);
    // What is no backup at all may be of any size: only its beginning is read.
    const header = await readSnapshotHeader(this.#disk, file).catch(() => undefined);
    const found = header === undefined ? undefined : await readSnapshot(this.#disk, file);
    if (found === undefined) {
      throw new Failure('invalid', `The file ${path.basename(file)} is damaged, or no backup of Hearth.`, {
        hint: 'Nothing was changed. `hearth backup list` shows others; an archive is read by `hearth store import`.',
      });
    }
    const { position, schema, time } = found.header;
    return { image: found.image, position, schema, time };
  }

  async #check(file: string, name: string): Promise<string[]> {
    const found = await readSnapshot(this.#disk, file);
    if (found === undefined) return [`The file of ${name} is not as it was written (its SHA-256 differs).`];
    const { schema } = found.header;
    if (schema > this.#schema) return [`${name} was written by a newer Hearth (schema ${schema}, this one knows ${this.#schema}).`];
    let sqlite: Sqlite;
    try {
      sqlite = await Sqlite.open(found.image);
    } catch (error) {
      return [`${name} holds no database: ${(error as Error).message}.`];
    }
    try {
      // The tables of an older schema may be others: its chain is checked when it is brought up to date.
      return await checkState(sqlite, schema === this.#schema);
    } finally {
      sqlite.close();
    }
  }

  async #row(name: string): Promise<BackupRow | undefined> {
    const why = namePattern.exec(name)?.[2] as Why | undefined;
    const file = path.join(this.folder, name);
    const size = why === undefined ? undefined : await this.#disk.size(file);
    if (why === undefined || size === undefined) return undefined;
    const header = await readSnapshotHeader(this.#disk, file).catch(() => undefined);
    if (header === undefined) return { name, time: timeOf(name), why, schema: 0, position: 0, size, verified: false };
    const { time, schema, position } = header;
    // The name is given only after the check; a file that was cut since shows by its size.
    return { name, time, why, schema, position, size, verified: size > header.size && size - header.size < 4096 };
  }

  async #retain(why: Why): Promise<void> {
    const most = kept[why];
    if (most === undefined) return;
    // By what they hold: the clock may have been wrong when one was made.
    const same = (await this.list()).filter((each) => each.why === why).sort((a, b) => b.position - a.position);
    for (const { name } of same.slice(most)) await this.#disk.remove(path.join(this.folder, name));
  }
}

async function isFolder(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isDirectory() === true;
}

/** A file that the user names to be read: not a folder, and no device that never ends. */
export async function mustBeFile(file: string): Promise<void> {
  if (!path.isAbsolute(file)) throw new Failure('invalid', `The path ${file} is not absolute.`);
  const found = await stat(file).catch((error: unknown) => {
    if (isMissing(error)) throw new Failure('not-found', `There is no file ${file}.`);
    throw error;
  });
  if (!found.isFile()) throw new Failure('invalid', `The path ${file} is no file.`);
}

/** A file that the user names is never written over; into a folder goes a new one. */
export async function refuseExisting(disk: Disk, file: string, folders = false): Promise<void> {
  if (!path.isAbsolute(file)) throw new Failure('invalid', `The path ${file} is not absolute.`);
  if (folders && (await isFolder(file))) return;
  // None is made: a drive that is not there would get one in its place.
  const folder = path.dirname(file);
  if (!(await isFolder(folder))) throw new Failure('not-found', `There is no folder ${folder}.`);
  if ((await disk.size(file)) === undefined) return;
  throw new Failure('conflict', `${file} exists already; nothing was written.`, { hint: 'Name another file.' });
}

function unknownBackup(name: string): Failure {
  return new Failure('not-found', `There is no backup "${name}".`, { hint: '`hearth backup list` shows them.' });
}

/** `20260131T120000000Z`: sorts by time, and no file system minds it. */
function stamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:.]/g, '');
}

function timeOf(name: string): number {
  const [, year, month, day, hour, minute, second, ms] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z/.exec(name) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
}
