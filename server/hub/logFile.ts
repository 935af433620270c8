import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { makeFolder } from './prepareHome.ts';

/** Where the hub of a home writes its log. */
export const logFileOf = (home: string): string => path.join(home, 'log', 'hub.log');
/** Oldest last; those that are not there (yet) included. */
export const logFilesOf = (home: string): string[] => ['', '.1', '.2'].map((ending) => `${logFileOf(home)}${ending}`);

/** `HEARTH_HOME/log/hub.log`: lines of JSON; three files of 5 MB, the newest without a number. */
export class LogFile {
  readonly #file: string;
  readonly #limit: number;
  #handle: number | undefined;
  #size = 0;

  constructor(home: string, limit = 5 << 20) {
    this.#file = logFileOf(home);
    makeFolder(path.dirname(this.#file));
    this.#limit = limit;
  }

  /** Adds a line with its newline. A full disk loses log lines, nothing else. */
  write(line: string): void {
    try {
      if (this.#handle === undefined) {
        this.#handle = openSync(this.#file, 'a', 0o600);
        this.#size = fstatSync(this.#handle).size;
      }
      this.#size += writeSync(this.#handle, line);
      if (this.#size >= this.#limit) this.#rotate();
    } catch {
      this.close();
    }
  }

  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }

  #rotate(): void {
    this.close();
    rmSync(`${this.#file}.2`, { force: true });
    for (const [from, to] of [
      [`${this.#file}.1`, `${this.#file}.2`],
      [this.#file, `${this.#file}.1`],
    ] as const) {
      try {
        renameSync(from, to);
      } catch {
        // Not there yet, or another program looks at it (Windows).
      }
    }
  }
}
