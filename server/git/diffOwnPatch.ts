import { structuredPatch } from 'diff';
import type { DiffOptions } from '../protocol/gitTypes.ts';
import { quote } from './diffPath.ts';

/** Patches that git does not make for us: of untracked files, and of text that git takes for binary. */

/** Lines beyond this many edits are not compared: the answer would come too late to be of use. */
const maxEditLength = 20_000;

export interface OwnSide {
  /** Undefined where this side has no file. */
  text: string | undefined;
  mode: string;
}

/** A patch in git's form between two texts; undefined when they differ too much to say how in time. Paths are latin1 strings. */
export function textPatch(path: string, oldPath: string, older: OwnSide, newer: OwnSide, options: DiffOptions): string | undefined {
  const header = patchHeader(
    path,
    oldPath,
    older.text === undefined ? undefined : older.mode,
    newer.text === undefined ? undefined : newer.mode,
  );
  const a = older.text ?? '';
  const b = newer.text ?? '';
  const patch = structuredPatch('a', 'b', a, b, '', '', {
    context: options.context,
    ignoreWhitespace: options.whitespace === 'ignore-all',
    maxEditLength,
    timeout: 2000,
  });
  if (patch === undefined) return undefined;
  if (patch.hunks.length === 0) return shownText(header);
  const names = patchNames(path, oldPath, older.text !== undefined, newer.text !== undefined);
  const hunks = patch.hunks.map((hunk) => {
    const range = (start: number, count: number) => (count === 1 ? `${start}` : `${count === 0 ? start - 1 : start},${count}`);
    return `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@\n${hunk.lines.map((line) => `${line}\n`).join('')}`;
  });
  return shownText([...header, ...names]) + hunks.join('');
}

/** The lines of a patch before its names, as latin1 strings: what happened to the file as a whole. A mode is undefined where that side has no file. */
export function patchHeader(path: string, oldPath: string, oldMode: string | undefined, newMode: string | undefined): string[] {
  const lines = [`diff --git ${shown(`a/${oldPath}`)} ${shown(`b/${path}`)}\n`];
  if (oldMode === undefined) lines.push(`new file mode ${newMode}\n`);
  else if (newMode === undefined) lines.push(`deleted file mode ${oldMode}\n`);
  else if (oldMode !== newMode) lines.push(`old mode ${oldMode}\n`, `new mode ${newMode}\n`);
  if (path !== oldPath) lines.push(`rename from ${shown(oldPath)}\n`, `rename to ${shown(path)}\n`);
  return lines;
}

export function patchNames(path: string, oldPath: string, hasOld: boolean, hasNew: boolean): string[] {
  return [`--- ${hasOld ? shown(`a/${oldPath}`, '\t') : '/dev/null'}\n`, `+++ ${hasNew ? shown(`b/${path}`, '\t') : '/dev/null'}\n`];
}

/** A name in a patch; git ends one that has a blank with a tab, for `patch`. */
function shown(latin1: string, end = ''): string {
  const text = quote(latin1);
  return end !== '' && text.includes(' ') && !text.startsWith('"') ? text + end : text;
}

/** Header lines (latin1 strings of their bytes) as text. */
function shownText(lines: readonly string[]): string {
  return Buffer.from(lines.join(''), 'latin1').toString('utf8');
}
