import type { Reader, Row } from '../store/types.ts';

/** What the store knows that metrics tell. Times are milliseconds since the epoch. */
export interface StoredFacts {
  readonly monitors: readonly MonitorFacts[];
  /** What is live. */
  readonly releases: readonly {
    readonly project: string;
    readonly environment: string;
    readonly service: string;
    readonly deployment: string;
    readonly commit: string;
    readonly since: number;
    readonly crashLoop: boolean;
  }[];
  readonly deployments: readonly {
    readonly project: string;
    readonly environment: string;
    readonly state: string;
    readonly count: number;
  }[];
  /** Open ones. */
  readonly incidents: readonly { readonly project: string; readonly severity: string; readonly count: number }[];
  readonly outbox: readonly { readonly project: string; readonly channel: string; readonly state: string; readonly count: number }[];
  /** Failures in a row of notifications. */
  readonly channels: readonly { readonly project: string; readonly channel: string; readonly failures: number }[];
  /** The last sequence of the event log. */
  readonly events: number;
}

interface MonitorFacts {
  /** The name. */
  readonly project: string;
  readonly name: string;
  readonly service: string;
  readonly environment: string;
  readonly kind: string;
  readonly state: string;
  readonly checked: number | null;
  readonly failures: number;
  readonly milliseconds: number | null;
  /** When the first certificate of the chain ends. */
  readonly expires: number | null;
  /** Beats of the last 24 hours. */
  readonly up: number;
  readonly down: number;
}

const hour = 3_600_000;

export function storedFacts(reader: Reader, now: number): StoredFacts {
  const count = <R extends Row>(sql: string, values: (string | number)[] = []) => reader.all<R>(sql, values);
  return {
    monitors: monitorsOf(reader, now),
    releases: count<
      Row & { project: string; environment: string; service: string; id: string; commit_id: string; since: number; loop: number }
    >(
      `select projects.name as project, environment, service, deployments.id as id, commit_id, coalesce(live_since, deployments.created) as since,
         crash_loop as loop
       from deployments join projects on projects.id = deployments.project where state = 'live' order by 1, 2, 3`,
    ).map(({ id, commit_id, loop, ...row }) => ({ ...row, deployment: id, commit: commit_id, crashLoop: loop === 1 })),
    deployments: count<Row & { project: string; environment: string; state: string; count: number }>(
      `select projects.name as project, environment, state, count(*) as count
       from deployments join projects on projects.id = deployments.project group by 1, 2, 3`,
    ),
    incidents: count<Row & { project: string; severity: string; count: number }>(
      `select projects.name as project, severity, count(*) as count
       from incidents join projects on projects.id = incidents.project where resolved is null group by 1, 2`,
    ),
    outbox: count<Row & { project: string; channel: string; state: string; count: number }>(
      `select projects.name as project, channel, state, count(*) as count
       from outbox join projects on projects.id = outbox.project group by 1, 2, 3`,
    ),
    channels: count<Row & { project: string; channel: string; failures: number }>(
      `select projects.name as project, channels.name as channel, failures from channels join projects on projects.id = channels.project`,
    ),
    events: reader.get<{ last: number | null }>('select max(sequence) as last from events')?.last ?? 0,
  };
}

type MonitorRow = Row & {
  id: string;
  project: string;
  name: string;
  service: string | null;
  environment: string | null;
  kind: string | null;
  state: string;
  checked: number | null;
  failures: number;
  milliseconds: number | null;
  expires: number | null;
};

function monitorsOf(reader: Reader, now: number): MonitorFacts[] {
  const rows = reader.all<MonitorRow>(
    `select monitors.id as id, projects.name as project, monitors.name as name, service, environment, json_extract(spec, '$.kind') as kind,
       coalesce(state, 'unknown') as state, checked, coalesce(failures, 0) as failures, milliseconds,
       json_extract(certificate, '$.expires') as expires
     from monitors join projects on projects.id = monitors.project left join monitor_states on monitor_states.monitor = monitors.id
     where orphan is null order by 2, 3`,
  );
  const beats = new Map(
    reader
      .all<Row & { monitor: string; up: number; down: number }>(
        'select monitor, sum(up) as up, sum(down) as down from monitor_hours where hour > ? group by monitor',
        [Math.floor(now / hour) - 24],
      )
      .map(({ monitor, up, down }) => [monitor, { up, down }]),
  );
  return rows.map(({ id, service, environment, kind, ...row }) => ({
    ...row,
    service: service ?? '',
    environment: environment ?? '',
    kind: kind ?? '',
    ...(beats.get(id) ?? { up: 0, down: 0 }),
  }));
}
