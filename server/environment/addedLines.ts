import { type Repository, unquotePath } from '../git/index.ts';

/** The lines that a change adds to one file. `text` has a line each; `lines` are their 1-based numbers in the file, 0 between two hunks. */
export interface AddedText {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly number[];
  /** What of it could not be read, in words that follow the path; the rest is there. */
  readonly left: string | undefined;
}

/** Bytes of one file's added lines, and of one line, beyond which nobody looks for secrets. */
const fileLimit = 1_000_000;
const lineLimit = 64_000;

/** Written by tools, not by people: their long random strings are sums and ids. */
const generated =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|Cargo\.lock|composer\.lock|Gemfile\.lock|poetry\.lock|uv\.lock|Pipfile\.lock|pdm\.lock|go\.sum|flake\.lock|mix\.lock|pubspec\.lock|Package\.resolved|packages\.lock\.json|gradle\.lockfile)$|\.(?:min\.(?:js|css|mjs)|map)$/;

/**
 * The added lines of the index against HEAD (or another revision), file by file as git writes them: only one file is in memory. Binary
 * and generated files are left out; of a renamed file only what changed is there.
 */
export async function* addedLines(
  repository: Repository,
  { indexFile, against, signal }: { indexFile?: string | undefined; against?: string | undefined; signal: AbortSignal },
): AsyncGenerator<AddedText> {
  const args = ['diff', '--cached', '--unified=0', '--inter-hunk-context=0', '--find-renames', '--diff-filter=d', '--submodule=short'];
  const safety = ['--no-ext-diff', '--no-textconv', '--no-color', '--src-prefix=a/', '--dst-prefix=b/', '--no-relative'];
  const revision = against === undefined ? [] : ['--end-of-options', against];
  const env = indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile };
  const reader = new PatchReader();
  for await (const chunk of repository.stream([...args, ...safety, ...revision, '--'], { signal, env })) yield* reader.push(chunk);
  yield* reader.end();
}

/** Reads git's patch, cut anywhere. A line of megabytes is not kept. */
class PatchReader {
  #rest = '';
  #restSkipped = false;
  #path: string | undefined;
  #lines: string[] = [];
  #numbers: number[] = [];
  #bytes = 0;
  #left: string | undefined;
  #oldLeft = 0;
  #newLeft = 0;
  #number = 0;

  *push(chunk: Buffer): Generator<AddedText> {
    let start = 0;
    for (;;) {
      const newline = chunk.indexOf(10, start);
      if (newline < 0) break;
      this.#keep(chunk, start, newline);
      const done = this.#take(this.#rest, this.#restSkipped);
      this.#rest = '';
      this.#restSkipped = false;
      start = newline + 1;
      if (done !== undefined) yield done;
    }
    this.#keep(chunk, start, chunk.length);
  }

  *end(): Generator<AddedText> {
    const done = this.#finish();
    if (done !== undefined) yield done;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    if (this.#rest.length + end - start > lineLimit) this.#restSkipped = true;
    const room = Math.max(0, lineLimit - this.#rest.length);
    this.#rest += chunk.toString('latin1', start, Math.min(end, start + room));
  }

  /** One line of the patch; answers the file before when another begins. */
  #take(line: string, cut: boolean): AddedText | undefined {
    if (this.#oldLeft > 0 || this.#newLeft > 0) {
      if (line.startsWith('-')) this.#oldLeft--;
      else if (line.startsWith('+')) {
        this.#newLeft--;
        this.#add(line, cut);
        this.#number++;
      }
      return undefined;
    }
    const hunk = line.match(/^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/);
    if (hunk !== null) {
      this.#oldLeft = Number(hunk[1] ?? 1);
      this.#newLeft = Number(hunk[3] ?? 1);
      this.#number = Number(hunk[2]);
      // What stands on both sides of a gap is no secret of several lines.
      if (this.#numbers.length > 0) this.#line('', 0);
      return undefined;
    }
    if (line.startsWith('diff --git ')) return this.#finish();
    if (line.startsWith('+++ ')) this.#begin(line.slice(4).replace(/\t$/, ''));
    return undefined;
  }

  #begin(name: string): void {
    const path = Buffer.from(unquotePath(name), 'latin1').toString('utf8').replace(/^b\//, '');
    this.#path = generated.test(path) ? undefined : path;
  }

  #add(line: string, cut: boolean): void {
    if (this.#path === undefined) return;
    if (cut) this.#left ??= 'has a line that is too long to look for secrets in';
    else if (this.#bytes > fileLimit) this.#left = 'adds more than 1 MB: the rest was not looked at';
    else this.#line(line.slice(1), this.#number);
  }

  #line(text: string, number: number): void {
    this.#lines.push(text);
    this.#numbers.push(number);
    this.#bytes += text.length + 1;
  }

  #finish(): AddedText | undefined {
    const path = this.#path;
    const text = Buffer.from(this.#lines.join('\n'), 'latin1').toString('utf8');
    const done = path === undefined || this.#numbers.length === 0 ? undefined : { path, text, lines: this.#numbers, left: this.#left };
    this.#path = undefined;
    this.#lines = [];
    this.#numbers = [];
    this.#bytes = 0;
    this.#left = undefined;
    return done;
  }
}
