import { type HearthConfig, nothingWatched } from '../../config/hearthTypes.ts';
import type { Author, Reader, StateStore, Transaction } from '../../store/types.ts';
import type { AppliedConfigs } from '../alerts/appliedConfigs.ts';
import { tellSuppressed } from '../alerts/draw.ts';
import { tellIncident } from '../alerts/tell.ts';
import { readMonitor } from '../records.ts';
import type { MonitorRecord } from '../types.ts';
import { releaseUnwatched, ripeIncidents, settleIncident, settlesAt } from './automatic.ts';
import { downNeeds, Needs } from './causes.ts';
import { mustRead } from './journal.ts';

interface Upkeep {
  readonly store: StateStore;
  readonly configs: Pick<AppliedConfigs, 'of'>;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly author: Author;
}

/**
 * What time brings: incidents that have stayed up are resolved, monitors that nobody watches any more hold none open, and what is down still
 * though what it needs is up is told. Answers when to come again (undefined: nothing to come for) and the projects in which something changed.
 */
export async function upkeep({ store, configs, now, author }: Upkeep): Promise<{ next: number | undefined; changed: string[] }> {
  const { incidents, suppressed } = await store.read((reader) => ({
    incidents: ripeIncidents(reader),
    suppressed: suppressedOnes(reader),
  }));
  const changed = new Set<string>();
  let next: number | undefined;
  const later = (time: number | undefined) => {
    if (time !== undefined) next = Math.min(next ?? time, time);
  };
  for (const { id, project, recovered } of incidents) {
    const config = await configs.of(project);
    const due = recovered === null ? now : recovered + (config ?? nothingWatched).incidents.settle;
    if (due > now) {
      later(due);
      continue;
    }
    later((await store.write(author, (transaction) => attend(transaction, config, id, now) ?? null)) ?? undefined);
    changed.add(project);
  }
  for (const { monitor, since } of suppressed) {
    const config = await configs.of(monitor.project);
    const due = since + (config ?? nothingWatched).incidents.correlate;
    if (due > now) {
      later(due);
      continue;
    }
    await store.write(author, (transaction) => {
      // It may have come up, or what it needs gone down, meanwhile.
      if (suppressedOnes(transaction).some((each) => each.monitor.id === monitor.id)) tellSuppressed(transaction, config, monitor);
    });
    changed.add(monitor.project);
  }
  return { next, changed: [...changed] };
}

/** Answers when it is resolved, where that is still to come. */
function attend(transaction: Transaction, config: HearthConfig | undefined, id: string, now: number): number | undefined {
  const { incidents, notifications } = config ?? nothingWatched;
  releaseUnwatched(transaction, mustRead(transaction, id));
  const incident = mustRead(transaction, id);
  const due = settlesAt(incident, incidents);
  if (due === undefined || due > now) return due;
  settleIncident(transaction, incident);
  const [first] = incident.monitors;
  const monitor = first === undefined ? undefined : readMonitor(transaction, first.id);
  const resolved = mustRead(transaction, id);
  tellIncident(transaction, notifications, { incident: resolved, said: 'is resolved', ...(monitor === undefined ? {} : { monitor }) });
  return undefined;
}

/** Monitors that are down though nothing that they need is any more, with the time since when that is so. */
function suppressedOnes(reader: Reader): { monitor: MonitorRecord; since: number }[] {
  return reader
    .all<{ monitor: string }>("select monitor from monitor_states where suppressed = 1 and state = 'down'")
    .flatMap(({ monitor: id }) => readMonitor(reader, id) ?? [])
    .map((monitor) => ({ monitor, needs: new Needs(reader, monitor.project) }))
    .filter(({ monitor, needs }) => downNeeds(reader, monitor, needs).length === 0)
    .map(({ monitor, needs }) => ({ monitor, since: sinceUp(reader, monitor, needs) }));
}

/** When the last of what it needs came up, in milliseconds since the epoch. */
function sinceUp(reader: Reader, { project, service }: MonitorRecord, needs: Needs): number {
  const needed = needs.of(service);
  const rows = reader.all<{ service: string | null; since: number }>(
    "select service, since from monitors join monitor_states on monitor_states.monitor = monitors.id where project = ? and state = 'up'",
    [project],
  );
  return Math.max(0, ...rows.filter((row) => row.service !== null && needed.has(row.service)).map(({ since }) => since));
}
