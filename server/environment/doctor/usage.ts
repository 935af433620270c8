import path from 'node:path';
import type { Repository } from '../../git/index.ts';

/** What programs read without being named in a repository: git, Docker, databases, languages, clouds, the web. */
const readByOthers =
  /^(?:NODE_|NPM_|COMPOSE_|DOCKER_|BUILDKIT_|GIT_|HEARTH_|PG|POSTGRES_|MYSQL_|MARIADB_|REDIS_|MONGO_|AWS_|AZURE_|GOOGLE_|GCP_|OTEL_|SENTRY_|PYTHON|DJANGO_|FLASK_|SPRING_|JAVA_|RAILS_|RACK_|GO|RUST_|LC_|SSL_|DOTENV_|CI$|TZ$|LANG$|DEBUG$|PATH$|HOME$|(?:https?|no|all)_proxy$)/i;

/** So much output without a name that is new: the noisy names are taken out of the question. */
const patience = 1_000_000;
/** Names that are looked for at most; what is beyond counts as used. */
const mostNames = 500;

/** How long an answer is believed, in milliseconds: editors ask again and again. */
const lifetime = { used: 300_000, unused: 10_000 };
const mostKnown = 10_000;

/** Remembers for a while what was found. */
export class Usage {
  readonly #known = new Map<string, { unused: boolean; until: number }>();

  /** As `unusedNames`. */
  async unused(
    repository: Repository,
    names: readonly string[],
    { now, signal }: { now: number; signal: AbortSignal },
  ): Promise<Set<string>> {
    const key = (name: string) => `${name}\0${repository.root}`;
    const wanted = names.filter((name) => (this.#known.get(key(name))?.until ?? 0) <= now);
    const found = await unusedNames(repository, wanted, signal);
    if (this.#known.size > mostKnown) this.#known.clear();
    for (const name of wanted) {
      const unused = found.has(name);
      this.#known.set(key(name), { unused, until: now + (unused ? lifetime.unused : lifetime.used) });
    }
    return new Set(names.filter((name) => this.#known.get(key(name))?.unused === true));
  }
}

/**
 * Which of the names nothing in the work tree names, `.env` files apart: each is looked for as a whole word in tracked files and in others that
 * git does not ignore.
 */
async function unusedNames(repository: Repository, names: readonly string[], signal: AbortSignal): Promise<Set<string>> {
  const left = new Set([...new Set(names)].filter((name) => !readByOthers.test(name)).slice(0, mostNames));
  for (let again = left.size > 0; again; ) {
    const before = left.size;
    again = await search(repository, left, signal);
    again &&= left.size > 0 && left.size < before;
  }
  return left;
}

/** Takes what is found out of `left`. True when it stopped early: asked again for the rest it is quicker. */
async function search(repository: Repository, left: Set<string>, signal: AbortSignal): Promise<boolean> {
  const patterns = [...left].flatMap((name) => ['-e', name]);
  const before = left.size;
  // Where nothing matches git says so with 1.
  const options = { signal, accept: [0, 1], priority: 'background' } as const;
  const question = ['grep', '-z', '-o', '-w', '-F', '-I', '--no-line-number', '--no-column', '--no-heading', '--untracked'];
  let rest = '';
  let idle = 0;
  for await (const chunk of repository.stream([...question, ...patterns], options)) {
    const text = rest + chunk.toString('latin1');
    const { end, found } = readMatches(text, left);
    rest = text.slice(end);
    idle = found ? 0 : idle + chunk.length;
    if (left.size === 0 || (idle > patience && left.size < before)) return true;
  }
  return false;
}

/** `path NUL word newline`, over and over. */
function readMatches(text: string, left: Set<string>): { end: number; found: boolean } {
  let end = 0;
  let found = false;
  for (;;) {
    const nul = text.indexOf('\0', end);
    const stop = nul < 0 ? -1 : text.indexOf('\n', nul);
    if (stop < 0) return { end, found };
    const file = text.slice(end, nul);
    if (!path.posix.basename(file).startsWith('.env')) found = left.delete(text.slice(nul + 1, stop)) || found;
    end = stop + 1;
  }
}
