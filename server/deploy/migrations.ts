import { createHash } from 'node:crypto';
import type { Migration } from '../config/hearthTypes.ts';
import type { Reader, Row, Transaction } from '../store/types.ts';
import type { DeploymentRecord, ServiceKey } from './records.ts';

/** What became of a migration. `unknown`: nobody can say whether it ran to its end. */
export type MigrationState = 'running' | 'done' | 'failed' | 'taken-back' | 'unknown';

/** A row of `migrations_run`. Times are milliseconds since the epoch. */
interface MigrationRow {
  readonly key: string;
  readonly deployment: string;
  readonly state: MigrationState;
  readonly started: number;
  readonly ended: number | null;
}

/** Names a migration: the image it runs in and what runs. */
export function migrationKey(imageId: string, { run }: Migration): string {
  return createHash('sha256')
    .update(JSON.stringify([imageId, run]))
    .digest('hex');
}

/** Nobody knows: its hub was killed and its container removed, or its deployment was given up while it ran. */
const isUnknown = "(state = 'unknown' or (state = 'running' and deployment in (select id from deployments where ended is not null)))";

/** Undefined: it never ran here. */
export function readMigration(reader: Reader, { project, environment, service }: ServiceKey, key: string): MigrationRow | undefined {
  const sql = 'select * from migrations_run where project = ? and environment = ? and service = ? and key = ?';
  return rowOf(reader.get<Stored>(sql, [project, environment, service, key]));
}

/** The one of a service of which nobody can say how far it came; the last one, should there be several. */
export function unknownMigration(reader: Reader, { project, environment, service }: ServiceKey): MigrationRow | undefined {
  const sql = `select * from migrations_run where project = ? and environment = ? and service = ? and ${isUnknown} order by started desc, deployment desc limit 1`;
  return rowOf(reader.get<Stored>(sql, [project, environment, service]));
}

/** It begins. Of an older one that is unknown a person has answered for by now. */
export function beginMigration(transaction: Transaction, record: DeploymentRecord, key: string): void {
  const { project, environment, service, id } = record;
  const place = [project, environment, service] as const;
  transaction.run(`delete from migrations_run where project = ? and environment = ? and service = ? and ${isUnknown}`, place);
  transaction.run(
    `insert into migrations_run (project, environment, service, key, deployment, state, started) values (?, ?, ?, ?, ?, 'running', ?)
    on conflict (project, environment, service, key)
    do update set deployment = excluded.deployment, state = excluded.state, started = excluded.started, ended = null`,
    [...place, key, id, transaction.now],
  );
}

/** It has ended, or was taken back. One that another deployment has run since stays as it is. */
export function endMigration(transaction: Transaction, record: DeploymentRecord, key: string, state: MigrationState): void {
  const { project, environment, service, id, commit, run } = record;
  transaction.run(
    'update migrations_run set state = ?, ended = ? where project = ? and environment = ? and service = ? and key = ? and deployment = ?',
    [state, transaction.now, project, environment, service, key, id],
  );
  const payload = { environment, service, commit, run, state };
  transaction.event({ project, entity: 'deployment', entityId: id, kind: 'migration', payload });
}

type Stored = Row & Record<string, string | number | null>;

function rowOf(row: Stored | undefined): MigrationRow | undefined {
  if (row === undefined) return undefined;
  return {
    key: String(row['key']),
    deployment: String(row['deployment']),
    state: String(row['state']) as MigrationState,
    started: Number(row['started']),
    ended: row['ended'] === null ? null : Number(row['ended']),
  };
}
