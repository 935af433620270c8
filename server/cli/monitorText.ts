import type { ResultOf } from '../protocol/message.ts';
import type { showMonitor, testMonitor } from '../protocol/monitor.ts';
import type { MonitorRow } from '../protocol/monitorTypes.ts';
import { shownTime } from '../time.ts';
import type { CommandContext } from './command.ts';
import { durationText, healthMarks } from './deployText.ts';
import type { Output } from './output.ts';
import { column, oneLine } from './text.ts';

/** Monitors for a person at a terminal. */

type Style = Parameters<Output['style']>[0];

const beatMarks: Readonly<Record<string, readonly [mark: string, style: Style]>> = {
  u: ['▁', 'green'],
  p: ['▄', 'yellow'],
  d: ['█', 'red'],
  m: ['▁', 'blue'],
  o: ['·', 'dim'],
  n: ['·', 'dim'],
};

/** One character a beat: height says it without colours. */
export function beatsText(beats: string, output: Output): string {
  return [...beats]
    .map((each) => {
      const [mark, style] = beatMarks[each] ?? ['·', 'dim'];
      return output.style(style, mark);
    })
    .join('');
}

export function percent(share: number | null): string {
  if (share === null) return '–';
  const value = Math.floor(share * 10_000) / 100;
  return value === 100 ? '100 %' : `${value.toFixed(2)} %`;
}

/** The state with what a person must know of it: `retrying 1/2`. */
export function stateWords({ state, failures, failuresToBeDown }: Pick<MonitorRow, 'state' | 'failures' | 'failuresToBeDown'>): string {
  return state === 'pending' ? `retrying ${failures}/${failuresToBeDown}` : state;
}

/** Aligned rows; why one is not up stands below it. */
export function monitorRows(rows: readonly MonitorRow[], { output }: Pick<CommandContext, 'output'>): string[] {
  const widest = (texts: readonly string[], most: number) => Math.min(most, Math.max(0, ...texts.map((text) => [...text].length)));
  const names = rows.map(({ name }) => oneLine(name));
  const places = rows.map(placeOf);
  const widths = [widest(names, 40), widest(places, 40)] as const;
  return rows.flatMap((row, index) => {
    const [mark, style] = healthMarks[row.health.state];
    const time = row.milliseconds === null ? '' : durationText(row.milliseconds);
    const line = [
      column(names[index] ?? '', widths[0]),
      column(places[index] ?? '', widths[1]),
      output.style(style, column(`${mark} ${stateWords(row)}`, 14)),
      column(time, 8),
      column(percent(row.uptime24h), 8),
      `${' '.repeat(Math.max(0, 30 - row.beats.length))}${beatsText(row.beats.slice(-30), output)}`,
      output.style('dim', oneLine(row.target)),
    ].join('  ');
    const { message } = row.health;
    return [
      line.trimEnd(),
      ...(row.orphan === null ? [] : [output.style('dim', '    orphan: hearth.yaml does not have it any more')]),
      ...(message === undefined ? [] : [`    ${oneLine(message)}`]),
    ];
  });
}

function placeOf({ service, environment }: MonitorRow): string {
  if (service === null) return environment ?? '';
  return environment === null ? service : `${environment}/${service}`;
}

/** One monitor with its history. */
export function monitorText(
  found: ResultOf<typeof showMonitor> & { readonly incident: string | null },
  { output, options }: Pick<CommandContext, 'output' | 'options'>,
): string {
  const iso = options['iso'] === true;
  const { monitor, row, windows, certificate, changes, maintenance, push } = found;
  const { settings } = monitor;
  const [mark, style] = healthMarks[row.health.state];
  const when = (time: number) => shownTime(Math.floor(time / 1000), iso);
  const fact = (name: string, value: string | null): string[] =>
    value === null ? [] : [`${output.style('dim', column(name, 12))}${value}`];
  return [
    `${output.style('bold', oneLine(monitor.name))}  ${output.style(style, `${mark} ${stateWords(row)}`)}  ${output.style('dim', when(row.health.since))}`,
    ...fact('why', row.health.message === undefined ? null : oneLine(row.health.message)),
    ...fact('looks at', `${monitor.check.kind} ${oneLine(row.target)}`),
    ...fact('service', placeOf(row) === '' ? null : oneLine(placeOf(row))),
    ...fact(
      'from',
      monitor.source === 'file' ? `hearth.yaml${monitor.orphan === null ? '' : ', which does not have it any more'}` : 'added by hand',
    ),
    ...fact(
      'how',
      `every ${durationText(settings.interval)}, down after ${settings.failures} failures, again after ${durationText(settings.retryInterval)}`,
    ),
    ...settings.assert.flatMap((each) => fact('must hold', oneLine(each))),
    ...fact('called at', push),
    ...fact(
      'maintenance',
      maintenance === null ? null : `${oneLine(maintenance.name)}, until ${shownTime(Math.floor(maintenance.until / 1000), true)}`,
    ),
    ...fact('certificate', certificate === null ? null : `${certificate.days} days left, ${oneLine(certificate.subject)}`),
    ...fact('incident', found.incident),
    '',
    beatsText(row.beats, output),
    '',
    output.style('dim', `${column('', 6)}${column('uptime', 12)}${column('p50', 10)}${column('p95', 10)}p99`),
    ...windows.map(({ span, uptime, p50, p95, p99 }) =>
      `${column(span, 6)}${column(percent(uptime), 12)}${column(timeText(p50), 10)}${column(timeText(p95), 10)}${timeText(p99)}`.trimEnd(),
    ),
    ...(changes.length === 0 ? [] : ['', output.style('bold', 'Changes')]),
    ...changes
      .slice(0, 10)
      .map(
        ({ time, from, to, message }) =>
          `  ${column(when(time), iso ? 20 : 14)}  ${from} → ${to}${message === null ? '' : `  ${oneLine(message)}`}`,
      ),
    '',
  ].join('\n');
}

const timeText = (milliseconds: number | null): string => (milliseconds === null ? '–' : durationText(milliseconds));

/** What one look found. */
export function lookText(found: ResultOf<typeof testMonitor>, { output }: Pick<CommandContext, 'output'>): string {
  const { ok, milliseconds, message, phases, assertions, certificate } = found;
  const mark = ok === null ? output.style('yellow', '?') : ok ? output.style('green', '✓') : output.style('red', '✗');
  const time = milliseconds === null ? '' : `  ${durationText(milliseconds)}`;
  return [
    `${mark} ${oneLine(found.found === '' ? (ok === true ? 'well' : 'nothing found') : found.found)}${time}`,
    ...(message === null ? [] : [`  ${oneLine(message)}`]),
    ...assertions.map(
      (each) =>
        `  ${each.ok ? output.style('green', '✓') : output.style('red', '✗')} ${oneLine(each.expression)}${each.ok ? '' : `: ${oneLine(each.actual)}`}`,
    ),
    ...(certificate === null
      ? []
      : [
          `  certificate: ${certificate.days} days left, ${oneLine(certificate.subject)}${certificate.problem === null ? '' : `, ${oneLine(certificate.problem)}`}`,
        ]),
    ...(phases.length === 0
      ? []
      : [output.style('dim', `  ${phases.map((each) => `${each.name} ${durationText(each.milliseconds)}`).join(' · ')}`)]),
    '',
  ].join('\n');
}
