import { given } from '../deploy/deployTargets.ts';

/** What commands of services, monitors and incidents are given: by a row of the view (which has a `target`), or by name from a menu, a link or another command. */

export interface MonitorTarget {
  readonly repository: string;
  /** Its name or id. */
  readonly monitor: string;
}

export interface IncidentTarget {
  readonly repository: string;
  /** Its id or number (`I-7`). */
  readonly incident: string;
}

export interface CatalogTarget {
  readonly repository: string;
  readonly service: string;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function named<K extends string>(argument: unknown, key: K): ({ readonly repository: string } & Record<K, string>) | undefined {
  const target = given(argument);
  const [repository, name] = [textOf(target['repository']), textOf(target[key])];
  return repository === undefined || name === undefined
    ? undefined
    : ({ repository, [key]: name } as { repository: string } & Record<K, string>);
}

export function monitorOf(argument: unknown): MonitorTarget | undefined {
  return named(argument, 'monitor');
}

export function incidentOf(argument: unknown): IncidentTarget | undefined {
  return named(argument, 'incident');
}

export function catalogOf(argument: unknown): CatalogTarget | undefined {
  return named(argument, 'service');
}
