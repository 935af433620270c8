import type * as z from 'zod/mini';
import type * as protocol from '../protocol/git.ts';
import { statusWord } from './changeStatus.ts';
import { shownPath } from './diffPath.ts';
import { timeOf } from './logParser.ts';
import { NulTokens } from './nulTokens.ts';

export type HistoryRow = z.output<NonNullable<typeof protocol.history.partial>>['revisions'][number];

/** Like the format of a log, without decorations. A fixed number of fields, each ended by NUL. */
export const historyFormat = '%H%x00%P%x00%aN%x00%aE%x00%at%x00%ct%x00%s';
const fieldCount = 7;

/** What a commit did to the file, from `--name-status`. Paths are latin1 strings of their bytes. */
interface Change {
  readonly status: string;
  readonly path: string;
  readonly oldPath?: string;
}

/**
 * Reads `git log -z --format=<historyFormat> [--name-status]`. After the fields of a commit git writes a newline and its changes, if it has
 * any; a commit is complete when the next begins, so call `end` after the last chunk. `asked` (a latin1 string) is the path of rows without
 * a change of their own (a folder, a merge).
 */
export class HistoryParser {
  readonly #asked: string;
  readonly #tokens = new NulTokens();
  #fields: string[] = [];
  #changes: Change[] = [];
  /** A status whose path is still to come, and the old path of a rename. */
  #status: string | undefined;
  #oldPath: string | undefined;

  constructor(asked: string) {
    this.#asked = asked;
  }

  push(chunk: Buffer): HistoryRow[] {
    const rows: HistoryRow[] = [];
    for (const token of this.#tokens.push(chunk)) this.#take(token, rows);
    return rows;
  }

  end(): HistoryRow[] {
    return this.#finish();
  }

  #take(token: string, rows: HistoryRow[]): void {
    if (this.#status !== undefined) {
      this.#takePath(this.#status, token);
      return;
    }
    if (this.#fields.length < fieldCount) {
      this.#fields.push(token);
      return;
    }
    // Ids are hex, statuses upper case: `\nM`, then `A`, `R100`, … for further files.
    if (/^\n?[A-Z]\d*$/.test(token)) {
      this.#status = token.replace('\n', '');
      return;
    }
    rows.push(...this.#finish());
    this.#fields.push(token);
  }

  #takePath(status: string, token: string): void {
    if (/^[RC]/.test(status) && this.#oldPath === undefined) {
      this.#oldPath = token;
      return;
    }
    this.#changes.push(this.#oldPath === undefined ? { status, path: token } : { status, path: token, oldPath: this.#oldPath });
    this.#status = undefined;
    this.#oldPath = undefined;
  }

  #finish(): HistoryRow[] {
    if (this.#fields.length < fieldCount) return [];
    // A path that was a folder once brings many files: the row is then about the folder.
    const change = this.#changes.length === 1 ? this.#changes[0] : undefined;
    const row = historyRow(this.#fields, change ?? { status: '', path: this.#asked });
    this.#fields = [];
    this.#changes = [];
    return [row];
  }
}

/** A row from the fields of `historyFormat` (latin1 strings of UTF-8 bytes). */
export function historyRow(fields: readonly string[], change: Change): HistoryRow {
  const text = (index: number) => Buffer.from(fields[index] ?? '', 'latin1').toString('utf8');
  const parents = text(1);
  return {
    id: text(0),
    parents: parents === '' ? [] : parents.split(' '),
    ...shownPath(change.path),
    ...(change.oldPath === undefined ? {} : { oldPath: shownPath(change.oldPath).path }),
    author: text(2),
    authorMail: text(3),
    authorTime: timeOf(text(4)),
    committerTime: timeOf(text(5)),
    subject: text(6),
    ...(change.status === '' ? {} : { status: statusWord(change.status) }),
  };
}
