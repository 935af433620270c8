import { type ChangedFile, fileKey } from './messages.ts';

/** A file with more changed lines than this is not opened by itself. */
export const largeChange = 1500;
/** A browser draws no page higher than about 33 million pixels, and nobody reads half a million lines: the files beyond start closed. */
const lines = 400_000;

/** The keys of the files that start closed because those before them fill the page already. */
export function withBudget(files: readonly ChangedFile[]): Set<string> {
  const closed = new Set<string>();
  let sum = 0;
  for (const file of files) {
    // Each file takes some room beside its changed lines.
    sum += isLarge(file) ? 4 : file.additions + file.deletions + 12;
    if (sum > lines) closed.add(fileKey(file));
  }
  return closed;
}

export function isLarge(file: ChangedFile): boolean {
  return file.additions + file.deletions > largeChange;
}
