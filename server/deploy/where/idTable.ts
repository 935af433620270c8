/** Object ids (hex) in the order in which they were first seen, found by their text. 28 bytes each instead of a string of 80. */
export class IdTable {
  readonly #width: number;
  #ids: Buffer;
  /** Row + 1 by the first bits of the id, which are as good as random; 0 is free. */
  #slots: Uint32Array;
  #count = 0;

  /** `digits`: 40 or 64, as the repository's ids have. */
  constructor(digits: number) {
    this.#width = digits / 2;
    this.#ids = Buffer.alloc(1024 * this.#width);
    this.#slots = new Uint32Array(4096);
  }

  get count(): number {
    return this.#count;
  }

  /** The row of an id, a new one when it was not known. `text` has its hex digits as ASCII from `offset` on. */
  add(text: Buffer, offset: number): number {
    const at = this.#count * this.#width;
    if (at === this.#ids.length) this.#ids = Buffer.concat([this.#ids], this.#ids.length * 2);
    for (let index = 0; index < this.#width; index++) {
      this.#ids[at + index] = (digit(text[offset + 2 * index]) << 4) | digit(text[offset + 2 * index + 1]);
    }
    const slot = this.#slot(at);
    const known = this.#slots[slot] as number;
    if (known > 0) return known - 1;
    this.#slots[slot] = ++this.#count;
    if (this.#count * 2 > this.#slots.length) this.#grow();
    return this.#count - 1;
  }

  /** The row of an id; -1 when it is not there. */
  find(id: string): number {
    if (id.length !== this.#width * 2) return -1;
    const at = this.#count * this.#width;
    if (at === this.#ids.length) this.#ids = Buffer.concat([this.#ids], this.#ids.length * 2);
    // Beyond the last row: where the next one would stand.
    this.#ids.write(id, at, 'hex');
    return (this.#slots[this.#slot(at)] as number) - 1;
  }

  /** The slot of the id that stands at `at`: its own, or the free one where it belongs. */
  #slot(at: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#ids.readUInt32BE(at) & mask; ; slot = (slot + 1) & mask) {
      const known = this.#slots[slot] as number;
      if (known === 0) return slot;
      const from = (known - 1) * this.#width;
      if (this.#ids.compare(this.#ids, at, at + this.#width, from, from + this.#width) === 0) return slot;
    }
  }

  #grow(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let row = 0; row < this.#count; row++) this.#slots[this.#slot(row * this.#width)] = row + 1;
  }
}

function digit(code: number | undefined): number {
  const value = code ?? 48;
  return value < 58 ? value - 48 : value - 87;
}
