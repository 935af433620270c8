import { promises as fs } from 'node:fs';
import type { FileRef } from '../../protocol/gitTypes.ts';
import { Failure } from '../../rpc/failure.ts';
import { readHead } from '../discover.ts';
import type { Repository } from '../repository.ts';
import { checkedPaths, foldersOf, isBeyondLink, onDisk, shown } from './paths.ts';
import { emptyTree, ignoredNames, nulInput, nulOutput, removal } from './plumbing.ts';
import { refusal, someOf } from './refusal.ts';

/** Adds files to the index as they are on the disk, or takes them out of it when they are gone; everything when none are named. */
export async function stageFiles(repository: Repository, files: readonly FileRef[] | undefined, signal: AbortSignal): Promise<void> {
  const names = files === undefined ? undefined : checkedPaths(files, true);
  const folders: string[] = [];
  const single: string[] = [];
  for (const name of names ?? []) ((await isFolder(repository, name)) ? folders : single).push(name);
  if (names === undefined || folders.length > 0) {
    const args = ['add', '--all', '--pathspec-from-file=-', '--pathspec-file-nul'];
    const pathspecs = names === undefined ? [':/'] : folders.map((name) => `:(top,literal)${name}`);
    const output = await repository.write(args, { input: nulInput(pathspecs), signal, accept: [0, 1, 128] });
    if (output.exitCode !== 0) throw refusal(args, output, 'Staging');
  }
  const gone: string[] = [];
  const present: string[] = [];
  for (const name of single) ((await isGone(repository, name)) ? gone : present).push(name);
  const removed = gone.length === 0 ? [] : await knownBelow(repository, gone, signal);
  await refuseIgnored(repository, present, signal);
  if (removed.length > 0) {
    const input = nulInput(removed.map((name) => removal(repository, name)));
    await repository.write(['update-index', '-z', '--index-info'], { input, signal });
  }
  if (present.length === 0) return;
  const args = ['update-index', '--add', '--remove', '--replace', '-z', '--stdin'];
  const output = await repository.write(args, { input: nulInput(present), signal, accept: [0, 1, 128] });
  if (output.exitCode !== 0) throw refusal(args, output, 'Staging');
}

/** What the index holds of names that are gone from the disk: files, and all below folders. */
async function knownBelow(repository: Repository, names: readonly string[], signal: AbortSignal): Promise<string[]> {
  const listed = [...new Set(nulOutput(await repository.run(['ls-files', '-z'], { signal, silence: 180_000 })))];
  const found = new Set<string>();
  const wanted = new Set(names);
  const known = listed.filter((name) => {
    const hits = [name, ...foldersOf(name)].filter((each) => wanted.has(each));
    for (const each of hits) found.add(each);
    return hits.length > 0;
  });
  const missing = names.find((name) => !found.has(name));
  if (missing === undefined) return known;
  throw new Failure('not-found', `There is no file ${shown(missing)}.`, { hint: 'It may have been deleted meanwhile.' });
}

/** As `git add` does. Tracked files are never ignored. */
async function refuseIgnored(repository: Repository, names: readonly string[], signal: AbortSignal): Promise<void> {
  const ignored = await ignoredNames(repository, names, signal);
  if (ignored.length === 0) return;
  throw new Failure('precondition', `${someOf(ignored.map(shown))} ${ignored.length === 1 ? 'is' : 'are'} ignored.`, {
    hint: '`git add --force` adds it all the same.',
  });
}

async function isGone(repository: Repository, name: string): Promise<boolean> {
  if (await isBeyondLink(repository, name)) return true;
  return (await fs.lstat(onDisk(repository, name)).catch(() => undefined)) === undefined;
}

/** A folder that is no repository of its own. */
async function isFolder(repository: Repository, name: string): Promise<boolean> {
  if (name === '') return true;
  const folder = onDisk(repository, name);
  const stats = await fs.lstat(folder).catch(() => undefined);
  if (!stats?.isDirectory()) return false;
  return (await fs.lstat(Buffer.concat([folder, Buffer.from('/.git')])).catch(() => undefined)) === undefined;
}

/** Makes the index as in HEAD for the files (and all below a folder); everything when none are named. */
export async function unstageFiles(repository: Repository, files: readonly FileRef[] | undefined, signal: AbortSignal): Promise<void> {
  const names = files === undefined ? undefined : checkedPaths(files, true);
  const wanted = names === undefined || names.includes('') ? () => true : within(new Set(names));
  const unborn = (await readHead(repository.facts)).state === 'unborn';
  const base = unborn ? await emptyTree(repository) : 'HEAD';
  const args = ['diff-index', '--cached', '-z', '--raw', '--no-renames', '--no-abbrev', '--ita-visible-in-index', base];
  const tokens = nulOutput(await repository.run(args, { signal }));
  const entries: string[] = [];
  const unmerged = new Set<string>();
  for (let at = 0; at + 1 < tokens.length; at += 2) {
    const [mode = '', , id = '', , status = ''] = (tokens[at] as string).slice(1).split(' ');
    const name = tokens[at + 1] as string;
    if (!wanted(name)) continue;
    if (status === 'U') unmerged.add(name);
    else if (!unmerged.has(name)) entries.push(mode === '000000' ? removal(repository, name) : `${mode} ${id} 0\t${name}`);
  }
  entries.push(...(await headEntries(repository, unmerged, base, signal)));
  if (entries.length === 0) return;
  await repository.write(['update-index', '-z', '--index-info'], { input: nulInput(entries), signal });
  // It is done; where another git has the index by now, that one sees to its times (128).
  await repository.write(['update-index', '-q', '--refresh'], { signal, accept: [0, 1, 128] });
}

/** The sides of a conflict give way to what HEAD has. */
async function headEntries(repository: Repository, names: ReadonlySet<string>, base: string, signal: AbortSignal): Promise<string[]> {
  if (names.size === 0) return [];
  const kept = nulOutput(await repository.run(['ls-tree', '-r', '-z', '--full-tree', base], { signal, silence: 180_000 }))
    .map((line) => line.match(/^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s))
    .filter((match) => match !== null && names.has(match[3] ?? ''))
    .map((match) => `${match?.[1]} ${match?.[2]} 0\t${match?.[3]}`);
  return [...[...names].map((name) => removal(repository, name)), ...kept];
}

function within(names: ReadonlySet<string>): (name: string) => boolean {
  return (name) => {
    if (names.has(name)) return true;
    for (let at = name.indexOf('/'); at > 0; at = name.indexOf('/', at + 1)) if (names.has(name.slice(0, at))) return true;
    return false;
  };
}
