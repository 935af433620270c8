import { l10n } from 'vscode';
import type { Event } from '../../server/protocol/events.ts';

/** What happens to entries of the catalog, in words, for the log of everything. */

type Payload = Event['payload'];

interface Kind {
  readonly icon: string;
  /** The kind alone, for a filter. */
  readonly name: string;
  readonly sentence: (payload: Payload, entityId: string) => string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** The sentence that a person wrote beside it. */
const because = (sentence: string, { change }: Payload): string => (text(change) === '' ? sentence : `${sentence}: ${text(change)}`);

/** The kinds of events of the catalog, as `entity kind`. */
export function catalogKinds(): Readonly<Record<string, Kind>> {
  return {
    'service added': {
      icon: 'add',
      name: l10n.t('Services added'),
      sentence: (payload, name) => because(l10n.t('Service {0} added', name), payload),
    },
    'service changed': {
      icon: 'edit',
      name: l10n.t('Services edited'),
      sentence: (payload, name) => because(l10n.t('Service {0} changed ({1})', name, fieldsOf(payload)), payload),
    },
    'service orphaned': {
      icon: 'circle-slash',
      name: l10n.t('Services without a source'),
      sentence: (_, name) => l10n.t('hearth.yaml does not have service {0} any more', name),
    },
    'service back': {
      icon: 'history',
      name: l10n.t('Services that came back'),
      sentence: (_, name) => l10n.t('hearth.yaml has service {0} again', name),
    },
    'service removed': {
      icon: 'trash',
      name: l10n.t('Services taken out of the catalog'),
      sentence: (payload, name) => because(l10n.t('Service {0} taken out of the catalog', name), payload),
    },
  };
}

function fieldsOf({ fields }: Payload): string {
  return Array.isArray(fields) ? fields.map(text).join(', ') : '';
}
