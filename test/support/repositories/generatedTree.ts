// The files of one branch of the generated repository, as the generator sees them while it writes history.
import { mergeLines } from './generatedText.ts';
import type { Random } from './random.ts';

/** One version of one file. Versions are never changed, so two trees that hold the same object hold the same content. */
export interface FileVersion {
  mark: number;
  mode: '100644' | '100755' | '120000';
  contents: Text | { kind: 'bytes'; bytes: Buffer };
}

export interface Text {
  kind: 'text';
  lines: readonly string[];
  eol: '\n' | '\r\n';
  /** Does the last line end with `eol`? */
  finalNewline: boolean;
}

export function encode(contents: FileVersion['contents']): Buffer {
  if (contents.kind === 'bytes') return contents.bytes;
  const { lines, eol, finalNewline } = contents;
  return Buffer.from(lines.length === 0 ? '' : lines.join(eol) + (finalNewline ? eol : ''));
}

export class Tree {
  private readonly files: Map<string, FileVersion>;
  private order: string[] | undefined;

  constructor(files: Iterable<[string, FileVersion]> = []) {
    this.files = new Map(files);
  }

  get size(): number {
    return this.files.size;
  }

  /** Oldest first. */
  get paths(): readonly string[] {
    this.order ??= [...this.files.keys()];
    return this.order;
  }

  get(path: string): FileVersion | undefined {
    return this.files.get(path);
  }

  set(path: string, version: FileVersion): void {
    if (!this.files.has(path)) this.order = undefined;
    this.files.set(path, version);
  }

  delete(path: string): void {
    this.order = undefined;
    this.files.delete(path);
  }

  clone(): Tree {
    return new Tree(this.files);
  }
}

export type Store = (path: string, mode: FileVersion['mode'], contents: FileVersion['contents']) => FileVersion;

/**
 * Merges `theirs` into `ours` (both come from `base`) and returns what changes in `ours`; an undefined version is a deletion.
 * Where both sides changed a file, the lines are merged as somebody resolving a conflict would.
 */
export function mergeTrees(
  random: Random,
  base: Tree,
  ours: Tree,
  theirs: Tree,
  store: Store,
): { changes: Map<string, FileVersion | undefined>; conflicts: number } {
  const changes = new Map<string, FileVersion | undefined>();
  let conflicts = 0;
  for (const path of new Set([...ours.paths, ...theirs.paths])) {
    const before = base.get(path);
    const mine = ours.get(path);
    const other = theirs.get(path);
    if (mine === other || other === before) continue;
    if (mine === before) {
      changes.set(path, other);
      continue;
    }
    conflicts += 1;
    if (mine === undefined) changes.set(path, other);
    else if (other === undefined) continue;
    else if (mine.contents.kind === 'text' && other.contents.kind === 'text') {
      const lines = mergeLines(random, mine.contents.lines, other.contents.lines, random.chance(0.3));
      changes.set(path, store(path, mine.mode, { ...mine.contents, lines }));
    } else changes.set(path, random.chance(0.5) ? mine : other);
  }
  return { changes, conflicts };
}
