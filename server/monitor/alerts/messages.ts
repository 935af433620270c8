import type { Certificate } from '../../protocol/monitorTypes.ts';
import { targetOf } from '../checks/index.ts';
import { type IncidentRecord, incidentName } from '../incidents/records.ts';
import type { MonitorRecord } from '../types.ts';
import { type Payload, plainLine } from './payload.ts';

/** What is said of what has happened. */

type Watched = Pick<MonitorRecord, 'name' | 'service' | 'environment' | 'check'>;

interface Outage {
  readonly monitor: Watched;
  readonly incident: IncidentRecord | undefined;
  readonly time: number;
}

export function downPayload({ monitor, incident, time, message }: Outage & { readonly message: string | null }): Payload {
  return {
    ...about({ monitor, incident, time }),
    ...{ kind: 'down', state: 'down', title: `Down: ${placeOf(monitor)}` },
    lines: [`${monitor.name}: ${plainLine(message ?? 'it does not answer as it should')}`, ...factsOf({ monitor, incident, time })],
  };
}

export function reminderPayload(outage: Outage & { readonly message: string | null; readonly since: number }): Payload {
  const { monitor, time, since, message } = outage;
  return {
    ...about(outage),
    ...{ kind: 'reminder', state: 'down', title: `Still down: ${placeOf(monitor)}, for ${spanText(time - since)}` },
    lines: [`${monitor.name}: ${plainLine(message ?? 'it does not answer as it should')}`, ...factsOf({ ...outage, time: since })],
  };
}

/** `heard`: what was told when it went down; what was told is what has recovered. */
export function recoveredPayload({
  since,
  heard,
  ...outage
}: Outage & { readonly since: number; readonly heard: Payload | undefined }): Payload {
  const { monitor, incident, time } = outage;
  const { service, environment, monitor: name } = heard ?? { ...monitor, monitor: monitor.name };
  const place = placeOf({ name: name ?? monitor.name, service, environment });
  const back = incident?.monitors.filter(({ recovered }) => recovered !== null && recovered >= since).map((each) => each.name) ?? [];
  const names = back.length === 0 ? [monitor.name] : back;
  return {
    ...about(outage),
    ...{
      kind: 'recovered',
      state: 'up',
      title: `Recovered: ${place} after ${spanText(time - since)}`,
      service,
      environment,
      monitor: name,
    },
    lines: [
      plainLine(names.length === 1 ? `${names[0]} is up again` : `${names.join(', ')} are up again`),
      ...(incident === undefined ? [] : [`${incidentName(incident)}: ${plainLine(incident.title)}`]),
    ],
  };
}

export function certificatePayload(monitor: Watched, { subject, expires, days, problem }: Certificate, time: number): Payload {
  const when = days < 0 ? `expired ${-days} ${-days === 1 ? 'day' : 'days'} ago` : `expires in ${days} ${days === 1 ? 'day' : 'days'}`;
  return {
    ...about({ monitor, incident: undefined, time }),
    ...{ kind: 'certificate', state: 'warning', title: `The certificate of ${placeOf(monitor)} ${when}` },
    lines: [
      `${monitor.name}: ${plainLine(subject)}, until ${momentText(expires)}`,
      ...(problem === null ? [] : [plainLine(problem)]),
      plainLine(targetOf(monitor.check)),
    ],
  };
}

export interface DeploymentTold {
  readonly service: string;
  readonly environment: string;
  readonly commit: string;
  readonly subject: string;
  readonly actor: string;
  readonly url: string | null;
  readonly reason: string | null;
  /** It went back to an earlier release. */
  readonly rollback: boolean;
  /** It had been switched to, and went back by itself. */
  readonly tookBack: boolean;
  readonly time: number;
}

export function deploymentPayload(kind: 'deployed' | 'failed', told: DeploymentTold): Payload {
  const { service, environment, commit, subject, actor, url, reason, rollback, tookBack, time } = told;
  const release = `${service} ${commit.slice(0, 10)}`;
  const title =
    kind === 'failed'
      ? `${tookBack ? 'Rolled back by itself' : 'Deployment failed'}: ${release} ${tookBack ? 'in' : 'to'} ${environment}`
      : rollback
        ? `Rolled back: ${release} in ${environment}`
        : `Deployed: ${release} to ${environment}`;
  return {
    ...{ kind, state: kind === 'failed' ? 'warning' : 'info', title: plainLine(title), service, monitor: null, environment },
    ...{ incident: null, url, time },
    lines: [`${plainLine(subject)} (by ${plainLine(actor)})`, ...(reason === null ? [] : [plainLine(reason)])],
  };
}

/** `said`: what has become of it: `opened`, `is identified`, `is resolved`. */
export function incidentPayload(incident: IncidentRecord, said: string, note: string | null, time: number): Payload {
  const { services, environment, severity, runbook, resolved } = incident;
  const where = services.length === 0 ? [] : [`${services.join(', ')}${environment === null ? '' : ` in ${environment}`}, ${severity}`];
  return {
    ...{ kind: 'incident', title: plainLine(`${incidentName(incident)} ${said}: ${incident.title}`) },
    state: resolved !== null ? 'up' : said === 'opened' ? 'down' : 'warning',
    ...{ service: services[0] ?? null, monitor: null, environment, incident: incidentName(incident), url: addressIn(runbook), time },
    lines: [...(note === null ? [] : [plainLine(note)]), ...where.map((line) => plainLine(line)), ...runbookLines(runbook)],
  };
}

export function testPayload(channel: string, time: number): Payload {
  return {
    ...{ kind: 'test', state: 'info', title: `Hearth: a test of ${channel}`, lines: ['Nothing has happened: messages arrive here.'] },
    ...{ service: null, monitor: null, environment: null, incident: null, url: null, time },
  };
}

/** `web in production`; a monitor without a service goes by its own name. */
function placeOf({ name, service, environment }: Pick<Watched, 'name' | 'service' | 'environment'>): string {
  return `${service ?? name}${environment === null ? '' : ` in ${environment}`}`;
}

function about({ monitor, incident, time }: Outage): Pick<Payload, 'service' | 'monitor' | 'environment' | 'incident' | 'url' | 'time'> {
  return {
    ...{ service: monitor.service, monitor: monitor.name, environment: monitor.environment },
    incident: incident === undefined ? null : incidentName(incident),
    url: addressIn(incident?.runbook ?? null) ?? addressIn(targetOf(monitor.check)),
    time,
  };
}

function factsOf({ monitor, incident, time }: Outage): string[] {
  const since = `since ${momentText(time)}`;
  return [
    incident === undefined ? since : `${incidentName(incident)}, ${since}`,
    plainLine(targetOf(monitor.check)),
    ...runbookLines(incident?.runbook ?? null),
  ];
}

function runbookLines(runbook: string | null): string[] {
  return runbook === null ? [] : [`Runbook: ${plainLine(runbook, 2000)}`];
}

function addressIn(text: string | null): string | null {
  return text !== null && /^https?:\/\/[^\s]+$/.test(text) ? text : null;
}

/** `2026-11-21 14:03 UTC`: who reads it may be anywhere. */
export function momentText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `45 s`, `12 min`, `3 h 5 min`, `2 days 4 h`. */
export function spanText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return `${days} ${days === 1 ? 'day' : 'days'}${hours % 24 === 0 ? '' : ` ${hours % 24} h`}`;
}
