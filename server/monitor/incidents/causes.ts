import { needs } from '../../catalog/index.ts';
import { liveDeployment } from '../../deploy/index.ts';
import type { Check } from '../../protocol/monitorTypes.ts';
import type { Reader } from '../../store/types.ts';
import { hostOf, isThisMachine } from '../checks/index.ts';
import type { MonitorRecord } from '../types.ts';
import { type IncidentRecord, openIncidentOn, openIncidents, openIncidentWith, readIncident } from './records.ts';

/** Which faults have one cause. */

type Watched = Pick<MonitorRecord, 'id' | 'project' | 'name' | 'service' | 'environment' | 'check'>;

/** A monitor that is down, of a service that another one needs. */
export interface DownNeed {
  readonly monitor: string;
  readonly name: string;
  readonly service: string;
}

/** What the services of a project need, directly or not; the catalog is read once, when it is first asked. */
export class Needs {
  readonly #read: () => ReadonlyMap<string, readonly string[]>;
  #edges: ReadonlyMap<string, readonly string[]> | undefined;
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(reader: Reader, project: string) {
    this.#read = () => needs(reader, project);
  }

  /** Nothing for no service. */
  of(service: string | null): ReadonlySet<string> {
    if (service === null) return nothing;
    const known = this.#known.get(service);
    if (known !== undefined) return known;
    this.#edges ??= this.#read();
    const found = new Set<string>();
    const queue = [service];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      for (const other of this.#edges.get(name) ?? []) {
        if (other === service || found.has(other)) continue;
        found.add(other);
        queue.push(other);
      }
    }
    this.#known.set(service, found);
    return found;
  }
}

const nothing: ReadonlySet<string> = new Set();

/** Of very many open incidents only the newest are compared: one that everything shares is among them. */
const mostCompared = 100;

/** Either says where it is only when both do. */
const samePlace = (one: string | null, other: string | null): boolean => one === null || other === null || one === other;

/** Monitors that are down of services that this one needs; none for a monitor without a service. */
export function downNeeds(
  reader: Reader,
  { project, service, environment }: Pick<Watched, 'project' | 'service' | 'environment'>,
  known: Needs,
): DownNeed[] {
  const needed = known.of(service);
  if (needed.size === 0) return [];
  return reader
    .all<{ monitor: string; name: string; service: string | null; environment: string | null }>(
      `select monitors.id as monitor, name, service, environment from monitors join monitor_states on monitor_states.monitor = monitors.id
       where project = ? and state = 'down' and paused = 0 and orphan is null and service is not null order by name`,
      [project],
    )
    .flatMap(({ environment: place, service: other, ...rest }) =>
      other !== null && needed.has(other) && samePlace(place, environment) ? [{ ...rest, service: other }] : [],
    );
}

/**
 * The open incident that a monitor belongs to which has gone down at `time`: the one it was in, one of the same service and environment, of a
 * service that it needs or that needs it, of the same host, or of a service that was deployed together with it. Undefined when it is a new one.
 */
export function incidentFor(reader: Reader, monitor: Watched, time: number, known: Needs, correlate: number): IncidentRecord | undefined {
  const { project, service, environment } = monitor;
  const own = openIncidentWith(reader, monitor.id) ?? openIncidentOn(reader, { project, service, environment });
  if (own !== undefined) return readIncident(reader, own);
  const open = openIncidents(reader, project, mostCompared).filter((incident) => samePlace(incident.environment, environment));
  const near = (incident: IncidentRecord) => Math.abs(time - lastFault(incident)) <= correlate;
  const rules: ((incident: IncidentRecord) => boolean)[] = [
    (incident) => incident.recovered === null && incident.services.some((each) => known.of(service).has(each)),
    (incident) => service !== null && near(incident) && incident.services.some((each) => known.of(each).has(service)),
    (incident) => near(incident) && sharesHost(reader, incident, monitor),
    (incident) => near(incident) && sharesRun(reader, incident, monitor),
  ];
  for (const rule of rules) {
    const found = open.find(rule);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** When the last monitor joined; of one opened by hand when it was opened. */
function lastFault({ started, monitors }: IncidentRecord): number {
  return Math.max(started, ...monitors.map(({ joined }) => joined));
}

/** Something else that is down in it is on the same machine, and not on this one: everything that is tried out at home is. */
function sharesHost(reader: Reader, { monitors }: IncidentRecord, monitor: Watched): boolean {
  const host = hostOf(monitor.check);
  if (host === undefined || isThisMachine(host)) return false;
  return monitors.some(({ id, recovered }) => {
    if (recovered !== null || id === monitor.id) return false;
    const row = reader.get<{ spec: string }>('select spec from monitors where id = ?', [id]);
    return row !== undefined && hostOf(JSON.parse(row.spec) as Check) === host;
  });
}

/** Its service went live in the same run as the one with which the incident began. */
function sharesRun(reader: Reader, { deployment }: IncidentRecord, { project, service, environment }: Watched): boolean {
  if (deployment === null || service === null || environment === null) return false;
  const run = reader.get<{ run: string }>('select run from deployments where id = ?', [deployment])?.run;
  return run !== undefined && liveDeployment(reader, { project, environment, service })?.run === run;
}

/** Services of an incident with one more: in front of those that need it, for that is where it began. */
export function withService({ services }: IncidentRecord, service: string | null, known: Needs): string[] {
  if (service === null || services.includes(service)) return [...services];
  const at = services.findIndex((each) => known.of(each).has(service));
  return at === -1 ? [...services, service] : [...services.slice(0, at), service, ...services.slice(at)];
}
