/**
 * One connection's standing: a window, a CLI call, a test. Trust belongs to (connection, repository); a window trusts all its folders
 * or none, so one answer serves every repository of the connection.
 */
export class Session {
  #trusted: boolean;
  readonly #listeners = new Set<() => void>();
  /** Who acts through this connection, as the event log names it: `window`, `cli`, `hub`. */
  readonly actor: string;

  constructor(trusted: boolean, actor = 'window') {
    this.#trusted = trusted;
    this.actor = actor;
  }

  /** Whether programs that the repository's configuration names may run. `root` is the work tree's top folder. */
  trusts(_root: string): boolean {
    return this.#trusted;
  }

  setTrusted(trusted: boolean): void {
    if (trusted === this.#trusted) return;
    this.#trusted = trusted;
    for (const listener of this.#listeners) listener();
  }

  onDidChangeTrust(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
