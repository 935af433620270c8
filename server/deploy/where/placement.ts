import type { Repository } from '../../git/index.ts';
import type { ParamsOf, ResultOf } from '../../protocol/message.ts';
import type { placed as placedDefinition, Release, where as whereDefinition } from '../../protocol/where.ts';
import type { Ancestries } from './ancestries.ts';
import type { LiveRelease } from './liveReleases.ts';
import { matcherOf } from './paths.ts';

type Placed = ResultOf<typeof placedDefinition>;
export type Place = ResultOf<typeof whereDefinition>['places'][number];

/** Which releases contain each of the commits: no git but for the first question after something was deployed. */
export async function placeCommits(
  repository: Repository,
  ancestries: Ancestries,
  live: readonly LiveRelease[],
  { commits, path }: Pick<ParamsOf<typeof placedDefinition>, 'commits' | 'path'>,
  signal: AbortSignal,
): Promise<Placed> {
  if (live.length === 0) return { releases: [], contained: commits.map(() => []) };
  const ancestry = await ancestries.of(
    repository,
    live.map(({ commit }) => commit),
    signal,
  );
  const releases: Release[] = live.map((release) => ({
    ...release,
    known: ancestry.knows(release.commit),
    concerned: path === undefined || matcherOf(release.paths)(path),
  }));
  // Commits have few different answers.
  const answers = new Map<readonly string[], number[]>();
  const contained = commits.map((commit) => {
    const containers = ancestry.containers(commit);
    let answer = answers.get(containers);
    if (answer === undefined) {
      answer = releases.flatMap(({ commit: deployed }, index) => (containers.includes(deployed) ? [index] : []));
      answers.set(containers, answer);
    }
    return answer;
  });
  return { releases, contained };
}

/**
 * Where one commit runs. Where nothing is worked out yet git compares it with each deployed commit: a command line that asks once does not
 * read the whole history.
 */
export async function placesOf(
  repository: Repository,
  ancestries: Ancestries,
  live: readonly LiveRelease[],
  { commit, concerned }: { commit: string; concerned: (release: LiveRelease) => boolean },
  signal: AbortSignal,
): Promise<Place[]> {
  const deployed = [...new Set(live.map((release) => release.commit))];
  const ancestry = await ancestries.known(repository, deployed);
  const found = new Map<string, Place['contained']>();
  await Promise.all(
    deployed.map(async (each) => {
      if (ancestry === undefined) found.set(each, await compare(repository, commit, each, signal));
      else found.set(each, ancestry.containers(commit).includes(each) ? 'in' : ancestry.knows(each) ? 'out' : 'unknown');
    }),
  );
  // A history that was cut off may have lost the way from one to the other.
  const cut = repository.facts.shallow;
  return live.map((release) => {
    const contained = found.get(release.commit) ?? 'unknown';
    const { environment, service, deployment, commit: id, since, health } = release;
    return {
      ...{ environment, service, release: deployment, commit: id, since, health },
      contained: cut && contained === 'out' ? 'unknown' : contained,
      concerned: concerned(release),
    };
  });
}

async function compare(repository: Repository, commit: string, deployed: string, signal: AbortSignal): Promise<Place['contained']> {
  // 1: no. 128: the deployed commit is not here.
  const options = { signal, accept: [0, 1, 128], env: { GIT_NO_LAZY_FETCH: '1' }, silence: 300_000 };
  const { exitCode } = await repository.run(['merge-base', '--is-ancestor', commit, deployed], options);
  return exitCode === 0 ? 'in' : exitCode === 1 ? 'out' : 'unknown';
}
