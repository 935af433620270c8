// A store with monitors, the part of the hub that tells of them, and a clock that a test holds in its hand.

import { writeRecord } from '../../server/catalog/records.ts';
import type { HearthConfig, IncidentConfig, NotificationConfig } from '../../server/config/index.ts';
import { nothingWatched } from '../../server/config/index.ts';
import { Keys } from '../../server/environment/index.ts';
import { store as storeVariable } from '../../server/environment/storedVariables.ts';
import { waitingChannels } from '../../server/monitor/alerts/delivery.ts';
import { type AlertOptions, Alerts } from '../../server/monitor/alerts/index.ts';
import { listMessages, type MessageRecord } from '../../server/monitor/alerts/outbox.ts';
import type { Clock } from '../../server/monitor/clock.ts';
import { findIncident, type IncidentRecord, listIncidents, timelineOf } from '../../server/monitor/incidents/records.ts';
import { nothingKnown } from '../../server/monitor/machine.ts';
import { insertMonitor, monitorByName, newMonitorId, readState, writeChange, writeState } from '../../server/monitor/records.ts';
import type { Happening, MonitorRecord } from '../../server/monitor/types.ts';
import type { ProjectOf } from '../../server/project/index.ts';
import { type Check, monitorSettings } from '../../server/protocol/monitorTypes.ts';
import { Failure } from '../../server/rpc/failure.ts';
import type { StateStore } from '../../server/store/types.ts';
import { dispatch } from './dispatch.ts';
import { until } from './processes.ts';
import { author, openState } from './stateStore.ts';

const project = '00000000-0000-4000-8000-000000000001';

type Settled = 'up' | 'down' | 'paused' | 'maintenance' | 'unknown';
export type AlertWorld = Awaited<ReturnType<typeof alertWorld>>;

interface Given {
  readonly notifications?: readonly NotificationConfig[];
  readonly incidents?: Partial<IncidentConfig>;
  readonly more?: Partial<AlertOptions>;
}

/** A notification that hears of everything about monitors, at once, unless told. */
export function channel(given: Partial<NotificationConfig> & Pick<NotificationConfig, 'kind' | 'target'>): NotificationConfig {
  return { name: given.kind, environment: 'production', on: ['down', 'recovered'], group: 0, ...given };
}

export async function alertWorld(given: Given = {}) {
  const state = await openState();
  const keys = new Keys(state.home);
  let config: HearthConfig = {
    ...nothingWatched,
    ...{ version: 1, project: 'shop', services: {}, retention: { releases: 5, logs: 20 } },
    environments: { production: { name: 'production', variables: {} } },
    notifications: given.notifications ?? [],
    incidents: { ...nothingWatched.incidents, ...given.incidents },
  };
  const timers = new Set<{ at: number; run: () => void }>();
  const clock: Clock = {
    wall: () => state.clock,
    monotonic: () => state.clock,
    timer: (milliseconds, run) => {
      const timer = { at: state.clock + milliseconds, run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  const logged: string[] = [];
  const told: string[] = [];
  let owner = 0;
  const openAlerts = (fence: number): Alerts => {
    owner = fence;
    // What is asked for under a fence that is not the last one any more is refused, as the store of another process would.
    const lost = () => new Failure('locked', 'Another hub owns this home.');
    const store: StateStore = {
      // Also what was asked for before that and has not begun.
      write: (by, change) =>
        state.store.write(by, (transaction) => {
          if (owner !== fence) throw lost();
          return change(transaction);
        }),
      read: (query) => state.store.read(query),
      onAppended: (listener) => state.store.onAppended(listener),
    };
    return new Alerts({
      ...{ store, keys, clock, random: () => 0.5 },
      fence: { number: fence, check: () => {} },
      projectOf: { id: async () => project, ensure: async () => project } as unknown as ProjectOf,
      log: (level, text, fields) => void logged.push(`${level} ${text} ${JSON.stringify(fields ?? {})}`),
      notify: (definition) => void told.push(definition.method),
      configs: { of: async () => config },
      ...given.more,
    });
  };
  const former: Alerts[] = [];
  let alerts = openAlerts(1);
  await state.store.write(author, (transaction) => {
    transaction.run("insert into projects (id, name, created) values (?, 'shop', 0)", [project]);
  });
  alerts.start();

  const world = {
    project,
    state,
    store: state.store,
    logged,
    told,
    get alerts() {
      return alerts;
    },
    /** Milliseconds until the next timer; undefined when none runs. */
    timers: () => [...timers].map(({ at }) => at - state.clock).sort((a, b) => a - b),
    configure(change: Partial<HearthConfig>): void {
      config = { ...config, ...change };
    },
    /** Time goes on; what is due is done, and waited for. */
    async pass(milliseconds: number): Promise<void> {
      await world.outbox();
      world.skip(milliseconds);
      await world.outbox();
    },
    /** Time goes on; nothing of what is due is waited for. */
    skip(milliseconds: number): void {
      const end = state.clock + milliseconds;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        state.clock = Math.max(state.clock, next.at);
        next.run();
      }
      state.clock = end;
      alerts.wake(project);
    },
    secret: (name: string, value: string) =>
      state.store.write(author, (transaction) =>
        storeVariable(transaction, keys, { project, environment: 'production', service: '' }, { name, value, secret: true }),
      ),
    service: (name: string, dependsOn: string[] = [], runbook?: string) =>
      state.store.write(author, (transaction) =>
        writeRecord(transaction, project, {
          ...{ name, source: 'file', line: 1, orphan: null, created: transaction.now, updated: transaction.now },
          facts: { dependsOn, ...(runbook === undefined ? {} : { runbook }) },
        }),
      ),
    monitor: (name: string, more: { service?: string; environment?: string | null; check?: Check; notify?: string[] } = {}) =>
      state.store.write(author, (transaction) => {
        const { service = name, environment = 'production', notify } = more;
        const check: Check = more.check ?? { kind: 'tcp', host: `${name}.example.test`, port: 80 };
        const settings = monitorSettings.parse(notify === undefined ? {} : { notify });
        const id = newMonitorId(transaction.now);
        const record = insertMonitor(transaction, {
          ...{ id, project, name, service, environment, check, settings },
          source: 'file',
          line: 1,
        });
        write(transaction, record, 'unknown', null);
        return record;
      }),
    /** A monitor enters a settled state, as the hub writes it. */
    async goes(name: string, to: Settled, message: string | null = null): Promise<void> {
      await state.store.write(author, (transaction) => {
        const monitor = mustBe(monitorByName(transaction, project, name));
        const from = (readState(transaction, monitor.id)?.status.settled ?? 'unknown') as Settled;
        write(transaction, monitor, to, message);
        const time = writeChange(transaction, monitor.id, { time: transaction.now, from, to, message });
        alerts.draw(transaction, config, { kind: 'transition', transition: { monitor, from, to, time, message } });
      });
      alerts.wake(project);
    },
    async happens(happening: Happening): Promise<void> {
      await state.store.write(author, (transaction) => alerts.draw(transaction, config, happening));
      alerts.wake(project);
    },
    record: (name: string): Promise<MonitorRecord> => state.store.read((reader) => mustBe(monitorByName(reader, project, name))),
    /** Oldest first. */
    messages: (): Promise<MessageRecord[]> => state.store.read((reader) => listMessages(reader, project, { limit: 1000 }).reverse()),
    /** `channel kind state`, oldest first, once nothing is on its way or due. */
    async outbox(): Promise<string[]> {
      const found = await until(async () => {
        const { all, due } = await state.store.read((reader) => ({
          all: listMessages(reader, project, { limit: 1000 }).reverse(),
          due: waitingChannels(reader, state.clock),
        }));
        return all.every(({ state: is }) => is !== 'sending') && due.every(({ next }) => next > state.clock) && all;
      });
      return found.map(({ channel: name, kind, state: is }) => `${name} ${kind} ${is}`);
    },
    incidents: (): Promise<IncidentRecord[]> => state.store.read((reader) => listIncidents(reader, project, { open: false, limit: 100 })),
    incident: (named: string): Promise<IncidentRecord> => state.store.read((reader) => findIncident(reader, project, named)),
    timeline: async (named: string): Promise<string[]> =>
      state.store.read((reader) => timelineOf(reader, findIncident(reader, project, named).id).map(({ kind, text }) => `${kind}: ${text}`)),
    ask: <T>(method: string, params: object): Promise<T> => dispatch<T>(alerts.handlers(), method, { repository: '/nowhere', ...params }),
    /** This hub is gone (nothing it does is waited for), another one owns the home. */
    takeOver(fence: number): void {
      former.push(alerts);
      timers.clear();
      alerts = openAlerts(fence);
      alerts.start();
    },
    async close(): Promise<void> {
      await Promise.all([...former, alerts].map((each) => each.stop()));
      await state.close();
    },
  };

  function write(transaction: Parameters<typeof writeState>[0], monitor: MonitorRecord, to: Settled, message: string | null): void {
    const status = { ...nothingKnown(transaction.now), state: to, settled: to, message };
    const rest = { checked: null, milliseconds: null, certificate: null, certificateTold: [], reminded: null, pushed: null };
    writeState(transaction, monitor.id, { status, ...rest });
  }
  return world;
}

function mustBe<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is no such row');
  return value;
}
