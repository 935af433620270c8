import type { ResultOf } from '../../protocol/message.ts';
import * as protocol from '../../protocol/monitor.ts';
import { Failure } from '../../rpc/failure.ts';
import { handle, type Registration } from '../../rpc/router.ts';
import { authorOf } from '../../store/author.ts';
import type { MonitorHost } from '../host.ts';
import { findMonitor, newMonitorId } from '../records.ts';
import type { Timetable } from './windows.ts';

type Shown = ResultOf<typeof protocol.listMaintenance>['windows'][number];

/** What the hub answers of maintenance windows. */
export function maintenanceHandlers(host: MonitorHost): Registration[] {
  const { parts, watch } = host;
  const { store, projectOf } = parts;
  const find = (project: string, id: string): Shown => {
    const found = watch.calendar.of(project).find(({ window }) => window.id === id);
    if (found === undefined) throw new Error(`The window ${id} is kept, but not known.`);
    return toShown(found);
  };
  const toShown = (timetable: Timetable): Shown => {
    const { id, name, source, when, timeZone, monitors } = timetable.window;
    const now = watch.clock.wall();
    return {
      ...{ id, name, source, timeZone },
      from: when.kind === 'once' ? when.from : null,
      to: when.kind === 'once' ? when.to : null,
      cron: when.kind === 'cron' ? when.cron : null,
      duration: when.kind === 'cron' ? when.duration : null,
      monitors: monitors.map((each) => watch.get(each)?.record.name ?? each.replace(/^missing:/, '')),
      active: timetable.isOpen(now),
      next: timetable.next(now) ?? null,
    };
  };
  /** Everybody sees the state of what is in a window change. */
  const tellAll = (project: string) => {
    for (const { record } of watch.of(project)) host.tell(project, { monitor: record.id, list: true });
  };
  return [
    handle(protocol.listMaintenance, async ({ repository }, context) => {
      const project = await projectOf.id(repository, context);
      return { windows: project === undefined ? [] : watch.calendar.of(project).map(toShown) };
    }),
    handle(protocol.startMaintenance, async ({ repository, name, from, duration, monitors }, context) => {
      const project = await projectOf.ensure(repository, context);
      const begins = from ?? watch.clock.wall();
      if (begins + duration <= watch.clock.wall())
        throw new Failure('invalid', 'That time is over already.', { hint: 'Name a later one.' });
      const made = newMonitorId(watch.clock.wall());
      const { id } = await store.write(authorOf(context), (transaction) => {
        const ids = monitors.map((each) => findMonitor(transaction, project, each).id);
        transaction.run('insert into maintenance_windows (id, project, name, begins, ends, monitors, actor) values (?, ?, ?, ?, ?, ?, ?)', [
          ...[made, project, name, begins, begins + duration, JSON.stringify(ids), context.session.actor],
        ]);
        const payload = { name, from: begins, to: begins + duration, monitors: ids.length };
        transaction.event({ project, entity: 'maintenance', entityId: made, kind: 'started', payload });
        return { id: made };
      });
      await watch.refresh();
      tellAll(project);
      return { window: find(project, id) };
    }),
    handle(protocol.endMaintenance, async ({ repository, id }, context) => {
      const project = await projectOf.id(repository, context);
      const before = project === undefined ? undefined : watch.calendar.of(project).find(({ window }) => window.id === id);
      if (project === undefined || before === undefined) {
        throw new Failure('not-found', 'There is no such maintenance window.', { hint: '`hearth monitor maintenance` lists them.' });
      }
      if (before.window.source === 'file') {
        throw new Failure('conflict', `${before.window.name} is a window of hearth.yaml.`, {
          hint: 'Change it there, then apply (`hearth config apply`).',
        });
      }
      const ended = toShown(before);
      const now = watch.clock.wall();
      await store.write(authorOf(context), (transaction) => {
        transaction.run('update maintenance_windows set ends = min(ends, max(begins, ?)) where id = ?', [now, id]);
        transaction.event({ project, entity: 'maintenance', entityId: id, kind: 'ended', payload: { name: before.window.name } });
      });
      await watch.refresh();
      tellAll(project);
      return { window: { ...ended, to: Math.min(ended.to ?? now, Math.max(ended.from ?? now, now)), active: false, next: null } };
    }),
  ];
}
