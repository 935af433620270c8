import type { Registry } from 'prom-client';
import type { Timing } from '../rpc/router.ts';
import { version } from '../version.ts';
import type { LogCount } from './hubLog.ts';
import type { StoredFacts } from './metricFacts.ts';
import type { ProcessFacts } from './processFacts.ts';

/** Everything that `/metrics` tells, as it is at this moment. */
export interface MetricFacts {
  readonly stored: StoredFacts;
  /** Bytes, and the number of changes there ever were. */
  readonly store: { readonly sizes: Readonly<Record<string, number>>; readonly position: number };
  readonly process: ProcessFacts;
  readonly logs: readonly LogCount[];
  readonly requests: readonly Timing[];
  readonly monitoring: { readonly active: number; readonly behind: number };
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** The text format of Prometheus. Built anew for each scrape: what is gone from the store is gone from the metrics. */
export async function metricsText(facts: MetricFacts): Promise<string> {
  const { loadPrometheus } = await import('../monitor/heavy.ts');
  const { Counter, Gauge, Registry } = await loadPrometheus();
  const registry: Registry = new Registry();
  // One without samples would be told as 0.
  const labelNames = ([first]: readonly Sample[]) => (first === undefined ? undefined : Object.keys(first[0]));
  const gauge: Add = (name, help, samples) => {
    const names = labelNames(samples);
    if (names === undefined) return;
    const metric = new Gauge({ name, help, labelNames: names, registers: [registry] });
    for (const [labels, value] of samples) metric.set(labels, value);
  };
  const counter: Add = (name, help, samples) => {
    const names = labelNames(samples);
    if (names === undefined) return;
    const metric = new Counter({ name, help, labelNames: names, registers: [registry] });
    for (const [labels, value] of samples) metric.inc(labels, value);
  };
  processMetrics(facts, gauge, counter);
  monitorMetrics(facts, gauge);
  deploymentMetrics(facts, gauge);
  alertMetrics(facts, gauge);
  activityMetrics(facts, gauge, counter);
  return registry.metrics();
}

type Add = (name: string, help: string, samples: readonly Sample[]) => void;

const seconds = (milliseconds: number): number => milliseconds / 1000;

function processMetrics({ process, store }: MetricFacts, gauge: Add, counter: Add): void {
  gauge('hearth_build_info', 'Version of Hearth and of what it runs on.', [[{ version, runtime: process.runtime }, 1]]);
  gauge('process_start_time_seconds', 'When the hub started.', [[{}, seconds(process.started)]]);
  counter('process_cpu_seconds_total', 'Processor time the hub has used.', [[{}, process.cpu]]);
  gauge('process_resident_memory_bytes', 'Memory of the hub.', [[{}, process.resident]]);
  gauge('process_heap_bytes', 'Of it what JavaScript objects use.', [[{}, process.heap]]);
  if (process.files !== undefined) gauge('process_open_fds', 'Open files of the hub.', [[{}, process.files]]);
  gauge('hearth_event_loop_utilization_ratio', 'Share of time since the last scrape in which the hub was busy.', [[{}, process.busy]]);
  gauge(
    'hearth_store_bytes',
    'Size of the database in memory and of the files of the store.',
    Object.entries(store.sizes).map(([part, value]) => [{ part }, value]),
  );
  counter('hearth_store_changes_total', 'Durable changes there ever were.', [[{}, store.position]]);
}

function monitorMetrics({ stored: { monitors } }: MetricFacts, gauge: Add): void {
  const each = (value: (monitor: (typeof monitors)[number]) => number | null): Sample[] =>
    monitors.flatMap((monitor): Sample[] => {
      const found = value(monitor);
      const { project, name, service, environment, kind } = monitor;
      return found === null ? [] : [[{ project, monitor: name, service, environment, kind }, found]];
    });
  gauge(
    'hearth_monitor_up',
    '1: it answers, or failed less often than it takes to be down. 0: down. No sample: paused, in maintenance, nobody has looked.',
    each(({ state }) => (state === 'up' || state === 'pending' ? 1 : state === 'down' ? 0 : null)),
  );
  gauge(
    'hearth_monitor_state',
    'Always 1: the label says the state.',
    monitors.map(({ project, name, service, environment, kind, state }) => [
      { project, monitor: name, service, environment, kind, state },
      1,
    ]),
  );
  gauge(
    'hearth_monitor_failures',
    'Failed checks in a row.',
    each(({ failures }) => failures),
  );
  gauge(
    'hearth_monitor_response_seconds',
    'How long the last check took.',
    each(({ milliseconds }) => (milliseconds === null ? null : seconds(milliseconds))),
  );
  gauge(
    'hearth_monitor_checked_timestamp_seconds',
    'When it was looked at last.',
    each(({ checked }) => (checked === null ? null : seconds(checked))),
  );
  gauge(
    'hearth_monitor_certificate_expiry_timestamp_seconds',
    'When the first certificate of the chain ends.',
    each(({ expires }) => (expires === null ? null : seconds(expires))),
  );
  gauge(
    'hearth_monitor_uptime_ratio',
    'Share of the checks of the last 24 hours that said up.',
    each(({ up, down }) => (up + down === 0 ? null : up / (up + down))),
  );
}

function deploymentMetrics({ stored: { releases, deployments } }: MetricFacts, gauge: Add): void {
  gauge(
    'hearth_release_info',
    'Always 1: what is live.',
    releases.map(({ project, environment, service, deployment, commit }) => [{ project, environment, service, deployment, commit }, 1]),
  );
  gauge(
    'hearth_release_live_timestamp_seconds',
    'Since when the live release is live.',
    releases.map(({ project, environment, service, since }) => [{ project, environment, service }, seconds(since)]),
  );
  gauge(
    'hearth_release_crash_loop',
    '1: it crashed too often, healing was given up.',
    releases.map(({ project, environment, service, crashLoop }) => [{ project, environment, service }, crashLoop ? 1 : 0]),
  );
  gauge(
    'hearth_deployments',
    'Deployments by what became of them.',
    deployments.map(({ project, environment, state, count }) => [{ project, environment, state }, count]),
  );
}

function alertMetrics({ stored: { incidents, outbox, channels } }: MetricFacts, gauge: Add): void {
  gauge(
    'hearth_incidents_open',
    'Open incidents.',
    incidents.map(({ project, severity, count }) => [{ project, severity }, count]),
  );
  gauge(
    'hearth_outbox_messages',
    'Messages to notifications by what became of them.',
    outbox.map(({ project, channel, state, count }) => [{ project, channel, state }, count]),
  );
  gauge(
    'hearth_channel_failures',
    'Messages in a row that a notification did not take.',
    channels.map(({ project, channel, failures }) => [{ project, channel }, failures]),
  );
}

function activityMetrics({ stored, logs, requests, monitoring }: MetricFacts, gauge: Add, counter: Add): void {
  gauge('hearth_monitors_active', 'Monitors that are looked at.', [[{}, monitoring.active]]);
  gauge('hearth_monitors_behind', 'Of those the ones whose next check is overdue.', [[{}, monitoring.behind]]);
  counter('hearth_events_total', 'Rows the event log ever had.', [[{}, stored.events]]);
  counter(
    'hearth_log_lines_total',
    'Lines of the log since the hub started; those of level "error" make the error rate.',
    logs.map(({ level, domain, count }) => [{ level, domain }, count]),
  );
  counter(
    'hearth_requests_total',
    'Requests the hub has answered.',
    requests.flatMap(({ method, count, failed, cancelled }): Sample[] => [
      [{ method, outcome: 'answered' }, count - failed - cancelled],
      [{ method, outcome: 'failed' }, failed],
      [{ method, outcome: 'cancelled' }, cancelled],
    ]),
  );
  counter(
    'hearth_request_seconds_total',
    'How long requests took altogether.',
    requests.map(({ method, totalMs }) => [{ method }, seconds(totalMs)]),
  );
}
