import { type CancellationToken, EventEmitter } from 'vscode';
import { changed } from '../../server/protocol/deploy.ts';
import { gone } from '../../server/protocol/hub.ts';
import { placed } from '../../server/protocol/where.ts';
import type { RepositoryTracker } from '../git/repositoryTracker.ts';
import type { ServerConnection } from '../server.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { type Places, placesFrom, samePlaces } from './whereBadges.ts';

/** Notices come in bursts; the hub writes down what is live a moment after it is. */
const quiet = 250;
/** Where nobody tells of changes (no hub runs, or another one's window deploys), an answer is asked for again after this long. */
const lifetime = 60_000;
/** Answers kept of each repository and path. */
const most = 5000;
/** Paths whose answers are kept up to date: those of files that were looked at last. */
const mostPaths = 20;

interface Known {
  places: Places;
  /** When it was asked. */
  readonly at: number;
}

/** What is known of one repository's commits, asked about a file of it or (path '') as such. */
class Scope {
  readonly repository: string;
  readonly path: string;
  readonly known = new Map<string, Known>();
  readonly asking = new Map<string, Promise<void>>();
  /** Changes when all that is known is stale. */
  generation = 0;

  constructor(repository: string, path: string) {
    this.repository = repository;
    this.path = path;
  }
}

/**
 * Where commits run, for badges: the last answers, and news of them. Asking never starts a hub; where nothing is deployed an answer is empty
 * and costs the server a look at a file.
 */
export class LivePlaces extends Registered {
  readonly #server: Pick<ServerConnection, 'send'>;
  readonly #log: { debug(message: string): void };
  readonly #scopes = new Map<string, Scope>();
  readonly #learned = this.register(new EventEmitter<{ repository: string; path: string; commits: ReadonlySet<string> }>());
  #timer: NodeJS.Timeout | undefined;
  /** There is another answer for these commits. */
  readonly onDidLearn = this.#learned.event;

  constructor(server: ServerConnection, repositories: RepositoryTracker, log: { debug(message: string): void }) {
    super();
    this.#server = server;
    this.#log = log;
    this.register(server.on(changed, () => this.#stale()));
    this.register(server.on(gone, () => this.#stale()));
    this.register(server.onDidStart(() => this.#stale()));
    this.register(
      repositories.onDidMove(({ repository, what }) => {
        if (what.includes('gone')) this.#forget(repository);
        // A fetch may have brought the commit that is deployed.
        else if (what.includes('refs') && this.#hasUnknown(repository)) this.#stale();
      }),
    );
    this.register({ dispose: () => clearTimeout(this.#timer) });
  }

  /** The last answer; undefined when it was never asked for. */
  of(repository: string, commit: string, path = ''): Places | undefined {
    return this.#scopes.get(keyOf(repository, path))?.known.get(commit)?.places;
  }

  /** Asks for those whose answer is not there or old. Failures leave what is known: badges are no reason to trouble anybody. */
  async ask(repository: string, commits: readonly string[], path = '', token?: CancellationToken): Promise<void> {
    const scope = this.#scope(repository, path);
    const due = Date.now() - lifetime;
    const wanted = new Set(commits.filter((commit) => (scope.known.get(commit)?.at ?? 0) < due));
    const missing = [...wanted].filter((commit) => !scope.asking.has(commit));
    if (missing.length > 0) void this.#send(scope, missing.slice(0, most), token);
    await Promise.all([...new Set([...wanted].flatMap((commit) => scope.asking.get(commit) ?? []))]);
  }

  /** The answer for one commit, asked for when there is none; undefined when it cannot be had. */
  async get(repository: string, commit: string, path = '', token?: CancellationToken): Promise<Places | undefined> {
    await this.ask(repository, [commit], path, token);
    return this.of(repository, commit, path);
  }

  #scope(repository: string, path: string): Scope {
    const key = keyOf(repository, path);
    const scope = this.#scopes.get(key) ?? new Scope(repository, path);
    this.#scopes.delete(key);
    this.#scopes.set(key, scope);
    const paths = [...this.#scopes].filter(([, each]) => each.path !== '');
    for (const [old] of paths.slice(0, Math.max(0, paths.length - mostPaths))) this.#scopes.delete(old);
    return scope;
  }

  #send(scope: Scope, commits: readonly string[], token?: CancellationToken): Promise<void> {
    const { repository, path, generation } = scope;
    const asked = this.#server.send(placed, { repository, commits: [...commits], ...(path === '' ? {} : { path }) }, { token }).then(
      ({ releases, contained }) => {
        // Overtaken: it is asked again already.
        if (scope.generation !== generation) return;
        const learned = new Set<string>();
        const at = Date.now();
        for (const [index, commit] of commits.entries()) {
          const places = placesFrom(releases, contained[index] ?? []);
          if (!samePlaces(scope.known.get(commit)?.places ?? [], places)) learned.add(commit);
          scope.known.delete(commit);
          scope.known.set(commit, { places, at });
        }
        for (const oldest of scope.known.keys()) {
          if (scope.known.size <= most) break;
          scope.known.delete(oldest);
        }
        if (learned.size > 0) this.#learned.fire({ repository, path, commits: learned });
      },
      (error: unknown) => {
        const { reason, message } = asRequestFailure(error);
        if (reason !== 'cancelled') this.#log.debug(`Where commits of ${repository} run is not known: ${message}`);
      },
    );
    const settled = asked.finally(() => {
      for (const commit of commits) if (scope.asking.get(commit) === settled) scope.asking.delete(commit);
    });
    for (const commit of commits) scope.asking.set(commit, settled);
    return settled;
  }

  /** Asks again for everything that was asked before, once the burst is over. */
  #stale(): void {
    if (this.#scopes.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const scope of this.#scopes.values()) {
        scope.generation++;
        const commits = [...new Set([...scope.known.keys(), ...scope.asking.keys()])];
        if (commits.length > 0) void this.#send(scope, commits.slice(-most));
      }
    }, quiet);
  }

  #forget(repository: string): void {
    for (const [key, scope] of this.#scopes) if (scope.repository === repository) this.#scopes.delete(key);
  }

  #hasUnknown(repository: string): boolean {
    return [...this.#scopes.values()].some(
      (scope) =>
        scope.repository === repository && [...scope.known.values()].some(({ places }) => places.some(({ release }) => !release.known)),
    );
  }
}

function keyOf(repository: string, path: string): string {
  return `${repository}\0${path}`;
}
