import { Position, Range, Uri, type WorkspaceEdit } from 'vscode';
import type { DoctorFinding } from '../../server/protocol/environment.ts';

type Fix = DoctorFinding['fixes'][number];

/** The editor cuts what is longer than a line. */
const lineEnd = 1_000_000;

/** A line of a finding, which counts from 1. */
export function lineRange(line: number): Range {
  return new Range(line - 1, 0, line - 1, lineEnd);
}

/** Adds what a fix does to its file; line ends become those of the file. */
export function addFix(edit: WorkspaceEdit, root: string, { file, line, lines, insert, text }: Fix): void {
  const uri = Uri.joinPath(Uri.file(root), file);
  if (insert && line === 0) edit.insert(uri, new Position(0, 0), `${text ?? ''}\n`);
  else if (insert) edit.insert(uri, new Position(line - 1, lineEnd), `\n${text ?? ''}`);
  else if (text === undefined) edit.delete(uri, new Range(line - 1, 0, line - 1 + lines, 0));
  else edit.replace(uri, new Range(line - 1, 0, line - 2 + lines, lineEnd), text);
}
