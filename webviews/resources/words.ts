import type { Build } from './messages.ts';

/** Amounts and states as the panel says them. */

/** Bytes in powers of 1024, as limits are written: `512 MiB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`;
}

/** `0.03 processors`, `1 processor`. */
export function processors(count: number): string {
  const text = cpu(count);
  return `${text} ${text === '1' ? 'processor' : 'processors'}`;
}

/** Two digits after the point, fewer where they say nothing. */
export function cpu(count: number): string {
  return count > 0 && count < 0.005 ? '<0.01' : String(Number(count.toFixed(2)));
}

const results: Readonly<Record<Build['result'], { readonly name: string; readonly icon: string }>> = {
  built: { name: 'Built', icon: 'pass-filled' },
  reused: { name: 'Was there', icon: 'check' },
  failed: { name: 'Failed', icon: 'error' },
  canceled: { name: 'Canceled', icon: 'circle-slash' },
  running: { name: 'Building', icon: 'loading' },
};

export function resultWords(result: Build['result']): { readonly name: string; readonly icon: string } {
  return results[result];
}

/** How a build compares with the one before it: `half as long again`; nothing where it is about the same. */
export function slowerWords(slower: number | null): string {
  if (slower === null || (slower > 0.8 && slower < 1.25)) return '';
  return slower > 1 ? `${Number(slower.toFixed(1))} × as long as before` : `${Math.round((1 - slower) * 100)} % faster than before`;
}
