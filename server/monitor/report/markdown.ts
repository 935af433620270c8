import { type Report, totalUptime } from './collect.ts';
import { dateText, lengthText, momentText, percentText, plainText, timeText } from './words.ts';

/** A report as Markdown. What people and servers have written is text in it, never markup. */
export function markdownReport(report: Report): string {
  const { project, from, to, made, monitors, incidents } = report;
  const table = monitors.map((each) =>
    row([
      escaped(each.name),
      escaped(each.service ?? '–'),
      escaped(each.environment ?? '–'),
      percentText(each.uptime),
      timeText(each.p50),
      timeText(each.p95),
      timeText(each.p99),
      String(each.outages.length),
    ]),
  );
  const outages = monitors.flatMap(({ name, outages: all }) => all.map((each) => ({ name, ...each }))).sort((a, b) => b.from - a.from);
  return [
    `# Uptime of ${escaped(project)}`,
    '',
    `${dateText(from)} to ${dateText(to)} · made ${momentText(made)} · all together ${percentText(totalUptime(report))}`,
    '',
    ...(monitors.length === 0
      ? ['Nothing was watched.', '']
      : [
          row(['Monitor', 'Service', 'Environment', 'Uptime', 'p50', 'p95', 'p99', 'Outages']),
          '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |',
          ...table,
          '',
        ]),
    '## Outages',
    '',
    ...(outages.length === 0
      ? ['None.', '']
      : [
          ...outages.map(
            (each) =>
              `- ${momentText(each.from)}, ${each.to === null ? 'not over' : lengthText(each.to - each.from)}: ${escaped(each.name)}${each.message === null ? '' : ` – ${escaped(each.message)}`}`,
          ),
          '',
        ]),
    '## Incidents',
    '',
    ...(incidents.length === 0
      ? ['None.', '']
      : [
          ...incidents.map(
            (each) =>
              `- I-${each.number} ${escaped(each.title)} (${each.severity}, ${each.state}): ${momentText(each.started)}${each.resolved === null ? '' : `, ${lengthText(each.resolved - each.started)}`}`,
          ),
          '',
        ]),
  ].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function escaped(text: string): string {
  return plainText(text).replaceAll(/[\\`*_{}[\]()<>#+!|~@-]/g, (each) => `\\${each}`);
}
