import { quote, unquote } from './diffPath.ts';

/** One line of `--raw`: what git says of a file before its patch. Paths are latin1 strings of their bytes. */
export interface RawEntry {
  readonly oldMode: string;
  readonly newMode: string;
  readonly oldId: string;
  readonly newId: string;
  readonly status: string;
  readonly path: string;
  readonly oldPath: string | undefined;
}

export interface PatchLimit {
  /** Lines of patch that are kept; 0 for all. */
  lines: number;
  /** Bytes of patch that are kept; 0 for all. */
  bytes: number;
}

const newline = 10;

/**
 * Reads `git diff --raw -p` of one path and keeps the patch of exactly that path, up to a limit; beyond it lines are only counted.
 * More than one file may come: a pathspec names a folder as well, a rename needs both names, a pattern matches more than one.
 */
export class DiffFileReader {
  readonly entries: RawEntry[] = [];
  readonly #wanted: string;
  readonly #limit: PatchLimit;
  #state: 'head' | 'skip' | 'keep' = 'head';
  #parts: Buffer[] = [];
  #header: Buffer | undefined;
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  lines = 0;
  truncated = false;

  /** `wanted` is the path on the newer side, as a latin1 string. */
  constructor(wanted: string, limit: PatchLimit) {
    this.#wanted = wanted;
    this.#limit = limit;
  }

  /** The entry of the wanted path. `U` wins over the comparison with one stage that git adds. */
  get entry(): RawEntry | undefined {
    return this.entries.find(({ path }) => path === this.#wanted);
  }

  /** The kept patch, as bytes. */
  get patch(): Buffer {
    return Buffer.concat(this.#kept);
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#take(chunk.subarray(start, end + 1));
      start = end + 1;
    }
    if (start < chunk.length) this.#addPart(chunk.subarray(start));
  }

  /** What came after the last newline is a line too (a name that git prints as it is never ends one). */
  finish(): void {
    if (this.#parts.length > 0) this.#take(Buffer.alloc(0));
  }

  #addPart(part: Buffer): void {
    // A 5 MB line that nobody wants is not gathered, only its first bytes, which say what kind of line it is.
    if (this.#state === 'keep' && this.truncated && this.#parts.length > 0) return;
    this.#parts.push(part);
  }

  #take(end: Buffer): void {
    const line = this.#parts.length === 0 ? end : Buffer.concat([...this.#parts, end]);
    this.#parts = [];
    if (this.#state === 'head') this.#takeHead(line.toString('latin1', 0, line.length).replace(/\n$/, ''));
    else {
      // Lines of content start with a blank, a sign or a backslash: a "d" can only start a header.
      if (line[0] === 0x64 && line.toString('latin1', 0, 11) === 'diff --git ') this.#state = this.#isWanted(line) ? 'keep' : 'skip';
      if (this.#state === 'keep') this.#keep(line);
    }
  }

  #takeHead(text: string): void {
    if (text.startsWith(':')) {
      const [facts, ...names] = text.split('\t') as [string, ...string[]];
      // `::` is a conflict in git's combined form, which has no ids of two sides; the path alone counts.
      const combined = facts.startsWith('::');
      const [oldMode = '', newMode = '', oldId = '', newId = '', status = ''] = combined
        ? ['', '', '', '', 'U']
        : facts.slice(1).split(' ');
      const paths = names.map(unquote);
      this.entries.push({
        oldMode,
        newMode,
        oldId,
        newId,
        status,
        path: paths.at(-1) ?? '',
        oldPath: paths.length > 1 ? paths[0] : undefined,
      });
    } else if (text === '') this.#state = 'skip';
  }

  #isWanted(line: Buffer): boolean {
    this.#header ??= headerOf(this.entry);
    return this.#header !== undefined && line.equals(this.#header);
  }

  #keep(line: Buffer): void {
    this.lines++;
    if (this.truncated) return;
    const { lines, bytes } = this.#limit;
    if ((lines > 0 && this.lines > lines) || (bytes > 0 && this.#keptBytes + line.length > bytes)) this.truncated = true;
    else {
      this.#kept.push(line);
      this.#keptBytes += line.length;
    }
  }
}

function headerOf(entry: RawEntry | undefined): Buffer | undefined {
  if (entry === undefined) return undefined;
  return Buffer.from(`diff --git ${quote(`a/${entry.oldPath ?? entry.path}`)} ${quote(`b/${entry.path}`)}\n`, 'latin1');
}
