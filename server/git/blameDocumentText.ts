import { promises as fs } from 'node:fs';
import type * as z from 'zod/mini';
import type { noBlame } from '../protocol/git.ts';
import { asFailure } from '../rpc/failure.ts';
import { asciiOnly, type EditorText, editorTextOf } from './blameText.ts';
import type { WorktreeComparisons, WorktreeLines, WorktreeTarget } from './blameWorktree.ts';
import { allOfBase, isUnchanged } from './blameWorktree.ts';
import { latin1Path } from './diffPath.ts';
import { LineMap, uncommitted } from './lineMap.ts';
import type { Repository } from './repository.ts';
import { isBinary } from './textDecoding.ts';
import { readWorktreeFile } from './worktreeFile.ts';

export type NoBlame = z.output<typeof noBlame>;

/** Values of a line map below this name a line that a merge in progress brings: `firstOther − n` is line n of `others`, 0-based. */
export const firstOther = -3;

/** A text and how its lines stand to HEAD's file. */
export interface MappedText {
  /** HEAD's file as an editor would show it. */
  readonly base: EditorText;
  /** What it is called in HEAD; undefined when nothing of the text comes from there. */
  readonly basePath: string | undefined;
  readonly lines: WorktreeLines;
  readonly map: LineMap;
  /** The form in which the map compares a line: a file that is not UTF-8 may be decoded otherwise by the editor. */
  readonly key: (line: string) => string;
  /** Whether the text's own bytes can be made from what the editor sends: then unsaved text can be compared by git. */
  readonly encoding: { readonly mark: boolean } | undefined;
}

/** The file on disk against HEAD, and the editor's text against the file on disk. */
export async function mapDocument(
  repository: Repository,
  comparisons: WorktreeComparisons,
  target: WorktreeTarget & { readBase: boolean },
  textNow: () => EditorText | undefined,
  signal: AbortSignal,
): Promise<MappedText | NoBlame> {
  const head = target.history.head;
  if (head === undefined) return 'unborn';
  const latin1 = latin1Path({ path: target.path });
  const file = await readWorktreeFile(repository, latin1, undefined, signal).catch((error: unknown) => {
    if (asFailure(error).reason === 'too-large') return undefined;
    throw error;
  });
  if (file === undefined) return 'too-large';
  if (file.kind === 'submodule') return 'not-a-file';
  let data: Buffer;
  let lines: WorktreeLines;
  if (file.kind === 'absent') {
    // Deleted while it is open: what the editor still shows is compared with HEAD's file.
    const blob = await repository.objects.read(`${head}:${target.path}`, signal);
    if (blob?.type !== 'blob') return 'untracked';
    data = blob.data;
    lines = allOfBase(head, target.path, editorTextOf(data).text.gitLineCount);
  } else {
    data = file.data;
    try {
      lines = await comparisons.lines(repository, target, signal);
    } catch (error) {
      if (asFailure(error).reason !== 'not-found') throw error;
      return (await isIgnored(repository, target.path, signal)) ? 'ignored' : 'untracked';
    }
  }
  if (isBinary(data)) return 'binary';
  const disk = editorTextOf(data);
  const diskText = withGitLines(disk.text, data, lines.lineCount);
  // A filter (LFS, for one) gives git another text than the editor has: there is nothing to say line by line.
  if (diskText === undefined) return 'unavailable';
  const base = await baseTextOf(repository, target, lines, diskText, signal);
  if (base === undefined) return 'unavailable';
  const now = textNow();
  if (now === undefined) return 'unavailable';
  const map = new LineMap(disk.exact ? base.lines : asciiOnly(base.lines), mapLines(diskText, lines, base));
  const key = disk.exact ? (line: string) => line : (line: string) => asciiOnly([line])[0] as string;
  follow(map, diskText.lines.map(key), now.lines.map(key));
  return { base, basePath: lines.basePath, lines, map, key, encoding: encodingOf(data, disk.exact) };
}

/** Unsaved text against HEAD, as git itself compares it; undefined when that text's bytes are not known. */
export async function mapContents(
  repository: Repository,
  comparisons: WorktreeComparisons,
  target: WorktreeTarget,
  before: MappedText,
  text: string,
  editor: EditorText,
  signal: AbortSignal,
): Promise<LineMap | undefined> {
  if (before.encoding === undefined) return undefined;
  const contents = Buffer.from(`${before.encoding.mark ? '\ufeff' : ''}${text}`, 'utf8');
  const lines = await comparisons.lines(repository, { ...target, contents }, signal);
  if (
    lines.lineCount !== editor.gitLineCount ||
    (lines.basePath ?? before.basePath) !== before.basePath ||
    lines.others.known !== zeroLines(lines)
  )
    return undefined;
  return new LineMap(before.base.lines, mapLines(editor, lines, before.base));
}

/** Lines that are nobody's yet. */
function zeroLines({ others }: WorktreeLines): number {
  let count = 0;
  for (const run of others.ordered()) if (/^0+$/.test(others.ids[run.commit] as string)) count += run.count;
  return count;
}

/** Where each editor line of a text stands in the base, by git's own comparison of the two. */
function mapLines(text: EditorText, lines: WorktreeLines, base: EditorText): number[] {
  const firstOfBase = firstEditorLines(base);
  const firstOfText = firstEditorLines(text);
  return text.lines.map((_, index) => {
    const git = text.gitLine[index] as number;
    if (git < 0) return base.gitLine.at(-1) === -1 ? base.lines.length - 1 : uncommitted;
    const to = lines.toBase[git] ?? 0;
    if (to > 0) {
      const start = firstOfBase[to - 1] ?? 0;
      const part = start + index - (firstOfText[git] as number);
      return base.gitLine[part] === to - 1 ? part : start;
    }
    const run = lines.others.runAt(git + 1, 1);
    if (run === undefined || /^0+$/.test(lines.others.ids[run.commit] as string)) return uncommitted;
    return firstOther - git;
  });
}

function firstEditorLines({ gitLine }: EditorText): number[] {
  const first: number[] = [];
  gitLine.forEach((git, index) => {
    if (git >= 0 && first[git] === undefined) first[git] = index;
  });
  return first;
}

/** Carries a map from one text to another by what differs between them. */
function follow(map: LineMap, before: readonly string[], now: readonly string[]): void {
  let top = 0;
  while (top < before.length && top < now.length && before[top] === now[top]) top++;
  let bottom = 0;
  while (bottom < before.length - top && bottom < now.length - top && before[before.length - 1 - bottom] === now[now.length - 1 - bottom])
    bottom++;
  if (top === before.length && top === now.length) return;
  map.edit(top, before.length - bottom - 1, now.length - bottom - top);
  map.settle((line) => now[line] as string);
}

async function baseTextOf(
  repository: Repository,
  { path, history, readBase }: WorktreeTarget & { readBase: boolean },
  lines: WorktreeLines,
  disk: EditorText,
  signal: AbortSignal,
): Promise<EditorText | undefined> {
  if (lines.basePath === undefined) return { lines: [''], gitLine: [-1], gitLineCount: 0 };
  if (isUnchanged(lines, path) && !readBase) return disk;
  const blob = await repository.objects.read(`${history.head}:${lines.basePath}`, signal);
  if (blob?.type !== 'blob') return undefined;
  const { text } = editorTextOf(blob.data);
  return withGitLines(text, blob.data, Math.max(0, ...lines.toBase)) ?? text;
}

/** Checks that git counts the lines of a text as we do; UTF-16 has a byte LF inside of other characters too. */
function withGitLines(text: EditorText, data: Buffer, gitLineCount: number): EditorText | undefined {
  if (text.gitLineCount === gitLineCount || (data[0] !== 0xff && data[0] !== 0xfe))
    return text.gitLineCount < gitLineCount ? undefined : text.gitLineCount === gitLineCount ? text : undefined;
  const big = data[0] === 0xfe;
  let unit = 2;
  let feeds = 0;
  const gitLine = text.lines.map((line, index) => {
    const at = feeds;
    const last = index === text.lines.length - 1;
    let rest = last ? 0 : 1;
    let length = last ? line.replace(/\0$/, '').length : line.length;
    for (; unit < data.length && (length > 0 || rest > 0); unit += 2) {
      const code = big ? data.readUInt16BE(unit) : data.readUInt16LE(unit);
      if ((code & 0xff) === 10) feeds++;
      if (code >> 8 === 10) feeds++;
      if (length > 0) length--;
      else if (
        code !== 13 ||
        (big ? data.readUInt16BE(Math.min(unit + 2, data.length - 2)) : data.readUInt16LE(Math.min(unit + 2, data.length - 2))) !== 10
      )
        rest--;
    }
    return at;
  });
  const count = feeds + (data.at(-1) === 10 ? 0 : 1);
  if (text.lines.at(-1) === '') gitLine[gitLine.length - 1] = -1;
  return { lines: text.lines, gitLine, gitLineCount: count };
}

async function isIgnored(repository: Repository, path: string, signal: AbortSignal): Promise<boolean> {
  // `check-ignore` does not work with literal paths.
  const args = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--', path];
  const { stdout } = await repository.run(args, { signal });
  return stdout.length > 0;
}

/** Bytes can be made from the editor's text when the file is UTF-8 with one kind of line end. */
function encodingOf(data: Buffer, exact: boolean): { mark: boolean } | undefined {
  if (!exact || data[0] === 0xff || data[0] === 0xfe) return undefined;
  const text = data.toString('latin1');
  const crlf = text.split('\r\n').length - 1;
  const lf = text.split('\n').length - 1 - crlf;
  const cr = text.split('\r').length - 1 - crlf;
  if (cr > 0 || (crlf > 0 && lf > 0)) return undefined;
  return { mark: data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf };
}

/** The file that an editor shows: behind links, where its lines are. */
export async function realFile(file: string): Promise<string> {
  return fs.realpath(file).catch(() => file);
}
