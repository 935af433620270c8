import type { Beat } from '../../protocol/monitorTypes.ts';
import type { Reader } from '../../store/types.ts';
import { targetOf } from '../checks/index.ts';
import { dayLength, hourLength, hourOf } from '../history/beats.ts';
import { merge } from '../history/histogram.ts';
import { readBeats, readDays, readHours, type Span, spanOfBeats, sumOf } from '../history/hours.ts';
import { summaryOf, uptimeOf, type Window } from '../history/windows.ts';
import { readChanges } from '../records.ts';
import type { MonitorRecord } from '../types.ts';

/** What a report says. Times are milliseconds since the epoch, answers milliseconds. */
export interface Report {
  readonly project: string;
  readonly from: number;
  readonly to: number;
  readonly made: number;
  readonly monitors: readonly MonitorReport[];
  readonly incidents: readonly IncidentReport[];
}

export interface MonitorReport extends Omit<Window, 'span'> {
  /** Looks that found it up. */
  readonly up: number;
  readonly name: string;
  readonly service: string | null;
  readonly environment: string | null;
  readonly kind: string;
  readonly target: string;
  /** Of each day (UTC) in the span. */
  readonly days: readonly { readonly time: number; readonly uptime: number | null; readonly p95: number | null }[];
  /** From going down to coming up, or to the end; the longest first. */
  readonly outages: readonly { readonly from: number; readonly to: number | null; readonly message: string | null }[];
}

export interface IncidentReport {
  readonly number: number;
  readonly title: string;
  readonly severity: string;
  readonly state: string;
  readonly services: readonly string[];
  readonly started: number;
  readonly resolved: number | null;
}

interface Question {
  /** The id. */
  readonly project: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly now: number;
  readonly monitors: readonly MonitorRecord[];
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
}

/** Beats are kept two days, hours 35: a span that begins before is counted in whole hours, or in whole days. */
const beatsKept = 48 * hourLength;
const hoursKept = 35 * dayLength;
const mostOutages = 100;

export function collectReport(reader: Reader, question: Question): Report {
  const { name, from, to, now, monitors } = question;
  return {
    ...{ project: name, from, to, made: now },
    monitors: monitors.map((record) => monitorReport(reader, record, question)),
    incidents: incidentsOf(reader, question),
  };
}

function monitorReport(reader: Reader, record: MonitorRecord, { from, to, now }: Question): MonitorReport {
  const spans = spansOf(reader, record.id, { from, to, now });
  const { name, service, environment, check } = record;
  return {
    ...{ name, service, environment, kind: check.kind, target: targetOf(check) },
    ...summaryOf(spans, merge(spans.map(({ times }) => times))),
    up: sumOf(spans).up,
    days: daysOf(spans),
    outages: outagesOf(reader, record.id, { from, to }),
  };
}

function spansOf(reader: Reader, id: string, { from, to, now }: Pick<Question, 'from' | 'to' | 'now'>): Span[] {
  if (from < now - hoursKept) return readDays(reader, id, from, to, now);
  if (from < now - beatsKept) return readHours(reader, id, from, to);
  const byHour = new Map<number, Beat[]>();
  for (const beat of readBeats(reader, id, from, to)) byHour.set(hourOf(beat.time), [...(byHour.get(hourOf(beat.time)) ?? []), beat]);
  return [...byHour].map(([hour, beats]) => spanOfBeats(hour * hourLength, beats));
}

function daysOf(spans: readonly Span[]): MonitorReport['days'] {
  const byDay = new Map<number, Span[]>();
  for (const span of spans) {
    const day = Math.floor(span.time / dayLength) * dayLength;
    byDay.set(day, [...(byDay.get(day) ?? []), span]);
  }
  return [...byDay].map(([time, each]) => {
    const { p95, ...sum } = summaryOf(each, merge(each.map(({ times }) => times)));
    return { time, uptime: sum.uptime, p95 };
  });
}

function outagesOf(reader: Reader, id: string, { from, to }: { from: number; to: number }): MonitorReport['outages'] {
  const changes = readChanges(reader, id, 10_000, { from, to }).reverse();
  const before = readChanges(reader, id, 1, { to: from })[0];
  const outages: { from: number; to: number | null; message: string | null }[] = [];
  let open = before?.to === 'down' ? { from: before.time, message: before.message } : undefined;
  for (const change of changes) {
    if (open !== undefined && change.to !== 'down') {
      outages.push({ ...open, to: change.time });
      open = undefined;
    }
    if (change.to === 'down') open ??= { from: change.time, message: change.message };
  }
  if (open !== undefined) outages.push({ ...open, to: null });
  const length = (each: { from: number; to: number | null }) => (each.to ?? to) - each.from;
  return outages.sort((a, b) => length(b) - length(a)).slice(0, mostOutages);
}

type IncidentRow = {
  number: number;
  title: string;
  severity: string;
  state: string;
  services: string;
  environment: string | null;
  started: number;
  resolved: number | null;
};

function incidentsOf(reader: Reader, { project, from, to, service, environment }: Question): IncidentReport[] {
  return reader
    .all<IncidentRow>(
      `select number, title, severity, state, services, environment, started, resolved from incidents
       where project = ? and started < ? and coalesce(resolved, ?) >= ? and state <> 'merged' order by started desc, number desc limit 500`,
      [project, to, to, from],
    )
    .map(({ services, ...row }) => ({ ...row, services: JSON.parse(services) as string[] }))
    .filter(
      (row) => (service === undefined || row.services.includes(service)) && (environment === undefined || row.environment === environment),
    )
    .map(({ environment: _, ...row }) => row);
}

/** All of them together: looks that found something up, of all that said up or down. */
export function totalUptime({ monitors }: Report): number | null {
  return uptimeOf({ up: monitors.reduce((sum, { up }) => sum + up, 0), down: monitors.reduce((sum, { down }) => sum + down, 0) });
}
