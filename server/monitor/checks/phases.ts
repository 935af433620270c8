/** What a look spends its time with: `dns`, `connect`, `tls`, `first byte`, `body`, … */
export class Phases {
  readonly #spent = new Map<string, number>();
  #current: { readonly name: string; readonly start: number } | undefined;

  /** The phase it is in. */
  get current(): string | undefined {
    return this.#current?.name;
  }

  /** Ends the phase before. Phases of one name (redirects) are added up. */
  begin(name: string): void {
    this.end();
    this.#current = { name, start: performance.now() };
  }

  end(): void {
    if (this.#current === undefined) return;
    const { name, start } = this.#current;
    this.#spent.set(name, (this.#spent.get(name) ?? 0) + performance.now() - start);
    this.#current = undefined;
  }

  list(): { name: string; milliseconds: number }[] {
    this.end();
    return [...this.#spent].map(([name, time]) => ({ name, milliseconds: tenths(time) }));
  }
}

/** Milliseconds with one decimal. */
export function tenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
