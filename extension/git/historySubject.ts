import path from 'node:path';
import { l10n } from 'vscode';

/** Whose history is shown. `path` is relative to the repository; a folder's may be empty (all of it). Lines are 1-based, inclusive. */
export type Subject = SubjectPlace &
  (
    | { readonly kind: 'file' }
    | { readonly kind: 'folder' }
    | { readonly kind: 'lines'; readonly lines: LineRange; readonly name?: string | undefined; readonly contents?: string | undefined }
    | { readonly kind: 'function'; readonly name: string }
  );

interface SubjectPlace {
  readonly repository: string;
  readonly path: string;
  /** Where the history starts; HEAD when absent. */
  readonly revision?: string | undefined;
}

export interface LineRange {
  readonly start: number;
  readonly end: number;
}

/** What stands beside the title of the view. */
export function subjectTitle(subject: Subject): string {
  const name = path.posix.basename(subject.path);
  switch (subject.kind) {
    case 'file':
      return name;
    case 'folder':
      return subject.path === '' ? path.basename(subject.repository) : `${subject.path}/`;
    case 'lines': {
      const { start, end } = subject.lines;
      if (subject.name !== undefined) return `${subject.name} · ${name}`;
      return start === end ? l10n.t('{0}, line {1}', name, start) : l10n.t('{0}, lines {1}–{2}', name, start, end);
    }
    case 'function':
      return `${subject.name} · ${name}`;
  }
}

/** What to say where there is no revision. */
export function emptyText(subject: Subject): string {
  switch (subject.kind) {
    case 'file':
      return l10n.t('{0} has no revision yet: it was never committed.', path.posix.basename(subject.path));
    case 'folder':
      return l10n.t('Nothing below this folder was ever committed.');
    case 'lines':
      return l10n.t('No commit has touched these lines: they are new.');
    case 'function':
      return l10n.t('Git found no function with this name here.');
  }
}

/** Lines that a selection covers (0-based positions): a selection that ends before the first column does not touch that line. */
export function selectedLines(selection: { start: { line: number }; end: { line: number; character: number } }): LineRange {
  const { start, end } = selection;
  const last = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
  return { start: start.line + 1, end: last + 1 };
}
