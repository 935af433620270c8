import type { Reader, Transaction } from '../../store/types.ts';
import type { Labels } from '../engine/types.ts';
import { label, type Ownership } from '../labels.ts';

/**
 * Labels of an object never change, so what was taken over from another home keeps that home's labels. Which homes those are is noted in the
 * state: `ownersOf` says whose objects of an environment are ours to change.
 */

const keyOf = (project: string, environment: string): string => `adopted:${project}:${environment}`;
const lostKeyOf = (project: string, environment: string): string => `lost:${project}:${environment}`;

/** `ownerId` of this store: what our own objects carry. */
export function ownOwner(reader: Reader): string {
  return reader.get<{ value: string }>("select value from meta where key = 'ownerId'")?.value ?? '';
}

/**
 * Our own first, then those from whom the environment was taken over. Nobody once it was taken over from us: what has our labels there is not
 * ours any more, until something of ours is live there again. `project` is the id.
 */
export function ownersOf(reader: Reader, project: string, environment: string): readonly Ownership[] {
  if (isLost(reader, project, environment)) return [];
  return [{ owner: ownOwner(reader), projectId: project }, ...adoptedOf(reader, project, environment)];
}

/** Without our own. */
export function adoptedOf(reader: Reader, project: string, environment: string): readonly Ownership[] {
  const row = reader.get<{ value: string }>('select value from meta where key = ?', [keyOf(project, environment)]);
  return row === undefined ? [] : (JSON.parse(row.value) as Ownership[]);
}

export function noteAdopted(transaction: Transaction, project: string, environment: string, owners: readonly Ownership[]): void {
  const key = keyOf(project, environment);
  if (owners.length === 0) transaction.run('delete from meta where key = ?', [key]);
  else {
    transaction.run('insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value', [
      key,
      JSON.stringify(owners),
    ]);
  }
}

/** Another home has taken the environment over. */
export function noteLost(transaction: Transaction, project: string, environment: string): void {
  noteAdopted(transaction, project, environment, []);
  transaction.run("insert into meta (key, value) values (?, '1') on conflict do nothing", [lostKeyOf(project, environment)]);
}

/** We have taken it (back). */
export function noteOurs(transaction: Transaction, project: string, environment: string): void {
  transaction.run('delete from meta where key = ?', [lostKeyOf(project, environment)]);
}

function isLost(reader: Reader, project: string, environment: string): boolean {
  if (reader.get('select 1 as it from meta where key = ?', [lostKeyOf(project, environment)]) === undefined) return false;
  const live = "select 1 as it from deployments where project = ? and environment = ? and state = 'live' limit 1";
  return reader.get(live, [project, environment]) === undefined;
}

export function isOneOf(owners: readonly Ownership[], labels: Labels): boolean {
  return owners.some(({ owner, projectId }) => labels[label.owner] === owner && labels[label.projectId] === projectId);
}
