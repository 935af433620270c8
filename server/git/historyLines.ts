import { randomBytes } from 'node:crypto';
import { Failure } from '../rpc/failure.ts';
import { unquote } from './diffPath.ts';
import { mapLines } from './historyLineMap.ts';
import { type HistoryRequest, historySilence, Page } from './historyPage.ts';
import { type HistoryRow, historyFormat, historyRow } from './historyParser.ts';
import type { Repository } from './repository.ts';
import { argumentPath, resolveCommit } from './resolve.ts';
import { decodeText } from './textDecoding.ts';

/** Revisions that changed a range of lines or a function, by `git log -L`. Lines of `contents` are first found in the revision. */
export async function readLineHistory(
  repository: Repository,
  request: HistoryRequest,
  emit: (revisions: HistoryRow[]) => unknown,
  signal: AbortSignal,
): Promise<{ more: boolean }> {
  const file = argumentPath(request.file);
  const range = await rangeOf(repository, request, file, signal);
  if (range === undefined) return { more: false };
  // Patches hold any text; only this process knows the mark that starts a commit.
  const mark = randomBytes(16).toString('hex');
  const format = `--format=%x00${mark}%x00${historyFormat}%x00`;
  const args = [
    'log',
    `-L${range}:${file}`,
    format,
    '-M',
    '--encoding=UTF-8',
    '--no-color',
    '--no-notes',
    '--no-decorate',
    '--no-ext-diff',
    '--no-textconv',
  ];
  const prefixes = ['--src-prefix=a/', '--dst-prefix=b/'];
  const page = new Page(request, emit);
  const parser = new LineHistoryParser(mark, Buffer.from(file, 'utf8').toString('latin1'));
  const stream = repository.stream([...args, ...prefixes, '--end-of-options', request.revision ?? 'HEAD', '--'], {
    signal,
    silence: historySilence,
  });
  for await (const chunk of stream) {
    if (page.take(parser.push(chunk))) return { more: true };
    await page.taken;
  }
  if (page.take(parser.end())) return { more: true };
  page.end();
  return { more: false };
}

/** The first part of `-L`: `3,7` or `:name`. Undefined when the lines are not in the revision at all (they are all new). */
async function rangeOf(repository: Repository, request: HistoryRequest, file: string, signal: AbortSignal): Promise<string | undefined> {
  if (request.function !== undefined) {
    if (request.lines !== undefined) throw new Failure('invalid', 'Ask for lines or for a function, not for both.');
    // A bare colon would end the name.
    return `:${request.function.replace(/\\.|:/gs, (each) => (each === ':' ? '\\:' : each))}`;
  }
  const lines = request.lines as { start: number; end: number };
  const start = Math.min(lines.start, lines.end);
  const end = Math.max(lines.start, lines.end);
  if (request.contents === undefined) return `${start},${end}`;
  const { commit } = await resolveCommit(repository, request.revision ?? 'HEAD', signal);
  const object = await repository.objects.read(Buffer.from(`${commit}:${file}`, 'utf8'), signal);
  if (object?.type !== 'blob') return undefined;
  const mapped = mapLines(request.contents, decodeText(object.data), { start, end });
  return mapped === undefined ? undefined : `${mapped.start},${mapped.end}`;
}

const fieldCount = 7;

/** Reads `git log -L` with a marked format. Of each patch only the header is looked at, for the path on both sides. */
export class LineHistoryParser {
  readonly #mark: string;
  #path: string;
  #rest = '';
  #fields: string[] | undefined;
  #oldPath: string | undefined;
  #newPath: string | undefined;
  #inHunk = false;

  /** `path` (a latin1 string) is where the newest revision has the file. */
  constructor(mark: string, path: string) {
    this.#mark = `\0${mark}\0`;
    this.#path = path;
  }

  push(chunk: Buffer): HistoryRow[] {
    const rows: HistoryRow[] = [];
    this.#rest += chunk.toString('latin1');
    for (;;) {
      if (this.#rest.startsWith(this.#mark)) {
        const parts = this.#rest.slice(this.#mark.length).split('\0', fieldCount + 1);
        if (parts.length <= fieldCount) return rows;
        rows.push(...this.end());
        this.#fields = parts.slice(0, fieldCount);
        this.#rest = this.#rest.slice(this.#mark.length + parts.slice(0, fieldCount).reduce((sum, part) => sum + part.length + 1, 0));
        continue;
      }
      const mark = this.#rest.indexOf(this.#mark);
      // What follows the last newline may be half a line, or half a mark.
      const patch = mark < 0 ? this.#rest.lastIndexOf('\n') + 1 : mark;
      for (const line of this.#rest.slice(0, patch).split('\n')) this.#takeLine(line);
      this.#rest = this.#rest.slice(patch);
      if (mark < 0) return rows;
    }
  }

  /** The commit that was being read. */
  end(): HistoryRow[] {
    const fields = this.#fields;
    if (fields === undefined) return [];
    const [oldPath, newPath] = [this.#oldPath, this.#newPath ?? this.#path];
    const status = this.#newPath === undefined ? '' : oldPath === undefined ? 'A' : oldPath === newPath ? 'M' : 'R';
    this.#fields = undefined;
    this.#newPath = undefined;
    this.#oldPath = undefined;
    this.#inHunk = false;
    this.#path = oldPath ?? newPath;
    return [historyRow(fields, { status, path: newPath, ...(status === 'R' && oldPath !== undefined ? { oldPath } : {}) })];
  }

  #takeLine(line: string): void {
    if (line.startsWith('diff --git ')) this.#inHunk = false;
    else if (line.startsWith('@@')) this.#inHunk = true;
    else if (this.#inHunk) return;
    else if (line.startsWith('--- ')) this.#oldPath = pathIn(line.slice(4), 'a/');
    else if (line.startsWith('+++ ')) this.#newPath = pathIn(line.slice(4), 'b/');
  }
}

/** A path of a patch header; undefined for `/dev/null`. Git puts a tab after names with spaces. */
function pathIn(text: string, prefix: string): string | undefined {
  const name = unquote(text.replace(/\t$/, ''));
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}
