import { fileKey } from '../ui/code/files.ts';
import type { Area, ChangedFile } from './messages.ts';

/** The list on the left: three sections, each with its files, as rows of one height. */

export type SectionName = 'conflicts' | 'staged' | 'changes';

export interface Section {
  readonly name: SectionName;
  readonly files: readonly ChangedFile[];
}

export type ListRow =
  | { readonly kind: 'section'; readonly section: SectionName; readonly count: number; readonly open: boolean }
  | {
      readonly kind: 'file';
      readonly section: SectionName;
      readonly file: ChangedFile;
      readonly key: string;
      /** Among the files of its section, 1-based. */
      readonly position: number;
      readonly size: number;
    };

/** A file that is chosen: its section and its `fileKey`. */
export interface Place {
  readonly section: SectionName;
  readonly key: string;
}

export function areaOf(section: SectionName): Area {
  return section === 'staged' ? 'staged' : 'changes';
}

/** A path in conflict stands once, whatever the index has of it. */
export function sectionsOf(staged: readonly ChangedFile[], changes: readonly ChangedFile[]): Section[] {
  const unmerged = (file: ChangedFile): boolean => file.status === 'unmerged';
  return [
    { name: 'conflicts', files: changes.filter(unmerged) },
    { name: 'staged', files: staged.filter((file) => !unmerged(file)) },
    { name: 'changes', files: changes.filter((file) => !unmerged(file)) },
  ];
}

/** Rows in order; there is no heading for conflicts where there are none. */
export function rowsOf(sections: readonly Section[], closed: ReadonlySet<SectionName>): ListRow[] {
  const rows: ListRow[] = [];
  for (const { name, files } of sections) {
    if (name === 'conflicts' && files.length === 0) continue;
    const open = !closed.has(name);
    rows.push({ kind: 'section', section: name, count: files.length, open });
    if (!open) continue;
    files.forEach((file, index) => {
      rows.push({ kind: 'file', section: name, file, key: fileKey(file), position: index + 1, size: files.length });
    });
  }
  return rows;
}

export function rowId(row: ListRow): string {
  return row.kind === 'section' ? `section:${row.section}` : placeId(row);
}

export function placeId({ section, key }: Place): string {
  return `${section}/${key}`;
}

/**
 * What is chosen after the lists were read anew: the same file; else the one that took its place in the section, so that a person can go on
 * staging; else the first file there is.
 */
export function placeAfter(sections: readonly Section[], before: Place | undefined, index: number): Place | undefined {
  const own = sections.find(({ name }) => name === before?.section);
  if (own !== undefined && before !== undefined) {
    if (own.files.some((file) => fileKey(file) === before.key)) return before;
    const next = own.files[Math.min(index, own.files.length - 1)];
    if (next !== undefined) return { section: own.name, key: fileKey(next) };
  }
  for (const name of ['conflicts', 'changes', 'staged'] as const) {
    const first = sections.find((section) => section.name === name)?.files[0];
    if (first !== undefined) return { section: name, key: fileKey(first) };
  }
  return undefined;
}

/** Whether single hunks of a file can be staged: what is new, gone or renamed goes as a whole. */
export function hasHunks(file: ChangedFile): boolean {
  return file.status === 'modified' && !file.binary;
}
