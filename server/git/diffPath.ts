import type { FileRef } from '../protocol/gitTypes.ts';

/** A path as results carry it. */
export interface ShownPath {
  path: string;
  pathBytes?: string;
}

/** Bytes of a path, held as a latin1 string (one character a byte), to what travels: UTF-8 text, and the bytes where it is not UTF-8. */
export function shownPath(latin1: string): ShownPath {
  if (isAscii(latin1)) return { path: latin1 };
  const bytes = Buffer.from(latin1, 'latin1');
  const path = bytes.toString('utf8');
  if (!path.includes('\ufffd') || Buffer.from(path, 'utf8').equals(bytes)) return { path };
  return { path, pathBytes: bytes.toString('base64') };
}

/** The bytes of a path that came with a request, as a latin1 string. */
export function latin1Path(file: FileRef): string {
  return 'path' in file ? Buffer.from(file.path, 'utf8').toString('latin1') : Buffer.from(file.pathBytes, 'base64').toString('latin1');
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) >= 0x80) return false;
  return true;
}

/** Undoes git's quoting of a name with special characters (`"a\tb"`); other names come as they are. In and out: latin1 strings. */
export function unquote(name: string): string {
  if (!name.startsWith('"')) return name;
  const simple: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
  return name
    .slice(1, -1)
    .replace(/\\(?:([0-7]{3})|(.))/gs, (_, octal: string | undefined, letter: string) =>
      octal === undefined ? (simple[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8)),
    );
}

/** Quotes a name (a latin1 string of its bytes) as git does in patch headers, with `core.quotePath` off. */
export function quote(latin1: string): string {
  const letters: Readonly<Record<string, string>> = {
    '\x07': 'a',
    '\b': 'b',
    '\f': 'f',
    '\n': 'n',
    '\r': 'r',
    '\t': 't',
    '\v': 'v',
    '"': '"',
    '\\': '\\',
  };
  const special = /[\0-\x1f"\\\x7f]/g;
  if (!special.test(latin1)) return latin1;
  return `"${latin1.replace(special, (each) => `\\${letters[each] ?? each.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;
}
