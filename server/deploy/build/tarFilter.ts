import { Failure } from '../../rpc/failure.ts';

const block = 512;

export interface TarFilter {
  /** Entries that stay, by their path in what comes out. */
  keep(path: string): boolean;
  /** Blocks of entries that come last. */
  readonly added?: Buffer | undefined;
  /** Only what lies in this folder of the archive, which becomes the root of what comes out; empty: everything. */
  readonly folder?: string | undefined;
}

/**
 * A tar archive without the entries that are not kept, and with others at its end. Understands what `git archive` writes: ustar headers, and pax
 * records for long paths. Holds one chunk at a time. Throws `io` when the archive is torn.
 */
export async function* filterTar(archive: AsyncIterable<Buffer>, { keep, added, folder = '' }: TarFilter): AsyncGenerator<Buffer, void> {
  const reader = new Blocks(archive);
  const outside = folder === '' ? '' : Buffer.from(`${folder}/`).toString('latin1');
  let before: Buffer[] = [];
  let longPath: string | undefined;
  try {
    for (let header = await reader.read(block); header !== undefined; header = await reader.read(block)) {
      if (header.every((byte) => byte === 0)) {
        if (added !== undefined) yield added;
        yield Buffer.alloc(2 * block);
        await reader.drain();
        return;
      }
      const size = Number.parseInt(field(header, 124, 12), 8) || 0;
      const kind = String.fromCharCode(header[156] ?? 0);
      const padded = Math.ceil(size / block) * block;
      if (kind === 'g') await reader.skip(padded);
      else if (kind === 'x') {
        const records = await reader.whole(padded);
        longPath = pathIn(records.subarray(0, size)) ?? longPath;
        before.push(header, records);
      } else {
        // A character for each byte: names are not always UTF-8.
        const found = longPath ?? [field(header, 345, 155), field(header, 0, 100)].filter(Boolean).join('/');
        const path = found.startsWith(outside) ? found.slice(outside.length) : '';
        // Of a record with the size (8 GB and more) nothing is known here.
        if (path !== '' && keep(Buffer.from(path, 'latin1').toString().replace(/\/$/, ''))) {
          if (outside === '') yield* [...before, header];
          else yield* longPath === undefined ? [...before, renamed(header, path)] : [...withLongPath(before, path), header];
          yield* reader.pass(padded);
        } else await reader.skip(padded);
        before = [];
        longPath = undefined;
      }
    }
  } finally {
    // Who reads no further wants no more of it.
    await reader.close();
  }
  throw new Failure('io', 'The archive of the commit is torn.', { hint: 'Check the repository with git fsck.' });
}

function field(header: Buffer, at: number, length: number): string {
  const bytes = header.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? length : end).toString('latin1');
}

/** A header with another path, which is a part of the one that it had and so fits. */
function renamed(header: Buffer, path: string): Buffer {
  const bytes = Buffer.from(path, 'latin1');
  const slash = bytes.length <= 100 ? -1 : bytes.subarray(0, bytes.length - 1).lastIndexOf(47, 155);
  const copy = Buffer.from(header);
  copy.fill(0, 0, 100).fill(0, 345, 500);
  bytes.copy(copy, 0, slash + 1);
  if (slash > 0) bytes.copy(copy, 345, 0, slash);
  return summed(copy);
}

/** A pax header and its records with another path. */
function withLongPath([header, records]: readonly Buffer[], path: string): Buffer[] {
  if (header === undefined || records === undefined) return [];
  const size = Number.parseInt(field(header, 124, 12), 8);
  const lines = recordsIn(records.subarray(0, size)).map((record) => recordOf(record.startsWith('path=') ? `path=${path}` : record));
  const text = Buffer.from(lines.join(''), 'latin1');
  const copy = Buffer.from(header);
  copy.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  return [summed(copy), Buffer.concat([text, Buffer.alloc(-text.length & (block - 1))])];
}

/** With its checksum: the sum of its bytes, the checksum's own as blanks. */
function summed(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

const pathIn = (records: Buffer): string | undefined =>
  recordsIn(records)
    .find((record) => record.startsWith('path='))
    ?.slice(5);

/** `27 path=a/long/path\n`, one after the other, without their lengths. */
function recordsIn(records: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < records.length; ) {
    const space = records.indexOf(32, at);
    const length = Number(records.subarray(at, space).toString('latin1'));
    if (space < 0 || !(length > 0)) break;
    found.push(records.subarray(space + 1, at + length - 1).toString('latin1'));
    at += length;
  }
  return found;
}

/** The length counts itself. */
function recordOf(text: string): string {
  const rest = text.length + 2;
  let length = rest + 1;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${text}\n`;
}

/** Exact pieces of a stream. */
class Blocks {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Undefined at the end. */
  async read(length: number): Promise<Buffer | undefined> {
    while (this.#rest.length < length) {
      const next = await this.#source.next();
      if (next.done) return undefined;
      this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    }
    const piece = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return piece;
  }

  async whole(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pass(length)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async *pass(length: number): AsyncGenerator<Buffer, void> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#source.next();
        if (next.done) throw new Failure('io', 'The archive of the commit is torn.');
        this.#rest = next.value;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async skip(length: number): Promise<void> {
    for await (const _ of this.pass(length));
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async drain(): Promise<void> {
    while (!(await this.#source.next()).done);
  }
}
