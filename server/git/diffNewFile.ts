import type { PatchLimit } from './diffFileReader.ts';
import { patchHeader, patchNames } from './diffOwnPatch.ts';

/** Git looks for a NUL in so many bytes to tell binary from text. */
const sniffed = 8000;

export function looksBinary(bytes: Buffer): boolean {
  return bytes.subarray(0, sniffed).includes(0);
}

export interface OwnPatch {
  patch: Buffer;
  lines: number;
  truncated: boolean;
}

/**
 * The patch that adds a whole text file (removes it, with `removed`), as git writes it. The path is a latin1 string.
 * Beyond the limit lines are counted and left out.
 */
export function wholeFilePatch(path: string, mode: string, bytes: Buffer, removed: boolean, limit: PatchLimit): OwnPatch {
  const header = removed ? patchHeader(path, path, mode, undefined) : patchHeader(path, path, undefined, mode);
  if (bytes.length === 0) return { patch: Buffer.from(header.join(''), 'latin1'), lines: header.length, truncated: false };
  const endsOpen = bytes.at(-1) !== 10;
  const count = countNewlines(bytes) + (endsOpen ? 1 : 0);
  const range = count === 1 ? '1' : `1,${count}`;
  header.push(...patchNames(path, path, removed, !removed), removed ? `@@ -${range} +0,0 @@\n` : `@@ -0,0 +${range} @@\n`);
  const lines = header.length + count + (endsOpen ? 1 : 0);
  const head = Buffer.from(header.join(''), 'latin1');
  const { body, complete } = prefixed(bytes, removed ? '-' : '+', {
    lines: limit.lines === 0 ? 0 : limit.lines - header.length,
    bytes: limit.bytes,
  });
  const tail = complete && endsOpen ? Buffer.from('\n\\ No newline at end of file\n') : Buffer.alloc(0);
  return { patch: Buffer.concat([head, body, tail]), lines, truncated: !complete };
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

function prefixed(bytes: Buffer, sign: string, limit: PatchLimit): { body: Buffer; complete: boolean } {
  const mark = Buffer.from(sign);
  const parts: Buffer[] = [];
  let size = 0;
  let start = 0;
  for (let lines = 0; start < bytes.length; lines++) {
    const at = bytes.indexOf(10, start);
    const end = at < 0 ? bytes.length : at + 1;
    if ((limit.lines !== 0 && lines >= limit.lines) || (limit.bytes > 0 && size + end - start > limit.bytes))
      return { body: Buffer.concat(parts), complete: false };
    parts.push(mark, bytes.subarray(start, end));
    size += end - start;
    start = end;
  }
  return { body: Buffer.concat(parts), complete: true };
}
