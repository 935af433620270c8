import path from 'node:path';
import { type DeploymentRecord, matcherOf, pathsOf } from '../../deploy/index.ts';
import type { Repository } from '../../git/index.ts';
import type { ProjectOf } from '../../project/index.ts';
import * as protocol from '../../protocol/incident.ts';
import { asFailure, Failure } from '../../rpc/failure.ts';
import { handle, type Registration } from '../../rpc/router.ts';
import type { Reader, Row, StateStore } from '../../store/types.ts';
import { findIncident, type IncidentRecord } from '../incidents/records.ts';
import { commitsBetween, haveCommonPast, missingCommits, wordsInPatches } from './commits.ts';
import { errorClues } from './errorClues.ts';
import { rankSuspects } from './rank.ts';
import { type ReleasePair, releasePair } from './releases.ts';
import type { Evidence, SuspectCommit, Suspects } from './types.ts';

export interface SuspectParts {
  readonly store: StateStore;
  readonly projectOf: ProjectOf;
  /** The last lines of what a release's containers said, masked. */
  output(record: DeploymentRecord, tail: number, signal: AbortSignal): Promise<string[]>;
}

interface SuspectQuestion {
  readonly repository: Repository;
  /** The id. */
  readonly project: string;
  /** Number (`I-7`), id or its beginning. */
  readonly incident: string;
  readonly limit: number;
}

/** Lines of a container's log, and how long an engine that does not answer may keep us from the answer. */
const tail = 200;
const patience = 4000;

export function suspectsHandlers(parts: SuspectParts): Registration[] {
  return [
    handle(protocol.suspects, async ({ repository: root, incident, limit }, context) => {
      const repository = await parts.projectOf.repository(root, context);
      const project = await parts.projectOf.id(root, context);
      if (project === undefined) {
        throw new Failure('not-found', 'Nothing is watched in this repository.', { hint: '`hearth incident list` lists incidents.' });
      }
      return findSuspects(parts, { repository, project, incident, limit }, context.signal);
    }),
  ];
}

/**
 * The commits between the last release that was well and the first that was not, the most suspected first. What is in the way of an answer is
 * its `problem`. Throws `not-found` when there is no such incident.
 */
export async function findSuspects(
  parts: SuspectParts,
  { repository, project, incident: named, limit }: SuspectQuestion,
  signal: AbortSignal,
): Promise<Suspects> {
  const { incident, service, pair } = await parts.store.read((reader) => {
    const found = findIncident(reader, project, named);
    return { incident: found, ...firstDeployed(reader, project, found) };
  });
  const environment = pair?.environment ?? incident.environment;
  const nothing: Suspects = { service, environment, good: null, bad: null, problem: null, gap: null, commits: [], total: 0 };
  if (service === null) return { ...nothing, problem: 'The incident names no service: there is no release to compare.' };
  if (pair === undefined) return { ...nothing, problem: `Nothing of ${service} was deployed from here when it began.` };
  const { bad, good } = pair;
  const known: Suspects = {
    ...nothing,
    bad: shown(bad),
    good: good === undefined ? null : shown(good),
    gap: bad.liveSince === null ? null : Math.max(0, incident.started - bad.liveSince),
  };
  if (good === undefined) {
    return {
      ...known,
      problem: `No earlier release of ${service} in ${bad.environment} was live and well: there is nothing to compare with.`,
    };
  }
  if (good.commit === bad.commit) return { ...known, problem: sameCommit(good, bad) };
  const missing = await missingCommits(repository, [good.commit, bad.commit], signal);
  if (missing.length > 0) {
    const ids = missing.map((id) => id.slice(0, 10)).join(' and ');
    return {
      ...known,
      problem: `${missing.length === 1 ? 'Commit' : 'Commits'} ${ids} ${missing.length === 1 ? 'is' : 'are'} not in this repository: fetch first (\`git fetch\`).`,
    };
  }
  if (!(await haveCommonPast(repository, good.commit, bad.commit, signal))) {
    const hint = repository.facts.shallow ? 'the history here is cut off (`git fetch --unshallow`)' : 'they have no common past';
    return { ...known, problem: `What lies between the releases cannot be told: ${hint}.` };
  }
  const { commits, total } = await commitsBetween(repository, good.commit, bad.commit, signal);
  const evidence = await evidenceOf(parts, { repository, incident, pair: { ...pair, good }, commits }, signal);
  const ranked = rankSuspects(evidence, matcherOf(evidence.service.paths)).slice(0, limit);
  const items = await parts.store.read((reader) =>
    itemsOf(
      reader,
      project,
      ranked.map(({ commit }) => commit.id),
    ),
  );
  return {
    ...known,
    total,
    commits: ranked.map(({ commit: { id, subject, author, authorTime, item }, score, reasons }) => ({
      ...{ commit: id, subject, author, authorTime, score, reasons: [...reasons] },
      item: item ?? items.get(id) ?? null,
    })),
  };
}

/** The first service of the incident that was deployed; else the first one. */
function firstDeployed(
  reader: Reader,
  project: string,
  { services, environment, started, deployment }: IncidentRecord,
): { service: string | null; pair: ReleasePair | undefined } {
  for (const service of services) {
    const pair = releasePair(reader, { project, service, environment: environment ?? undefined, started, deployment });
    if (pair !== undefined) return { service, pair };
  }
  return { service: services[0] ?? null, pair: undefined };
}

async function evidenceOf(
  parts: SuspectParts,
  {
    repository,
    incident,
    pair: { good, bad },
    commits,
  }: {
    repository: Repository;
    incident: IncidentRecord;
    pair: { good: DeploymentRecord; bad: DeploymentRecord };
    commits: readonly SuspectCommit[];
  },
  signal: AbortSignal,
): Promise<Evidence> {
  const messages = await parts.store.read((reader) => errorTexts(reader, incident));
  const limit = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const output = await parts.output(bad, tail, limit).catch((error: unknown) => {
    if (signal.aborted) throw asFailure(error);
    return [];
  });
  const error = errorClues([...output, ...messages]);
  const { service, environment } = bad.config;
  const { source } = service;
  return {
    commits,
    error,
    wordsIn: await wordsInPatches(repository, commits, error.words, signal),
    service: {
      name: service.name,
      paths: pathsOf(service),
      dockerfile: source.kind === 'build' ? path.posix.join(source.build.context, source.build.dockerfile) : undefined,
      configurationChanged: JSON.stringify([good.config.service, good.config.environment]) !== JSON.stringify([service, environment]),
    },
  };
}

/** What monitors and people said of it: names of monitors are no clue, what they found is. */
function errorTexts(reader: Reader, { id, monitors, started, resolved }: IncidentRecord): string[] {
  const notes = reader.all<Row & { text: string }>(
    "select text from incident_entries where incident = ? and kind in ('note', 'monitor-down') order by n",
    [id],
  );
  const said = monitors.flatMap((monitor) =>
    reader.all<Row & { message: string }>(
      'select message from monitor_changes where monitor = ? and time >= ? and time <= ? and message is not null order by time limit 50',
      [monitor.id, started - 300_000, resolved ?? Number.MAX_SAFE_INTEGER],
    ),
  );
  return [...said.map(({ message }) => message), ...notes.map(({ text }) => text)];
}

/** Work items that commits belong to, where the commit itself does not say. */
function itemsOf(reader: Reader, project: string, commits: readonly string[]): Map<string, number> {
  const rows = reader.all<Row & { id: string; number: number }>(
    'select id, min(number) as number from item_commits where project = ? and id in (select value from json_each(?)) group by id',
    [project, JSON.stringify(commits)],
  );
  return new Map(rows.map(({ id, number }) => [id, number]));
}

function shown({ id, commit, liveSince }: DeploymentRecord): NonNullable<Suspects['good']> {
  return { deployment: id, commit, liveSince };
}

function sameCommit(good: DeploymentRecord, bad: DeploymentRecord): string {
  const commit = bad.commit.slice(0, 10);
  const what =
    good.specHash === bad.specHash
      ? 'with the same variables: look outside of the repository'
      : 'but not with the same variables, secrets or image: the difference is there (`hearth env list`)';
  return `The release before, which was well, has the same commit ${commit}, ${what}.`;
}
