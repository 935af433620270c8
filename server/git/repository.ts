import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { RepositoryFacts } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
import type { Session } from '../rpc/session.ts';
import { probeGit } from './abilities.ts';
import { CatFile } from './catFile.ts';
import { discoverRepository } from './discover.ts';
import { type GitOptions, type GitOutput, runGit, streamGit } from './process.ts';
import { Flights, type Priority, Queue } from './queue.ts';
import { untrustedEnvironment } from './untrusted.ts';

interface RunOptions extends Omit<GitOptions, 'cwd'> {
  readonly priority?: Priority;
  /** Equal calls in flight share one process. Only for what cannot change meanwhile: questions about commits by their ids. */
  readonly share?: boolean;
}

type WriteOptions = Omit<GitOptions, 'cwd' | 'writes'>;

/** Hooks (tests, linters) may say nothing for long. */
const writeSilence = 600_000;

/** Pauses, in milliseconds, before a writer that found the index locked by another git process tries again. */
const lockPauses = [100, 250, 600];

/** How long a blanked environment is believed before the configuration is listed again. */
const recipeLifetime = 2000;

/** One work tree, as one connection may read it: every git process of a domain goes through here, with its queue, trust and environment. */
export class Repository {
  #facts: RepositoryFacts;
  readonly trusted: boolean;
  /** Contents of objects through one long-lived `cat-file --batch`. */
  readonly objects: CatFile;
  readonly #queue: Queue;
  readonly #shared = new Flights<GitOutput>();
  #recipe: { at: number; environment: Promise<Record<string, string>> } | undefined;

  constructor(facts: RepositoryFacts, trusted: boolean, queue: Queue) {
    this.#facts = facts;
    this.trusted = trusted;
    this.#queue = queue;
    this.objects = new CatFile(facts.root, () => this.environment());
  }

  /** As last read; where HEAD is changes with time, the rest only with the configuration. */
  get facts(): RepositoryFacts {
    return this.#facts;
  }

  get root(): string {
    return this.#facts.root;
  }

  /** Another work tree of this repository. Whoever opens it disposes it. */
  async beside(root: string): Promise<Repository> {
    const facts = await discoverRepository(root);
    if (facts.commonDir !== this.facts.commonDir) throw new Failure('not-found', `${root} is no work tree of this repository.`);
    return new Repository(facts, this.trusted, this.#queue);
  }

  refresh(facts: RepositoryFacts): void {
    this.#facts = facts;
  }

  /** Options every `diff`, `log -p` and `show` of this repository must carry. */
  get diffSafety(): readonly string[] {
    return this.trusted ? ['--no-ext-diff'] : ['--no-ext-diff', '--no-textconv', '--ignore-submodules=dirty'];
  }

  /** Runs git here and collects its output. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<GitOutput> {
    if (options.share !== true) return this.#runNow(args, options);
    const { share: _, signal, ...rest } = options;
    return this.#shared.join(JSON.stringify([args, rest]), signal, (shared) => this.#runNow(args, { ...rest, signal: shared }));
  }

  async #runNow(args: readonly string[], options: RunOptions): Promise<GitOutput> {
    const release = await this.#queue.acquire(options.priority ?? 'visible', options.signal);
    try {
      return await runGit(args, { ...options, cwd: this.root, env: { ...(await this.environment()), ...options.env } });
    } finally {
      release();
    }
  }

  /** Runs git and decodes its output as UTF-8, without the final newline. */
  async text(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { stdout } = await this.run(args, options);
    return stdout.toString('utf8').replace(/\n$/, '');
  }

  /**
   * Runs git to change the repository: as the user would in a terminal, with hooks and signing, without an editor or prompt. Paths go
   * through standard input: nothing makes pathspecs literal here. Cancelled, it has cleaned up and is gone before this rejects.
   * Who writes takes the repository's turn first (`inTurn`). Throws `locked` when another git process keeps the index.
   */
  async write(args: readonly string[], options: WriteOptions = {}): Promise<GitOutput> {
    if (!this.trusted) throw new Failure('untrusted', 'This needs a trusted workspace.', { hint: 'Trust the folder first.' });
    const run = () => runGit(args, { silence: writeSilence, ...options, cwd: this.root, writes: true });
    for (const pause of lockPauses) {
      try {
        const output = await run();
        if (output.exitCode === 0 || !isIndexLocked(output.stderr)) return output;
      } catch (error) {
        if (!(error instanceof Failure) || error.reason !== 'locked' || !isIndexLocked(error.detail ?? '')) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return run();
  }

  /** Streams git's output; leaving the loop early kills the process. */
  async *stream(args: readonly string[], options: RunOptions = {}): AsyncGenerator<Buffer, void> {
    const release = await this.#queue.acquire(options.priority ?? 'visible', options.signal);
    try {
      yield* streamGit(args, { ...options, cwd: this.root, env: { ...(await this.environment()), ...options.env } });
    } finally {
      release();
    }
  }

  async environment(): Promise<Readonly<Record<string, string>>> {
    if (this.trusted) return {};
    const now = performance.now();
    if (this.#recipe === undefined || now - this.#recipe.at > recipeLifetime) {
      const environment = untrustedEnvironment(this.root);
      environment.catch(() => {
        this.#recipe = undefined;
      });
      this.#recipe = { at: now, environment };
    }
    return this.#recipe.environment;
  }

  /** Gives up what it holds; requests that still use it go on. */
  retire(): void {
    this.objects.retire();
  }

  dispose(): void {
    this.objects.dispose();
  }
}

/** Taken before anything else happens: trying again repeats no hook. */
function isIndexLocked(stderr: string): boolean {
  return /Unable to create '.*(?:index|config)\.lock': File exists|could not lock config file/.test(stderr);
}

/** The repositories of this process, by work tree and trust. Facts are read once and again after `forget`. */
export class Repositories {
  readonly #open = new Map<string, Repository>();
  readonly #aliases = new Map<string, string>();
  readonly #queues = new Map<string, Queue>();
  readonly #listeners = new Set<(facts: RepositoryFacts) => void>();

  /** Hears of each work tree when it is first read (again, after it was forgotten). */
  onDidOpen(listener: (facts: RepositoryFacts) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Where HEAD is now, for those that hold the repository. */
  moveHead(root: string, head: RepositoryFacts['head']): void {
    for (const trusted of [true, false]) {
      const repository = this.#open.get(`${trusted}\0${root}`);
      repository?.refresh({ ...repository.facts, head });
    }
  }

  /** The repository whose work tree has its top folder at `root`. Throws `not-found`, `unsupported`, `unsafe-repository`, `git-missing`, `git-too-old`. */
  async at(root: string, session: Session): Promise<Repository> {
    const known = this.#open.get(`${session.trusts(root)}\0${this.#aliases.get(root) ?? root}`);
    if (known !== undefined) return known;
    await probeGit();
    const facts = await discoverRepository(root);
    // Asked through a link or a folder inside: one repository all the same.
    if (facts.root !== root) this.#aliases.set(root, facts.root);
    return this.#remember(facts, session);
  }

  /** The repository that holds a file or folder, and the path inside it (with `/`; empty for the root). */
  async containing(filePath: string, session: Session): Promise<{ repository: Repository; path: string }> {
    await probeGit();
    const { folder, rest } = await nearestFolder(filePath);
    const facts = await discoverRepository(folder);
    const repository = this.#remember(facts, session);
    const inside = path.relative(facts.root, path.join(folder, rest));
    if (inside.startsWith('..') || path.isAbsolute(inside))
      throw new Failure('not-found', `${filePath} is not inside the work tree of ${facts.root}.`);
    return { repository, path: inside.split(path.sep).join('/') };
  }

  /** Drops what is known of one work tree: it is gone, or its configuration changed. Requests under way end as they would have. */
  forget(root: string): void {
    for (const [alias, real] of this.#aliases) if (real === root) this.#aliases.delete(alias);
    for (const trusted of [true, false]) {
      const key = `${trusted}\0${root}`;
      this.#open.get(key)?.retire();
      this.#open.delete(key);
    }
  }

  dispose(): void {
    for (const repository of this.#open.values()) repository.dispose();
    this.#open.clear();
  }

  #tellOpened(facts: RepositoryFacts): void {
    for (const listener of this.#listeners) listener(facts);
  }

  #remember(facts: RepositoryFacts, session: Session): Repository {
    const trusted = session.trusts(facts.root);
    const key = `${trusted}\0${facts.root}`;
    const known = this.#open.get(key);
    if (known !== undefined) {
      known.refresh(facts);
      return known;
    }
    const opened = new Repository(facts, trusted, this.#queueOf(facts.commonDir));
    this.#open.set(key, opened);
    this.#tellOpened(facts);
    return opened;
  }

  /** Worktrees of one repository share one queue: they share its disk. */
  #queueOf(commonDir: string): Queue {
    let queue = this.#queues.get(commonDir);
    if (queue === undefined) {
      queue = new Queue();
      this.#queues.set(commonDir, queue);
    }
    return queue;
  }
}

/** The nearest existing folder of a path that may have been deleted, as a real path, and what remains below it. */
async function nearestFolder(filePath: string): Promise<{ folder: string; rest: string }> {
  let folder = path.resolve(filePath);
  let rest = '';
  for (;;) {
    // A link to a folder is a file of the repository that holds the link, but the asked folder itself may be a link to a repository.
    const stats = rest === '' ? await fs.lstat(folder).catch(() => undefined) : await fs.stat(folder).catch(() => undefined);
    if (stats?.isDirectory() || (stats?.isSymbolicLink() && rest === '' && (await isRepositoryLink(folder)))) {
      return { folder: await fs.realpath(folder), rest };
    }
    const parent = path.dirname(folder);
    if (parent === folder) throw new Failure('not-found', `There is no folder for ${filePath}.`);
    rest = rest === '' ? path.basename(folder) : path.join(path.basename(folder), rest);
    folder = parent;
  }
}

async function isRepositoryLink(link: string): Promise<boolean> {
  const target = await fs.stat(path.join(link, '.git')).catch(() => undefined);
  return target !== undefined;
}
