import { l10n, MarkdownString, ThemeColor, ThemeIcon } from 'vscode';
import type { HealthState } from '../../server/protocol/health.ts';
import type { Incident } from '../../server/protocol/incident.ts';
import type { MonitorRow, MonitorState } from '../../server/protocol/monitorTypes.ts';
import { ageOf } from '../deploy/deployWords.ts';
import { oneLine } from '../git/repositoryNodesText.ts';

/** Words, icons and small pictures of monitors and incidents. What a colour says, a word says too. */

export function stateName(state: MonitorState): string {
  switch (state) {
    case 'unknown':
      return l10n.t('not looked at yet');
    case 'up':
      return l10n.t('up');
    case 'pending':
      return l10n.t('retrying');
    case 'down':
      return l10n.t('down');
    case 'paused':
      return l10n.t('paused');
    case 'maintenance':
      return l10n.t('in maintenance');
    case 'unobserved':
      return l10n.t('not observed');
  }
}

/** ● answers, ◐ fails but not often enough yet, ○ nobody looks. */
export function watchedIcon(state: HealthState): ThemeIcon {
  switch (state) {
    case 'healthy':
      return new ThemeIcon('circle-filled', new ThemeColor('charts.green'));
    case 'pending':
      return new ThemeIcon('color-mode', new ThemeColor('list.warningForeground'));
    case 'down':
      return new ThemeIcon('error', new ThemeColor('list.errorForeground'));
    case 'paused':
      return new ThemeIcon('debug-pause');
    case 'maintenance':
      return new ThemeIcon('tools');
    case 'unknown':
    case 'unobserved':
      return new ThemeIcon('circle-large-outline');
  }
}

const minute = 60_000;

const bars: Readonly<Record<string, string>> = { u: '▁', p: '▄', d: '█', m: '▂', o: '·', n: '·' };
const shownBars = 9;

/** The last beats as a line of bars, the oldest first: low answered, half failed once, high is down, a dot nobody saw. */
export function barsOf(beats: string): string {
  return [...beats]
    .slice(-shownBars)
    .map((beat) => bars[beat] ?? '·')
    .join('');
}

/** "84 ms", "1.2 s". */
export function answerTime(milliseconds: number): string {
  return milliseconds < 1000 ? l10n.t('{0} ms', Math.round(milliseconds)) : l10n.t('{0} s', (milliseconds / 1000).toFixed(1));
}

/** "99.95 %": never rounded up to a whole that it was not. */
export function percentOf(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(share === 1 ? 0 : 2)} %`;
}

/** What a monitor does now, in two or three words. */
export function nowWords(row: MonitorRow): string {
  const { state, kind, failures, failuresToBeDown, milliseconds, health } = row;
  switch (state) {
    case 'up':
      // What Docker says was known before it was asked.
      return milliseconds === null || kind === 'docker' ? stateName(state) : answerTime(milliseconds);
    case 'pending':
      return l10n.t('retrying {0}/{1}', failures, failuresToBeDown);
    case 'down':
      // "Now" is no age.
      return Date.now() - health.since < minute ? stateName(state) : l10n.t('down · {0}', ageOf(health.since));
    default:
      return stateName(state);
  }
}

/** The row's description: beats, and what it does now. */
export function monitorWords(row: MonitorRow): string {
  if (row.orphan !== null) return l10n.t('not in hearth.yaml any more');
  const looks = row.state !== 'paused' && row.beats !== '';
  return [...(looks ? [barsOf(row.beats)] : []), nowWords(row)].join(' ');
}

/** The same without the picture, for a screen reader. */
export function monitorSpoken(row: MonitorRow): string {
  const { name, target, state } = row;
  const parts = [
    oneLine(name),
    ...(state === 'up' && nowWords(row) !== stateName(state) ? [stateName(state)] : []),
    nowWords(row),
    oneLine(target),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** Everything a row knows, as text: nothing of it becomes markup. */
export function monitorTooltip(row: MonitorRow): MarkdownString {
  const { certificate, uptime24h, health, environment } = row;
  const facts = [
    oneLine(row.target),
    `${stateName(row.state)} · ${ageOf(health.since)}`,
    health.message ?? '',
    environment === null ? '' : l10n.t('environment {0}', environment),
    health.checked === undefined ? '' : l10n.t('looked {0}', ageOf(health.checked)),
    uptime24h === null ? '' : l10n.t('up {0} of the last 24 hours', percentOf(uptime24h)),
    certificate === null ? '' : certificateWords(certificate),
    row.orphan === null
      ? ''
      : l10n.t('Its entry in hearth.yaml is gone since {0}: it is not looked at, its history is kept.', ageOf(row.orphan)),
  ];
  const text = new MarkdownString().appendText(row.name);
  for (const fact of facts) if (fact !== '') text.appendMarkdown('\n\n').appendText(oneLine(fact));
  return text;
}

export function certificateWords({ days, problem }: NonNullable<MonitorRow['certificate']>): string {
  if (problem !== null) return l10n.t('certificate: {0}', problem);
  return days < 0 ? l10n.t('the certificate is over since {0} days', -days) : l10n.t('the certificate is good for {0} days', days);
}

export function incidentNumber({ number }: Pick<Incident, 'number'>): string {
  return `I-${number}`;
}

export function incidentStateName(state: Incident['state']): string {
  switch (state) {
    case 'investigating':
      return l10n.t('investigating');
    case 'identified':
      return l10n.t('identified');
    case 'monitoring':
      return l10n.t('monitoring');
    case 'resolved':
      return l10n.t('resolved');
    case 'merged':
      return l10n.t('merged');
  }
}

export function severityName(severity: Incident['severity']): string {
  switch (severity) {
    case 'critical':
      return l10n.t('critical');
    case 'major':
      return l10n.t('major');
    case 'minor':
      return l10n.t('minor');
  }
}

/** Burns until somebody looks at it. */
export function incidentIcon({ state, acknowledged, resolved }: Pick<Incident, 'state' | 'acknowledged' | 'resolved'>): ThemeIcon {
  if (resolved !== null || state === 'resolved' || state === 'merged') return new ThemeIcon('pass');
  if (state === 'monitoring') return new ThemeIcon('pulse', new ThemeColor('list.warningForeground'));
  return acknowledged === null
    ? new ThemeIcon('flame', new ThemeColor('list.errorForeground'))
    : new ThemeIcon('eye', new ThemeColor('list.warningForeground'));
}

/** "investigating · major · 5 minutes ago". */
export function incidentWords({ state, severity, started, acknowledged, resolved }: Incident): string {
  const parts = [
    incidentStateName(state),
    severityName(severity),
    acknowledged === null || resolved !== null ? '' : l10n.t('acknowledged'),
    ageOf(resolved ?? started),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** One that somebody still has to do something about. */
export function isOpen({ state }: Pick<Incident, 'state'>): boolean {
  return state !== 'resolved' && state !== 'merged';
}
