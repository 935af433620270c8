import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Failure } from '../../rpc/failure.ts';
import { readHead } from '../discover.ts';
import type { Repository } from '../repository.ts';
import { exactTree } from './exactBytes.ts';
import { hashFiles, latin1, nulInput, nulOutput, type OwnIndex, ownIndex, removal, withFolder } from './plumbing.ts';
import { sortFiles } from './snapshotFiles.ts';
import type { RepositoryState, WorktreeState } from './state.ts';

/** Files that git keeps of an operation that waits for the user. */
const operationFiles = ['MERGE_HEAD', 'MERGE_MODE', 'MERGE_MSG', 'SQUASH_MSG', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'AUTO_MERGE'];

/**
 * Writes how everything is now into the object database: branches, and index and files of the work trees. Nothing of the user's is touched.
 * `required` (latin1 names of the first work tree) are recorded byte for byte, whatever git or their name and size say.
 */
export async function takeSnapshot(
  repository: Repository,
  worktrees: readonly Repository[],
  signal: AbortSignal | undefined,
  required: ReadonlySet<string> = new Set(),
): Promise<RepositoryState> {
  return withFolder(async (folder) => {
    const asked = signal === undefined ? {} : { signal };
    const [refs, config, stash] = await Promise.all([
      repository.run(['for-each-ref', '--format=%(objectname) %(refname)%(if)%(symref)%(then) %(symref)%(end)', 'refs/heads'], asked),
      repository.run(['config', '--local', '-z', '--get-regexp', '^branch\\.'], { ...asked, accept: [0, 1] }),
      repository.run(['rev-parse', '--verify', '--quiet', 'refs/stash'], { ...asked, accept: [0, 1, 128] }),
    ]);
    const texts = [path.join(folder, 'branches'), path.join(folder, 'config')];
    // A branch that only names another one moves with it.
    const lines = refs.stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line.split(' ').length === 2);
    await fs.writeFile(texts[0] as string, lines.map((line) => `${line}\n`).join(''));
    await fs.writeFile(texts[1] as string, config.stdout);
    const [branches = '', configBlob = ''] = await hashFiles(repository, texts.map(latin1), true, signal);
    const states: WorktreeState[] = [];
    for (const [at, worktree] of worktrees.entries()) {
      states.push(await steadyState(worktree, path.join(folder, String(at)), signal, at === 0 ? required : new Set()));
    }
    return { branches, config: configBlob, stash: stash.stdout.toString('latin1').trim(), worktrees: states };
  });
}

/**
 * A file that goes or comes while it is read (a build, an editor) makes git stop: then all is read again, at last without the untracked
 * files, which count as not recorded then.
 */
async function steadyState(
  repository: Repository,
  folder: string,
  signal: AbortSignal | undefined,
  required: ReadonlySet<string>,
): Promise<WorktreeState> {
  for (let tries = 1; ; tries++) {
    const own = `${folder}-${tries}`;
    await fs.mkdir(own);
    try {
      return await worktreeState(repository, own, signal, { required, untracked: tries < 4 });
    } catch (error) {
      if (tries === 6 || signal?.aborted || (error instanceof Failure && error.reason === 'timeout')) throw error;
    }
  }
}

async function worktreeState(
  repository: Repository,
  folder: string,
  signal: AbortSignal | undefined,
  wanted: { required: ReadonlySet<string>; untracked: boolean },
): Promise<WorktreeState> {
  const { required } = wanted;
  const head = await readHead(repository.facts);
  const index = ownIndex(repository, path.join(folder, 'index'), signal);
  const { indexFile, indexTime } = await copyIndex(repository, index, signal);
  const [changes, untracked, unmergedEntries] = await Promise.all([
    index.run(['diff-files', '-z', '--name-status', '--no-renames', '--ignore-submodules=dirty']).then(nulOutput),
    index.run(['ls-files', '--others', '--exclude-standard', '-z']).then(nulOutput),
    index.run(['ls-files', '--unmerged', '-z']).then(nulOutput),
  ]);
  const changed = changes.filter((_, at) => at % 2 === 1);
  const promised = changed.filter((_, at) => changes[at * 2] === 'A');
  const unmerged = await unmergedTree(repository, path.join(folder, 'unmerged'), unmergedEntries, signal);
  const names = [...new Set(unmergedEntries.map((entry) => entry.slice(entry.indexOf('\t') + 1)))];
  await index.set(names.map((name) => removal(repository, name)));
  const indexTree = await index.tree();
  const sorted = await sortFiles(repository, { changed: new Set([...changed, ...names]), untracked, record: wanted });
  // Git would believe entries that are marked as unchanged.
  const anew = sorted.present.filter((name) => required.has(name));
  await index.set([...sorted.removed, ...anew].map((name) => removal(repository, name)));
  if (sorted.present.length > 0) {
    await index.run(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], { input: nulInput(sorted.present) });
  }
  const files = await index.tree();
  return {
    root: repository.root,
    head:
      head.branch === undefined
        ? { commit: head.commit ?? '' }
        : { ref: /^refs\//.test(head.branch) ? head.branch : `refs/heads/${head.branch}` },
    commit: head.commit ?? '',
    index: indexTree,
    unmerged,
    promised,
    indexFile,
    indexTime,
    files,
    exact: await exactTree(repository, index, { folder, indexTree, present: sorted.present, required, signal }),
    skipped: await jsonBlob(repository, path.join(folder, 'skipped'), sorted.skipped, signal),
    modes: await jsonBlob(repository, path.join(folder, 'modes'), sorted.modes, signal),
    operation: await readOperation(repository),
  };
}

/**
 * Copies the user's index, statistics included, so that git need not read unchanged files. The copy keeps its time (in seconds): git reads
 * files that changed in the same moment as the index, and must go on to do so.
 */
async function copyIndex(
  repository: Repository,
  index: OwnIndex,
  signal: AbortSignal | undefined,
): Promise<{ indexFile: string; indexTime: number }> {
  const { gitDir } = repository.facts;
  const original = path.join(gitDir, 'index');
  const stats = await fs.stat(original).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (stats === undefined) return { indexFile: '', indexTime: 0 };
  const indexTime = Math.floor(stats.mtimeMs / 1000);
  await fs.copyFile(original, index.file);
  await fs.utimes(index.file, indexTime, indexTime);
  // The shared half of a split index expires.
  const split = (await fs.readdir(gitDir)).some((name) => name.startsWith('sharedindex.'));
  if (split) await index.run(['update-index', '--no-split-index']);
  const [indexFile = ''] = await hashFiles(repository, [latin1(index.file)], true, signal);
  return { indexFile, indexTime };
}

/** Keeps the three sides of conflicts alive. */
async function unmergedTree(
  repository: Repository,
  file: string,
  entries: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  if (entries.length === 0) return '';
  const index = ownIndex(repository, file, signal);
  await index.set(
    entries.map((entry) => {
      const [, mode, id, stage, name] = entry.match(/^(\d+) ([0-9a-f]+) (\d)\t(.*)$/s) as RegExpMatchArray;
      return `${mode} ${id} 0\t${stage}/${name}`;
    }),
  );
  return index.tree();
}

/** A blob of a list or record as JSON; empty when it has nothing. */
async function jsonBlob(repository: Repository, file: string, value: object, signal: AbortSignal | undefined): Promise<string> {
  if (Object.keys(value).length === 0) return '';
  await fs.writeFile(file, JSON.stringify(value));
  const [blob = ''] = await hashFiles(repository, [latin1(file)], true, signal);
  return blob;
}

async function readOperation({ facts }: Repository): Promise<Record<string, string>> {
  const operation: Record<string, string> = {};
  for (const name of operationFiles) {
    const content = await fs.readFile(path.join(facts.gitDir, name)).catch(() => undefined);
    if (content !== undefined) operation[name] = content.toString('base64');
  }
  return operation;
}
