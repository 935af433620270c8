import { StringDecoder } from 'node:string_decoder';
import { Failure } from '../../rpc/failure.ts';

/** Characters of a line that are held; of a longer one the first `shown` are passed on. In between nobody sees half a secret that is masked later. */
const longest = 16_384;
const shown = 12_288;

/** Chunks → lines, in bounded memory. A carriage return starts the line anew, as in a terminal. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #line: (text: string, cut: boolean) => void;
  #text = '';
  #dropped = 0;

  constructor(line: (text: string, cut: boolean) => void) {
    this.#line = line;
  }

  push(chunk: Buffer): void {
    const text = this.#decoder.write(chunk);
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      this.#add(text.slice(from, at));
      this.#flush();
      from = at + 1;
    }
    this.#add(text.slice(from));
  }

  /** Passes on what has no line end. */
  end(): void {
    this.#add(this.#decoder.end());
    if (this.#text !== '' || this.#dropped > 0) this.#flush();
  }

  /** Forgets the line that has begun: the rest of it does not come. Answers whether there was one. */
  drop(): boolean {
    const begun = this.#text !== '' || this.#dropped > 0;
    this.#decoder.end();
    this.#text = '';
    this.#dropped = 0;
    return begun;
  }

  #add(text: string): void {
    const room = longest - this.#text.length;
    if (text.length <= room) this.#text += text;
    else {
      this.#text += text.slice(0, room);
      this.#dropped += text.length - room;
    }
  }

  #flush(): void {
    const whole = this.#text.replace(/\r$/, '');
    const text = whole.slice(whole.lastIndexOf('\r') + 1);
    const dropped = this.#dropped;
    this.#text = '';
    this.#dropped = 0;
    if (dropped === 0) this.#line(text, false);
    else this.#line(`${text.slice(0, shown)} … (${text.length - shown + dropped} more characters)`, true);
  }
}

/**
 * Docker's framing of standard output and error without a terminal: 8 bytes of header (kind, 0, 0, 0, length), then the payload. Frames are
 * split anywhere; no frame is ever held as a whole.
 */
export class Demultiplexer {
  readonly #stdout: (chunk: Buffer, first: boolean) => void;
  readonly #stderr: (chunk: Buffer, first: boolean) => void;
  readonly #header = Buffer.alloc(8);
  #have = 0;
  #left = 0;
  #first = true;

  /** `first`: the chunk begins a frame. */
  constructor(stdout: (chunk: Buffer, first: boolean) => void, stderr: (chunk: Buffer, first: boolean) => void) {
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** Throws `io` when it is no such stream. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        (this.#header[0] === 2 ? this.#stderr : this.#stdout)(chunk.subarray(at, end), this.#first);
        this.#first = false;
        this.#left -= end - at;
        at = end;
        continue;
      }
      const end = Math.min(chunk.length, at + 8 - this.#have);
      chunk.copy(this.#header, this.#have, at, end);
      this.#have += end - at;
      at = end;
      if (this.#have < 8) return;
      if ((this.#header[0] ?? 9) > 2 || this.#header[1] !== 0 || this.#header[2] !== 0 || this.#header[3] !== 0)
        throw new Failure('io', 'Docker sent output that is not framed.');
      this.#left = this.#header.readUInt32BE(4);
      this.#have = 0;
      this.#first = true;
    }
  }

  /** Nothing is missing. */
  get complete(): boolean {
    return this.#left === 0 && this.#have === 0;
  }
}

/** A stream of JSON documents, one a line; a line that is none is skipped, one over 4 MB ends it with `io`. */
export async function* jsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Record<string, unknown>, void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > 4 << 20) throw new Failure('io', 'A line that Docker sent is too long.');
    for (const line of lines) {
      const parsed = parse(line);
      if (parsed !== undefined) yield parsed;
    }
  }
  const last = parse(rest);
  if (last !== undefined) yield last;
}

function parse(line: string): Record<string, unknown> | undefined {
  if (line.trim() === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
