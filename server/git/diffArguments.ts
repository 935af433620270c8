import type { DiffOptions, FileRef } from '../protocol/gitTypes.ts';
import type { Repository } from './repository.ts';
import type { OpenSide } from './side.ts';

/** How many candidates git compares when it looks for renames; beyond that only exact ones are found (git's own default). */
const renameLimit = 1000;

/** Which trees, index or files `git diff` compares; undefined when both sides are the same thing. */
export function comparisonArguments(from: OpenSide, to: OpenSide): string[] | undefined {
  const [a, b] = [from.content, to.content];
  if (a.kind === 'tree' && b.kind === 'tree') return a.id === b.id ? undefined : [a.id, b.id];
  if (a.kind === b.kind) return undefined;
  if (a.kind === 'tree') return b.kind === 'index' ? ['--cached', a.id] : [a.id];
  if (b.kind === 'tree') return a.kind === 'index' ? ['--cached', '-R', b.id] : ['-R', b.id];
  return a.kind === 'index' ? [] : ['-R'];
}

/** What a person chose, as git's options. Text conversion is off: what is shown must be what the file holds, line by line. */
export function optionArguments(options: DiffOptions): string[] {
  const whitespace = { show: [], 'ignore-eol': ['--ignore-space-at-eol'], 'ignore-change': ['-b'], 'ignore-all': ['-w'] }[
    options.whitespace
  ];
  const copies = options.copies ? ['-C'] : [];
  return [...whitespace, ...(options.renames ? ['-M', ...copies, `-l${renameLimit}`] : ['--no-renames'])];
}

/** A whole `git diff` call. `shape` says what it prints; paths follow `--`, so nothing of a path is taken for an option. */
export function diffArguments(
  repository: Repository,
  comparison: readonly string[],
  shape: readonly string[],
  options: DiffOptions,
  paths: readonly FileRef[],
): string[] {
  const { before, pathspecs } = pathspecArguments(paths);
  const fixed = ['--no-color', '--no-textconv', '--submodule=short', '--no-abbrev'];
  // `-R` swaps the prefixes too; the older side is `a/` all the same.
  const prefixes = comparison.includes('-R') ? ['--src-prefix=b/', '--dst-prefix=a/'] : ['--src-prefix=a/', '--dst-prefix=b/'];
  return [
    ...before,
    'diff',
    ...repository.diffSafety,
    ...fixed,
    ...prefixes,
    ...optionArguments(options),
    ...shape,
    ...comparison,
    '--',
    ...pathspecs,
  ];
}

/**
 * Paths as git's arguments. A process argument cannot carry a name that is not UTF-8, so such a name becomes a pattern in which each
 * byte that has no character is `?`: it may match more than was asked, and the caller picks by the exact bytes.
 */
export function pathspecArguments(paths: readonly FileRef[]): { before: string[]; pathspecs: string[] } {
  const names = paths.map((file) => ('path' in file ? (file.path === '' ? '.' : file.path) : undefined));
  if (names.every((name) => name !== undefined)) return { before: [], pathspecs: names };
  return { before: ['--no-literal-pathspecs'], pathspecs: paths.map((file, index) => patternOf(names[index], file)) };
}

function patternOf(name: string | undefined, file: FileRef): string {
  if (name !== undefined) return `:(literal,top)${name}`;
  const bytes = Buffer.from('pathBytes' in file ? file.pathBytes : '', 'base64');
  let pattern = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    pattern += byte >= 0x80 ? '?' : /[*?[\]\\]/.test(character) ? `\\${character}` : character;
  }
  return `:(glob,top)${pattern}`;
}
