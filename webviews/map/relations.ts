/** What a failure means on the map: pure functions of names and what each needs. */

/** Needs by name: what `web` needs is under `web`. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** The other direction: who needs it, by name. */
export function turned(needs: Needs): Needs {
  const found = new Map<string, string[]>([...needs.keys()].map((name) => [name, []]));
  for (const [name, all] of needs) {
    for (const needed of all) {
      const by = found.get(needed);
      if (by === undefined) found.set(needed, [name]);
      else by.push(name);
    }
  }
  return found;
}

/** Everything that can be reached from a name with how many steps it takes, nearest first; without the name itself. */
export function reachable(edges: Needs, from: string): Map<string, number> {
  const found = new Map<string, number>();
  let now = [from];
  for (let distance = 1; now.length > 0; distance++) {
    const next: string[] = [];
    for (const name of now) {
      for (const other of edges.get(name) ?? []) {
        if (other === from || found.has(other)) continue;
        found.set(other, distance);
        next.push(other);
      }
    }
    now = next;
  }
  return found;
}

/** The edges of ways round, as `from\0to`. */
export function cycleEdges(cycles: readonly (readonly string[])[]): Set<string> {
  return new Set(cycles.flatMap((way) => way.map((name, index) => edgeKey(name, way[(index + 1) % way.length] ?? name))));
}

export function edgeKey(from: string, to: string): string {
  return `${from}\0${to}`;
}
