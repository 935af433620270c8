import type * as z from 'zod/mini';
import type { serviceStatus } from '../protocol/catalog.ts';
import type { Health } from '../protocol/health.ts';
import type { Reader, Row } from '../store/types.ts';
import type { CatalogRecord } from './records.ts';
import { compareHealth, worseHealth, worstHealth } from './worstHealth.ts';

export type ServiceStatus = z.output<typeof serviceStatus>;

/** What others know of how services are. */
export interface HealthSources {
  /**
   * What the monitors of a service in an environment say, together; without an environment those that belong to none. Undefined when there
   * is none.
   */
  healthOf(reader: Reader, project: string, service: string, environment?: string): Health | undefined;
  /** A live deployment as the deployer sees it, by its id. */
  deployedHealth(deployment: string): Health;
}

interface Live extends Row {
  id: string;
  environment: string;
  service: string;
  commit: string;
  url: string | null;
}

interface Watched extends Row {
  id: string;
  service: string;
  environment: string | null;
  state: string;
}

interface Open extends Row {
  id: string;
  services: string;
}

const live = `select id, environment, service, commit_id as "commit", url from deployments where project = ? and state = 'live'
  order by environment`;
const watched = `select m.id, m.service, m.environment, coalesce(s.state, 'unknown') as state from monitors m
  left join monitor_states s on s.monitor = m.id where m.project = ? and m.service is not null and m.orphan is null order by m.name`;
const open = 'select id, services from incidents where project = ? and resolved is null and merged_into is null order by number desc';

const worstFirst = ['down', 'pending', 'unobserved', 'unknown', 'maintenance', 'paused', 'up'];

/** How the services of a project (its UUID) are, by name. */
export function statusesOf(
  reader: Reader,
  project: string,
  records: readonly CatalogRecord[],
  sources: HealthSources,
): Map<string, ServiceStatus> {
  const deployed = byService(reader.all<Live>(live, [project]), ({ service }) => [service]);
  const monitors = byService(reader.all<Watched>(watched, [project]), ({ service }) => [service]);
  const incidents = byService(reader.all<Open>(open, [project]), ({ services }) => JSON.parse(services) as string[]);
  return new Map(
    records.map((record) => {
      const own = { deployed: deployed.get(record.name) ?? [], monitors: monitors.get(record.name) ?? [] };
      const { health, environments } = healthsOf(reader, project, record, own, sources);
      const ranked = own.monitors.toSorted((a, b) => worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state));
      const status = {
        health,
        environments,
        monitors: ranked.map(({ id }) => id),
        incidents: (incidents.get(record.name) ?? []).map(({ id }) => id),
      };
      return [record.name, status];
    }),
  );
}

function healthsOf(
  reader: Reader,
  project: string,
  { name, created }: CatalogRecord,
  { deployed, monitors }: { deployed: readonly Live[]; monitors: readonly Watched[] },
  { healthOf, deployedHealth }: HealthSources,
): Pick<ServiceStatus, 'health' | 'environments'> {
  const nobodyLooked: Health = { state: 'unknown', since: created };
  const places = [...deployed.map(({ environment }) => environment), ...monitors.flatMap(({ environment }) => environment ?? [])];
  const environments = [...new Set(places)].sort().map((environment) => {
    const release = deployed.find((each) => each.environment === environment);
    const seen = release === undefined ? undefined : deployedHealth(release.id);
    const monitored = healthOf(reader, project, name, environment);
    return {
      environment,
      health: (seen === undefined ? monitored : worseHealth(seen, monitored)) ?? nobodyLooked,
      deployment: release?.id ?? null,
      commit: release?.commit ?? null,
      url: release?.url ?? null,
    };
  });
  const elsewhere = monitors.some(({ environment }) => environment === null) ? healthOf(reader, project, name) : undefined;
  const all = [...environments.map(({ health }) => health), ...(elsewhere === undefined ? [] : [elsewhere])];
  return { health: worstHealth(all) ?? nobodyLooked, environments: environments.toSorted((a, b) => compareHealth(a.health, b.health)) };
}

function byService<R>(rows: readonly R[], servicesOf: (row: R) => readonly string[]): Map<string, R[]> {
  const found = new Map<string, R[]>();
  for (const row of rows) for (const service of servicesOf(row)) found.set(service, [...(found.get(service) ?? []), row]);
  return found;
}
