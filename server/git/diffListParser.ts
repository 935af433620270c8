import type { ChangedFile } from '../protocol/gitTypes.ts';
import { shownPath } from './diffPath.ts';

/** A file as `--raw` names it, and as `--numstat` counts it later. */
export interface ListedFile {
  /** Bytes of the path on the newer side, as a latin1 string. */
  readonly key: string;
  readonly row: ChangedFile;
  counted: boolean;
}

const statusOf: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'type',
  U: 'unmerged',
};

/**
 * Reads `git diff --raw --numstat -z --no-abbrev`: git prints the names of all files first, then the counts of all, in the same order.
 * Feed it chunks as they come; `files` grows while names come and `counting` turns true with the first count.
 */
export class DiffListParser {
  readonly files: ListedFile[] = [];
  readonly #byKey = new Map<string, ListedFile>();
  #rest = '';
  #header: string | undefined;
  #oldPath: string | undefined;
  #count: { additions: string; deletions: string; old: string | undefined } | undefined;
  counting = false;

  push(chunk: Buffer): void {
    // latin1 keeps every byte and is the fastest way to a string; names are decoded one by one.
    const tokens = (this.#rest + chunk.toString('latin1', 0, chunk.length)).split('\0');
    this.#rest = tokens.pop() ?? '';
    for (const token of tokens) this.#take(token);
  }

  #take(token: string): void {
    if (this.#header !== undefined) this.#takeName(token);
    else if (this.#count !== undefined) this.#takeCountedName(token);
    else if (token.startsWith(':')) this.#header = token;
    else if (token !== '') {
      this.counting = true;
      const first = token.indexOf('\t');
      const second = token.indexOf('\t', first + 1);
      const count = { additions: token.slice(0, first), deletions: token.slice(first + 1, second), old: undefined };
      if (second + 1 < token.length) this.#apply(token.slice(second + 1), count);
      else this.#count = count;
    }
  }

  #takeName(token: string): void {
    const header = this.#header as string;
    const [oldMode, newMode, oldId, newId, status] = header.slice(1).split(' ') as [string, string, string, string, string];
    const letter = status.charAt(0);
    if ((letter === 'R' || letter === 'C') && this.#oldPath === undefined) {
      this.#oldPath = token;
      return;
    }
    const old = this.#oldPath;
    this.#header = undefined;
    this.#oldPath = undefined;
    const known = this.#byKey.get(token);
    if (known !== undefined) {
      // After `U` git lists the file on disk against one stage: one row, with what that comparison says.
      Object.assign(known.row, { oldMode, newMode, ...idsOf(oldId, newId) });
      return;
    }
    const oldShown = old === undefined ? undefined : shownPath(old);
    const row: ChangedFile = {
      ...shownPath(token),
      ...(oldShown === undefined ? {} : { oldPath: oldShown.path }),
      ...(oldShown?.pathBytes === undefined ? {} : { oldPathBytes: oldShown.pathBytes }),
      status: statusOf[letter] ?? 'modified',
      additions: 0,
      deletions: 0,
      binary: false,
      oldMode,
      newMode,
      ...(old === undefined ? {} : { similarity: Number(status.slice(1)) }),
      ...idsOf(oldId, newId),
    };
    const listed: ListedFile = { key: token, row, counted: false };
    this.files.push(listed);
    this.#byKey.set(token, listed);
  }

  #takeCountedName(token: string): void {
    const count = this.#count;
    if (count === undefined) return;
    if (count.old === undefined) {
      count.old = token;
      return;
    }
    this.#count = undefined;
    this.#apply(token, count);
  }

  #apply(key: string, count: { additions: string; deletions: string }): void {
    const file = this.#byKey.get(key);
    if (file === undefined) return;
    file.counted = true;
    file.row.binary = count.additions === '-';
    file.row.additions = file.row.binary ? 0 : Number(count.additions);
    file.row.deletions = file.row.binary ? 0 : Number(count.deletions);
  }
}

function idsOf(oldId: string, newId: string): { oldId?: string; newId?: string } {
  return { ...(/[1-9a-f]/.test(oldId) ? { oldId } : {}), ...(/[1-9a-f]/.test(newId) ? { newId } : {}) };
}
