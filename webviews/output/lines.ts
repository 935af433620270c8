import type { OutputLine } from './messages.ts';
import { withoutEscapes } from './outputText.ts';

/** A line with a number of its own, for as long as it is held. */
export interface HeldLine extends OutputLine {
  readonly n: number;
}

/**
 * The lines of a window of output: the last ones only, however fast they come. When they are asked for again from a moment on, those of that
 * moment that are held already are not taken twice.
 */
export class Lines {
  readonly #most: number;
  #held: HeldLine[] = [];
  #last = 0;
  /** Those of the newest moment, as the answer to the question before had them. */
  #seen = new Map<string, number>();
  /** How many were let go because there are too many. */
  forgotten = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get all(): readonly HeldLine[] {
    return this.#held;
  }

  /** When the newest one was said. */
  get newest(): number | undefined {
    return this.#held.reduce<number | undefined>((most, { time }) => (most === undefined || time > most ? time : most), undefined);
  }

  clear(): void {
    this.#held = [];
    this.#seen.clear();
    this.forgotten = 0;
  }

  /** What comes next was asked for from `newest` on. */
  goOn(): void {
    const { newest } = this;
    this.#seen.clear();
    for (const line of this.#held) if (line.time === newest) this.#seen.set(keyOf(line), (this.#seen.get(keyOf(line)) ?? 0) + 1);
  }

  add(lines: readonly OutputLine[]): void {
    const fresh = lines.filter((line) => !this.#isKnown(line));
    const room = Math.max(0, this.#most - fresh.length);
    const kept = this.#held.length > room ? this.#held.slice(this.#held.length - room) : this.#held;
    const taken = fresh.length > this.#most ? fresh.slice(-this.#most) : fresh;
    this.forgotten += this.#held.length - kept.length + (fresh.length - taken.length);
    this.#held = [...kept, ...taken.map((line) => ({ ...line, text: withoutEscapes(line.text), n: ++this.#last }))];
  }

  #isKnown(line: OutputLine): boolean {
    if (this.#seen.size === 0) return false;
    const key = keyOf({ ...line, text: withoutEscapes(line.text) });
    const left = this.#seen.get(key) ?? 0;
    if (left > 0) this.#seen.set(key, left - 1);
    return left > 0;
  }
}

function keyOf({ time, container, stream, text }: OutputLine): string {
  return `${time}\n${container}\n${stream}\n${text}`;
}
