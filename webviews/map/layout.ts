import { Graph, layout } from '@dagrejs/dagre';
import type { Needs } from './relations.ts';

/** Size of a service on the map in pixels, as in the style sheet. */
export const nodeSize = { width: 196, height: 58 };

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Its upper left corner. */
interface Place extends Point {
  readonly name: string;
}

interface Line {
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: readonly Place[];
  readonly lines: readonly Line[];
}

/** Layers from left to right: what needs stands left of what is needed. The same names and needs are always laid out the same. */
export function layOut(needs: Needs): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 18, ranksep: 74, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  const names = [...new Set([...needs.keys(), ...[...needs.values()].flat()])].sort();
  for (const name of names) graph.setNode(name, { ...nodeSize });
  for (const from of names) for (const to of [...(needs.get(from) ?? [])].sort()) if (to !== from) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const centre = (name: string): Point => graph.node(name) as unknown as Point;
  return {
    width: Number.isFinite(width) ? width : 0,
    height: Number.isFinite(height) ? height : 0,
    places: names.map((name) => {
      const { x, y } = centre(name);
      return { name, x: x - nodeSize.width / 2, y: y - nodeSize.height / 2 };
    }),
    lines: graph.edges().map(({ v, w }) => {
      const { points } = graph.edge(v, w) as unknown as { points: Point[] };
      return { from: v, to: w, points: wayOf(centre(v), centre(w), points.slice(1, -1).filter(inLayer(names.map(centre)))) };
    }),
  };
}

/** Between layers a line is free to go as it likes; in a layer it has a place between services. */
function inLayer(centres: readonly Point[]): (point: Point) => boolean {
  const layers = new Set(centres.map(({ x }) => Math.round(x)));
  return ({ x }) => layers.has(Math.round(x));
}

/** From side to side, level past the services of a layer. What goes back stands a little lower than what goes forth, so that both of a pair are seen. */
function wayOf(from: Point, to: Point, past: readonly Point[]): Point[] {
  const forth = to.x > from.x;
  const half = (forth ? nodeSize.width : -nodeSize.width) / 2;
  const lower = forth ? 0 : 16;
  return [
    { x: from.x + half, y: from.y + lower },
    ...past.flatMap(({ x, y }) => [
      { x: x - half, y },
      { x: x + half, y },
    ]),
    { x: to.x - half, y: to.y + lower },
  ];
}

/** A curve through the points of a line, level at each of them, as the path of an SVG. */
export function pathOf([first, ...rest]: Line['points']): string {
  if (first === undefined) return '';
  let path = `M${first.x},${first.y}`;
  let last = first;
  for (const point of rest) {
    const middle = (last.x + point.x) / 2;
    path += ` C${middle},${last.y} ${middle},${point.y} ${point.x},${point.y}`;
    last = point;
  }
  return path;
}

/** The place that is nearest in a direction, before those that are more aside than along; undefined at the edge. */
export function neighbour(places: readonly Place[], from: string, key: string): string | undefined {
  const here = places.find(({ name }) => name === from);
  if (here === undefined) return places[0]?.name;
  const dx = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
  const dy = { ArrowUp: -1, ArrowDown: 1 }[key] ?? 0;
  const ahead = places.flatMap(({ name, x, y }) => {
    const along = (x - here.x) * dx + (y - here.y) * dy;
    const aside = Math.abs((x - here.x) * dy) + Math.abs((y - here.y) * dx);
    return along <= 1 ? [] : [{ name, turned: aside > along, far: along + 2 * aside }];
  });
  return ahead.sort((a, b) => Number(a.turned) - Number(b.turned) || a.far - b.far)[0]?.name;
}
