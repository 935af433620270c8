import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { RepositoryFacts } from '../protocol/gitTypes.ts';
import { FolderWatch } from './watcherFolder.ts';
import { TreeWatch } from './watcherTree.ts';

/** What of a repository moved. `gone` means its folder is no longer there, or another one is in its place. */
export type Moved = 'head' | 'refs' | 'index' | 'config' | 'stash' | 'gone';

/** Quiet time after a burst of file events: a rebase writes HEAD and refs dozens of times a second. */
const quiet = 120;

/** A burst that does not end (a long rebase, a fetch of thousands of refs) is told of this often, in milliseconds. */
const longest = 1000;

type Listener = (repository: RepositoryFacts, what: ReadonlySet<Moved>) => void;

/** Watches the git folders of the repositories in use. Listeners hear of a burst once, after it ended. */
export class Watchers {
  readonly #watched = new Map<string, RepositoryWatcher>();
  readonly #listeners = new Set<Listener>();
  readonly #active: boolean;

  /** An inactive one watches nothing: a command that ends at once has no use for it. */
  constructor(active = true) {
    this.#active = active;
  }

  get roots(): string[] {
    return [...this.#watched.keys()];
  }

  /** Starts watching; the same work tree is watched once, however it was reached. */
  watch(repository: RepositoryFacts): void {
    if (!this.#active || this.#watched.has(repository.root)) return;
    this.#watched.set(
      repository.root,
      new RepositoryWatcher(repository, (what) => {
        if (what.has('gone')) this.unwatch(repository.root);
        for (const listener of this.#listeners) listener(repository, what);
      }),
    );
  }

  /**
   * Settles when the watches of a work tree are set: what moves from then on is told. Where that takes longer than `patience` milliseconds
   * (a slow disk, very many folders of refs) it settles then, and refs are told as moved once they are watched.
   */
  async ready(root: string, patience = 1000): Promise<void> {
    await this.#watched.get(root)?.ready(patience);
  }

  unwatch(root: string): void {
    this.#watched.get(root)?.dispose();
    this.#watched.delete(root);
  }

  onDidMove(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispose(): void {
    for (const root of this.roots) this.unwatch(root);
  }
}

class RepositoryWatcher {
  readonly #facts: RepositoryFacts;
  readonly #tell: (what: ReadonlySet<Moved>) => void;
  readonly #watches: { close(): void }[] = [];
  readonly #identity: Promise<string | undefined>;
  readonly #set: Promise<void>;
  /** Somebody went on before the watches were set. */
  #late = false;
  #worktrees: FolderWatch | undefined;
  #pending = new Set<Moved>();
  #timer: NodeJS.Timeout | undefined;
  #since: number | undefined;
  #disposed = false;

  constructor(facts: RepositoryFacts, tell: (what: ReadonlySet<Moved>) => void) {
    this.#facts = facts;
    this.#tell = tell;
    const { gitDir, commonDir } = facts;
    this.#identity = identityOf(facts);
    const begun: Promise<unknown>[] = [this.#identity];
    this.#add(gitDir, classifyGitFile);
    if (commonDir !== gitDir) this.#add(commonDir, classifyCommonFile);
    if (facts.refFormat === 'reftable') {
      // Every ref change, HEAD included, appends a table and rewrites tables.list.
      this.#add(path.join(commonDir, 'reftable'), () => ['head', 'refs', 'stash']);
      if (commonDir !== gitDir) this.#add(path.join(gitDir, 'reftable'), () => ['head', 'refs']);
    } else {
      const refs = new TreeWatch(path.join(commonDir, 'refs'), (name) => this.#note(name === 'stash' ? ['stash'] : ['refs']));
      this.#watches.push(refs);
      begun.push(refs.ready);
    }
    this.#watchWorktrees();
    this.#watchAncestors();
    this.#set = Promise.all(begun).then(() => {
      if (this.#late) this.#note(['refs']);
    });
  }

  async ready(patience: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#late = true;
        resolve();
      }, patience);
    });
    await Promise.race([this.#set, late]);
    clearTimeout(timer);
  }

  #add(folder: string, classify: (name: string) => readonly Moved[]): void {
    // The name is absent where the system does not tell it: then anything may have moved.
    this.#watches.push(
      new FolderWatch(folder, (name) => {
        if (name === 'worktrees' && !this.#disposed) this.#watchWorktrees();
        this.#note(name === undefined ? ['head', 'refs', 'index'] : classify(name));
      }),
    );
  }

  /** Worktrees come and go in a folder that is made with the first of them. */
  #watchWorktrees(): void {
    this.#worktrees?.close();
    this.#worktrees = new FolderWatch(path.join(this.#facts.commonDir, 'worktrees'), () => this.#note(['config']));
  }

  /** A folder that is renamed says so only in the folder above it: watching `.git` alone never notices that the project moved away. */
  #watchAncestors(): void {
    for (const top of new Set([this.#facts.root, this.#facts.gitDir])) {
      for (let folder = top, parent = path.dirname(folder); parent !== folder; folder = parent, parent = path.dirname(folder)) {
        const name = path.basename(folder);
        this.#watches.push(
          new FolderWatch(parent, (changed) => {
            if (changed === name) this.#note([]);
          }),
        );
      }
    }
  }

  #note(what: readonly Moved[]): void {
    if (this.#disposed) return;
    for (const each of what) this.#pending.add(each);
    this.#since ??= performance.now();
    clearTimeout(this.#timer);
    const waited = performance.now() - this.#since;
    this.#timer = setTimeout(() => void this.#flush(), Math.max(0, Math.min(quiet, longest - waited)));
    this.#timer.unref();
  }

  async #flush(): Promise<void> {
    const what = this.#pending;
    this.#pending = new Set();
    this.#since = undefined;
    const [before, now] = await Promise.all([this.#identity, identityOf(this.#facts)]);
    if (this.#disposed) return;
    // A folder made anew under the same name (cloned again, `git init` again) is another one: what is watched is not there any more.
    if (now === undefined || now !== before) this.#tell(new Set<Moved>(['gone']));
    else if (what.size > 0) this.#tell(what);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    for (const watch of this.#watches) watch.close();
    this.#worktrees?.close();
  }
}

/** The folders themselves, whatever they are called; undefined when one is gone. File systems give the number of a deleted folder to the next one. */
async function identityOf({ root, gitDir }: RepositoryFacts): Promise<string | undefined> {
  const stats = await Promise.all([root, gitDir].map((folder) => fs.stat(folder).catch(() => undefined)));
  const parts = stats.flatMap((each) => (each === undefined ? [] : [`${each.dev}:${each.ino}:${each.birthtimeMs}`]));
  return parts.length === stats.length ? parts.join(' ') : undefined;
}

/** Which fact a file directly in a git folder stands for. Locks come and go with every command; the rename that follows is what counts. */
export function classifyGitFile(name: string): readonly Moved[] {
  if (name === 'HEAD') return ['head'];
  if (name === 'index') return ['index'];
  if (name === 'packed-refs' || name === 'FETCH_HEAD' || name === 'shallow') return ['refs'];
  if (name === 'config' || name === 'config.worktree' || name === 'worktrees') return ['config'];
  if (/^(MERGE_HEAD|CHERRY_PICK_HEAD|REVERT_HEAD|rebase-merge|rebase-apply|BISECT_LOG)$/.test(name)) return ['index', 'head'];
  return [];
}

/** The same in the common folder of a linked worktree, whose HEAD and index are another worktree's. */
export function classifyCommonFile(name: string): readonly Moved[] {
  return classifyGitFile(name).filter((what) => what === 'refs' || what === 'config');
}
