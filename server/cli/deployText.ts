import type { Deployment, DeploymentDetail, DeploymentState, Phase, Plan, Probe, Remark, StatusRow } from '../protocol/deployTypes.ts';
import type { Health } from '../protocol/health.ts';
import { shownTime } from '../time.ts';
import type { CommandContext } from './command.ts';
import type { Output } from './output.ts';
import { column, oneLine } from './text.ts';

/** Deployments for a person at a terminal. */

type Style = Parameters<Output['style']>[0];

const stateStyles: Readonly<Record<DeploymentState, Style>> = {
  running: 'cyan',
  live: 'green',
  retired: 'dim',
  removed: 'dim',
  failed: 'red',
  'rolled-back': 'red',
  canceled: 'yellow',
  superseded: 'dim',
};

/** Symbol and colour of a health. */
export const healthMarks: Readonly<Record<Health['state'], readonly [mark: string, style: Style]>> = {
  healthy: ['●', 'green'],
  pending: ['◐', 'yellow'],
  down: ['✕', 'red'],
  unknown: ['○', 'dim'],
  unobserved: ['○', 'dim'],
  paused: ['‖', 'dim'],
  maintenance: ['‖', 'dim'],
};

/** The first 12 characters of a deployment's id: what names its containers. */
export function shortRelease(id: string): string {
  return id.slice(0, 12);
}

export function shortCommit(id: string): string {
  return id.slice(0, 10);
}

/** `412 ms`, `3.2 s`, `1 min 5 s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** A phase in words: `health check`. */
export function phaseWord(phase: Phase): string {
  return phase.replace('-', ' ');
}

/** Services as aligned rows; what is wrong with one stands below it. */
export function statusRows(rows: readonly StatusRow[], { output, options }: CommandContext): string[] {
  const iso = options['iso'] === true;
  const widths = [widthOf(rows.map(({ environment }) => environment)), widthOf(rows.map(({ service }) => service))] as const;
  return rows.flatMap((row) => {
    const [mark, style] = healthMarks[row.health.state];
    const healthy = row.release === null ? column('', 13) : output.style(style, column(`${mark} ${row.health.state}`, 13));
    const cells = [
      column(oneLine(row.environment), widths[0]),
      column(oneLine(row.service), widths[1]),
      output.style(stateStyles[row.state], column(row.state, 11)),
      healthy,
      output.style('yellow', column(row.commit === null ? '-' : shortCommit(row.commit), 10)),
      output.style('dim', column(row.since === null ? '-' : when(row.since, iso), iso ? 20 : 14)),
      output.style('dim', column(row.release === null ? '-' : shortRelease(row.release), 12)),
      oneLine(row.subject ?? ''),
    ];
    return [cells.join('  ').trimEnd(), ...belowStatus(row, output, iso).map((line) => `    ${line}`)];
  });
}

function belowStatus({ health, url, running, failed, crashLoop, release }: StatusRow, output: Output, iso: boolean): string[] {
  return [
    ...(url === null ? [] : [output.style('dim', oneLine(url))]),
    ...(health.message === undefined || health.state === 'healthy' || release === null ? [] : [oneLine(health.message)]),
    ...(crashLoop ? [output.style('red', 'It crashed too often: healing was given up. Deploy another commit, or roll back.')] : []),
    ...(running === null
      ? []
      : [
          `${output.style('cyan', `→ ${shortCommit(running.commit)} ${phaseWord(running.phase)}`)}${running.progress === null ? '' : `: ${oneLine(running.progress)}`} (${shortRelease(running.deployment)})`,
        ]),
    ...(failed === null
      ? []
      : [`${output.style('red', `✕ ${shortRelease(failed.deployment)} failed ${when(failed.time, iso)}`)}: ${oneLine(failed.reason)}`]),
  ];
}

/** Deployments as aligned rows, as they come. */
export function historyRows(rows: readonly Deployment[], { output, options }: CommandContext): string[] {
  const iso = options['iso'] === true;
  const widths = [widthOf(rows.map(({ environment }) => environment)), widthOf(rows.map(({ service }) => service))] as const;
  return rows.flatMap((row) => [
    [
      output.style('dim', shortRelease(row.id)),
      column(oneLine(row.environment), widths[0]),
      column(oneLine(row.service), widths[1]),
      output.style(stateStyles[row.state], column(row.state === 'running' ? phaseWord(row.phase) : row.state, 12)),
      output.style('yellow', shortCommit(row.commit)),
      output.style('dim', column(when(row.created, iso), iso ? 20 : 14)),
      output.style('blue', column(oneLine(row.actor), 6)),
      `${oneLine(row.subject)}${row.rollbackTo === null ? '' : output.style('dim', ` (back to ${shortRelease(row.rollbackTo)})`)}`,
    ].join('  '),
    ...(row.reason === null ? [] : [`              ${output.style('dim', oneLine(row.reason))}`]),
  ]);
}

/** One deployment with its phases, probes and containers. */
export function detailText(detail: DeploymentDetail, { output, options }: CommandContext): string {
  const iso = options['iso'] === true;
  const fact = (name: string, value: string | null): string[] =>
    value === null || value === '' ? [] : [`${output.style('dim', column(name, 11))}${value}`];
  const phases = detail.phaseTimes.map(({ phase, started, ended }) =>
    `  ${column(phaseWord(phase), 14)}${phase === 'live' ? '' : ended === null ? 'now' : durationText(ended - started)}`.trimEnd(),
  );
  const lines = [
    `${output.style('yellow', shortCommit(detail.commit))} ${output.style('bold', oneLine(detail.subject))}`,
    ...fact('deployment', detail.id),
    ...fact('where', `${oneLine(detail.environment)}/${oneLine(detail.service)}`),
    ...fact(
      'state',
      `${output.style(stateStyles[detail.state], detail.state)}${detail.state === 'running' ? `, ${phaseWord(detail.phase)}` : ''}`,
    ),
    ...fact('progress', detail.progress === null ? null : oneLine(detail.progress)),
    ...fact('reason', detail.reason === null ? null : oneLine(detail.reason)),
    ...fact('hint', detail.hint === null ? null : oneLine(detail.hint)),
    ...fact('image', detail.image === null || detail.site !== undefined ? null : oneLine(detail.image)),
    ...fact('address', detail.url === null ? null : oneLine(detail.url)),
    ...fact('by', `${oneLine(detail.actor)}, ${when(detail.created, iso)}`),
    ...fact('site', siteText(detail.site)),
    ...fact('rollback', rollbackText(detail)),
    ...fact('migration', detail.migration === undefined ? null : `${detail.migration.state}: ${oneLine(detail.migration.message)}`),
    ...section('Phases', phases, output),
    ...section(
      'Probes',
      detail.probes.slice(-5).map((each) => `  ${probeText(each, output)}`),
      output,
    ),
    ...section(
      'Smoke tests',
      (detail.smoke ?? []).map(
        ({ name, ok, milliseconds, message }) =>
          `  ${output.style(ok ? 'green' : 'red', ok ? '✓' : '✗')} ${oneLine(name)}  ${oneLine(message)}  ${durationText(milliseconds)}`,
      ),
      output,
    ),
    ...section(
      'Containers',
      detail.containers.map(
        ({ name, state, address }) => `  ${oneLine(name)}  ${oneLine(state)}${address === null ? '' : `  ${oneLine(address)}`}`,
      ),
      output,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function siteText(site: DeploymentDetail['site']): string | null {
  if (site === undefined) return null;
  const { release, files, bytes, current } = site;
  return `${oneLine(release)}, ${files} files, ${bytes} bytes${current ? '' : ', not served'}`;
}

function rollbackText({ rollback, image }: DeploymentDetail): string | null {
  const what = image?.startsWith('site:') === true ? 'its files are' : 'its image is';
  switch (rollback) {
    case 'possible':
      return `possible: ${what} there`;
    case 'image-gone':
      return `${what} gone`;
    default:
      return null;
  }
}

export function probeText({ ok, status, milliseconds, message }: Probe, output: Output): string {
  const mark = ok ? output.style('green', '✓') : output.style('red', '✗');
  const code = status === undefined ? '' : `${status} `;
  // What an answer of HTTP says begins with its status.
  const said = `${message} `.startsWith(code) ? message.slice(code.length) : message;
  return `${mark} ${code}${durationText(milliseconds)}${said === '' ? '' : `  ${oneLine(said)}`}`;
}

/** What a deployment would do. */
export function planText({ steps, engine, routing, environment, commit, subject, ...remarks }: Plan, { output }: CommandContext): string {
  const lines = [
    `${output.style('yellow', shortCommit(commit))} ${output.style('bold', oneLine(subject))} → ${oneLine(environment)}`,
    output.style(
      'dim',
      `Docker ${oneLine(engine.version)} on ${oneLine(engine.name)} (${oneLine(engine.address)}), routing: ${oneLine(routing)}`,
    ),
  ];
  for (const { service, kind, action, steps: sentences, image, reuse, zeroDowntime, downtime, live } of steps) {
    const cost =
      action === 'unchanged' ? '' : zeroDowntime ? output.style('green', '  no downtime') : output.style('yellow', '  with downtime');
    lines.push('', `${output.style('bold', oneLine(service))}  ${action}${cost}`);
    if (live !== null) lines.push(output.style('dim', `  live: ${shortCommit(live.commit)}, ${relations[live.relation]}`));
    if (downtime !== undefined) lines.push(output.style('yellow', `  ${oneLine(downtime)}`));
    if (kind !== 'static') lines.push(`  image ${oneLine(image)}${reuse ? output.style('dim', ' (is there already)') : ''}`);
    lines.push(...sentences.map((sentence, index) => `  ${index + 1}. ${oneLine(sentence)}`));
  }
  const { blockers, confirmations, warnings } = remarks;
  const told = [
    ...remarkLines(warnings, output.style('yellow', '!'), output),
    ...remarkLines(confirmations, output.style('yellow', '?'), output),
    ...remarkLines(blockers, output.style('red', '✗'), output),
  ];
  return `${[...lines, ...(told.length === 0 ? [] : ['', ...told])].join('\n')}\n`;
}

const relations = {
  same: 'the same commit',
  older: 'newer than this one',
  newer: 'older than this one',
  diverged: 'of another line',
  unknown: 'a commit that is not known here',
} as const;

/** A mark, the sentence, what to do. */
export function remarkLines(remarks: readonly Remark[], mark: string, output: Output): string[] {
  return remarks.flatMap(({ service, message, hint }) => [
    `${mark} ${service === undefined ? '' : `${oneLine(service)}: `}${oneLine(message)}`,
    ...(hint === undefined ? [] : [`  ${output.style('dim', `→ ${oneLine(hint)}`)}`]),
  ]);
}

function section(title: string, lines: readonly string[], output: Output): string[] {
  return lines.length === 0 ? [] : ['', output.style('bold', title), ...lines];
}

function widthOf(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => [...oneLine(name)].length));
}

function when(milliseconds: number, iso: boolean): string {
  return shownTime(Math.floor(milliseconds / 1000), iso);
}
