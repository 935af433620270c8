import { l10n } from 'vscode';
import type { Event } from '../../server/protocol/events.ts';

/** What happens to variables, secrets and master keys, in words, for the log of everything. Values are in no event. */

type Payload = Event['payload'];

interface Kind {
  readonly icon: string;
  /** The kind alone, for a filter. */
  readonly name: string;
  readonly sentence: (payload: Payload, entityId: string) => string;
}

const names = ({ names: all }: Payload): string => (Array.isArray(all) ? all.map(String).join(', ') : '');
const place = ({ service }: Payload, environment: string): string =>
  typeof service === 'string' ? l10n.t('{0} in {1}', service, environment) : environment;
const count = (value: unknown): number => (Array.isArray(value) ? value.length : typeof value === 'number' ? value : 0);

/** The kinds of events of the environment domain, as `entity kind`. */
export function environmentKinds(): Readonly<Record<string, Kind>> {
  return {
    'environment variables-set': {
      icon: 'symbol-variable',
      name: l10n.t('Variables set'),
      sentence: (payload, environment) => l10n.t('{0} set for {1}', names(payload), place(payload, environment)),
    },
    'environment variables-unset': {
      icon: 'symbol-variable',
      name: l10n.t('Variables removed'),
      sentence: (payload, environment) => l10n.t('{0} removed from {1}', names(payload), place(payload, environment)),
    },
    'key rotated': {
      icon: 'key',
      name: l10n.t('Master keys rotated'),
      sentence: ({ secrets }, key) => l10n.t('{0} secrets encrypted with the new master key {1}', count(secrets), key),
    },
    'key exported': {
      icon: 'key',
      name: l10n.t('Master keys exported'),
      sentence: ({ keys }) => l10n.t('{0} master keys exported', count(keys)),
    },
    'key imported': {
      icon: 'key',
      name: l10n.t('Master keys imported'),
      sentence: ({ keys }) => l10n.t('{0} master keys imported', count(keys)),
    },
  };
}
