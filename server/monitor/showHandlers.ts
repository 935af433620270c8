import * as protocol from '../protocol/monitor.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Reader } from '../store/types.ts';
import { countOf } from './history/beats.ts';
import { percentilesOf } from './history/histogram.ts';
import { lastBeats, readBeats, readDays, readHours } from './history/hours.ts';
import { windowsOf } from './history/windows.ts';
import { type MonitorHost, monitorNamed, rowsOf } from './host.ts';
import { monitorOf, readChanges } from './records.ts';
import { byWorst } from './rows.ts';

/** Beats and changes that one monitor shows. */
const [shownBeats, shownChanges] = [100, 50];

/** What the hub answers of how monitors are and were. */
export function showHandlers(host: MonitorHost): Registration[] {
  const { parts, watch, tokens } = host;
  const { store, projectOf } = parts;
  return [
    handle(protocol.listMonitors, async ({ repository, service, environment, states, beats, after, limit }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) return { monitors: [], total: 0, more: false };
      await watch.ready();
      const lives = watch
        .of(project)
        .filter(
          ({ record }) =>
            (service === undefined || record.service === service) && (environment === undefined || record.environment === environment),
        );
      const rows = (await store.read((reader) => rowsOf(host, reader, lives, beats)))
        .filter(({ state }) => states === undefined || states.includes(state))
        .sort(byWorst);
      const from = after === undefined ? 0 : rows.findIndex(({ id }) => id === after) + 1;
      return { project, monitors: rows.slice(from, from + limit), total: rows.length, more: rows.length > from + limit };
    }),
    handle(protocol.showMonitor, async ({ repository, monitor: named }, context) => {
      const record = await monitorNamed(host, repository, named, context);
      await watch.keeper.flush();
      const live = await watch.known(record.id);
      const now = watch.clock.wall();
      const found = await store.read((reader) => ({
        row: live === undefined ? undefined : rowsOf(host, reader, [live], shownBeats)[0],
        beats: lastBeats(reader, record.id, shownBeats),
        windows: windowsOf(reader, record.id, now),
        changes: readChanges(reader, record.id, shownChanges),
      }));
      if (live === undefined || found.row === undefined) throw new Error(`The monitor ${record.id} is kept, but not known.`);
      const open = watch.calendar.open(record, now);
      const address = record.check.kind === 'push' && context.session.trusts(repository) ? parts.pushAddress() : undefined;
      return {
        monitor: monitorOf(record),
        ...found,
        row: found.row,
        certificate: live.certificate,
        maintenance: open ?? null,
        push: address === undefined ? null : `${address}/push/${await tokens.of(record.id)}`,
      };
    }),
    handle(protocol.history, async ({ repository, monitor: named, from, to, resolution }, context) => {
      const { id } = await monitorNamed(host, repository, named, context);
      await watch.keeper.flush();
      return store.read((reader) => columnsOf(reader, id, { from, to, resolution, now: watch.clock.wall() }));
    }),
  ];
}

interface Asked {
  readonly from: number;
  readonly to: number;
  readonly resolution: 'beat' | 'hour' | 'day';
  readonly now: number;
}

function columnsOf(reader: Reader, id: string, { from, to, resolution, now }: Asked) {
  if (resolution === 'beat') {
    const beats = readBeats(reader, id, from, to);
    const of = (state: string) => beats.map((beat) => (countOf(beat) === state ? 1 : 0));
    const times = beats.map(({ milliseconds }) => milliseconds);
    return {
      ...{ time: beats.map(({ time }) => time), up: of('up'), down: of('down'), pending: of('pending'), maintenance: of('maintenance') },
      ...{ p50: times, p95: times, p99: times },
    };
  }
  const spans = resolution === 'hour' ? readHours(reader, id, from, to) : readDays(reader, id, from, to, now);
  const percentiles = spans.map(({ times }) => percentilesOf(times));
  return {
    time: spans.map(({ time }) => time),
    up: spans.map(({ up }) => up),
    down: spans.map(({ down }) => down),
    pending: spans.map(({ pending }) => pending),
    maintenance: spans.map(({ maintenance }) => maintenance),
    p50: percentiles.map(({ p50 }) => p50),
    p95: percentiles.map(({ p95 }) => p95),
    p99: percentiles.map(({ p99 }) => p99),
  };
}
