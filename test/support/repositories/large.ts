// Large inputs for benches and limits, made once and cached. All are shared: treat them as read-only, or clone them.
import { cached } from './cache.ts';
import { FastImport, type FileChange, type Signature } from './fastImport.ts';
import { editLines, makeLine, makeLines } from './generatedText.ts';
import { Random } from './random.ts';
import { Repository, runGit, temporaryFolder } from './repository.ts';

/** Raise when something here writes other contents. */
const VERSION = 1;
const WHO: Signature = { name: 'Ada Example', email: 'ada@example.test', time: 1_704_067_200, zone: '+0000' };

export interface TwoCommits {
  /** Checked out at `to`, clean. */
  root: string;
  from: string;
  to: string;
  /** Files that differ between the two. */
  changed: number;
}

/** `files` (10 000) files changed between two commits: most edited, some added, deleted, renamed. */
export async function tenThousandChanged(files = 10_000): Promise<TwoCommits> {
  const root = await cached(`changed-${VERSION}-${files}`, (folder) =>
    makePair(folder, files, 12, (random, lines) => editLines(random, lines, 0)),
  );
  return twoCommits(root);
}

/**
 * The same files, changed in the work tree and not committed; a private copy, so dispose it. Made with a checkout of `from` under
 * the contents of `to`, so `git diff HEAD` lists what `git diff from to` lists, save that added files are untracked.
 */
export async function tenThousandDirty(files = 10_000): Promise<Repository> {
  const { root, from, to } = await tenThousandChanged(files);
  const target = temporaryFolder('dirty');
  const outcome = runGit(['clone', '--quiet', '--local', '--no-checkout', '--template=', root, target]);
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  const repository = new Repository(target);
  repository.git('config', 'gc.auto', '0');
  repository.git('reset', '--quiet', '--hard', to);
  repository.git('update-ref', '--no-deref', 'HEAD', from);
  repository.git('read-tree', from);
  return repository;
}

/** Two commits whose unified diff is about 3 MB over 300 files (`scale` 1). */
export async function bigDiff3MB(scale = 1): Promise<TwoCommits> {
  const files = Math.max(3, Math.round(300 * scale));
  const root = await cached(`diff-${VERSION}-${files}`, (folder) =>
    makePair(folder, files, 320, (random, lines) => {
      let result: readonly string[] = lines;
      for (let edits = 0; edits < 17; edits += 1) result = editLines(random, result, 0);
      return result.slice();
    }),
  );
  return twoCommits(root);
}

export interface OneFile {
  root: string;
  path: string;
  head: string;
}

/** A file of 200 000 lines with ten commits that edit it here and there. */
export async function largeFile200k(lines = 200_000): Promise<OneFile> {
  const path = 'large.ts';
  const root = await cached(`lines-${VERSION}-${lines}`, async (folder) => {
    const random = new Random(lines);
    let contents = makeLines(random, lines);
    await importVersions(folder, path, 10, (version) => {
      if (version > 0) for (let edits = 0; edits < 40; edits += 1) contents = editLines(random, contents, 0);
      return Buffer.from(`${contents.join('\n')}\n`);
    });
  });
  return { root, path, head: new Repository(root).head() };
}

/** A file that is one line of 5 MB, without a newline, changed in its middle by the second commit. */
export async function oneLine5MB(bytes = 5 << 20): Promise<OneFile> {
  const path = 'bundle.min.js';
  const root = await cached(`line-${VERSION}-${bytes}`, async (folder) => {
    const random = new Random(bytes);
    let text = '';
    while (text.length < bytes) text += makeLine(random).trim();
    text = text.slice(0, bytes);
    const half = bytes >> 1;
    await importVersions(folder, path, 2, (version) =>
      Buffer.from(version === 0 ? text : `${text.slice(0, half)}changed();${text.slice(half)}`),
    );
  });
  return { root, path, head: new Repository(root).head() };
}

async function makePair(
  folder: string,
  files: number,
  lines: number,
  edit: (random: Random, lines: readonly string[]) => string[],
): Promise<void> {
  start(folder);
  const random = new Random(files);
  const stream = new FastImport(folder);
  const before: FileChange[] = [];
  const after: FileChange[] = [];
  const write = (path: string, contents: readonly string[]): FileChange => {
    return { kind: 'write', path, mode: '100644', mark: stream.blob(path, () => Buffer.from(`${contents.join('\n')}\n`)) };
  };
  for (let index = 0; index < files; index += 1) {
    const path = `src/part${index % 97}/file${index}.ts`;
    const contents = makeLines(random, lines);
    // Every file has a line of its own, so that renames are found where they were made and nowhere else.
    contents[0] = `// File ${index} of ${files}: ${random.below(1_000_000_000)}`;
    const edited = edit(random, contents);
    const fate = index % 100;
    if (fate === 97)
      after.push(write(path, contents)); // added
    else if (fate === 98) before.push(write(path, contents));
    else before.push(write(path, contents));
    if (fate === 98) after.push({ kind: 'delete', path });
    else if (fate === 99) after.push({ kind: 'delete', path }, write(`src/moved/file${index}.ts`, contents));
    else if (fate !== 97) after.push(write(path, edited.join() === contents.join() ? [...edited, '// changed'] : edited));
  }
  // A few that stay as they are.
  for (let index = 0; index < files / 20; index += 1) before.push(write(`same/file${index}.ts`, makeLines(random, 20)));
  const common = { ref: 'refs/heads/main', author: WHO, committer: WHO };
  const first = await stream.commit({ ...common, message: 'Before\n', parents: [], changes: before });
  await stream.commit({ ...common, message: 'After\n', parents: [first], changes: after });
  await stream.finish();
  new Repository(folder).git('reset', '--quiet', '--hard');
}

async function importVersions(folder: string, path: string, versions: number, contents: (version: number) => Buffer): Promise<void> {
  start(folder);
  const stream = new FastImport(folder);
  let parents: number[] = [];
  for (let version = 0; version < versions; version += 1) {
    const bytes = contents(version);
    const mark = stream.blob(path, () => bytes);
    const when = { ...WHO, time: WHO.time + version * 86_400 };
    parents = [
      await stream.commit({
        ref: 'refs/heads/main',
        author: when,
        committer: when,
        message: `Version ${version}\n`,
        parents,
        changes: [{ kind: 'write', path, mode: '100644', mark }],
      }),
    ];
  }
  await stream.finish();
  new Repository(folder).git('reset', '--quiet', '--hard');
}

function start(folder: string): void {
  const repository = new Repository(folder);
  repository.git('init', '--quiet', '--template=', '--initial-branch=main');
  repository.git('config', 'gc.auto', '0');
}

function twoCommits(root: string): TwoCommits {
  const repository = new Repository(root);
  const [to, from] = [repository.head(), repository.head('HEAD~1')];
  const changed = repository.git('diff', '--name-only', '-M', '-l0', '-z', from, to).split('\0').length - 1;
  return { root, from, to, changed };
}
