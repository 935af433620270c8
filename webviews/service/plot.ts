import 'uplot/dist/uPlot.min.css';
import './language.ts';
import uPlot from 'uplot';
import { duration } from '../ui/spans.ts';
import type { Past } from './messages.ts';
import { pointTime } from './words.ts';

/** Lines differ in colour and in their strokes. */
const lines = [
  { name: 'Median', colour: '--vscode-charts-blue', width: 2, dash: [] },
  { name: 'p95', colour: '--vscode-charts-orange', width: 1.5, dash: [6, 3] },
  { name: 'p99', colour: '--vscode-charts-purple', width: 1.5, dash: [2, 3] },
] as const;

const height = 210;

/** What the lines of a chart are called: of single looks there is only one. */
export function lineNames({ row }: Past): readonly { readonly name: string; readonly colour: string; readonly dash: readonly number[] }[] {
  return row === 0 ? [{ ...lines[0], name: 'Answer' }] : lines;
}

/**
 * Draws the answer times into an element; `onPoint` hears which row the mouse or `pointAt` is at, which is that of `start` at first. A canvas
 * knows no theme: draw anew in another.
 */
export function plot(element: HTMLElement, past: Past, onPoint: (index: number | undefined) => void, start?: number): uPlot {
  const named = lineNames(past);
  const colour = themeColours(element);
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  const axis = {
    stroke: colour('--vscode-descriptionForeground'),
    font,
    grid: { stroke: faint(colour('--vscode-foreground')), width: 1 },
    ticks: { show: false },
  };
  const time = past.time.map((each) => each / 1000);
  return new uPlot(
    {
      width: Math.max(200, element.clientWidth),
      height,
      scales: {
        x: { time: true, range: [past.from / 1000, past.to / 1000] },
        y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 1) * 1.08)] },
      },
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 6 }, y: false },
      axes: [
        { ...axis, values: (_plot, splits, _axis, _space, step) => splits.map((split) => tickTime(split * 1000, step)) },
        { ...axis, size: 64, values: (_plot, splits) => splits.map((value) => (value === 0 ? '0' : duration(value))) },
      ],
      series: [
        {},
        ...named.map((line, index) => ({
          label: line.name,
          stroke: colour(line.colour),
          width: lines[index]?.width ?? 1,
          dash: [...line.dash],
          points: { show: time.length < 40, size: 4 },
        })),
      ],
      hooks: {
        drawClear: [(chart) => drawDown(chart, past, colour('--vscode-charts-red'))],
        setCursor: [(chart) => onPoint(chart.cursor.idx ?? undefined)],
        // Not before it knows its scales.
        ready: [(chart) => start !== undefined && pointAt(chart, past.time.indexOf(start))],
      },
    },
    [time, ...[past.p50, past.p95, past.p99].slice(0, named.length)] as uPlot.AlignedData,
    element,
  );
}

/** Moves the cursor as the mouse would. */
export function pointAt(chart: uPlot, index: number): void {
  const time = chart.data[0][index];
  if (time !== undefined) chart.setCursor({ left: chart.valToPos(time, 'x'), top: height / 2 });
}

/** What a row of the chart says. */
export function pointWords(past: Past, index: number): string {
  const time = past.time[index];
  if (time === undefined) return '';
  const columns = [past.p50, past.p95, past.p99];
  const values = lineNames(past).flatMap(({ name }, line) => {
    const value = columns[line]?.[index];
    return value == null ? [] : [`${past.row === 0 ? '' : `${name.toLowerCase()} `}${duration(value)}`];
  });
  const down = past.down[index] ?? 0;
  const failed = down === 0 ? [] : [past.row === 0 ? 'down' : `${down} of ${down + (past.up[index] ?? 0)} looks down`];
  const said = [...values, ...failed];
  return `${pointTime(time, past.row)}: ${said.length === 0 ? 'no answer was measured' : said.join(', ')}`;
}

/** A foot below each row in which it was down, and a shade above. */
function drawDown(chart: uPlot, { time, down, row }: Past, colour: string): void {
  const { ctx, bbox } = chart;
  const least = 3 * devicePixelRatio;
  ctx.save();
  ctx.fillStyle = colour;
  for (const [index, at] of time.entries()) {
    if ((down[index] ?? 0) === 0) continue;
    const left = chart.valToPos(at / 1000, 'x', true);
    const width = row === 0 ? least : Math.max(least, chart.valToPos((at + row) / 1000, 'x', true) - left);
    const x = Math.max(bbox.left, row === 0 ? left - least / 2 : left);
    const right = Math.min(bbox.left + bbox.width, x + width);
    if (right <= x) continue;
    ctx.globalAlpha = 0.16;
    ctx.fillRect(x, bbox.top, right - x, bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillRect(x, bbox.top + bbox.height - 4 * devicePixelRatio, right - x, 4 * devicePixelRatio);
  }
  ctx.restore();
}

/** `14:00`, `12 Nov`; by how far ticks are apart, in seconds. */
function tickTime(time: number, step: number): string {
  const date = new Date(time);
  const day = { day: 'numeric', month: 'short' } as const;
  if (step >= 28 * 86_400) return date.toLocaleDateString(undefined, { month: 'short', year: '2-digit' });
  if (step >= 86_400 || (date.getHours() === 0 && date.getMinutes() === 0)) return date.toLocaleDateString(undefined, day);
  return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}

/** The theme's colours as a canvas takes them. */
function themeColours(element: HTMLElement): (name: string) => string {
  const probe = document.createElement('span');
  element.append(probe);
  const known = new Map(
    ['--vscode-descriptionForeground', '--vscode-foreground', '--vscode-charts-red', ...lines.map((line) => line.colour)].map((name) => {
      probe.style.color = `var(${name}, var(--vscode-foreground))`;
      return [name, getComputedStyle(probe).color] as const;
    }),
  );
  probe.remove();
  return (name) => known.get(name) ?? 'gray';
}

function faint(colour: string): string {
  return `color-mix(in srgb, ${colour} 14%, transparent)`;
}
