/** What travels at once: so many lines, or so many characters. */
const page = { lines: 500, characters: 256 * 1024 };
/** What may wait for a slow reader. */
const most = { lines: 20_000, characters: 4 * 1024 * 1024 };
/** Lines that come one by one are gathered so long, in milliseconds. */
const gather = 30;

/**
 * Between what containers say and somebody who reads it: hands lines on in pages, one at a time, as fast as they are taken. What waits is bounded;
 * whoever adds asks `full` first, and counts what it leaves out.
 */
export class OutputPump<T extends { readonly text: string }> {
  readonly #emit: (news: { lines: T[]; dropped: number }) => unknown;
  #waiting: T[] = [];
  #characters = 0;
  #dropped = 0;
  #told = 0;
  #lines = 0;
  #running: Promise<void> | undefined;
  #room: (() => void)[] = [];
  #failed: { readonly error: unknown } | undefined;

  constructor(emit: (news: { lines: T[]; dropped: number }) => unknown) {
    this.#emit = emit;
  }

  get full(): boolean {
    return this.#waiting.length >= most.lines || this.#characters >= most.characters;
  }

  /** Lines handed on, and lines left out, so far. */
  get counts(): { lines: number; dropped: number } {
    return { lines: this.#lines, dropped: this.#dropped };
  }

  add(lines: readonly T[]): void {
    for (const line of lines) {
      this.#waiting.push(line);
      this.#characters += line.text.length;
    }
    if (this.#waiting.length > 0) this.#run();
  }

  drop(lines: number): void {
    if (lines === 0) return;
    this.#dropped += lines;
    this.#run();
  }

  /** Resolves when there is room again. Rejects with what the reader has failed with. */
  async room(): Promise<void> {
    if (this.full && this.#failed === undefined) await new Promise<void>((resolve) => this.#room.push(resolve));
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  /** Resolves when everything was handed on. */
  async end(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  #run(): void {
    this.#running ??= this.#work()
      .catch((error: unknown) => {
        this.#failed = { error };
      })
      .finally(() => {
        this.#running = undefined;
        this.#wake();
        if (this.#failed === undefined && this.#hasNews) this.#run();
      });
  }

  get #hasNews(): boolean {
    return this.#waiting.length > 0 || this.#told < this.#dropped;
  }

  async #work(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, gather));
    while (this.#hasNews) {
      const lines = this.#next();
      this.#told = this.#dropped;
      await this.#emit({ lines, dropped: this.#dropped });
      this.#lines += lines.length;
      if (!this.full) this.#wake();
    }
  }

  #next(): T[] {
    let [count, characters] = [0, 0];
    for (const { text } of this.#waiting) {
      if (count > 0 && (count >= page.lines || characters + text.length > page.characters)) break;
      count++;
      characters += text.length;
    }
    this.#characters -= characters;
    return this.#waiting.splice(0, count);
  }

  #wake(): void {
    for (const resolve of this.#room.splice(0)) resolve();
  }
}
