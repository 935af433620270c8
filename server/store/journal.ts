import path from 'node:path';
import { Failure } from '../rpc/failure.ts';
import type { Disk, DiskFile } from './disk.ts';
import { type Cut, encodeHeader } from './journalFormat.ts';
import { journalName, type Layout } from './layout.ts';

/**
 * The journal that this owner appends to. Its file is made with the first record, so an owner that only reads leaves none; `rotate`
 * starts the next part, so that what a snapshot holds can be deleted file by file.
 */
export class Journal {
  readonly #disk: Disk;
  readonly #layout: Layout;
  readonly #fence: number;
  #unrecorded: readonly Cut[];
  #part = 0;
  #file: { readonly name: string; readonly open: DiskFile } | undefined;
  /** Bytes of the file that are whole records. */
  #length = 0;
  #begun = false;
  #fresh = false;
  #broken = false;

  constructor(disk: Disk, layout: Layout, fence: number, unrecorded: readonly Cut[]) {
    this.#disk = disk;
    this.#layout = layout;
    this.#fence = fence;
    this.#unrecorded = unrecorded;
  }

  /** Whether this owner has written a record. */
  get begun(): boolean {
    return this.#begun;
  }

  /** What is on the disk can no longer be known: nothing may be appended behind it. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Appends a record, not yet durable. When it rejects the file is as it was before, or the journal is `broken`. */
  async write(record: Uint8Array, base: number): Promise<void> {
    if (this.#file === undefined) return this.#writeFirst(record, base);
    try {
      await this.#file.open.write(record, this.#length);
    } catch (error) {
      await this.#cutBack(() => this.#file?.open.truncate(this.#length));
      throw writeFailure(error);
    }
    this.#length += record.length;
  }

  /** What was written is durable when this resolves. When it rejects, nobody knows: the journal is `broken`. */
  async sync(): Promise<void> {
    try {
      await this.#file?.open.datasync();
      if (this.#fresh) await this.#disk.syncFolder(this.#layout.journal);
      this.#fresh = false;
    } catch (error) {
      this.#broken = true;
      throw new Failure('io', `The disk failed while Hearth saved the change: ${(error as Error).message}.`, {
        hint: 'Hearth looks at what was saved when it starts again; a request that is repeated is done once.',
        cause: error,
      });
    }
  }

  /** The next record goes into a new file. */
  async rotate(): Promise<void> {
    const ended = this.#file;
    if (ended === undefined) return;
    this.#unrecorded = [...this.#unrecorded, { file: ended.name, length: this.#length }];
    this.#file = undefined;
    await ended.open.close();
  }

  /** The file that is being written. */
  get name(): string | undefined {
    return this.#file?.name;
  }

  async #writeFirst(record: Uint8Array, base: number): Promise<void> {
    const part = ++this.#part;
    const name = journalName(this.#fence, part);
    const full = path.join(this.#layout.journal, name);
    const header = encodeHeader({ fence: this.#fence, part, base, previous: this.#unrecorded });
    let open: DiskFile | undefined;
    try {
      await this.#disk.makeFolder(this.#layout.journal);
      open = await this.#disk.create(full);
      await open.write(Buffer.concat([header, record]), 0);
    } catch (error) {
      await this.#cutBack(async () => {
        await open?.truncate(0);
        await open?.close();
        if (open !== undefined) await this.#disk.remove(full);
      });
      throw writeFailure(error);
    }
    this.#file = { name, open };
    this.#length = header.length + record.length;
    this.#begun = true;
    this.#fresh = true;
    this.#unrecorded = [];
  }

  async #cutBack(cut: () => Promise<void> | undefined): Promise<void> {
    try {
      await cut();
    } catch {
      this.#broken = true;
    }
  }
}

/** Why nothing can be written, in a sentence. */
export function writeFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Failure('io', 'The disk is full: Hearth could not save the change.', {
      hint: 'Free some space and try again; nothing was changed.',
      cause: error,
    });
  }
  if (code === 'EROFS') return new Failure('io', 'The folder where Hearth keeps its state is read-only.', { cause: error });
  if (code === 'EACCES' || code === 'EPERM') {
    return new Failure('io', 'Hearth may not write to the folder where it keeps its state.', {
      hint: 'Check the permissions of HEARTH_HOME.',
      cause: error,
    });
  }
  return new Failure('io', `Hearth could not save the change: ${message}.`, { hint: 'Nothing was changed.', cause: error });
}
