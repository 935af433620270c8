import { type Repository, resolveCommit } from '../../git/index.ts';
import type { ParamsOf, ResultOf } from '../../protocol/message.ts';
import type { ships as definition } from '../../protocol/where.ts';
import { asFailure, Failure } from '../../rpc/failure.ts';
import type { Ancestries } from './ancestries.ts';
import { changedPaths } from './changes.ts';
import type { LiveRelease } from './liveReleases.ts';
import { matcherOf, pathsOf } from './paths.ts';

type Ships = ResultOf<typeof definition>;
type ServiceShips = Ships['services'][number];
type Added = ServiceShips['added'][number];

/**
 * What a deployment of a revision brings to and takes from each service of an environment. Services that are not live yet come from
 * `hearth.yaml` of that revision. Throws `not-found` for a revision or an environment that is not there.
 */
export async function findShips(
  repository: Repository,
  ancestries: Ancestries,
  allLive: readonly LiveRelease[],
  { environment, rev, limit }: Omit<ParamsOf<typeof definition>, 'repository'>,
  signal: AbortSignal,
): Promise<Ships> {
  const { commit } = await resolveCommit(repository, rev, signal);
  const live = allLive.filter((release) => release.environment === environment);
  const configured = await configuredServices(repository, commit, environment, signal);
  if (live.length === 0 && configured === undefined) {
    throw new Failure('not-found', `There is no environment ${environment}: nothing is live there, and hearth.yaml does not name it.`, {
      hint: '`hearth deploy status` lists the environments.',
    });
  }
  const services = new Map<string, ServiceTarget>();
  for (const { service, commit: deployed, paths } of live) services.set(service, { service, live: deployed, paths });
  // What it is made from at the commit that would be deployed.
  for (const { service, paths } of configured ?? []) services.set(service, { service, live: services.get(service)?.live ?? null, paths });
  const ancestry =
    live.length === 0
      ? undefined
      : await ancestries.of(
          repository,
          allLive.map((each) => each.commit),
          signal,
        );
  const rows: ServiceShips[] = [];
  // Services that run the same commit get the same commits.
  const lists = new Map<string, Promise<{ rows: Added[]; more: boolean }>>();
  const list = (from: string | null, to: string): Promise<{ rows: Added[]; more: boolean }> => {
    const range = from === null ? [to] : [`^${from}`, to];
    const key = range.join(' ');
    const listed = lists.get(key) ?? readCommits(repository, range, limit, signal);
    lists.set(key, listed);
    return listed;
  };
  for (const { service, live: deployed, paths } of services.values()) {
    if (deployed !== null && ancestry?.knows(deployed) !== true) {
      rows.push({ service, live: deployed, known: false, added: [], removed: [], more: false });
      continue;
    }
    const [added, removed] = await Promise.all([
      list(deployed, commit),
      deployed === null ? { rows: [], more: false } : list(commit, deployed),
    ]);
    const concerned = await concernedBy(repository, added.rows, paths, signal);
    rows.push({
      service,
      live: deployed,
      known: true,
      added: added.rows.map((row) => ({ ...row, concerned: concerned(row.id) })),
      removed: removed.rows.map(({ id, subject, author, time }) => ({ id, subject, author, time })),
      more: added.more || removed.more,
    });
  }
  return { commit, services: rows };
}

interface ServiceTarget {
  readonly service: string;
  readonly live: string | null;
  readonly paths: readonly string[];
}

/** Undefined when there is no `hearth.yaml` that can be read, or it does not have the environment. */
async function configuredServices(
  repository: Repository,
  commit: string,
  environment: string,
  signal: AbortSignal,
): Promise<{ service: string; paths: readonly string[] }[] | undefined> {
  const { hearthOfCommit } = await import('../../config/index.ts');
  try {
    const { config } = await hearthOfCommit(repository, commit, signal);
    if (config?.environments[environment] === undefined) return undefined;
    return Object.values(config.services).map((service) => ({ service: service.name, paths: pathsOf(service) }));
  } catch (error) {
    const failure = asFailure(error);
    if (failure.reason === 'not-found') return undefined;
    throw failure;
  }
}

async function concernedBy(
  repository: Repository,
  rows: readonly Added[],
  paths: readonly string[],
  signal: AbortSignal,
): Promise<(commit: string) => boolean> {
  if (paths.length === 0) return () => true;
  const matches = matcherOf(paths);
  const changed = await changedPaths(
    repository,
    rows.map(({ id }) => id),
    signal,
  );
  return (commit) => changed.get(commit)?.some(matches) === true;
}

const format = ['%H', '%s', '%aN', '%at', '%(trailers:key=Hearth-Item,valueonly,separator=%x2C)'].join('%x00');

/** Commits of a range, newest first; `concerned` is not known yet. */
async function readCommits(
  repository: Repository,
  range: readonly string[],
  limit: number,
  signal: AbortSignal,
): Promise<{ rows: Added[]; more: boolean }> {
  const args = [
    'log',
    '-z',
    '--stdin',
    '--no-show-signature',
    '--encoding=UTF-8',
    `--max-count=${limit + 1}`,
    `--format=tformat:${format}`,
  ];
  const { stdout } = await repository.run(args, { input: `${range.join('\n')}\n`, signal, silence: 180_000 });
  const parts = stdout.toString('utf8').split('\0');
  const rows: Added[] = [];
  for (let at = 0; at + 5 <= parts.length; at += 5) {
    const [id = '', subject = '', author = '', time = '', items = ''] = parts.slice(at, at + 5);
    rows.push({
      id,
      subject: subject.slice(0, 500),
      author: author.slice(0, 200),
      time: timeOf(time),
      item: itemOf(items),
      concerned: true,
    });
  }
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}

/** Milliseconds; a damaged date is 0. */
function timeOf(seconds: string): number {
  const time = Number(seconds) * 1000;
  return Number.isSafeInteger(time) ? time : 0;
}

/** The first work item that the trailers name. */
function itemOf(trailers: string): number | null {
  const number = /^\s*#?([1-9]\d{0,8})\s*(?:,|$)/.exec(trailers)?.[1];
  return number === undefined ? null : Number(number);
}
