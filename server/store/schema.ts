import type { Migration } from './migrations.ts';

/** Tables as of schema 1. Nothing is `autoincrement` or deferred; numbers are integers, times milliseconds since the epoch. */
const first = [
  // `ownerId`, `schema`.
  'create table meta (key text primary key, value text not null) strict, without rowid',
  // Answers given under an idempotency key, in the same change that it names; forgotten after a day.
  'create table request_keys (key text primary key, answer text, time integer not null) strict, without rowid',
  'create index request_keys_time on request_keys (time)',

  'create table projects (id text primary key, name text not null, root_commit text, remote text, created integer not null) strict, without rowid',
  // Git common directories that carry a project's id, as last seen.
  'create table repositories (common_dir text primary key, project text not null references projects (id), seen integer not null) strict, without rowid',
  // What the user trusts a connection to run for a repository.
  'create table trust (connection text not null, repository text not null, time integer not null, primary key (connection, repository)) strict, without rowid',

  `create table events (
    sequence integer primary key, time integer not null, actor text not null, correlation text not null, project text,
    entity text not null, entity_id text not null, kind text not null, payload text, payload_hash blob, salt blob not null, hash blob not null
  ) strict`,
  // Events that were moved to a sealed file (segmentFile.ts).
  `create table segments (
    first integer primary key, last integer not null, min_time integer not null, max_time integer not null,
    name text not null, size integer not null, sha256 text not null, head blob not null
  ) strict`,
] as const;

/**
 * Work items. What belongs to one goes with it; its number never comes back. JSON where only whole values are read and written: `merged`,
 * `holder`, `plan`, `steps`.
 */
const workItems = [
  'create table item_counters (project text primary key references projects (id), last integer not null) strict, without rowid',
  `create table items (
    project text not null references projects (id), number integer not null, uid text not null unique, title text not null,
    type text not null, state text not null, notes text not null, assignee text, due text, branch text, base text,
    had_branch integer not null, created integer not null, updated integer not null, started integer, closed integer, merged text,
    primary key (project, number)
  ) strict`,
  'create index items_updated on items (project, updated, number)',
  'create index items_branch on items (project, branch) where branch is not null',
  `create table item_tags (
    project text not null, number integer not null, tag text not null, primary key (project, number, tag),
    foreign key (project, number) references items (project, number) on delete cascade
  ) strict, without rowid`,
  `create table item_checks (
    project text not null, number integer not null, id text not null, position integer not null, text text not null, done integer not null,
    primary key (project, number, id), foreign key (project, number) references items (project, number) on delete cascade
  ) strict, without rowid`,
  `create table item_comments (
    project text not null, number integer not null, id text not null, author text not null, text text not null,
    time integer not null, edited integer,
    primary key (project, number, id), foreign key (project, number) references items (project, number) on delete cascade
  ) strict, without rowid`,
  // `source`: on the item's branch, or named by a trailer. Times in seconds, as git has them.
  `create table item_commits (
    project text not null, number integer not null, id text not null, subject text not null, author text not null,
    author_time integer not null, source text not null,
    primary key (project, number, id), foreign key (project, number) references items (project, number) on delete cascade
  ) strict, without rowid`,
  // Merge & Completes on their way, one for an item at most; a row is gone when it ends.
  `create table completions (
    id text primary key, project text not null, number integer not null, repository text not null, holder text not null,
    plan text not null, steps text not null, started integer not null,
    unique (project, number), foreign key (project, number) references items (project, number)
  ) strict, without rowid`,
  "create index events_item on events (entity_id) where entity = 'item'",
] as const;

/**
 * Deployments (DESIGN §7). JSON where only whole values are read and written: `config` (the service and environment as deployed, never a
 * secret), `overrides`, `phase_times`, `probes`, `containers`, `crashes`, `evidence`.
 */
const deployments = [
  // What `config/apply` made long-lived.
  `create table applied_configs (
    project text primary key references projects (id), commit_id text not null, text text not null, time integer not null, actor text not null
  ) strict, without rowid`,
  // Stored variables and secrets; `service` is '' for all of them. A secret has `key`, `nonce`, `cipher` (AES-256-GCM, tag at the end) and no `value`.
  `create table variables (
    project text not null references projects (id), environment text not null, service text not null, name text not null,
    secret integer not null, value text, key text, nonce blob, cipher blob, version integer not null, updated integer not null,
    primary key (project, environment, service, name)
  ) strict, without rowid`,
  `create table deployments (
    id text primary key, run text not null, project text not null references projects (id), project_name text not null,
    environment text not null, service text not null, engine text not null, repository text not null, commit_id text not null,
    subject text not null, config text not null, overrides text not null, spec_hash text not null, image text, image_id text, digest text,
    phase text not null, state text not null, reason text, hint text, progress text, actor text not null, rollback_to text,
    created integer not null, started integer, live_since integer, ended integer, fence integer not null, resumed integer not null,
    canceling integer not null, phase_times text not null, probes text not null, containers text not null, url text,
    crashes text not null, crash_loop integer not null
  ) strict`,
  'create index deployments_service on deployments (project, environment, service, id)',
  'create index deployments_run on deployments (run)',
  "create index deployments_running on deployments (state) where state = 'running'",
  // At most one is live, whatever happens.
  "create unique index deployments_live on deployments (project, environment, service) where state = 'live'",
  // The journal of each: a step is written before it is done and when it is done.
  `create table deployment_steps (
    deployment text not null references deployments (id) on delete cascade, n integer not null, step text not null, state text not null,
    time integer not null, evidence text not null, primary key (deployment, n)
  ) strict, without rowid`,
  "create index events_deployment on events (entity_id) where entity = 'deployment'",
] as const;

/**
 * Catalog, monitors, incidents, alerts (DESIGN §8). JSON where only whole values are read and written: `facts`, `spec`, `settings`,
 * `certificate`, `certificate_told`, `payload`, `services`.
 */
const monitoring = [
  `create table catalog_entries (
    project text not null references projects (id), name text not null, source text not null, facts text not null, line integer,
    orphan integer, created integer not null, updated integer not null, primary key (project, name)
  ) strict, without rowid`,
  // `spec` is the check. `push` is the hash of a push monitor's token. `suppressed`: it was down, but told nobody, for a service it needs was.
  `create table monitors (
    id text primary key, project text not null references projects (id), name text not null, service text, environment text,
    source text not null, spec text not null, settings text not null, line integer, push blob, paused integer not null, orphan integer,
    created integer not null, updated integer not null, unique (project, name)
  ) strict`,
  // Streaks and what was told survive the hub. `fingerprint`, `certificate_told`: thresholds in days that were told of this certificate.
  `create table monitor_states (
    monitor text primary key references monitors (id) on delete cascade, state text not null, since integer not null, checked integer,
    failures integer not null, successes integer not null, message text, milliseconds real, certificate text, fingerprint text,
    certificate_told text not null, reminded integer, suppressed integer not null, pushed integer
  ) strict, without rowid`,
  `create table monitor_changes (
    monitor text not null references monitors (id) on delete cascade, time integer not null, was text not null, state text not null,
    message text, primary key (monitor, time)
  ) strict, without rowid`,
  // `hour` and `day` count from the epoch (UTC). `beats` is packed (beats.ts), null after 48 hours; `times` a log-bucket histogram of milliseconds.
  `create table monitor_hours (
    monitor text not null references monitors (id) on delete cascade, hour integer not null, beats blob, up integer not null, down integer not null,
    pending integer not null, maintenance integer not null, times blob, primary key (monitor, hour)
  ) strict, without rowid`,
  'create index monitor_hours_hour on monitor_hours (hour)',
  `create table monitor_days (
    monitor text not null references monitors (id) on delete cascade, day integer not null, up integer not null, down integer not null,
    pending integer not null, maintenance integer not null, times blob, primary key (monitor, day)
  ) strict, without rowid`,
  'create index monitor_days_day on monitor_days (day)',
  // By hand; those of the file are read from the applied configuration. `monitors` is a JSON array of ids, empty for all.
  `create table maintenance_windows (
    id text primary key, project text not null references projects (id), name text not null, begins integer not null, ends integer not null,
    monitors text not null, actor text not null
  ) strict, without rowid`,

  'create table incident_counters (project text primary key references projects (id), last integer not null) strict, without rowid',
  `create table incidents (
    id text primary key, project text not null references projects (id), number integer not null, title text not null, state text not null,
    severity text not null, source text not null, services text not null, environment text, deployment text, commit_id text, item integer,
    runbook text, started integer not null, acknowledged integer, acknowledged_by text, recovered integer, resolved integer,
    merged_into text, postmortem text, unique (project, number)
  ) strict`,
  'create index incidents_open on incidents (project) where resolved is null',
  `create table incident_monitors (
    incident text not null references incidents (id) on delete cascade, monitor text not null, name text not null, joined integer not null,
    recovered integer, primary key (incident, monitor)
  ) strict, without rowid`,
  'create index incident_monitors_monitor on incident_monitors (monitor)',
  `create table incident_entries (
    incident text not null references incidents (id) on delete cascade, n integer not null, time integer not null, actor text not null,
    kind text not null, text text not null, primary key (incident, n)
  ) strict, without rowid`,
  "create index events_incident on events (entity_id) where entity = 'incident'",

  // Circuit breakers of notifications, by the name of the applied configuration.
  `create table channels (
    project text not null references projects (id), name text not null, failures integer not null, open_until integer, last_sent integer,
    last_error text, primary key (project, name)
  ) strict, without rowid`,
  // A row is written with the change it tells of. `cause` is unique: nothing is queued twice. `fence`: who was sending it. `batch`: what was sent
  // together, under one key, and may have been taken.
  `create table outbox (
    id integer primary key, project text not null references projects (id), channel text not null, cause text not null, kind text not null,
    payload text not null, incident text, state text not null, attempts integer not null, next integer, fence integer, batch text,
    created integer not null, ended integer, error text, unique (project, channel, cause)
  ) strict`,
  "create index outbox_waiting on outbox (next) where state in ('waiting', 'sending')",
  'create index outbox_newest on outbox (project, id)',
] as const;

const breadth = [
  // Where a compose file has a service of the catalog, and what it needs there: JSON.
  'alter table catalog_entries add column detected text',
  // Since when somebody has stopped a live release on purpose.
  'alter table deployments add column stopped integer',
  // A migration runs once for a release of a service and environment; `key` is its image and its commands. `state`: running, done, failed, taken-back, unknown.
  `create table migrations_run (
    project text not null references projects (id), environment text not null, service text not null, key text not null, deployment text not null,
    state text not null, started integer not null, ended integer, primary key (project, environment, service, key)
  ) strict, without rowid`,
  // Folders of this machine that hold static sites, and whose they are.
  `create table sites (
    root text primary key, project text not null references projects (id), environment text not null, service text not null
  ) strict, without rowid`,
] as const;

/** In order; the number of the last one is the schema this program writes. Released ones are never edited. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'identity, projects, event log',
    run: (database) => {
      for (const sql of first) database.run(sql);
    },
  },
  {
    version: 2,
    name: 'work items',
    run: (database) => {
      for (const sql of workItems) database.run(sql);
    },
  },
  {
    version: 3,
    name: 'applied configuration, variables, deployments',
    run: (database) => {
      for (const sql of deployments) database.run(sql);
    },
  },
  {
    version: 4,
    name: 'catalog, monitors, incidents, alerts',
    run: (database) => {
      for (const sql of monitoring) database.run(sql);
    },
  },
  {
    version: 5,
    name: 'stopped services, migrations, static sites',
    run: (database) => {
      for (const sql of breadth) database.run(sql);
    },
  },
];
