import { promises as fs } from 'node:fs';
import type { FileRef } from '../../protocol/gitTypes.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { checkedPaths, foldersOf, onDisk, shown } from './paths.ts';
import { nulInput, nulOutput, removal } from './plumbing.ts';
import { recorded } from './record.ts';
import { refusal, someOf } from './refusal.ts';
import { removeFile } from './restoreFiles.ts';
import { looksSecret } from './secretNames.ts';
import { canRead } from './snapshotFiles.ts';

interface Sorted {
  /** In the index: written anew from it. */
  readonly tracked: string[];
  /** Not in the index, or there only as a promise: deleted. */
  readonly untracked: string[];
  readonly promised: string[];
}

/**
 * Takes files back to what the index holds; untracked ones are deleted. All of it is recorded first, whatever its size; what must not be
 * recorded is refused with `precondition`.
 */
export async function discardFiles(
  repository: Repository,
  files: readonly FileRef[],
  actor: string,
  signal: AbortSignal,
): Promise<{ undo: string }> {
  const names = checkedPaths(files, false);
  const sorted = await sort(repository, names, signal);
  await refuseLoss(repository, sorted);
  const label = `Discard ${someOf(names.map(shown))}`;
  const { undo } = await recorded(
    repository,
    { kind: 'discard', label, actor, branches: [], required: new Set(names) },
    signal,
    async () => {
      for (const name of sorted.untracked) await removeFile(repository, name);
      if (sorted.promised.length > 0) {
        const input = nulInput(sorted.promised.map((name) => removal(repository, name)));
        await repository.write(['update-index', '-z', '--index-info'], { input, signal });
      }
      if (sorted.tracked.length === 0) return;
      const args = ['checkout-index', '--force', '-u', '-z', '--stdin'];
      const output = await repository.write(args, { input: nulInput(sorted.tracked), signal, accept: [0, 1, 128] });
      if (output.exitCode !== 0) throw refusal(args, output, 'Discarding');
    },
  );
  return { undo };
}

async function sort(repository: Repository, names: readonly string[], signal: AbortSignal): Promise<Sorted> {
  const [staged, changes] = await Promise.all([
    repository.run(['ls-files', '--stage', '-z'], { signal, silence: 180_000 }).then(nulOutput),
    repository.run(['diff-files', '-z', '--name-status', '--diff-filter=A'], { signal, silence: 180_000 }).then(nulOutput),
  ]);
  const wanted = new Set(names);
  const modes = new Map<string, string>();
  for (const line of staged) {
    const name = line.slice(line.indexOf('\t') + 1);
    if (!wanted.has(name)) continue;
    if (line[line.indexOf('\t') - 1] !== '0') {
      throw new Failure('precondition', `${shown(name)} has conflicts.`, { hint: 'Resolve them, or abort the merge.' });
    }
    modes.set(name, line.slice(0, 6));
  }
  const added = new Set(changes.filter((_, at) => at % 2 === 1));
  const sorted: Sorted = { tracked: [], untracked: [], promised: [] };
  for (const name of names) {
    if (modes.get(name) === '160000') {
      throw new Failure('precondition', `${shown(name)} is a submodule.`, { hint: 'Discard its changes inside it.' });
    }
    if (modes.has(name) && !added.has(name)) sorted.tracked.push(name);
    else sorted.untracked.push(name);
    if (added.has(name)) sorted.promised.push(name);
  }
  return sorted;
}

/** What could not be brought back is not thrown away. */
async function refuseLoss(repository: Repository, { tracked, untracked }: Sorted): Promise<void> {
  const known = new Set(tracked);
  for (const name of [...tracked, ...untracked]) {
    const isTracked = known.has(name);
    await refuseWay(repository, name);
    const stats = await fs.lstat(onDisk(repository, name)).catch(() => undefined);
    if (stats === undefined) {
      if (isTracked) continue;
      throw new Failure('not-found', `There is no file ${shown(name)}.`, { hint: 'It may have been deleted meanwhile.' });
    }
    if (stats.isDirectory()) {
      throw new Failure('precondition', `${shown(name)} is a folder now.`, { hint: 'Discard or move the files in it first.' });
    }
    if (!isTracked && looksSecret(name)) {
      throw new Failure('precondition', `${shown(name)} looks like a secret, which is never recorded: it could not be brought back.`, {
        hint: 'Delete it by hand if you mean it.',
      });
    }
    const readable = stats.isSymbolicLink() || (await canRead(onDisk(repository, name)));
    if (readable && (stats.isFile() || stats.isSymbolicLink())) continue;
    throw new Failure('precondition', `${shown(name)} cannot be read, so it could not be brought back.`, { hint: 'Delete it by hand.' });
  }
}

/** Git sees nothing beyond a link, and would delete a file that lies where a folder was; another repository has its own history. */
async function refuseWay(repository: Repository, name: string): Promise<void> {
  for (const folder of foldersOf(name)) {
    const stats = await fs.lstat(onDisk(repository, folder)).catch(() => undefined);
    if (stats === undefined) return;
    if (!stats.isDirectory()) throw new Failure('precondition', `${shown(folder)} is in the way.`, { hint: 'Discard or move it first.' });
    if ((await fs.lstat(onDisk(repository, `${folder}/.git`)).catch(() => undefined)) === undefined) continue;
    throw new Failure('precondition', `${shown(folder)} is a repository of its own.`, { hint: 'Discard its changes inside it.' });
  }
}
