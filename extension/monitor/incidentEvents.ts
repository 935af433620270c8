import { l10n } from 'vscode';
import type { Event } from '../../server/protocol/events.ts';
import { type Incident, incidentStates } from '../../server/protocol/incident.ts';
import { incidentStateName, severityName } from './monitorWords.ts';

/** What happens to incidents, and to who is told, in words, for the log of everything. */

type Payload = Event['payload'];

interface Kind {
  readonly icon: string;
  /** The kind alone, for a filter. */
  readonly name: string;
  readonly sentence: (payload: Payload, entityId: string) => string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const called = ({ number, title }: Payload): string => `I-${Number(number ?? 0)} ${text(title)}`;
const stateOf = (value: unknown): string => {
  const found = incidentStates.find((each) => each === value);
  return found === undefined ? text(value) : incidentStateName(found);
};
const severityOf = (value: unknown): string =>
  value === 'critical' || value === 'major' || value === 'minor' ? severityName(value as Incident['severity']) : text(value);

/** The kinds of events of incidents and notifications, as `entity kind`. */
export function incidentKinds(): Readonly<Record<string, Kind>> {
  return {
    'incident opened': { icon: 'flame', name: l10n.t('Incidents begun'), sentence: (payload) => called(payload) },
    'incident joined': {
      icon: 'flame',
      name: l10n.t('Monitors that joined an incident'),
      sentence: (payload) => l10n.t('{0}: {1} is down too', called(payload), text(payload['monitor'])),
    },
    'incident recovered': {
      icon: 'pulse',
      name: l10n.t('Monitors of incidents that recovered'),
      sentence: (payload) => l10n.t('{0}: {1} is up again', called(payload), text(payload['monitor'])),
    },
    'incident state': {
      icon: 'arrow-right',
      name: l10n.t('States of incidents'),
      sentence: (payload) => `${called(payload)}: ${stateOf(payload['to'])}`,
    },
    'incident acknowledged': {
      icon: 'eye',
      name: l10n.t('Incidents acknowledged'),
      sentence: (payload) => l10n.t('{0}: somebody looks at it', called(payload)),
    },
    'incident unacknowledged': {
      icon: 'eye-closed',
      name: l10n.t('Acknowledgements taken back'),
      sentence: (payload) => l10n.t('{0}: nobody looks at it any more', called(payload)),
    },
    'incident noted': {
      icon: 'note',
      name: l10n.t('Notes to incidents'),
      sentence: (payload) => `${called(payload)}: ${text(payload['text'])}`,
    },
    'incident severity': {
      icon: 'symbol-ruler',
      name: l10n.t('Severities of incidents'),
      sentence: (payload) => `${called(payload)}: ${severityOf(payload['to'])}`,
    },
    'incident renamed': { icon: 'edit', name: l10n.t('Incidents renamed'), sentence: (payload) => called(payload) },
    'incident linked': {
      icon: 'link',
      name: l10n.t('Links of incidents'),
      sentence: (payload) =>
        payload['item'] === null || payload['item'] === undefined
          ? l10n.t('{0}: no work item any more', called(payload))
          : l10n.t('{0}: item #{1}', called(payload), Number(payload['item'])),
    },
    'incident merged': {
      icon: 'merge',
      name: l10n.t('Incidents merged'),
      sentence: (payload) => l10n.t('{0} goes on as I-{1}', called(payload), Number(payload['into'] ?? 0)),
    },
    'incident postmortem': {
      icon: 'book',
      name: l10n.t('Post-mortems'),
      sentence: (payload) => l10n.t('{0}: post-mortem {1}', called(payload), text(payload['path'])),
    },
    'notification sent': {
      icon: 'bell',
      name: l10n.t('Messages sent'),
      sentence: (payload, channel) => l10n.t('{0} was told: {1}', channel, text(payload['title'])),
    },
    'notification dead': {
      icon: 'bell-slash',
      name: l10n.t('Messages given up'),
      sentence: (payload, channel) => l10n.t('{0} could not be told: {1}', channel, text(payload['title'])),
    },
    'notification uncertain': {
      icon: 'question',
      name: l10n.t('Messages that may have been sent'),
      sentence: (payload, channel) => l10n.t('{0} may have been told: {1}', channel, text(payload['title'])),
    },
  };
}
