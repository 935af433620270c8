import { wordDiff } from '../git/diffWords.ts';

type Colour = 'bold' | 'cyan' | 'red' | 'green';

/** Colours a patch as git does, line by line; with `words` the differing words of a pair of changed lines are turned around. */
export class PatchPrinter {
  readonly #style: (style: Colour | 'inverse', text: string) => string;
  readonly #words: boolean;
  #rest = '';
  #left = { old: 0, new: 0 };
  #removed: string[] = [];
  #added: string[] = [];

  constructor(style: (style: Colour | 'inverse', text: string) => string, words: boolean) {
    this.#style = style;
    this.#words = words;
  }

  /** Takes bytes as they come and gives what can be printed of them. */
  take(chunk: Buffer): Buffer {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    return Buffer.from(lines.map((line) => this.#line(line)).join(''), 'latin1');
  }

  finish(): Buffer {
    const rest = this.#rest === '' ? '' : this.#line(this.#rest);
    return Buffer.from(this.#run() + rest, 'latin1');
  }

  #line(line: string): string {
    const inHunk = this.#left.old > 0 || this.#left.new > 0;
    if (inHunk && line.startsWith('-')) {
      this.#left.old--;
      // A removal after an addition starts the next run.
      const before = this.#added.length > 0 ? this.#run() : '';
      this.#removed.push(line.slice(1));
      return before;
    }
    if (inHunk && line.startsWith('+')) {
      this.#left.new--;
      this.#added.push(line.slice(1));
      return '';
    }
    if (line.startsWith('\\')) return `${this.#run()}${line}\n`;
    const before = this.#run();
    if (inHunk) {
      this.#left.old--;
      this.#left.new--;
      return `${before}${line}\n`;
    }
    const hunk = line.match(/^(@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@)(.*)$/s);
    if (hunk === null) return `${before}${this.#style('bold', line)}\n`;
    this.#left = { old: Number(hunk[2] ?? 1), new: Number(hunk[3] ?? 1) };
    return `${before}${this.#style('cyan', hunk[1] as string)}${hunk[4]}\n`;
  }

  #run(): string {
    const removed = this.#removed;
    const added = this.#added;
    this.#removed = [];
    this.#added = [];
    const pairs = this.#words ? Math.min(removed.length, added.length) : 0;
    const words = Array.from({ length: pairs }, (_, index) => wordDiff(removed[index] as string, added[index] as string));
    const old = removed.map((text, index) => `${this.#changed('red', '-', text, words[index]?.old)}\n`);
    const now = added.map((text, index) => `${this.#changed('green', '+', text, words[index]?.new)}\n`);
    return old.join('') + now.join('');
  }

  #changed(colour: Colour, sign: string, text: string, ranges: readonly (readonly [number, number])[] | undefined): string {
    if (ranges === undefined) return this.#style(colour, sign + text);
    let shown = this.#style(colour, sign);
    let at = 0;
    for (const [start, end] of ranges) {
      if (start > at) shown += this.#style(colour, text.slice(at, start));
      shown += this.#style('inverse', this.#style(colour, text.slice(start, end)));
      at = end;
    }
    return at < text.length ? shown + this.#style(colour, text.slice(at)) : shown;
  }
}
