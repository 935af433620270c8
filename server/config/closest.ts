/** The names that a person probably meant, most likely first; none when nothing is like it. */
export function closest(written: string, known: readonly string[]): string[] {
  const plain = fold(written);
  const ranked = known
    .map((name) => ({ name, distance: fold(name) === plain ? 0 : distanceOf(plain, fold(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(Math.min(name.length, 12) / 3)));
  return ranked
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map(({ name }) => name);
}

function fold(text: string): string {
  return text
    .slice(0, 60)
    .toLowerCase()
    .replaceAll(/["'_\s-]/g, '');
}

/** How many letters must be changed, added, taken away, or have changed places with the next. */
function distanceOf(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const steps = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, ...(swapped ? [at(i - 2, j - 2) + 1] : [])];
      row.push(Math.min(...steps));
    }
  }
  return at(one.length, other.length);
}
