/** Tar archives of what is in memory: secrets as files, the empty image, contexts of tests. */

export interface TarEntry {
  /** Relative, with slashes; a folder ends with one. */
  readonly path: string;
  readonly mode: number;
  readonly data?: Uint8Array;
}

const block = 512;

/** The archive with its end. Owner root, no times: equal entries make equal bytes. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([tarEntries(entries), Buffer.alloc(2 * block)]);
}

/** The same without the end: more may follow. */
export function tarEntries(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat(entries.flatMap(entryBlocks));
}

function entryBlocks({ path, mode, data = new Uint8Array() }: TarEntry): Buffer[] {
  const name = Buffer.from(path);
  const folder = path.endsWith('/');
  // A path that the header cannot hold goes before it in a record of its own (pax).
  const long = name.length > 100 ? extended('path', path) : [];
  return [...long, header(name.subarray(0, 100), mode, data.length, folder ? '5' : '0'), ...padded(data)];
}

function extended(key: string, value: string): Buffer[] {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  const record = Buffer.from(`${length} ${key}=${value}\n`);
  return [header(Buffer.from('pax'), 0o644, record.length, 'x'), ...padded(record)];
}

function header(name: Uint8Array, mode: number, size: number, kind: string): Buffer {
  const bytes = Buffer.alloc(block);
  bytes.set(name, 0);
  const octal = (value: number, at: number, width: number) => bytes.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  bytes.write('        ', 148, 'latin1');
  bytes.write(kind, 156, 'latin1');
  bytes.write('ustar\u000000', 257, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

function padded(data: Uint8Array): Buffer[] {
  return [Buffer.from(data), Buffer.alloc((block - (data.length % block)) % block)];
}
