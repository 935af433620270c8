import { type DeploymentRecord, everLive } from '../../deploy/index.ts';
import type { Reader, Row } from '../../store/types.ts';

/** What failed, when, and which release served then. Times are milliseconds since the epoch. */
export interface FailingService {
  /** The id. */
  readonly project: string;
  readonly service: string;
  /** Undefined: wherever it was deployed last. */
  readonly environment: string | undefined;
  readonly started: number;
  /** The release that is known to have been live. */
  readonly deployment: string | null;
}

export interface ReleasePair {
  readonly environment: string;
  readonly bad: DeploymentRecord;
  /** The last release before it that served and was well when it was replaced. */
  readonly good: DeploymentRecord | undefined;
}

/** A switch takes a moment: a monitor may see the new version before it is written down as live. */
const switchTakes = 60_000;

/** Undefined when nothing of the service was live when it began. */
export function releasePair(reader: Reader, failing: FailingService): ReleasePair | undefined {
  const { project, service, environment, started } = failing;
  const all = everLive(reader, { project, service, environment });
  const bad = badRelease(all, failing);
  if (bad === undefined) return undefined;
  const own = all.filter((each) => each.environment === bad.environment);
  const at = own.findIndex(({ id }) => id === bad.id);
  let next = bad;
  for (const candidate of own.slice(at + 1)) {
    // One that was rolled back never stood.
    if (candidate.state === 'rolled-back') continue;
    // From its switch on it may have been the next one that was seen.
    const until = Math.min(
      next.liveSince ?? started,
      switchOf(next) ?? Number.POSITIVE_INFINITY,
      next === bad ? started - 1 : Number.POSITIVE_INFINITY,
    );
    if (wasWell(reader, candidate, until)) return { environment: bad.environment, bad, good: candidate };
    next = candidate;
  }
  return { environment: bad.environment, bad, good: undefined };
}

function badRelease(all: readonly DeploymentRecord[], { started, deployment }: FailingService): DeploymentRecord | undefined {
  const switching = all.find((each) => {
    const { liveSince } = each;
    const switched = switchOf(each);
    return liveSince !== null && liveSince > started && liveSince <= started + switchTakes && switched !== undefined && switched <= started;
  });
  if (switching !== undefined) return switching;
  const named = all.find(({ id }) => id === deployment);
  if (named !== undefined) return named;
  return all.find(
    ({ liveSince, state, ended }) =>
      liveSince !== null && liveSince <= started && !(state === 'rolled-back' && ended !== null && ended <= started),
  );
}

/** When its switch began. */
function switchOf({ phaseTimes }: DeploymentRecord): number | undefined {
  return phaseTimes.find(({ phase }) => phase === 'switching')?.started;
}

/** Whether a release was well when the next one took its place: no monitor of the service was down then, and it had not crashed for good. */
function wasWell(reader: Reader, { project, service, environment, crashLoop }: DeploymentRecord, until: number): boolean {
  if (crashLoop) return false;
  const states = reader.all<Row & { state: string }>(
    `select (select state from monitor_changes where monitor = monitors.id and time <= ?1 order by time desc limit 1) as state
     from monitors where project = ?2 and service = ?3 and (environment = ?4 or environment is null)`,
    [until, project, service, environment],
  );
  return states.every(({ state }) => state !== 'down');
}
