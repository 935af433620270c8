import { env, l10n, ThemeColor, ThemeIcon } from 'vscode';
import type { DeploymentState, Phase, StatusRow } from '../../server/protocol/deployTypes.ts';
import type { Health, HealthState } from '../../server/protocol/health.ts';
import { relativeTime } from '../git/relativeTime.ts';

/** Words and icons of deployments and of health. What a colour says, a word says too. */

export function phaseName(phase: Phase): string {
  switch (phase) {
    case 'queued':
      return l10n.t('waiting');
    case 'preparing':
      return l10n.t('preparing');
    case 'building':
      return l10n.t('building');
    case 'deploying':
      return l10n.t('starting');
    case 'health-check':
      return l10n.t('checking health');
    case 'switching':
      return l10n.t('switching');
    case 'draining':
      return l10n.t('draining');
    case 'live':
      return l10n.t('live');
    case 'failed':
      return l10n.t('failed');
    case 'rolled-back':
      return l10n.t('rolled back');
    case 'canceled':
      return l10n.t('canceled');
    case 'superseded':
      return l10n.t('superseded');
    case 'interrupted':
      return l10n.t('interrupted');
  }
}

export function stateName(state: DeploymentState): string {
  switch (state) {
    case 'running':
      return l10n.t('on its way');
    case 'retired':
      return l10n.t('was live');
    case 'removed':
      return l10n.t('removed');
    default:
      return phaseName(state);
  }
}

export function stateIcon(state: DeploymentState): ThemeIcon {
  switch (state) {
    case 'running':
      return new ThemeIcon('sync~spin');
    case 'live':
      return new ThemeIcon('pass-filled', new ThemeColor('charts.green'));
    case 'failed':
    case 'rolled-back':
      return new ThemeIcon('error', new ThemeColor('list.errorForeground'));
    case 'retired':
      return new ThemeIcon('history');
    case 'removed':
      return new ThemeIcon('trash');
    case 'canceled':
    case 'superseded':
      return new ThemeIcon('circle-slash');
  }
}

export function healthName(state: HealthState): string {
  switch (state) {
    case 'healthy':
      return l10n.t('healthy');
    case 'pending':
      return l10n.t('starting');
    case 'down':
      return l10n.t('down');
    case 'unknown':
      return l10n.t('health not known yet');
    case 'unobserved':
      return l10n.t('not looked at');
    case 'paused':
      return l10n.t('paused');
    case 'maintenance':
      return l10n.t('in maintenance');
  }
}

/** Filled for what serves, hollow for what nobody looks at. */
export function healthIcon(state: HealthState): ThemeIcon {
  switch (state) {
    case 'healthy':
      return new ThemeIcon('circle-filled', new ThemeColor('charts.green'));
    case 'pending':
      return new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
    case 'down':
      return new ThemeIcon('error', new ThemeColor('list.errorForeground'));
    case 'unknown':
    case 'unobserved':
      return new ThemeIcon('circle-large-outline');
    case 'paused':
    case 'maintenance':
      return new ThemeIcon('debug-pause');
  }
}

/** What kind of service it is; nothing for the ordinary one. */
export function kindName(kind: StatusRow['kind']): string {
  switch (kind) {
    case 'container':
      return '';
    case 'static':
      return l10n.t('static site');
    case 'stack':
      return l10n.t('stack');
  }
}

/** "3 minutes ago"; milliseconds since the epoch. */
export function ageOf(time: number): string {
  return relativeTime(time / 1000, Date.now() / 1000, env.language);
}

/** Containers are named with these characters of a deployment's id, and so people see them. */
export function shortDeployment(id: string): string {
  return id.slice(0, 12);
}

/** One sentence about a service's health. */
export function healthSentence({ state, message, checked }: Health): string {
  const looked = checked === undefined ? '' : l10n.t('looked {0}', ageOf(checked));
  return [healthName(state), message ?? '', looked].filter((part) => part !== '').join(' · ');
}
