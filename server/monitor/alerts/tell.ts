import type { NotificationConfig } from '../../config/hearthTypes.ts';
import type { Reader, Transaction } from '../../store/types.ts';
import type { IncidentRecord } from '../incidents/records.ts';
import { readMonitor } from '../records.ts';
import type { MonitorRecord } from '../types.ts';
import { downPayload, incidentPayload, recoveredPayload, reminderPayload } from './messages.ts';
import { dropMessages, isUntold, type MessageRecord, messagesAbout, monitorOfCause, queueMessage } from './outbox.ts';
import type { Payload } from './payload.ts';

/**
 * Who is told what. Of an incident each notification hears once that something is down and once that nothing is any more, however many of its
 * monitors come and go: the first that is down speaks for the others.
 */

type Channels = readonly NotificationConfig[];

export interface Outage {
  readonly monitor: MonitorRecord;
  /** As it is after the change; undefined where nothing opens incidents. */
  readonly incident: IncidentRecord | undefined;
  /** Milliseconds since the epoch: when it went down. */
  readonly time: number;
  readonly message: string | null;
}

export function wants(
  { name, on }: NotificationConfig,
  { settings }: Pick<MonitorRecord, 'settings'>,
  kind: NotificationConfig['on'][number],
): boolean {
  return on.includes(kind) && (settings.notify === undefined || settings.notify.includes(name));
}

/** Whether it is down, but for a service it needs is: it speaks for nobody. */
export function isSuppressed(reader: Reader, monitor: string): boolean {
  return reader.get<{ suppressed: number }>('select suppressed from monitor_states where monitor = ?', [monitor])?.suppressed === 1;
}

/** Monitors of an incident that are down and of which a notification is told, in the order in which they went down. */
function speakers(reader: Reader, channel: NotificationConfig, incident: IncidentRecord | undefined): MonitorRecord[] {
  return (incident?.monitors ?? []).flatMap(({ id, recovered }) => {
    const monitor = recovered === null && !isSuppressed(reader, id) ? readMonitor(reader, id) : undefined;
    return monitor === undefined || !wants(channel, monitor, 'down') ? [] : [monitor];
  });
}

/** What a notification was told, or will be, of the outage that goes on: since it heard last that everything is up. */
function toldOf(
  reader: Reader,
  { name }: NotificationConfig,
  { monitor, incident }: Pick<Outage, 'monitor' | 'incident'>,
): MessageRecord[] {
  const about = incident === undefined ? { monitor: monitor.id } : { incident: incident.id };
  const messages = messagesAbout(reader, monitor.project, name, about);
  const ended = messages.findLastIndex(({ kind }) => kind === 'recovered');
  return messages.slice(ended + 1).filter(({ kind }) => kind === 'down' || kind === 'reminder');
}

/** A monitor went down: tells those who were not told of its cause. */
export function tellDown(transaction: Transaction, channels: Channels, outage: Outage): void {
  const { monitor, incident, time } = outage;
  const payload = downPayload(outage);
  for (const channel of channels) {
    if (!wants(channel, monitor, 'down')) continue;
    const told = toldOf(transaction, channel, outage);
    const others = speakers(transaction, channel, incident).some(({ id }) => id !== monitor.id);
    // What spoke left without a word (it was renamed, paused, …): who would have heard that it is up knows still that it is down.
    const known = incident !== undefined && channel.on.includes('recovered') && told.some(({ payload: said }) => isOf(said, monitor));
    if (known || (others && told.length > 0)) continue;
    const cause = `monitor:${monitor.id}:down:${time}`;
    queueMessage(transaction, { project: monitor.project, channel, cause, payload, incident: incident?.id });
  }
}

/** It is not down any more. `silent`: neither is it up, so nobody hears that it is. */
export function tellUp(
  transaction: Transaction,
  channels: Channels,
  outage: Omit<Outage, 'message'> & { readonly since: number; readonly silent: boolean },
): void {
  const { monitor, incident, time, since, silent } = outage;
  for (const channel of channels) {
    const told = toldOf(transaction, channel, outage);
    const [other] = speakers(transaction, channel, incident);
    if (other !== undefined) {
      speakInstead(transaction, channel, { told, gone: monitor, other, incident });
      continue;
    }
    const untold = told.filter(isUntold);
    dropMessages(
      transaction,
      untold.map(({ id }) => id),
      silent ? `${monitor.name} is not watched any more.` : `${monitor.name} was up again before it was sent.`,
    );
    const heard = told.find((each) => !isUntold(each))?.payload;
    const only = !channel.on.includes('down') && wants(channel, monitor, 'recovered');
    if (silent || !channel.on.includes('recovered') || (heard === undefined && !only)) continue;
    queueRecovered(transaction, channel, { monitor, incident, time }, recoveredPayload({ ...outage, since: heard?.time ?? since, heard }));
  }
}

/** It was down when nobody looked any more, and is up now that somebody does again: who heard last that it is down hears it. */
export function tellBack(transaction: Transaction, channels: Channels, outage: Omit<Outage, 'message'>): void {
  const { monitor, incident } = outage;
  for (const channel of channels) {
    // What is down still speaks for it.
    if (!channel.on.includes('recovered') || speakers(transaction, channel, incident).length > 0) continue;
    const heard = toldOf(transaction, channel, outage).find((each) => !isUntold(each) && isOf(each.payload, monitor))?.payload;
    if (heard === undefined) continue;
    // Others of its incident may be set aside still.
    const alone = incident === undefined ? undefined : { ...incident, monitors: [] };
    queueRecovered(transaction, channel, outage, recoveredPayload({ ...outage, incident: alone, since: heard.time, heard }));
  }
}

function queueRecovered(
  transaction: Transaction,
  channel: NotificationConfig,
  { monitor, incident, time }: Omit<Outage, 'message'>,
  payload: Payload,
): void {
  const cause = `monitor:${monitor.id}:up:${time}`;
  queueMessage(transaction, { project: monitor.project, channel, cause, payload, incident: incident?.id });
}

/** A monitor that spoke for others is not down any more: another that is speaks from now on. */
function speakInstead(
  transaction: Transaction,
  channel: NotificationConfig,
  {
    told,
    gone,
    other,
    incident,
  }: { told: readonly MessageRecord[]; gone: MonitorRecord; other: MonitorRecord; incident: IncidentRecord | undefined },
): void {
  const waiting = told.filter((each) => isUntold(each) && monitorOfCause(each.cause) === gone.id);
  // What was heard is over now: who was told of another service must hear of the one that is still down.
  const heard = told.some(({ cause }) => monitorOfCause(cause) === gone.id);
  const replaces = waiting.length > 0 ? waiting.length === told.length : heard && !told.some(({ payload }) => isOf(payload, other));
  if (!replaces) return;
  dropMessages(
    transaction,
    waiting.map(({ id }) => id),
    `${gone.name} was up again before it was sent.`,
  );
  const time = incident?.monitors.find(({ id }) => id === other.id)?.joined ?? transaction.now;
  const payload = downPayload({ monitor: other, incident, time, message: messageOf(transaction, other.id) });
  const cause = `monitor:${other.id}:down:${time}`;
  queueMessage(transaction, { project: other.project, channel, cause, payload, incident: incident?.id });
}

function isOf({ service, environment, monitor }: Payload, other: MonitorRecord): boolean {
  return other.service === null ? monitor === other.name : service === other.service && environment === other.environment;
}

/** It is still down. Of several monitors of an incident the first that is down says so, and not while something waits to be said. */
export function tellAgain(transaction: Transaction, channels: Channels, outage: Outage): void {
  const { monitor, incident, time: since } = outage;
  const time = transaction.now;
  const payload = reminderPayload({ ...outage, time, since });
  for (const channel of channels) {
    if (!wants(channel, monitor, 'down')) continue;
    const first = speakers(transaction, channel, incident)[0] ?? monitor;
    if (first.id !== monitor.id || toldOf(transaction, channel, outage).some(({ state }) => state === 'waiting')) continue;
    const cause = `monitor:${monitor.id}:reminder:${time}`;
    queueMessage(transaction, { project: monitor.project, channel, cause, payload, incident: incident?.id });
  }
}

/** Why a monitor is down, as it was seen last. */
export function messageOf(reader: Reader, monitor: string): string | null {
  return reader.get<{ message: string | null }>('select message from monitor_states where monitor = ?', [monitor])?.message ?? null;
}

/**
 * Something was said of an incident: to those who follow incidents. Who hears that monitors are down knows already what they did to it
 * (`monitor` names the one).
 */
export function tellIncident(
  transaction: Transaction,
  channels: Channels,
  { incident, said, note, monitor }: { incident: IncidentRecord; said: string; note?: string | undefined; monitor?: MonitorRecord },
): void {
  const payload = incidentPayload(incident, said, note ?? null, transaction.now);
  const cause = `incident:${incident.id}:${said}:${transaction.now}`;
  for (const channel of channels) {
    if (!channel.on.includes('incident')) continue;
    if (monitor !== undefined && (!wants(channel, monitor, 'incident') || channel.on.includes('down'))) continue;
    queueMessage(transaction, { project: incident.project, channel, cause, payload, incident: incident.id });
  }
}
