import { type FSWatcher, promises as fs, watch } from 'node:fs';
import path from 'node:path';
import type { RepositoryFacts } from '../protocol/gitTypes.ts';

/** What of a repository moved. `gone` means its folder is no longer there. */
export type Moved = 'head' | 'refs' | 'index' | 'config' | 'stash' | 'gone';

/** Quiet time after a burst of file events: a rebase writes HEAD and refs dozens of times a second. */
const quiet = 120;

/** Watches the git folders of the repositories in use. Listeners hear of a burst once, after it ended. */
export class Watchers {
  readonly #watched = new Map<string, RepositoryWatcher>();
  readonly #listeners = new Set<(repository: RepositoryFacts, what: ReadonlySet<Moved>) => void>();

  /** Starts watching; the same work tree is watched once. */
  watch(repository: RepositoryFacts): void {
    if (this.#watched.has(repository.root)) return;
    this.#watched.set(
      repository.root,
      new RepositoryWatcher(repository, (what) => {
        if (what.has('gone')) this.unwatch(repository.root);
        for (const listener of this.#listeners) listener(repository, what);
      }),
    );
  }

  unwatch(root: string): void {
    this.#watched.get(root)?.dispose();
    this.#watched.delete(root);
  }

  onDidMove(listener: (repository: RepositoryFacts, what: ReadonlySet<Moved>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    for (const root of [...this.#watched.keys()]) this.unwatch(root);
  }
}

class RepositoryWatcher {
  readonly #facts: RepositoryFacts;
  readonly #tell: (what: ReadonlySet<Moved>) => void;
  readonly #watchers: FSWatcher[] = [];
  #pending = new Set<Moved>();
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(facts: RepositoryFacts, tell: (what: ReadonlySet<Moved>) => void) {
    this.#facts = facts;
    this.#tell = tell;
    const { gitDir, commonDir } = facts;
    this.#add(gitDir, false, classifyGitFile);
    if (commonDir !== gitDir) this.#add(commonDir, false, classifyGitFile);
    if (facts.refFormat === 'reftable') {
      // Every ref change, HEAD included, appends a table and rewrites tables.list.
      this.#add(path.join(commonDir, 'reftable'), false, () => ['head', 'refs', 'stash']);
      if (commonDir !== gitDir) this.#add(path.join(gitDir, 'reftable'), false, () => ['head', 'refs']);
    } else {
      this.#add(path.join(commonDir, 'refs'), true, (name) => (name === 'stash' ? ['stash'] : ['refs']));
    }
  }

  #add(folder: string, recursive: boolean, classify: (name: string) => readonly Moved[]): void {
    try {
      const watcher = watch(folder, { recursive, persistent: false }, (_event, name) => {
        // Locks come and go with every command; the rename that follows is what counts.
        if (name?.endsWith('.lock')) return;
        const what = name === null ? (['head', 'refs', 'index'] as const) : classify(name.split(path.sep).join('/'));
        if (what.length > 0) this.#note(what);
      });
      watcher.on('error', () => this.#note(['refs']));
      this.#watchers.push(watcher);
    } catch {
      // The folder may not exist (no refs yet), or the system has no watches left: views then refresh by hand.
    }
  }

  #note(what: readonly Moved[]): void {
    if (this.#disposed) return;
    for (const each of what) this.#pending.add(each);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#flush(), quiet);
  }

  async #flush(): Promise<void> {
    const what = this.#pending;
    this.#pending = new Set();
    const present = await fs.stat(this.#facts.gitDir).catch(() => undefined);
    if (this.#disposed) return;
    this.#tell(present === undefined ? new Set<Moved>(['gone']) : what);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }
}

/** Which fact a file directly in a git folder stands for. */
export function classifyGitFile(name: string): readonly Moved[] {
  if (name === 'HEAD') return ['head'];
  if (name === 'index') return ['index'];
  if (name === 'packed-refs' || name === 'FETCH_HEAD') return ['refs'];
  if (name === 'config' || name === 'config.worktree' || name === 'worktrees') return ['config'];
  if (/^(MERGE_HEAD|CHERRY_PICK_HEAD|REVERT_HEAD|rebase-merge|rebase-apply|BISECT_LOG)$/.test(name)) return ['index', 'head'];
  return [];
}
