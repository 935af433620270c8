import type { ResolvedSide } from '../protocol/gitTypes.ts';
import type { Totals } from './diffList.ts';
import type { ListedFile } from './diffListParser.ts';
import { quote } from './diffPath.ts';

/** What a document says before its files. */
export interface Overview {
  readonly from: ResolvedSide;
  readonly to: ResolvedSide;
  readonly files: readonly ListedFile[];
  readonly totals: Totals;
}

/**
 * Writes one format, told of a comparison piece by piece. All strings of lines are latin1: one character a byte, so text passes
 * through unchanged, whatever its encoding.
 */
export interface DocumentWriter {
  begin(overview: Overview): void;
  file(file: ListedFile, index: number): void;
  /** `header` is the `@@` line. Starts are 1-based. */
  hunk(header: string, oldStart: number, newStart: number): void;
  /** `sign` is a blank, `-` or `+`; `text` is without it and without the newline. */
  line(sign: ' ' | '-' | '+', text: string): void;
  /** The line before has no newline at the end of its file. */
  openEnd(): void;
  endFile(): void;
  end(): void;
  /** What was written since the last call. */
  take(): string;
  /** How much waits to be taken. */
  readonly waiting: number;
}

/** Reads git's patch of many files and tells the writer of every listed file, in order, also of those without a patch. */
export class PatchWalk {
  readonly #writer: DocumentWriter;
  readonly #files: readonly ListedFile[];
  readonly #byHeader = new Map<string, number>();
  #rest: string[] = [];
  /** Index of the file whose patch is read; −1 before the first. */
  #current = -1;
  #open = false;
  #oldLeft = 0;
  #newLeft = 0;

  constructor(writer: DocumentWriter, files: readonly ListedFile[]) {
    this.#writer = writer;
    this.#files = files;
    for (const [index, file] of files.entries()) this.#byHeader.set(headerOf(file), index);
  }

  /** Index of the file that is read now. */
  get reached(): number {
    return this.#current;
  }

  push(chunk: Buffer): void {
    const lines = chunk.toString('latin1').split('\n');
    const last = lines.pop() as string;
    if (lines.length > 0) {
      // A line of megabytes comes in many chunks; they are joined once.
      this.#take(this.#rest.length === 0 ? (lines[0] as string) : this.#rest.join('') + lines[0]);
      this.#rest = [];
      for (let index = 1; index < lines.length; index++) this.#take(lines[index] as string);
    }
    if (last !== '') this.#rest.push(last);
  }

  finish(): void {
    this.#moveTo(this.#files.length);
  }

  #take(line: string): void {
    const sign = line.charCodeAt(0);
    if (this.#oldLeft > 0 || this.#newLeft > 0) {
      if (sign === 0x2d) this.#oldLeft--;
      else if (sign === 0x2b) this.#newLeft--;
      else if (sign !== 0x5c) {
        this.#oldLeft--;
        this.#newLeft--;
      }
    } else if (sign !== 0x5c) {
      if (line.startsWith('@@ ') && this.#open) this.#takeHunk(line);
      else if (line.startsWith('diff --git ')) this.#takeHeader(line);
      return;
    }
    if (!this.#open) return;
    if (sign === 0x5c) this.#writer.openEnd();
    else this.#writer.line(sign === 0x2d ? '-' : sign === 0x2b ? '+' : ' ', line.slice(1));
  }

  #takeHunk(line: string): void {
    const match = line.match(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/);
    if (match === null) return;
    this.#oldLeft = Number(match[2] ?? 1);
    this.#newLeft = Number(match[4] ?? 1);
    this.#writer.hunk(line, Number(match[1]), Number(match[3]));
  }

  #takeHeader(line: string): void {
    const index = this.#byHeader.get(line);
    // A file that is not listed has a patch without a change: a stale time on disk.
    if (index === undefined || index < this.#current) this.#close();
    else if (index > this.#current || !this.#open) this.#moveTo(index);
  }

  #close(): void {
    if (this.#open) this.#writer.endFile();
    this.#open = false;
  }

  #moveTo(index: number): void {
    this.#close();
    while (this.#current < index - 1) {
      this.#current++;
      this.#writer.file(this.#files[this.#current] as ListedFile, this.#current);
      this.#writer.endFile();
    }
    const file = this.#files[index];
    if (file === undefined) return;
    this.#current = index;
    this.#writer.file(file, index);
    this.#open = true;
  }
}

function headerOf({ key, row }: ListedFile): string {
  const old =
    row.oldPathBytes !== undefined
      ? Buffer.from(row.oldPathBytes, 'base64').toString('latin1')
      : row.oldPath === undefined
        ? key
        : latin1(row.oldPath);
  return `diff --git ${quote(`a/${old}`)} ${quote(`b/${key}`)}`;
}

/** Text as the latin1 string of its UTF-8 bytes. */
export function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
