// A disk around another one on which something goes wrong at a chosen operation.
import type { Disk, DiskFile } from '../../../server/store/disk.ts';
import { systemError } from './memoryDisk.ts';

/** An operation that changes the disk. */
export interface Operation {
  /** From 1 on. */
  readonly index: number;
  readonly kind: 'write' | 'truncate' | 'datasync' | 'makeFolder' | 'create' | 'rename' | 'remove' | 'syncFolder';
  readonly file: string;
  /** Bytes of a write. */
  readonly size: number;
}

export type Fault =
  /** Nothing happens from here on. `part`: how much of a write has happened, 0 to 1. */
  | { readonly kind: 'cut'; readonly where: 'before' | 'middle' | 'after'; readonly part?: number }
  /** It fails; a write may have happened in part. */
  | { readonly kind: 'fail'; readonly code: string; readonly part?: number }
  /** The process stands still, before or after it. */
  | { readonly kind: 'pause'; readonly where: 'before' | 'after'; readonly until: () => Promise<void> };

export class FaultDisk implements Disk {
  readonly #disk: Disk;
  readonly #plan: (operation: Operation) => Fault | undefined;
  readonly #onCut: () => void;
  #index = 0;
  #gone = false;

  /** `onCut` may end the process. */
  constructor(disk: Disk, plan: (operation: Operation) => Fault | undefined, onCut: () => void = () => {}) {
    this.#disk = disk;
    this.#plan = plan;
    this.#onCut = onCut;
  }

  /** How many operations were asked for. */
  get operations(): number {
    return this.#index;
  }

  /** Whether it was cut: nothing that is said from then on counts. */
  get gone(): boolean {
    return this.#gone;
  }

  list(folder: string): Promise<string[]> {
    return this.#disk.list(folder);
  }
  size(file: string): Promise<number | undefined> {
    return this.#disk.size(file);
  }
  read(file: string, range?: { start: number; length: number }): Promise<Buffer> {
    return this.#disk.read(file, range);
  }
  makeFolder(folder: string): Promise<void> {
    return this.#do('makeFolder', folder, () => this.#disk.makeFolder(folder));
  }
  create(file: string): Promise<DiskFile> {
    return this.#do('create', file, async () => this.#fileOf(file, await this.#disk.create(file)));
  }
  async open(file: string): Promise<DiskFile> {
    return this.#fileOf(file, await this.#disk.open(file));
  }
  rename(from: string, to: string): Promise<void> {
    return this.#do('rename', to, () => this.#disk.rename(from, to));
  }
  remove(file: string): Promise<void> {
    return this.#do('remove', file, () => this.#disk.remove(file));
  }
  syncFolder(folder: string): Promise<void> {
    return this.#do('syncFolder', folder, () => this.#disk.syncFolder(folder));
  }

  #fileOf(name: string, file: DiskFile): DiskFile {
    return {
      write: (data, position) =>
        this.#do(
          'write',
          name,
          () => file.write(data, position),
          data.length,
          (part) => file.write(data.subarray(0, Math.floor(data.length * part)), position),
        ),
      truncate: (length) => this.#do('truncate', name, () => file.truncate(length)),
      datasync: () => this.#do('datasync', name, () => file.datasync()),
      close: () => file.close(),
    };
  }

  async #do<T>(
    kind: Operation['kind'],
    file: string,
    act: () => Promise<T>,
    size = 0,
    partly: (part: number) => Promise<void> = async () => {},
  ): Promise<T> {
    if (this.#gone) throw systemError('EIO');
    const fault = this.#plan({ index: ++this.#index, kind, file, size });
    if (fault === undefined) return act();
    switch (fault.kind) {
      case 'cut': {
        if (fault.where === 'after') await act();
        if (fault.where === 'middle') await partly(fault.part ?? 0.5);
        this.#gone = true;
        this.#onCut();
        throw systemError('EIO');
      }
      case 'fail': {
        if (fault.part !== undefined) await partly(fault.part);
        throw systemError(fault.code);
      }
      case 'pause': {
        if (fault.where === 'before') await fault.until();
        const answer = await act();
        if (fault.where === 'after') await fault.until();
        return answer;
      }
    }
  }
}
