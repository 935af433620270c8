import { Demultiplexer, LineSplitter } from './lines.ts';
import type { OutputPage, OutputPosition, OutputStream } from './types.ts';

/** `2026-01-31T12:00:00.123456789Z ` before the payload of each frame. */
const stamp = 31;
const newline = 10;

/** Frames with a time before each → pages of lines with their time. What was read before is left out. */
export class StampedOutput {
  readonly #full: () => boolean;
  readonly #streams: readonly Frames[];
  #lines: OutputPage['lines'][number][] = [];
  #dropped = 0;
  #position: OutputPosition | undefined;
  /** How many pieces of the position's time come once more. */
  #again = 0;
  /** As text, and what it comes to. */
  #stamp = { text: '', time: 0 };

  constructor(after: OutputPosition | undefined, full: () => boolean) {
    this.#position = after;
    this.#full = full;
    this.#streams = (['stdout', 'stderr'] as const).map((stream) => new Frames(stream, this));
  }

  get position(): OutputPosition | undefined {
    return this.#position;
  }

  get hasNews(): boolean {
    return this.#lines.length > 0 || this.#dropped > 0;
  }

  /** A stream that begins, from the position on: pieces of that very time are told apart by their number. */
  begin(): Demultiplexer {
    this.#again = this.#position?.pieces ?? 0;
    const [stdout, stderr] = this.#streams;
    return new Demultiplexer(
      (chunk, first) => stdout?.push(chunk, first),
      (chunk, first) => stderr?.push(chunk, first),
    );
  }

  /** What has no line end is a line, too. */
  end(): void {
    for (const each of this.#streams) each.end();
  }

  /** What has come since the last page. */
  page(): OutputPage {
    const page = { lines: this.#lines, dropped: this.#dropped, position: this.#position };
    this.#lines = [];
    this.#dropped = 0;
    return page;
  }

  /** A piece begins. */
  wants(text: string): 'nothing' | 'text' | 'count' {
    if (text === this.#position?.time && this.#again > 0) {
      this.#again--;
      return 'nothing';
    }
    const pieces = text === this.#position?.time ? this.#position.pieces + 1 : 1;
    this.#position = { time: text, pieces };
    return this.#full() ? 'count' : 'text';
  }

  add(stream: OutputStream, text: string, cut: boolean): void {
    const said = this.#position?.time ?? '';
    if (this.#stamp.text !== said) this.#stamp = { text: said, time: Math.floor(Date.parse(said)) || 0 };
    this.#lines.push({ time: this.#stamp.time, stream, text, cut });
  }

  drop(lines: number): void {
    this.#dropped += lines;
  }
}

/** The frames of one of the two streams. */
class Frames {
  readonly #output: StampedOutput;
  readonly #lines: LineSplitter;
  #head: Buffer = Buffer.alloc(0);
  #what: 'nothing' | 'text' | 'count' | 'head' = 'head';
  /** The line that was left out has not ended yet: half a line is none, and may be half a secret. */
  #within = false;

  constructor(stream: OutputStream, output: StampedOutput) {
    this.#output = output;
    this.#lines = new LineSplitter((text, cut) => output.add(stream, text, cut));
  }

  push(chunk: Buffer, first: boolean): void {
    if (first) {
      this.#head = chunk.subarray(0, 0);
      this.#what = 'head';
    }
    if (this.#what !== 'head') {
      this.#take(chunk);
      return;
    }
    const whole = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    if (whole.length < stamp) {
      this.#head = whole;
      return;
    }
    this.#what = this.#output.wants(whole.toString('latin1', 0, stamp - 1));
    if (this.#what === 'text' && this.#within) this.#what = 'count';
    if (this.#what === 'count' && this.#lines.drop()) this.#within = true;
    this.#take(whole.subarray(stamp));
  }

  end(): void {
    this.#lines.end();
  }

  #take(chunk: Buffer): void {
    if (this.#what === 'text') this.#lines.push(chunk);
    if (this.#what !== 'count' || chunk.length === 0) return;
    let ends = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) ends++;
    this.#output.drop(ends);
    this.#within = chunk[chunk.length - 1] !== newline;
  }
}
