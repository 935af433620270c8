import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Repository } from '../git/index.ts';
import type { Context } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { authorOf } from '../store/author.ts';
import type { StateStore } from '../store/types.ts';
import { ensureProject, type Work } from './ensure.ts';
import { readId } from './identity.ts';
import { Turns } from './turns.ts';

/** A repository as it was when its id was read: which files said it, as the file system knew them then. */
interface Known {
  readonly seen: string;
  readonly commonDir: string;
  readonly id: string | undefined;
}

/** Answers that are remembered; the oldest is forgotten. */
const mostKnown = 500;

/** Which project a repository is, for whoever keeps state of it. One for all connections: what two windows ask at once is done in turn. */
export class ProjectOf {
  readonly #repositories: Services['repositories'];
  readonly #store: StateStore;
  readonly #turns = new Turns();
  readonly #known = new Map<string, Known>();

  constructor({ repositories, store }: { repositories: Services['repositories']; store: StateStore }) {
    this.#repositories = repositories;
    this.#store = store;
  }

  /**
   * The id in a repository's configuration; undefined when it has none yet. Git is asked once, and again when the configuration or the
   * repository is another one: what a window asks for all the time costs two looks at the file system. Throws what `readId` throws.
   */
  async id(root: string, context: Context<never>): Promise<string | undefined> {
    const known = this.#known.get(root);
    if (known !== undefined && (await stampOf(root, known.commonDir)) === known.seen) return known.id;
    const repository = await this.repository(root, context);
    const { commonDir } = repository.facts;
    // Before it is read: what changes in between is noticed next time.
    const seen = await stampOf(root, commonDir);
    const id = await readId(repository, context.signal);
    this.#known.delete(root);
    if (seen !== undefined) this.#known.set(root, { seen, commonDir, id });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKnown && oldest !== undefined) this.#known.delete(oldest);
    return id;
  }

  /** Gives the repository an identity when it has none, as `project/ensure` does. */
  async ensure(root: string, context: Context<never>): Promise<string> {
    const work = await this.work(root, context);
    const author = work.author.key === undefined ? work.author : { ...work.author, key: `${work.author.key} project` };
    return this.inTurn(work, async () => (await ensureProject({ ...work, author }, undefined)).project.id);
  }

  /** The repository is read anew each time: nobody watches it here, and a clone does not stay shallow for ever. */
  async repository(root: string, { session }: Context<never>): Promise<Repository> {
    return (await this.#repositories.containing(root, session)).repository;
  }

  /** What the functions of this domain need, for the repository of a request. */
  async work(root: string, context: Context<never>): Promise<Work> {
    const repository = await this.repository(root, context);
    return { store: this.#store, repository, author: authorOf(context), signal: context.signal };
  }

  /** Alone on that repository. */
  inTurn<T>({ repository }: Work, action: () => Promise<T>): Promise<T> {
    return this.#turns.run(repository.facts.commonDir, action);
  }
}

/** What changes when the id may be another: `.git` of the work tree, the configuration. Undefined when one of them is not there. */
async function stampOf(root: string, commonDir: string): Promise<string | undefined> {
  try {
    const [dotGit, config] = await Promise.all([
      fs.stat(path.join(root, '.git'), { bigint: true }),
      fs.stat(path.join(commonDir, 'config'), { bigint: true }),
    ]);
    // A folder's time changes with every index that git writes; a file (`gitdir: …`) says with its time that it was rewritten.
    const own = dotGit.isDirectory() ? '' : `${dotGit.size}:${dotGit.mtimeNs}`;
    return `${dotGit.dev}:${dotGit.ino}:${own}:${config.ino}:${config.size}:${config.mtimeNs}:${config.ctimeNs}`;
  } catch {
    return undefined;
  }
}
