import type { ResultOf } from '../protocol/message.ts';
import type { builds, disk, ResourceRow } from '../protocol/runtime.ts';
import { shownTime } from '../time.ts';
import type { CommandContext } from './command.ts';
import { durationText, shortCommit, shortRelease } from './deployText.ts';
import { column, oneLine, sizeText } from './text.ts';

/** What runs, for a person at a terminal. */

/** `web` of `hearth-shop-production-web-0mi9k2abc123`, `web-1` of its second replica, `shop/api.1` of the task `hearth-shop-production-shop_api.1.x7k…`. */
export function speakerName(service: string, container: string): string {
  const task = /_([^_]+)\.([^.]+)\.[^.]+$/.exec(container);
  if (task !== null) return oneLine(`${service}/${task[1]}.${task[2]}`);
  const own = /-[0-9a-z]{12}(-\d+)?$/.exec(container);
  return oneLine(own === null ? container : `${service}${own[1] ?? ''}`);
}

const number = (value: number): string => String(Math.round(value * 100) / 100);

export function resourceRows(rows: readonly ResourceRow[], { output }: CommandContext): string[] {
  const of = (used: string, limit: string | null) => (limit === null ? used : `${used} of ${limit}`);
  const cells = rows.map(({ service, container, state, cpu, memory, limits, pids, network, block, restarts }) => [
    speakerName(service, container),
    state,
    cpu === null ? '–' : of(number(cpu), limits.cpus === null ? null : number(limits.cpus)),
    memory === null ? '–' : of(sizeText(memory), limits.memory === null ? null : sizeText(limits.memory)),
    pids === null ? '–' : of(String(pids), limits.pids === null ? null : String(limits.pids)),
    network === null ? '–' : `${sizeText(network.received)} / ${sizeText(network.sent)}`,
    block === null ? '–' : `${sizeText(block.read)} / ${sizeText(block.written)}`,
    String(restarts),
  ]);
  const head = ['CONTAINER', 'STATE', 'CPU', 'MEMORY', 'PIDS', 'NET IN / OUT', 'DISK READ / WRITTEN', 'RESTARTS'];
  const [first = '', ...lines] = table([head, ...cells]);
  return [output.style('dim', first), ...lines.flatMap((line, index) => [line, ...hintLines(rows[index], output)])];
}

function hintLines(row: ResourceRow | undefined, output: CommandContext['output']): string[] {
  return (row?.hints ?? []).map(({ code, message }) => output.style(code === 'near-limit' ? 'red' : 'yellow', `  ${oneLine(message)}`));
}

export function diskText({ images, volumes, buildCache, containers, free, total }: ResultOf<typeof disk>): string {
  const rows = [
    [
      'Images',
      sizeText(images.bytes),
      `${images.count}, of which ${images.ours} of this project with ${sizeText(images.oursBytes)} of their own`,
    ],
    ['Build cache', sizeText(buildCache.bytes), `${sizeText(buildCache.reclaimable)} could be freed`],
    ['Containers', sizeText(containers.bytes), `${containers.count} of this environment`],
    ...volumes.map(({ name, bytes }) => ['Volume', bytes === null ? '?' : sizeText(bytes), oneLine(name)]),
    ...(free === null ? [] : [['Free', sizeText(free), total === null ? '' : `of ${sizeText(total)}`]]),
  ];
  return `${table(rows).join('\n')}\n`;
}

type Build = ResultOf<typeof builds>['builds'][number];

export function buildRows(found: readonly Build[], { output, options }: CommandContext): string[] {
  const iso = options['iso'] === true;
  const cells = found.map((each) => [
    shortRelease(each.deployment),
    `${oneLine(each.environment)}/${oneLine(each.service)}`,
    shownTime(Math.floor(each.started / 1000), iso),
    each.result,
    each.milliseconds === null ? '–' : `${durationText(each.milliseconds)}${slower(each.slower)}`,
    each.bytes === null ? '' : sizeText(each.bytes),
    each.kept === false ? 'gone' : '',
    `${shortCommit(each.commit)} ${oneLine(each.subject)}`,
  ]);
  return table(cells).map((line, index) => (found[index]?.result === 'failed' ? output.style('red', line) : line));
}

/** `(1.5 ×)` where it was markedly slower or faster than the one before. */
function slower(factor: number | null): string {
  return factor === null || (factor > 0.8 && factor < 1.25) ? '' : ` (${number(factor)} ×)`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => [...(row[at] ?? '')].length)));
  return rows.map((row) =>
    row
      .map((cell, at) => column(cell, widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
