import { l10n } from 'vscode';
import type { Event } from '../../server/protocol/events.ts';
import { shortId } from '../git/repositoryNodesText.ts';
import { shortDeployment } from './deployWords.ts';

/** What happens to deployments and environments, in words, for the log of everything. */

type Payload = Event['payload'];

interface Kind {
  readonly icon: string;
  /** The kind alone, for a filter. */
  readonly name: string;
  readonly sentence: (payload: Payload, entityId: string) => string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** "web in production (a1b2c3d)". */
const place = ({ environment, service, commit }: Payload): string =>
  [l10n.t('{0} in {1}', text(service), text(environment)), text(commit) === '' ? '' : `(${shortId(text(commit))})`]
    .filter((part) => part !== '')
    .join(' ');
const names = ({ names: all }: Payload): string => (Array.isArray(all) ? all.map(text).join(', ') : '');
const because = (sentence: string, { reason }: Payload): string => (text(reason) === '' ? sentence : `${sentence}: ${text(reason)}`);

/** The kinds of events of the deploy domain, as `entity kind`. */
export function deployKinds(): Readonly<Record<string, Kind>> {
  return {
    'deployment queued': {
      icon: 'rocket',
      name: l10n.t('Deployments asked for'),
      sentence: (payload) => l10n.t('Deploy {0}', place(payload)),
    },
    'deployment rollback': {
      icon: 'discard',
      name: l10n.t('Rollbacks asked for'),
      sentence: (payload) => l10n.t('Roll back {0} to {1}', place(payload), shortDeployment(text(payload['to']))),
    },
    'deployment started': {
      icon: 'play',
      name: l10n.t('Deployments begun'),
      sentence: (payload) => l10n.t('Deploying {0}', place(payload)),
    },
    'deployment resumed': {
      icon: 'debug-continue',
      name: l10n.t('Deployments taken up'),
      sentence: (payload) => l10n.t('Interrupted deployment of {0} was taken up', place(payload)),
    },
    'deployment live': { icon: 'pass', name: l10n.t('Deployments live'), sentence: (payload) => l10n.t('{0} is live', place(payload)) },
    'deployment retired': {
      icon: 'history',
      name: l10n.t('Releases replaced'),
      sentence: (payload) => l10n.t('{0} was replaced', place(payload)),
    },
    'deployment failed': {
      icon: 'error',
      name: l10n.t('Deployments failed'),
      sentence: (payload) => because(l10n.t('Deployment of {0} failed', place(payload)), payload),
    },
    'deployment rolled-back': {
      icon: 'discard',
      name: l10n.t('Automatic rollbacks'),
      sentence: (payload) => because(l10n.t('{0} was rolled back', place(payload)), payload),
    },
    'deployment migration': {
      icon: 'database',
      name: l10n.t('Migrations'),
      sentence: (payload) => l10n.t('Migration of {0}: {1}', place(payload), text(payload['state'])),
    },
    'deployment stopped': {
      icon: 'debug-stop',
      name: l10n.t('Services stopped'),
      sentence: (payload) => l10n.t('{0} was stopped', place(payload)),
    },
    'deployment started-again': {
      icon: 'play',
      name: l10n.t('Services started again'),
      sentence: (payload) => l10n.t('{0} was started again', place(payload)),
    },
    'deployment restarted': {
      icon: 'debug-restart',
      name: l10n.t('Services restarted'),
      sentence: (payload) => l10n.t('{0} was restarted', place(payload)),
    },
    'deployment shell': {
      icon: 'terminal',
      name: l10n.t('Shells opened'),
      sentence: (payload) => l10n.t('A shell was opened in {0}', place(payload)),
    },
    'deployment canceled': {
      icon: 'circle-slash',
      name: l10n.t('Deployments canceled'),
      sentence: (payload) => l10n.t('Deployment of {0} was canceled', place(payload)),
    },
    'deployment superseded': {
      icon: 'circle-slash',
      name: l10n.t('Deployments superseded'),
      sentence: (payload) => l10n.t('Deployment of {0} gave way to a newer one', place(payload)),
    },
    'deployment removed': {
      icon: 'trash',
      name: l10n.t('Services removed'),
      sentence: (payload) => l10n.t('{0} was removed', place(payload)),
    },
    'deployment healed': {
      icon: 'wrench',
      name: l10n.t('Services healed'),
      sentence: (payload) => [l10n.t('{0} was put right', place(payload)), text(payload['why'])].filter((part) => part !== '').join(': '),
    },
    'deployment crash-loop': {
      icon: 'error',
      name: l10n.t('Crash loops'),
      sentence: (payload) => l10n.t('{0} crashed too often and is not started again', place(payload)),
    },
    'deployment adopted': {
      icon: 'organization',
      name: l10n.t('Environments taken over'),
      sentence: (payload) => l10n.t('{0} was taken over from {1}', place(payload), text(payload['from'])),
    },
    'deployment taken-over': {
      icon: 'organization',
      name: l10n.t('Environments given up'),
      sentence: (payload) => l10n.t('{0} was taken over by another Hearth', place(payload)),
    },
    'environment variables-set': {
      icon: 'symbol-variable',
      name: l10n.t('Variables set'),
      sentence: (payload, environment) => l10n.t('{0}: {1} set', environment, names(payload)),
    },
    'environment variables-unset': {
      icon: 'symbol-variable',
      name: l10n.t('Variables deleted'),
      sentence: (payload, environment) => l10n.t('{0}: {1} deleted', environment, names(payload)),
    },
    'key rotated': {
      icon: 'key',
      name: l10n.t('Keys rotated'),
      sentence: (payload) => l10n.t('Master key rotated, {0} secrets encrypted again', Number(payload['secrets'] ?? 0)),
    },
    'key exported': { icon: 'key', name: l10n.t('Keys exported'), sentence: () => l10n.t('Master keys exported') },
    'key imported': { icon: 'key', name: l10n.t('Keys imported'), sentence: () => l10n.t('Master keys imported') },
    'authority made': {
      icon: 'verified',
      name: l10n.t('Authority made'),
      sentence: () => l10n.t('Local certificate authority made'),
    },
    'config applied': {
      icon: 'settings-gear',
      name: l10n.t('Configurations applied'),
      sentence: ({ commit }) => l10n.t('hearth.yaml of {0} is applied', shortId(text(commit))),
    },
  };
}
