import type { ChangedFile } from '../protocol/gitTypes.ts';
import { statusWord } from './changeStatus.ts';
import { shownPath } from './diffPath.ts';
import { NulTokens } from './nulTokens.ts';

/** A file as `--raw` names it, and as `--numstat` counts it later. */
export interface ListedFile {
  /** Bytes of the path on the newer side, as a latin1 string. */
  readonly key: string;
  readonly row: ChangedFile;
  counted: boolean;
}

/**
 * Reads `git diff --raw --numstat -z --no-abbrev`: git prints the names of all files first, then the counts of all, in the same order.
 * Feed it chunks as they come; `files` grows while names come and `counting` turns true with the first count.
 */
export class DiffListParser {
  readonly files: ListedFile[] = [];
  readonly #byKey = new Map<string, ListedFile>();
  readonly #tokens = new NulTokens();
  #header: string | undefined;
  #oldPath: string | undefined;
  #count: { additions: string; deletions: string; old: string | undefined } | undefined;
  counting = false;

  push(chunk: Buffer): void {
    // Names are decoded one by one.
    for (const token of this.#tokens.push(chunk)) this.#take(token);
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
    // `:100644 100644 <old id> <new id> R086`: fixed widths, but for the ids of SHA-256.
    const header = this.#header as string;
    const idEnd = header.indexOf(' ', 15);
    const status = header.slice(2 * idEnd - 13);
    const letter = status.charAt(0);
    if ((letter === 'R' || letter === 'C') && this.#oldPath === undefined) {
      this.#oldPath = token;
      return;
    }
    const old = this.#oldPath;
    this.#header = undefined;
    this.#oldPath = undefined;
    const oldMode = header.slice(1, 7);
    const newMode = header.slice(8, 14);
    const oldId = header.slice(15, idEnd);
    const newId = header.slice(idEnd + 1, 2 * idEnd - 14);
    const known = this.#byKey.get(token);
    if (known !== undefined) {
      // After `U` git lists the file on disk against one stage: one row, with what that comparison says.
      known.row.oldMode = oldMode;
      known.row.newMode = newMode;
      setIds(known.row, oldId, newId);
      return;
    }
    const row = shownPath(token) as ChangedFile;
    if (old !== undefined) {
      const { path, pathBytes } = shownPath(old);
      row.oldPath = path;
      if (pathBytes !== undefined) row.oldPathBytes = pathBytes;
    }
    row.status = statusWord(letter);
    row.additions = 0;
    row.deletions = 0;
    row.binary = false;
    row.oldMode = oldMode;
    row.newMode = newMode;
    if (old !== undefined) row.similarity = Number(status.slice(1));
    setIds(row, oldId, newId);
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

function setIds(row: ChangedFile, oldId: string, newId: string): void {
  if (!isZero(oldId)) row.oldId = oldId;
  if (!isZero(newId)) row.newId = newId;
}

function isZero(id: string): boolean {
  return id.charCodeAt(0) === 0x30 && /^0+$/.test(id);
}
