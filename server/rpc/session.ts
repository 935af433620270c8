/**
 * One connection's standing: a window, a CLI call, a test. Trust belongs to (connection, repository); a window trusts all its folders
 * or none, so one answer serves every repository of its connection; what cannot vouch for itself has standing grants for repositories.
 */
export class Session {
  #trusted: boolean;
  readonly #listeners = new Set<() => void>();
  /** Who acts through this connection, as the event log names it: `window`, `cli`, `hub`. */
  readonly actor: string;

  readonly #granted: (root: string) => boolean;

  /** `granted` says for which work trees a connection is trusted that does not vouch for what it asks. */
  constructor(trusted: boolean, actor = 'window', granted: (root: string) => boolean = () => false) {
    this.#trusted = trusted;
    this.#granted = granted;
    this.actor = actor;
  }

  /** Whether programs that the repository's configuration names may run. `root` is the work tree's top folder. */
  trusts(root: string): boolean {
    return this.#trusted || this.#granted(root);
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
