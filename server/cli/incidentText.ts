import type { Incident, suspects, TimelineEntry } from '../protocol/incident.ts';
import type { ResultOf } from '../protocol/message.ts';
import { isoTime, shownTime } from '../time.ts';
import type { CommandContext } from './command.ts';
import { durationText, shortCommit, shortRelease } from './deployText.ts';
import type { Output } from './output.ts';
import { column, oneLine, plain } from './text.ts';

/** Incidents for a person at a terminal. */

type Style = Parameters<Output['style']>[0];

const stateStyles: Readonly<Record<Incident['state'], Style>> = {
  investigating: 'red',
  identified: 'yellow',
  monitoring: 'cyan',
  resolved: 'green',
  merged: 'dim',
};
const severityStyles: Readonly<Record<Incident['severity'], Style>> = { critical: 'red', major: 'yellow', minor: 'dim' };

/** Incidents as aligned rows. */
export function incidentRows(incidents: readonly Incident[], { output, options }: CommandContext): string[] {
  const iso = options['iso'] === true;
  return incidents.map(({ number, state, severity, title, started, acknowledged, item }) =>
    [
      output.style('bold', column(`I-${number}`, 6)),
      output.style(stateStyles[state], column(state, 13)),
      output.style(severityStyles[severity], column(severity, 8)),
      output.style('dim', column(when(started, iso), iso ? 20 : 14)),
      `${oneLine(title)}${acknowledged === null ? '' : output.style('dim', ` (acknowledged by ${oneLine(acknowledged.actor)})`)}${item === null ? '' : output.style('dim', ` #${item}`)}`,
    ].join('  '),
  );
}

/** One incident with everything that happened. */
export function incidentText(incident: Incident, timeline: readonly TimelineEntry[], { output, options }: CommandContext): string {
  const iso = options['iso'] === true;
  const { number, title, state, severity, source, services, environment, monitors, deployment, commit, item, runbook } = incident;
  const { started, acknowledged, resolved, mergedInto, postmortem } = incident;
  const fact = (name: string, value: string | null): string[] =>
    value === null || value === '' ? [] : [`${output.style('dim', column(name, 13))}${value}`];
  const lines = [
    `${output.style('bold', `I-${number}`)} ${output.style('bold', oneLine(title))}`,
    ...fact('id', incident.id),
    ...fact('state', output.style(stateStyles[state], state)),
    ...fact('severity', output.style(severityStyles[severity], severity)),
    ...fact('where', `${services.map(oneLine).join(', ')}${environment === null ? '' : ` in ${oneLine(environment)}`}`.trim()),
    ...fact('began', `${when(started, iso)}${source === 'manual' ? ', opened by hand' : ''}`),
    ...fact('acknowledged', acknowledged === null ? null : `${when(acknowledged.time, iso)} by ${oneLine(acknowledged.actor)}`),
    ...fact('resolved', resolved === null ? null : `${when(resolved, iso)}, after ${durationText(resolved - started)}`),
    ...fact('goes on as', mergedInto),
    ...fact(
      'release',
      commit === null
        ? null
        : `${output.style('yellow', shortCommit(commit))}${deployment === null ? '' : `  ${shortRelease(deployment)}`}`,
    ),
    ...fact('work item', item === null ? null : `#${item}`),
    ...fact('runbook', runbook === null ? null : oneLine(runbook)),
    ...fact('post-mortem', postmortem === null ? null : oneLine(postmortem)),
  ];
  const watched = monitors.map(
    ({ name, recovered }) => `  ${recovered === null ? output.style('red', '✕') : output.style('green', '●')} ${oneLine(name)}`,
  );
  const entries = timeline.map(({ time, actor, text }) =>
    [
      `  ${output.style('dim', column(iso ? isoTime(time / 1000) : clockText(time), iso ? 20 : 19))}`,
      plain(text).replaceAll('\n', '\n'.padEnd(24)),
      ...(actor === 'hub' ? [] : [output.style('blue', oneLine(actor))]),
    ].join('  '),
  );
  return `${[...lines, ...section('Monitors', watched, output), ...section('Timeline', entries, output)].join('\n')}\n`;
}

/** Suspects, the first one first. */
export function suspectLines(found: ResultOf<typeof suspects>, { output }: CommandContext): string[] {
  const { commits, good, bad, gap } = found;
  const between =
    good === null || bad === null
      ? []
      : [
          `${output.style('yellow', shortCommit(good.commit))} was well, ${output.style('yellow', shortCommit(bad.commit))} was not${gap === null ? '' : `; it went live ${durationText(gap)} before`}.`,
          '',
        ];
  const rows = commits.flatMap(({ commit, subject, author, score, reasons, item }) => [
    [
      output.style('bold', `${Math.round(score * 100)} %`.padStart(5)),
      output.style('yellow', shortCommit(commit)),
      `${oneLine(subject)}${item === null ? '' : output.style('dim', ` #${item}`)}`,
      output.style('blue', oneLine(author)),
    ].join('  '),
    ...reasons.map(({ text }) => `       ${output.style('dim', oneLine(text))}`),
  ]);
  return [...between, ...rows];
}

/** A time of the log: the log is read in the time of who reads it. */
function clockText(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function when(time: number, iso: boolean): string {
  return shownTime(time / 1000, iso);
}

function section(title: string, lines: readonly string[], output: Output): string[] {
  return lines.length === 0 ? [] : ['', output.style('bold', title), ...lines];
}
