import { type HearthConfig, type NotificationConfig, nothingWatched } from '../../config/hearthTypes.ts';
import type { Reader, Transaction } from '../../store/types.ts';
import { drawFault, drawRecovery } from '../incidents/automatic.ts';
import { downNeeds, Needs } from '../incidents/causes.ts';
import { addEntry } from '../incidents/journal.ts';
import { type IncidentRecord, lastIncidentWith, openIncidentOf, readIncident } from '../incidents/records.ts';
import { readMonitor } from '../records.ts';
import type { Happening, MonitorRecord, Transition } from '../types.ts';
import { certificatePayload } from './messages.ts';
import { dropMessages, isUntold, messagesAbout, queueMessage } from './outbox.ts';
import { isSuppressed, messageOf, tellAgain, tellBack, tellDown, tellIncident, tellUp, wants } from './tell.ts';

/** What follows from what happened to a monitor: incidents and messages, in the transaction that writes it down. */
export function drawConsequences(transaction: Transaction, config: HearthConfig | undefined, happening: Happening): void {
  const { notifications } = config ?? nothingWatched;
  switch (happening.kind) {
    case 'transition': {
      const { transition } = happening;
      if (transition.to === 'down') wentDown(transaction, config ?? nothingWatched, transition);
      // While maintenance goes on it is as it was.
      else if (transition.to !== 'maintenance') isNotDown(transaction, notifications, transition);
      return;
    }
    case 'reminder': {
      const { monitor, since, message } = happening;
      const id = openIncidentOf(transaction, monitor.id);
      const incident = id === undefined ? undefined : readIncident(transaction, id);
      // Somebody looks at it, or it is down for something else is.
      if (isSuppressed(transaction, monitor.id) || (incident !== undefined && incident.acknowledged !== null)) return;
      tellAgain(transaction, notifications, { monitor, incident, time: since, message });
      return;
    }
    case 'certificate': {
      const { monitor, certificate, days } = happening;
      const payload = certificatePayload(monitor, certificate, transaction.now);
      const cause = `monitor:${monitor.id}:certificate:${certificate.fingerprint}:${days}`;
      for (const channel of notifications) {
        if (wants(channel, monitor, 'certificate')) queueMessage(transaction, { project: monitor.project, channel, cause, payload });
      }
    }
  }
}

type Watched = Pick<HearthConfig, 'incidents' | 'notifications'>;

function wentDown(transaction: Transaction, { incidents, notifications }: Watched, { monitor, from, time, message }: Transition): void {
  const known = new Needs(transaction, monitor.project);
  const behind = [...new Set(downNeeds(transaction, monitor, known).map(({ service }) => service))];
  const told = openIncidentOf(transaction, monitor.id) !== undefined && !isSuppressed(transaction, monitor.id);
  const drawn = drawFault(transaction, incidents, { monitor, time, message, behind, known });
  setSuppressed(transaction, monitor.id, behind.length > 0);
  if (behind.length > 0) return;
  // Maintenance came and went while it was down: nobody has heard that it was up.
  if (told || (drawn === undefined && from === 'maintenance' && wasDownBefore(transaction, monitor.id))) return;
  for (const other of takenBack(transaction, monitor, drawn?.incident, known)) setSuppressed(transaction, other, true);
  tellDown(transaction, notifications, { monitor, incident: drawn?.incident, time, message });
  if (drawn?.opened === true) tellIncident(transaction, notifications, { incident: drawn.incident, said: 'opened', monitor });
}

/**
 * Monitors of services that need this one and went down a moment before it: what waits to be told of them is dropped, for this one is the
 * reason. Answers their ids; those of which anybody was told are not among them.
 */
function takenBack(
  transaction: Transaction,
  { id, project, service }: MonitorRecord,
  incident: IncidentRecord | undefined,
  known: Needs,
): string[] {
  if (incident === undefined || service === null) return [];
  return incident.monitors.flatMap((member) => {
    const other = member.id === id || member.recovered !== null ? undefined : readMonitor(transaction, member.id);
    if (other === undefined || !known.of(other.service).has(service)) return [];
    const channels = transaction.all<{ channel: string }>('select distinct channel from outbox where incident = ?', [incident.id]);
    const messages = channels
      .flatMap(({ channel }) => messagesAbout(transaction, project, channel, { monitor: other.id }))
      .filter(({ payload }) => payload.time >= member.joined);
    if (messages.length === 0 || !messages.every(isUntold)) return [];
    dropMessages(
      transaction,
      messages.map((each) => each.id),
      `${service}, which it needs, is down.`,
    );
    return [other.id];
  });
}

/** Up again, paused, or as if it had never been looked at. */
function isNotDown(transaction: Transaction, channels: readonly NotificationConfig[], { monitor, from, to, time }: Transition): void {
  const id = openIncidentOf(transaction, monitor.id);
  const wasDown = id !== undefined || from === 'down' || (from === 'maintenance' && wasDownBefore(transaction, monitor.id));
  if (!wasDown) {
    if (to === 'up' && wasSeenDown(transaction, monitor.id, time)) isBack(transaction, channels, monitor, time);
    return;
  }
  const since = downSince(transaction, monitor.id, id) ?? time;
  const quiet = isSuppressed(transaction, monitor.id);
  setSuppressed(transaction, monitor.id, false);
  const words = to === 'up' ? 'is up again' : to === 'paused' ? 'was paused' : 'is not watched any more';
  const incident = drawRecovery(transaction, id, { monitor, time, text: `${monitor.name} ${words}` });
  if (!quiet) tellUp(transaction, channels, { monitor, incident, time, since, silent: to !== 'up' });
  if (incident?.state === 'monitoring' && to === 'up') tellIncident(transaction, channels, { incident, said: 'has recovered', monitor });
}

/** It was down when it was set aside; its incident went on, or ended, without it. */
function isBack(transaction: Transaction, channels: readonly NotificationConfig[], monitor: MonitorRecord, time: number): void {
  const id = lastIncidentWith(transaction, monitor.id);
  tellBack(transaction, channels, { monitor, incident: id === undefined ? undefined : readIncident(transaction, id), time });
}

/** What it needs is up again and it is still down: from now on it is told like any other. */
export function tellSuppressed(transaction: Transaction, config: HearthConfig | undefined, monitor: MonitorRecord): void {
  const id = openIncidentOf(transaction, monitor.id);
  const time = downSince(transaction, monitor.id, id) ?? transaction.now;
  setSuppressed(transaction, monitor.id, false);
  const { incidents, notifications } = config ?? nothingWatched;
  const message = messageOf(transaction, monitor.id);
  const known = id === undefined ? undefined : readIncident(transaction, id);
  const incident =
    known ??
    drawFault(transaction, incidents, { monitor, time, message, behind: [], known: new Needs(transaction, monitor.project) })?.incident;
  if (known !== undefined) {
    const text = `${monitor.name} is still down, though what it needs is up again`;
    addEntry(transaction, known.id, { actor: 'hub', kind: 'monitor-down', text });
  }
  tellDown(transaction, notifications, { monitor, incident, time, message });
}

function setSuppressed(transaction: Transaction, monitor: string, suppressed: boolean): void {
  transaction.run('update monitor_states set suppressed = ?1 where monitor = ?2 and suppressed <> ?1', [suppressed ? 1 : 0, monitor]);
}

/** Whether it was down when the last maintenance began. */
function wasDownBefore(reader: Reader, monitor: string): boolean {
  const last = reader.get<{ was: string }>(
    "select was from monitor_changes where monitor = ? and state = 'maintenance' order by time desc limit 1",
    [monitor],
  );
  return last?.was === 'down';
}

/** Whether it was down when somebody looked at it last before `time`. */
function wasSeenDown(reader: Reader, monitor: string, time: number): boolean {
  const last = "select state from monitor_changes where monitor = ? and time < ? and state in ('up', 'down') order by time desc limit 1";
  return reader.get<{ state: string }>(last, [monitor, time])?.state === 'down';
}

/** When it went down last, in milliseconds since the epoch. */
function downSince(reader: Reader, monitor: string, incident: string | undefined): number | undefined {
  const joined =
    incident === undefined
      ? undefined
      : reader.get<{ joined: number }>('select joined from incident_monitors where incident = ? and monitor = ?', [incident, monitor])
          ?.joined;
  const change = "select time from monitor_changes where monitor = ? and state = 'down' order by time desc limit 1";
  return joined ?? reader.get<{ time: number }>(change, [monitor])?.time;
}
