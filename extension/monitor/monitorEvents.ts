import { l10n } from 'vscode';
import type { Event } from '../../server/protocol/events.ts';
import { incidentKinds } from './incidentEvents.ts';

/** What happens to monitors, in words, for the log of everything. */

type Payload = Event['payload'];

interface Kind {
  readonly icon: string;
  /** The kind alone, for a filter. */
  readonly name: string;
  readonly sentence: (payload: Payload, entityId: string) => string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** "home (web in production)". */
const called = ({ name, service, environment }: Payload): string => {
  const place = [text(service), text(environment)].filter((part) => part !== '').join(', ');
  return place === '' ? text(name) : `${text(name)} (${place})`;
};
const because = (sentence: string, { message }: Payload): string => (text(message) === '' ? sentence : `${sentence}: ${text(message)}`);

/** The kinds of events of the monitor domain, as `entity kind`. */
export function monitorKinds(): Readonly<Record<string, Kind>> {
  return {
    'monitor down': {
      icon: 'error',
      name: l10n.t('Monitors down'),
      sentence: (payload) => because(l10n.t('{0} is down', called(payload)), payload),
    },
    'monitor up': { icon: 'pass', name: l10n.t('Monitors up'), sentence: (payload) => l10n.t('{0} is up', called(payload)) },
    'monitor added': {
      icon: 'eye',
      name: l10n.t('Monitors added'),
      sentence: (payload) => l10n.t('{0} is watched from now on', called(payload)),
    },
    'monitor changed': {
      icon: 'edit',
      name: l10n.t('Monitors edited'),
      sentence: (payload) => l10n.t('Monitor {0} changed', called(payload)),
    },
    'monitor removed': {
      icon: 'trash',
      name: l10n.t('Monitors removed'),
      sentence: (payload) => l10n.t('Monitor {0} removed', called(payload)),
    },
    'monitor paused': {
      icon: 'debug-pause',
      name: l10n.t('Monitors paused'),
      sentence: (payload) => l10n.t('{0} is paused', called(payload)),
    },
    'monitor unknown': {
      icon: 'debug-continue',
      name: l10n.t('Monitors looked at again'),
      sentence: (payload) => l10n.t('{0} is looked at again', called(payload)),
    },
    'monitor orphaned': {
      icon: 'circle-slash',
      name: l10n.t('Monitors without a source'),
      sentence: (payload) => l10n.t('hearth.yaml does not have monitor {0} any more', called(payload)),
    },
    'monitor back': {
      icon: 'history',
      name: l10n.t('Monitors that came back'),
      sentence: (payload) => l10n.t('hearth.yaml has monitor {0} again', called(payload)),
    },
    'monitor maintenance': {
      icon: 'tools',
      name: l10n.t('Monitors in maintenance'),
      sentence: (payload) => l10n.t('{0} is in maintenance', called(payload)),
    },
    'maintenance started': {
      icon: 'tools',
      name: l10n.t('Maintenance begun'),
      sentence: ({ name }) => l10n.t('Maintenance: {0}', text(name)),
    },
    'maintenance ended': {
      icon: 'tools',
      name: l10n.t('Maintenance ended'),
      sentence: ({ name }) => l10n.t('Maintenance is over: {0}', text(name)),
    },
    ...incidentKinds(),
  };
}
