/** What needs what: names of services by the name of the one that needs them. Names that have no entry of their own lead nowhere. */
export type Edges = ReadonlyMap<string, readonly string[]>;

export interface Reached {
  readonly name: string;
  /** 1: directly. */
  readonly distance: number;
}

/** The other direction: who needs it. */
export function reversed(edges: Edges): Map<string, string[]> {
  const back = new Map<string, string[]>([...edges.keys()].map((name) => [name, []]));
  for (const [name, others] of edges) for (const other of others) back.get(other)?.push(name);
  return back;
}

/** Every service that can be reached, nearest first, then by name; itself never, even where a way leads back. */
export function reachable(edges: Edges, from: string): Reached[] {
  const distances = new Map<string, number>([[from, 0]]);
  const queue = [from];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const distance = (distances.get(name) ?? 0) + 1;
    for (const other of edges.get(name) ?? []) {
      if (distances.has(other) || !edges.has(other)) continue;
      distances.set(other, distance);
      queue.push(other);
    }
  }
  distances.delete(from);
  return [...distances]
    .map(([name, distance]) => ({ name, distance }))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
}

/** Far more than anybody looks at. */
const mostCycles = 100;

/**
 * Ways that lead back to where they began: for each service on such a way the shortest one, each way once, beginning with its first name.
 * Shortest first.
 */
export function cyclesOf(edges: Edges): string[][] {
  const found = new Map<string, string[]>();
  for (const name of [...edges.keys()].sort()) {
    const way = wayBack(edges, name);
    if (way === undefined) continue;
    const first = way.indexOf([...way].sort()[0] ?? name);
    const turned = [...way.slice(first), ...way.slice(0, first)];
    found.set(turned.join('\0'), turned);
  }
  return [...found.values()].sort((a, b) => a.length - b.length || (a.join('\0') < b.join('\0') ? -1 : 1)).slice(0, mostCycles);
}

/** The shortest way from a service to itself. */
function wayBack(edges: Edges, from: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [from];
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    for (const other of [...(edges.get(name) ?? [])].sort()) {
      if (other === from) return pathTo(cameFrom, from, name);
      if (cameFrom.has(other) || !edges.has(other)) continue;
      cameFrom.set(other, name);
      queue.push(other);
    }
  }
  return undefined;
}

function pathTo(cameFrom: ReadonlyMap<string, string>, from: string, to: string): string[] {
  const path = [to];
  for (let name = to; name !== from; ) {
    name = cameFrom.get(name) ?? from;
    path.unshift(name);
  }
  return path;
}
