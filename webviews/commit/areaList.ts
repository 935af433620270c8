import { type Bridge, failureOf } from '../ui/bridge.ts';
import { fileKey } from '../ui/code/files.ts';
import type { PanelFailure } from '../ui/messages.ts';
import type { Area, ChangedFile, CommitContract, ListPiece } from './messages.ts';

/** What of the bridge a list needs. */
export type Ask = Pick<Bridge<CommitContract, never>, 'ask'>['ask'];

/** Where the list of files stands. What is known stays on the page until the answer replaces it. */
export type ListPhase =
  | { readonly kind: 'listing'; readonly first: boolean }
  | { readonly kind: 'listed' }
  | { readonly kind: 'failed'; readonly failure: PanelFailure };

/** The changed files of one area, read in pieces. */
export class AreaList {
  readonly area: Area;
  readonly #ask: Ask;
  readonly #changed: () => void;
  #reading: AbortController | undefined;
  #latest: Promise<void> = Promise.resolve();
  #read = false;
  phase: ListPhase = { kind: 'listing', first: true };
  /** By path. */
  files: readonly ChangedFile[] = [];

  constructor(area: Area, ask: Ask, changed: () => void) {
    this.area = area;
    this.#ask = ask;
    this.#changed = changed;
  }

  /** Whether it was read: before that, no files say nothing. */
  get known(): boolean {
    return this.#read;
  }

  /** Reads the list anew; an earlier reading is given up, and ends with this one. Never rejects. */
  read(): Promise<void> {
    const latest = this.#readNow();
    this.#latest = latest;
    return latest;
  }

  async #readNow(): Promise<void> {
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.phase = { kind: 'listing', first: !this.#read };
    this.#changed();
    const found = new Map<string, ChangedFile>();
    try {
      let piece: ListPiece = await this.#ask('list', { area: this.area }, { signal: reading.signal });
      let arranged = 0;
      for (;;) {
        for (const file of piece.files) found.set(fileKey(file), file);
        if (piece.end) break;
        // The first list is shown while it grows; sorting it for each piece would cost more than all the rest.
        if (!this.#read && found.size >= arranged * 2) {
          arranged = found.size;
          this.#show(found);
        }
        piece = await this.#ask('more', { area: this.area }, { signal: reading.signal });
      }
      // A name that was sent before its lines were counted and never came back did not differ after all.
      for (const [key, file] of found) if (file.counted === false) found.delete(key);
      this.#read = true;
      this.phase = { kind: 'listed' };
      this.#show(found);
    } catch (error) {
      const failure = failureOf(error);
      if (reading.signal.aborted) return this.#latest;
      if (failure.reason === 'cancelled' || failure.reason === 'disconnected') return;
      this.phase = { kind: 'failed', failure };
      this.#changed();
    }
  }

  #show(found: ReadonlyMap<string, ChangedFile>): void {
    this.files = [...found.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    this.#changed();
  }
}
