import type { Disposable } from 'vscode';

/** A list of things to dispose; what is added after its end is disposed at once, so nothing leaks when work finishes late. */
export class DisposableStore implements Disposable {
  readonly #items = new Set<Disposable>();
  #disposed = false;

  get disposed(): boolean {
    return this.#disposed;
  }

  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.add(item);
    return item;
  }

  dispose(): void {
    this.#disposed = true;
    for (const item of [...this.#items].reverse()) item.dispose();
    this.#items.clear();
  }
}

/** Base of every controller, tree and panel: what it registers ends with it. */
export class Registered implements Disposable {
  readonly #store = new DisposableStore();

  protected get disposed(): boolean {
    return this.#store.disposed;
  }

  protected register<T extends Disposable>(item: T): T {
    return this.#store.add(item);
  }

  dispose(): void {
    this.#store.dispose();
  }
}
