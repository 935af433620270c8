import { env, l10n } from 'vscode';
import type { Event } from '../../server/protocol/events.ts';
import { catalogKinds } from '../catalog/catalogEvents.ts';
import { deployKinds } from '../deploy/deployEvents.ts';
import { environmentKinds } from '../environment/environmentEvents.ts';
import { relativeTime } from '../git/relativeTime.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { monitorKinds } from '../monitor/monitorEvents.ts';
import { itemKinds } from '../work/itemEvents.ts';

/** An event in words: the only place that knows kinds. One that is newer than this window is shown by its name. */

interface Words {
  readonly icon: string;
  /** The kind alone, for the filter. */
  readonly name: string;
  readonly sentence: (payload: Event['payload'], entityId: string) => string;
}

/** What an event is: its entity and what happened to it, as in `project created`. */
export function kindOf({ entity, kind }: Pick<Event, 'entity' | 'kind'>): string {
  return `${entity} ${kind}`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Icon and words of an event. */
export function wordsOf(event: Event): { icon: string; label: string } {
  const known = knownKinds()[kindOf(event)];
  return { icon: known?.icon ?? 'circle-small', label: oneLine(known?.sentence(event.payload, event.entityId) ?? unknownSentence(event)) };
}

/** What a kind is called. */
export function kindName(kind: string): string {
  return knownKinds()[kind]?.name ?? kind;
}

export function knownKindNames(): string[] {
  return Object.keys(knownKinds());
}

/** Who did it, as a word for a row. */
export function actorName(actor: string): string {
  switch (actor) {
    case 'window':
      return l10n.t('VS Code');
    case 'cli':
      return l10n.t('terminal');
    case 'hub':
      return l10n.t('Hearth');
    default:
      return oneLine(actor);
  }
}

/** "5 minutes ago"; milliseconds since the epoch. */
export function eventAge(time: number): string {
  return relativeTime(time / 1000, Date.now() / 1000, env.language);
}

function unknownSentence(event: Event): string {
  const { payload, entityId } = event;
  const subject = [payload['name'], payload['title'], payload['text']].map(text).find((each) => each !== '');
  return `${kindOf(event)}: ${subject ?? entityId}`;
}

/** Made when first needed: the language of the window is known then. */
let kinds: Readonly<Record<string, Words>> | undefined;

function knownKinds(): Readonly<Record<string, Words>> {
  kinds ??= {
    'note noted': { icon: 'note', name: l10n.t('Notes'), sentence: (payload) => text(payload['text']) },
    'project created': {
      icon: 'repo',
      name: l10n.t('Projects created'),
      sentence: (payload) => l10n.t('Project {0} created', text(payload['name'])),
    },
    'project adopted': {
      icon: 'repo-clone',
      name: l10n.t('Projects adopted'),
      sentence: (payload) => l10n.t('Project {0} has another repository', text(payload['name'])),
    },
    'project completed': {
      icon: 'repo',
      name: l10n.t('Projects completed'),
      sentence: (payload) => l10n.t('Project {0}: first commit or remote noted', text(payload['name'])),
    },
    'store restored': { icon: 'history', name: l10n.t('Restores'), sentence: () => l10n.t('State restored from a backup') },
    'store imported': { icon: 'cloud-download', name: l10n.t('Imports'), sentence: () => l10n.t('State imported from an archive') },
    'store recovered': { icon: 'tools', name: l10n.t('Recoveries'), sentence: () => l10n.t('State recovered after damage') },
    'store copied': {
      icon: 'files',
      name: l10n.t('Copied homes'),
      sentence: () => l10n.t('This home is a copy and has an identity of its own'),
    },
    'trust granted': {
      icon: 'shield',
      name: l10n.t('Trust granted'),
      sentence: (_, id) => l10n.t('Hearth may run what {0} configures', id),
    },
    'trust revoked': {
      icon: 'shield',
      name: l10n.t('Trust revoked'),
      sentence: (_, id) => l10n.t('Hearth may no longer run what {0} configures', id),
    },
    ...Object.fromEntries(
      Object.entries(itemKinds()).map(([kind, { icon, name, words }]) => [
        `item ${kind}`,
        { icon, name, sentence: (payload: Event['payload'], id: string) => `#${id} ${text(payload['name'])}: ${words(payload)}` },
      ]),
    ),
    ...deployKinds(),
    ...environmentKinds(),
    ...monitorKinds(),
    ...catalogKinds(),
    'config applied': {
      icon: 'checklist',
      name: l10n.t('Configurations applied'),
      sentence: (payload) => l10n.t('hearth.yaml of {0} applied to {1}', text(payload['commit']).slice(0, 7), text(payload['name'])),
    },
    'segment sealed': {
      icon: 'archive',
      name: l10n.t('Sealed segments'),
      sentence: (payload) => l10n.t('{0} events moved to a sealed file', Number(payload['count'] ?? 0)),
    },
  };
  return kinds;
}
