import type { ChangedFile } from '../protocol/gitTypes.ts';

type Quote = (path: string) => string;

export function nameLines(files: readonly ChangedFile[], quote: Quote): string[] {
  return files.map(({ path }) => quote(path));
}

/** Added, removed, name, with tabs between; `-` for binary files, as git prints them. */
export function numstatLines(files: readonly ChangedFile[], quote: Quote): string[] {
  return files.map((file) => `${file.binary ? '-\t-' : `${file.additions}\t${file.deletions}`}\t${nameOf(file, quote)}`);
}

/** One line a file with a bar of plus and minus signs, and a line of totals. */
export function statLines(
  files: readonly ChangedFile[],
  totals: { files: number; additions: number; deletions: number },
  quote: Quote,
  style: (style: 'red' | 'green', text: string) => string,
): string[] {
  if (files.length === 0) return [];
  const width = process.stdout.columns ?? 80;
  const names = files.map((file) => nameOf(file, quote));
  // Not Math.max(...all): a comparison can have more files than a call takes arguments.
  const most = files.reduce((max, { additions, deletions }) => Math.max(max, additions + deletions), 0);
  const numbers = Math.max(3, String(most).length);
  const nameWidth = Math.min(
    names.reduce((max, { length }) => Math.max(max, length), 0),
    Math.max(20, width - numbers - 24),
  );
  const barWidth = Math.max(10, width - nameWidth - numbers - 6);
  const scale = most > barWidth ? barWidth / most : 1;
  const lines = files.map((file, index) => {
    const name = names[index] as string;
    const shown = name.length > nameWidth ? `...${name.slice(name.length - nameWidth + 3)}` : name;
    const start = ` ${shown.padEnd(nameWidth)} |`;
    if (file.binary) return `${start} ${'Bin'.padStart(numbers)}`;
    const bar = (count: number, sign: string) => sign.repeat(count === 0 ? 0 : Math.max(1, Math.round(count * scale)));
    const count = String(file.additions + file.deletions).padStart(numbers);
    return `${start} ${count} ${style('green', bar(file.additions, '+'))}${style('red', bar(file.deletions, '-'))}`.trimEnd();
  });
  const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
  const parts = [`${plural(totals.files, 'file')} changed`];
  if (totals.additions > 0 || totals.deletions === 0) parts.push(`${plural(totals.additions, 'insertion')}(+)`);
  if (totals.deletions > 0 || totals.additions === 0) parts.push(`${plural(totals.deletions, 'deletion')}(-)`);
  return [...lines, ` ${parts.join(', ')}`];
}

function nameOf({ path, oldPath }: ChangedFile, quote: Quote): string {
  return oldPath === undefined ? quote(path) : `${quote(oldPath)} => ${quote(path)}`;
}
