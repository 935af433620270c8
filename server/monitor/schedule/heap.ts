/** What is due next, first: a binary heap whose entries can be moved and taken out by their id. */
export class DueHeap {
  readonly #entries: { readonly id: string; due: number }[] = [];
  readonly #places = new Map<string, number>();

  get size(): number {
    return this.#entries.length;
  }

  /** The one that is due first; undefined when there is none. */
  get first(): { readonly id: string; readonly due: number } | undefined {
    return this.#entries[0];
  }

  /** Adds it, or moves it to another time. */
  set(id: string, due: number): void {
    const at = this.#places.get(id);
    if (at === undefined) {
      this.#entries.push({ id, due });
      this.#places.set(id, this.#entries.length - 1);
      this.#up(this.#entries.length - 1);
      return;
    }
    const entry = this.#at(at);
    const earlier = due < entry.due;
    entry.due = due;
    if (earlier) this.#up(at);
    else this.#down(at);
  }

  delete(id: string): void {
    const at = this.#places.get(id);
    if (at === undefined) return;
    this.#places.delete(id);
    const last = this.#entries.pop();
    if (last === undefined || last.id === id) return;
    this.#entries[at] = last;
    this.#places.set(last.id, at);
    this.#up(at);
    this.#down(this.#places.get(last.id) ?? at);
  }

  #up(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (this.#at(parent).due <= this.#at(at).due) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(from: number): void {
    for (let at = from; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#entries.length && this.#at(child).due < this.#at(least).due) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#at(a), this.#at(b)];
    this.#entries[a] = second;
    this.#entries[b] = first;
    this.#places.set(second.id, a);
    this.#places.set(first.id, b);
  }

  #at(index: number): { readonly id: string; due: number } {
    const entry = this.#entries[index];
    if (entry === undefined) throw new RangeError(`no entry ${index}`);
    return entry;
  }
}
