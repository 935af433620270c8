/** Milliseconds of a duration such as `500ms`, `10s`, `1m30s` that the schema has let through. */
export function durationOf(text: string): number {
  let total = 0;
  for (const [, amount = '0', unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) total += Number(amount) * milliseconds(unit);
  return Math.round(total);
}

function milliseconds(unit: string): number {
  if (unit === 'ms') return 1;
  if (unit === 'd') return 86_400_000;
  if (unit === 's') return 1000;
  return unit === 'm' ? 60_000 : 3_600_000;
}

/** The shortest way to write it. */
export function durationText(time: number): string {
  if (time === 0) return '0s';
  if (time % 3_600_000 === 0) return `${time / 3_600_000}h`;
  if (time % 60_000 === 0) return `${time / 60_000}m`;
  return time % 1000 === 0 ? `${time / 1000}s` : `${time}ms`;
}

/** Bytes of a size such as `512m`; units are powers of 1024, as Docker's are. */
export function sizeOf(text: string): number {
  const [, amount = '0', unit = 'b'] = text.toLowerCase().match(/^(\d+(?:\.\d+)?)(b|k|m|g)b?$/) ?? [];
  return Math.round(Number(amount) * 1024 ** 'bkmg'.indexOf(unit));
}

export function sizeText(bytes: number): string {
  for (const [power, unit] of [
    [3, 'g'],
    [2, 'm'],
    [1, 'k'],
  ] as const) {
    if (bytes > 0 && bytes % 1024 ** power === 0) return `${bytes / 1024 ** power}${unit}`;
  }
  return `${bytes}b`;
}
