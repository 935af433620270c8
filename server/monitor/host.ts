import type { MonitorRow } from '../protocol/monitorTypes.ts';
import type { Context } from '../rpc/router.ts';
import type { Reader } from '../store/types.ts';
import { hourOf } from './history/beats.ts';
import { lastDay } from './history/windows.ts';
import type { Live } from './live.ts';
import type { MonitorParts } from './parts.ts';
import type { PushTokens } from './pushTokens.ts';
import { findMonitor } from './records.ts';
import { monitorRow } from './rows.ts';
import type { MonitorRecord } from './types.ts';
import type { Watch } from './watch.ts';

/** What the handlers of monitors are made with. */
export interface MonitorHost {
  readonly parts: MonitorParts;
  readonly watch: Watch;
  readonly tokens: PushTokens;
  /** Clients are told that monitors of the project changed. */
  tell(project: string, change: { monitor?: string; list?: boolean }): void;
}

/** A monitor of the repository of a request, by name or id. Throws `not-found`. */
export async function monitorNamed(host: MonitorHost, repository: string, named: string, context: Context<never>): Promise<MonitorRecord> {
  const project = await host.parts.projectOf.id(repository, context);
  return host.parts.store.read((reader) => findMonitor(reader, project, named));
}

/** Rows of monitors as they are now. */
export function rowsOf(host: MonitorHost, reader: Reader, lives: readonly Live[], beats: number): MonitorRow[] {
  const { watch } = host;
  const now = watch.clock.wall();
  const incidents = openIncidents(reader);
  return lives.map((live) => {
    if (live.day?.hour !== hourOf(now)) live.day = { hour: hourOf(now), ...lastDay(reader, live.record.id, now) };
    return monitorRow(live, { seen: watch.seen(live), incident: incidents.get(live.record.id) ?? null, beats });
  });
}

/** The open incident of each monitor that is part of one and has not recovered. */
function openIncidents(reader: Reader): Map<string, string> {
  const rows = reader.all<{ monitor: string; incident: string }>(
    `select m.monitor, m.incident from incidents i join incident_monitors m on m.incident = i.id
     where i.resolved is null and m.recovered is null order by i.started, i.number`,
  );
  return new Map(rows.map(({ monitor, incident }) => [monitor, incident]));
}
