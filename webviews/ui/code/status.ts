import type { ChangedFile } from './files.ts';

/** How a file changed, as a letter and as a word. */
export function statusOf({ status }: Pick<ChangedFile, 'status'>): { letter: string; word: string } {
  switch (status) {
    case 'added':
      return { letter: 'A', word: 'added' };
    case 'modified':
      return { letter: 'M', word: 'modified' };
    case 'deleted':
      return { letter: 'D', word: 'deleted' };
    case 'renamed':
      return { letter: 'R', word: 'renamed' };
    case 'copied':
      return { letter: 'C', word: 'copied' };
    case 'type':
      return { letter: 'T', word: 'type changed' };
    case 'unmerged':
      return { letter: '!', word: 'conflict' };
    case 'untracked':
      return { letter: 'U', word: 'untracked' };
  }
}

/** Bytes as people say them. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
