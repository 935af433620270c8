import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { formatLine, type Log } from '../rpc/log.ts';
import { makeFolder } from './prepareHome.ts';

/** `HEARTH_HOME/log/hub.log`: one line per message with the correlation id of its request; three files of 5 MB, the newest without a number. */
export class LogFile {
  readonly #file: string;
  readonly #limit: number;
  #handle: number | undefined;
  #size = 0;

  constructor(home: string, limit = 5 << 20) {
    const folder = path.join(home, 'log');
    makeFolder(folder);
    this.#file = path.join(folder, 'hub.log');
    this.#limit = limit;
  }

  readonly log: Log = (level, text, fields) => {
    this.write(`${new Date().toISOString()} ${level.padEnd(5)} ${formatLine(text, fields)}\n`);
  };

  /** A full disk loses log lines, nothing else. */
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
