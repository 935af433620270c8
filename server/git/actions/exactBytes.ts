import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Repository } from '../repository.ts';
import { onDisk } from './paths.ts';
import { hashFiles, nulInput, nulOutput, type OwnIndex, ownIndex } from './plumbing.ts';

interface Question {
  readonly folder: string;
  readonly indexTree: string;
  readonly present: readonly string[];
  readonly required: ReadonlySet<string>;
  readonly signal: AbortSignal | undefined;
}

/**
 * The tree of those files whose bytes git's filters (line ends, encodings, programs) would not give back from what git keeps of them; empty
 * when there are none. Of large files that are kept elsewhere (LFS) the pointer is enough, unless the file is required.
 */
export async function exactTree(repository: Repository, index: OwnIndex, question: Question): Promise<string> {
  const { folder, present, required, signal } = question;
  if (present.length === 0) return '';
  const ids = await recordedIds(index, question);
  const files: string[] = [];
  for (const name of present) {
    const entry = ids.get(name);
    if (!entry?.mode.startsWith('100')) continue;
    const stats = await fs.lstat(onDisk(repository, name)).catch(() => undefined);
    if (stats?.isFile()) files.push(name);
  }
  const bytes = await hashFiles(repository, files, false, signal);
  const other = files.filter((name, at) => bytes[at] !== ids.get(name)?.id);
  if (other.length === 0) return '';
  const attributes = nulOutput(await index.run(['check-attr', '-z', '--stdin', 'filter'], { input: nulInput(other) }));
  const kept: string[] = [];
  for (const [at, name] of other.entries()) {
    const filter = attributes[at * 3 + 2] ?? '';
    if (required.has(name) || ['unspecified', 'unset', ''].includes(filter)) kept.push(name);
    else if (filter !== 'lfs' && !(await comesBack(repository, index, name, ids.get(name)?.id ?? ''))) kept.push(name);
  }
  if (kept.length === 0) return '';
  const written = await hashFiles(repository, kept, true, signal);
  const exact = ownIndex(repository, path.join(folder, 'exact'), signal);
  await exact.set(kept.map((name, at) => `${ids.get(name)?.mode} ${written[at]} 0\t${name}`));
  return exact.tree();
}

/** Whether the filter program makes the same bytes again. */
async function comesBack(repository: Repository, index: OwnIndex, name: string, id: string): Promise<boolean> {
  const text = Buffer.from(name, 'latin1').toString('utf8');
  if (Buffer.from(text, 'utf8').toString('latin1') !== name) return false;
  const made = await index.run(['cat-file', '--filters', `--path=${text}`, id], { accept: [0, 1, 128] });
  return made.exitCode === 0 && made.stdout.equals(await fs.readFile(onDisk(repository, name)));
}

/** Entries of our index by their path: those that differ from a tree, or all when some are required. */
async function recordedIds(index: OwnIndex, { indexTree, required }: Question): Promise<Map<string, { mode: string; id: string }>> {
  const ids = new Map<string, { mode: string; id: string }>();
  if (required.size > 0) {
    for (const line of nulOutput(await index.run(['ls-files', '--stage', '-z']))) {
      const [mode = '', id = ''] = line.split(' ', 2);
      ids.set(line.slice(line.indexOf('\t') + 1), { mode, id });
    }
    return ids;
  }
  const tokens = nulOutput(await index.run(['diff-index', '--cached', '-z', '--raw', '--no-renames', '--no-abbrev', indexTree]));
  for (let at = 0; at + 1 < tokens.length; at += 2) {
    const [, mode = '', , id = ''] = (tokens[at] as string).slice(1).split(' ');
    ids.set(tokens[at + 1] as string, { mode, id });
  }
  return ids;
}
