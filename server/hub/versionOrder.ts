/** Whether a version is newer than another, by semantic versioning; one with a pre-release part is older than the same without. */
export function isNewer(version: string, than: string): boolean {
  const a = parse(version);
  const b = parse(than);
  for (let at = 0; at < 3; at++) {
    const difference = (a.numbers[at] ?? 0) - (b.numbers[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  if (a.preRelease === b.preRelease) return false;
  if (a.preRelease === '' || b.preRelease === '') return a.preRelease === '';
  return a.preRelease.localeCompare(b.preRelease, 'en', { numeric: true }) > 0;
}

function parse(version: string): { numbers: number[]; preRelease: string } {
  const [, core = '0', preRelease = ''] = /^([\d.]+)(?:-([^+]*))?/.exec(version) ?? [];
  return { numbers: core.split('.').map(Number), preRelease };
}
