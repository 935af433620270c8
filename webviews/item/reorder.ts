/** Moving one entry of a list, as `work/check` wants it. */

interface Entry {
  readonly id: string;
}

/** The list with `id` at index `to` (clamped). */
export function moved<T extends Entry>(list: readonly T[], id: string, to: number): T[] {
  const entry = list.find((each) => each.id === id);
  const rest = list.filter((each) => each.id !== id);
  if (entry === undefined) return rest;
  rest.splice(Math.max(0, Math.min(to, rest.length)), 0, entry);
  return rest;
}

/** The list with `id` after another entry, or as the first; as it is when that one is gone. */
export function movedAfter<T extends Entry>(list: readonly T[], id: string, place: string | null): T[] {
  const at = list.filter((each) => each.id !== id).findIndex((each) => each.id === place);
  return place !== null && at === -1 ? [...list] : moved(list, id, at + 1);
}

/** After which entry `id` stands in the list: null when it is the first. */
export function after(list: readonly Entry[], id: string): string | null {
  const at = list.findIndex((each) => each.id === id);
  return at <= 0 ? null : (list[at - 1]?.id ?? null);
}

/** Where an entry would land that is dropped at height `y`: before the first row whose middle is below. Rows without the dragged one. */
export function dropIndex(middles: readonly number[], y: number): number {
  const at = middles.findIndex((middle) => y < middle);
  return at === -1 ? middles.length : at;
}
