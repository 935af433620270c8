import type { CatalogEntry, listServices, showService } from '../protocol/catalog.ts';
import type { Health } from '../protocol/health.ts';
import type { ResultOf } from '../protocol/message.ts';
import { shownTime } from '../time.ts';
import type { CommandContext } from './command.ts';
import { healthMarks } from './deployText.ts';
import type { Output } from './output.ts';
import { column, oneLine, plain } from './text.ts';

/** Services for a person at a terminal. */

type Row = ResultOf<typeof listServices>['services'][number];
type Shown = ResultOf<typeof showService>;

/** Services as aligned rows. */
export function serviceRows(rows: readonly Row[], { output }: CommandContext): string[] {
  const width = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => [...oneLine(text)].length));
  const names = width(rows.map(({ entry }) => entry.name));
  const types = width(rows.map(({ entry }) => entry.type));
  const owners = Math.min(24, width(rows.map(({ entry }) => entry.owner ?? '-')));
  return rows.map(({ entry, status }) =>
    [
      column(entry.name, names),
      healthWord(status.health, output, 13),
      column(entry.type, types),
      column(oneLine(entry.owner ?? '-'), owners),
      output.style('dim', remarksOf(entry, status).join(', ')),
    ]
      .join('  ')
      .trimEnd(),
  );
}

function remarksOf(entry: CatalogEntry, status: Row['status']): string[] {
  return [
    ...(entry.orphan === null ? [] : ['its source is gone']),
    ...(entry.lifecycle === 'production' ? [] : [entry.lifecycle]),
    ...(status.environments.length === 0 ? [] : [status.environments.map(({ environment }) => oneLine(environment)).join(' ')]),
    ...(entry.dependsOn.length === 0 ? [] : [`needs ${entry.dependsOn.join(' ')}`]),
    ...(status.incidents.length === 0
      ? []
      : [`${status.incidents.length} open ${status.incidents.length === 1 ? 'incident' : 'incidents'}`]),
  ];
}

/** `b → a → b`. */
export function cycleText(cycle: readonly string[]): string {
  return [...cycle, cycle[0] ?? ''].join(' → ');
}

/** Everything that is known of a service. */
export function serviceText({ entry, status, impact, needs }: Shown, { output, options }: CommandContext): string {
  const iso = options['iso'] === true;
  const health = status.health.message === undefined ? '' : ` · ${oneLine(status.health.message)}`;
  const { detected } = entry;
  const places = detected === undefined ? [] : detected.needs;
  const inFile = entry.source === 'file' ? `hearth.yaml${entry.line === null ? '' : `, line ${entry.line}`}` : 'added by hand';
  const source = detected === undefined ? inFile : `${oneLine(detected.file)}, line ${detected.line}`;
  const facts: [string, string][] = [
    ['health', `${healthWord(status.health, output)}${health}`],
    ['type', entry.type],
    ['owner', oneLine(entry.owner ?? '-')],
    ['life cycle', entry.lifecycle],
    ['source', entry.orphan === null ? source : `gone since ${shownTime(Math.floor(entry.orphan / 1000), iso)}`],
    ...(entry.runbook === null ? [] : [['runbook', oneLine(entry.runbook)] as [string, string]]),
    ...entry.links.map(({ title, url }): [string, string] => ['link', `${oneLine(title)}: ${oneLine(url)}`]),
    ...status.environments.map(({ environment, health: here, commit, url }): [string, string] => [
      oneLine(environment),
      [healthWord(here, output), ...(commit === null ? [] : [commit.slice(0, 10)]), ...(url === null ? [] : [oneLine(url)])].join('  '),
    ]),
    ...(needs.length === 0 ? [] : [['needs', around(needs, output)] as [string, string]]),
    ...places.map(({ to, kind, file, line }): [string, string] => ['', `${oneLine(to)} by ${oneLine(kind)}: ${oneLine(file)}:${line}`]),
    ...(entry.missing.length === 0 ? [] : [['not here', entry.missing.map(oneLine).join(', ')] as [string, string]]),
    ...(impact.length === 0 ? [] : [['fails with it', around(impact, output)] as [string, string]]),
    ...(status.monitors.length === 0 ? [] : [['monitors', String(status.monitors.length)] as [string, string]]),
    ...(status.incidents.length === 0 ? [] : [['incidents', `${status.incidents.length} open`] as [string, string]]),
  ];
  const width = Math.max(...facts.map(([name]) => [...name].length));
  const lines = facts.map(([name, value]) => `${output.style('dim', column(name, width))}  ${value}`);
  const description = entry.description === null ? [] : ['', plain(entry.description)];
  return `${[output.style('bold', entry.name), ...lines, ...description].join('\n')}\n`;
}

function around(others: Shown['impact'], output: Output): string {
  return others
    .map(
      ({ name, distance, health }) =>
        `${output.style(healthMarks[health.state][1], healthMarks[health.state][0])} ${name}${distance === 1 ? '' : ` (${distance} steps)`}`,
    )
    .join(', ');
}

function healthWord({ state }: Health, output: Output, width = 0): string {
  const [mark, style] = healthMarks[state];
  const word = `${mark} ${state}`;
  return output.style(style, width === 0 ? word : column(word, width));
}
