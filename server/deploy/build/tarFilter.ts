import { Failure } from '../../rpc/failure.ts';

const block = 512;

/**
 * A tar archive without the entries that are not kept, and with others (blocks of entries) at its end. Understands what `git archive` writes: ustar headers, and pax records for long paths. Holds
 * one chunk at a time. Throws `io` when the archive is torn.
 */
export async function* filterTar(
  archive: AsyncIterable<Buffer>,
  keep: (path: string) => boolean,
  added?: Buffer,
): AsyncGenerator<Buffer, void> {
  const reader = new Blocks(archive);
  let before: Buffer[] = [];
  let longPath: string | undefined;
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
      const path = (longPath ?? [field(header, 345, 155), field(header, 0, 100)].filter(Boolean).join('/')).replace(/\/$/, '');
      // Of a record with the size (8 GB and more) nothing is known here.
      if (keep(path)) {
        yield* before;
        yield header;
        yield* reader.pass(padded);
      } else await reader.skip(padded);
      before = [];
      longPath = undefined;
    }
  }
  throw new Failure('io', 'The archive of the commit is torn.', { hint: 'Check the repository with git fsck.' });
}

function field(header: Buffer, at: number, length: number): string {
  const bytes = header.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return bytes.subarray(0, end < 0 ? length : end).toString('utf8');
}

/** `27 path=a/long/path\n` among the records. */
function pathIn(records: Buffer): string | undefined {
  for (let at = 0; at < records.length; ) {
    const space = records.indexOf(32, at);
    const length = Number(records.subarray(at, space).toString('latin1'));
    if (space < 0 || !(length > 0)) return undefined;
    const record = records.subarray(space + 1, at + length - 1).toString('utf8');
    if (record.startsWith('path=')) return record.slice(5);
    at += length;
  }
  return undefined;
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

  async drain(): Promise<void> {
    while (!(await this.#source.next()).done);
  }
}
