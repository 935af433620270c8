// The generated repository of the acceptance tests: thousands of files, tens of thousands of commits, the same ids every time.
//
//   const { root, head, files } = await generatedRepository();            // shared and cached: read only
//   using clone = await generatedClone();                                 // a copy that may be changed
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { FastImport, type Signature } from './fastImport.ts';
import { type HistoryOptions, playHistory } from './generatedHistory.ts';
import { Random } from './random.ts';
import { Repository, runGit, temporaryFolder } from './repository.ts';

export { LONG_FILE, ODD_NAMES } from './generatedHistory.ts';

/** Raise when the generator writes something else, so that old caches are not used. */
const VERSION = 1;

export type GeneratedOptions = Partial<HistoryOptions>;

export interface GeneratedRepository {
  /** A work tree with everything checked out, on `main`. Shared with other tests: never write into it. */
  root: string;
  head: string;
  /** Valid commits that `.git-blame-ignore-revs` names. */
  ignoredRevisions: string[];
}

const DEFAULTS: HistoryOptions = { files: 1_300, commits: 20_200, seed: 20_240_229 };

/** Makes the repository on first use (some seconds for 20 000 commits), finds it in the cache afterwards. */
export async function generatedRepository(options: GeneratedOptions = {}): Promise<GeneratedRepository> {
  const complete = { ...DEFAULTS, ...options };
  const key = `generated-${VERSION}-${complete.files}-${complete.commits}-${complete.seed}`;
  const root = await cached(key, (folder) => makeGenerated(folder, complete));
  const ignoredRevisions = readFileSync(join(root, '.git-blame-ignore-revs'), 'utf8').match(/^[0-9a-f]{40}/gm) ?? [];
  return { root, head: new Repository(root).head(), ignoredRevisions };
}

/** A private copy (hard-linked objects, own work tree) that a test may change; dispose it. */
export async function generatedClone(options: GeneratedOptions = {}): Promise<Repository> {
  const { root } = await generatedRepository(options);
  const target = temporaryFolder('generated');
  const outcome = runGit(['clone', '--quiet', '--local', '--template=', root, target]);
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  const clone = new Repository(target);
  clone.git('config', 'gc.auto', '0');
  return clone;
}

/** Every path of a revision, exactly; `text` leaves out what git shows as binary, links and empty files. */
export function listFiles(root: string, kind: 'all' | 'text' = 'all', revision = 'HEAD'): string[] {
  const empty = runGit(['hash-object', '-t', 'tree', '/dev/null'], { cwd: root }).stdout.toString().trim();
  if (kind === 'all') return splitNul(runGit(['ls-tree', '-r', '-z', '--name-only', revision], { cwd: root }).stdout);
  const links = new Set(
    splitNul(runGit(['ls-tree', '-r', '-z', revision], { cwd: root }).stdout)
      .filter((entry) => !entry.startsWith('100'))
      .map((entry) => entry.slice(entry.indexOf('\t') + 1)),
  );
  return splitNul(runGit(['diff', '--numstat', '--no-renames', '-z', empty, revision], { cwd: root }).stdout).flatMap((entry) => {
    const [added, , ...path] = entry.split('\t');
    const name = path.join('\t');
    return added === '-' || added === '0' || links.has(name) ? [] : [name];
  });
}

/** `count` different items, chosen by seed, in the order of the list. */
export function sample<T>(items: readonly T[], count: number, seed: number): T[] {
  const random = new Random(seed);
  const keyed = items.map((item, index) => ({ item, index, key: random.next() }));
  const chosen = keyed.sort((a, b) => a.key - b.key).slice(0, count);
  return chosen.sort((a, b) => a.index - b.index).map(({ item }) => item);
}

async function makeGenerated(folder: string, options: HistoryOptions): Promise<void> {
  const repository = new Repository(folder);
  repository.git('init', '--quiet', '--template=', '--initial-branch=main');
  repository.git('config', 'gc.auto', '0');
  repository.git('config', 'maintenance.auto', 'false');
  const marks = join(folder, '.git', 'generator-marks');
  const stream = new FastImport(folder, marks);
  const summary = await playHistory(stream, options);
  await stream.finish();
  const ids = new Map(
    readFileSync(marks, 'utf8')
      .split('\n')
      .map((line): [string, string] => [line.slice(1, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
  rmSync(marks);
  const ignored = summary.reformatMarks.map((mark) => ids.get(String(mark)) ?? '');
  await finishWithIgnoreRevisions(folder, repository.head('refs/heads/main'), ignored, summary.reformatted, summary.lastTime);
  repository.git('reset', '--quiet', '--hard');
  repository.git('commit-graph', 'write', '--reachable', '--changed-paths');
}

/** The last commits: the ignore file, then edits on top of lines whose blame it changes. */
async function finishWithIgnoreRevisions(
  folder: string,
  head: string,
  ignored: string[],
  reformatted: { path: string; contents: Buffer }[],
  time: number,
): Promise<void> {
  const stream = new FastImport(folder);
  const who: Signature = { name: 'Ada Example', email: 'ada@example.test', time: time + 600, zone: '+0000' };
  const path = '.git-blame-ignore-revs';
  const text = `# Mass reformatting\n${ignored.map((id) => `${id} # reformat\n`).join('\n')}`;
  const common = { ref: 'refs/heads/main', author: who, committer: who };
  const mark = stream.blob(path, () => Buffer.from(text));
  let tip = await stream.commit({
    ...common,
    message: 'Ignore the reformatting commits in blame\n',
    parents: [head],
    changes: [{ kind: 'write', path, mode: '100644', mark }],
  });
  for (const [index, file] of reformatted.slice(0, 5).entries()) {
    const blob = stream.blob(file.path, () => Buffer.concat([Buffer.from(`// checked ${index}\n`), file.contents]));
    tip = await stream.commit({
      ...common,
      message: `Check ${file.path.length}\n`,
      parents: [tip],
      changes: [{ kind: 'write', path: file.path, mode: '100644', mark: blob }],
    });
  }
  await stream.finish();
}

function splitNul(bytes: Buffer): string[] {
  return bytes.toString('utf8').split('\0').slice(0, -1);
}
