import type { CancellationToken } from 'vscode';
import { diffList, log, refs, show } from '../../server/protocol/git.ts';
import type { ChangedFile, CommitRow, Side } from '../../server/protocol/gitTypes.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import type { LivePlaces } from '../deploy/wherePlaces.ts';
import type { ServerConnection } from '../server.ts';
import { asRequestFailure } from '../ui/failure.ts';

export type Refs = ResultOf<typeof refs>;
export type RefRow = Refs['refs'][number];
export type CommitDetails = ResultOf<typeof show>;

/** Rows of a list fetched at a time. */
export const pageSize = 50;
/** Refs of each kind fetched first; a repository with 19 000 tags shows the newest of them. */
const firstRefs = 200;
/** Commits whose files are kept: a commit never changes, so opening it again needs no git. */
const keptCommits = 200;

/** What the views ask of one repository, each thing once until it moves. */
export class RepositoryReader {
  readonly root: string;
  /** Where its commits run. */
  readonly places: LivePlaces;
  readonly #server: ServerConnection;
  readonly #shown = new Map<string, Promise<CommitDetails>>();
  #refs: Promise<Refs> | undefined;
  #refLimit = firstRefs;
  #known: Refs | undefined;

  constructor({ server, places }: { readonly server: ServerConnection; readonly places: LivePlaces }, root: string) {
    this.#server = server;
    this.places = places;
    this.root = root;
  }

  /** The last answer of `refs`, for counts on headings. */
  get known(): Refs | undefined {
    return this.#known;
  }

  /** Branches, tags and the rest; at most `refLimit` of each kind. */
  refs(): Promise<Refs> {
    if (this.#refs === undefined) {
      const asked = this.#server.send(refs, { repository: this.root, limit: this.#refLimit });
      asked.then(
        (answer) => {
          // An answer that was overtaken is better than none: headings are drawn from it.
          if (this.#refs === asked || this.#known === undefined) this.#known = answer;
        },
        () => {
          if (this.#refs === asked) this.#refs = undefined;
        },
      );
      this.#refs = asked;
    }
    return this.#refs;
  }

  moreRefs(): void {
    this.#refLimit *= 5;
    this.#refs = undefined;
  }

  /** Refs moved: what was read of them is stale. Commits stay. */
  drop(): void {
    this.#refs = undefined;
  }

  log(revision: string | undefined, skip: number, limit: number): Promise<{ commits: readonly CommitRow[]; more: boolean }> {
    return this.#server
      .send(log, { repository: this.root, skip, limit, ...(revision === undefined ? {} : { revision }) })
      .then(({ commits, more }) => ({ commits: commits ?? [], more }));
  }

  /** A commit by its full id, with message and files against its first parent. */
  commit(id: string, token?: CancellationToken): Promise<CommitDetails> {
    const kept = this.#shown.get(id);
    if (kept !== undefined) {
      return kept.catch((error: unknown) => {
        // Whoever asked first (a hover that was left) gave up; this one still waits.
        if (asRequestFailure(error).reason === 'cancelled' && token?.isCancellationRequested !== true) return this.commit(id, token);
        throw error;
      });
    }
    const asked = this.#server.send(show, { repository: this.root, revision: id }, { token });
    this.#shown.set(id, asked);
    asked.catch(() => {
      if (this.#shown.get(id) === asked) this.#shown.delete(id);
    });
    if (this.#shown.size > keptCommits) {
      const [oldest] = this.#shown.keys();
      if (oldest !== undefined) this.#shown.delete(oldest);
    }
    return asked;
  }

  /** Files that differ between two sides. */
  async changes(from: Side, to: Side): Promise<readonly ChangedFile[]> {
    return (await this.#server.send(diffList, { repository: this.root, from, to })).files ?? [];
  }
}
