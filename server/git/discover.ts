import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { RepositoryFacts } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
import { gitFailure } from './gitFailure.ts';
import { runGit } from './process.ts';
import { blankingEnvironment } from './untrusted.ts';

/** Operations that leave a file in the git folder while they wait for the user. */
const operations: readonly [string, string][] = [
  ['MERGE_HEAD', 'merge'],
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
];

const flags = ['--is-bare-repository', '--is-inside-work-tree', '--is-shallow-repository', '--show-object-format'];
const paths = ['--absolute-git-dir', '--git-common-dir', '--show-toplevel'];

/**
 * Facts of the repository that a folder belongs to, by one git process (more in submodules and for paths with a newline).
 * Throws `not-found` outside any, `unsupported` for a bare one or an unknown extension, `unsafe-repository` on git's ownership refusal.
 */
export async function discoverRepository(folder: string): Promise<RepositoryFacts> {
  const args = [...flags, ...paths, '--show-superproject-working-tree', 'HEAD'];
  // 128: HEAD has no commit, or this is no work tree; what could be said was printed before.
  const { text, failure } = await revParse(folder, args, [0, 128]);
  const lines = text.split('\n');
  const [bare, inside, shallow, objectFormat] = lines;
  if (inside === undefined) throw failure;
  if (inside !== 'true') throw noWorkTree(bare === 'true');
  // Seven lines and HEAD; one line more is a superproject, or a newline in a path: then each is asked for alone.
  const expected = flags.length + paths.length;
  const [gitDir, commonDir, top, superproject] = await (lines.length === expected + 1
    ? [lines[4] ?? '', lines[5] ?? '', lines[6] ?? '', '']
    : Promise.all([...paths, '--show-superproject-working-tree'].map(async (flag) => (await revParse(folder, [flag])).text)));
  const root = await fs.realpath(top ?? '');
  const common = await fs.realpath(path.resolve(folder, commonDir ?? ''));
  const own = await fs.realpath(gitDir ?? '');
  const config = await fs.readFile(path.join(common, 'config'), 'utf8').catch(() => '');
  const refFormat = /^\s*refstorage\s*=\s*reftable/im.test(config) ? 'reftable' : 'files';
  return {
    root,
    gitDir: own,
    commonDir: common,
    objectFormat: objectFormat === 'sha256' ? 'sha256' : 'sha1',
    refFormat,
    kind: superproject !== '' ? 'submodule' : own === common ? 'main' : 'linked',
    ...(superproject === undefined || superproject === '' ? {} : { superproject }),
    shallow: shallow === 'true',
    partialClone: /^\s*(promisor\s*=\s*true|partialclone\s*=)/im.test(config),
    head: headOf(await branchOf({ root, gitDir: own, refFormat }), lines.at(-1) ?? ''),
    ...(await readOperation(own)),
  };
}

/** `rev-parse` runs nothing of the repository; the blanked environment costs nothing and keeps it so. */
async function revParse(
  folder: string,
  args: readonly string[],
  accept: readonly number[] = [0],
): Promise<{ text: string; failure: Failure }> {
  const { stdout, stderr, exitCode } = await runGit(['rev-parse', ...args], {
    cwd: folder,
    env: blankingEnvironment([]),
    silence: 20_000,
    accept,
  });
  return { text: stdout.toString('utf8').replace(/\n$/, ''), failure: gitFailure(['rev-parse'], { stderr, exitCode }) };
}

function noWorkTree(bare: boolean): Failure {
  if (bare)
    return new Failure('unsupported', 'This is a bare repository: it has no files to show.', { hint: 'Open a clone or a worktree of it.' });
  return new Failure('not-found', 'This is inside a .git folder, not inside a work tree.', { hint: 'Open the folder that contains .git.' });
}

type HeadPlace = Pick<RepositoryFacts, 'root' | 'gitDir' | 'refFormat'>;

/** Where HEAD is now: on a branch, on a branch without commits, or detached. One git process. */
export async function readHead(place: HeadPlace): Promise<RepositoryFacts['head']> {
  const [branch, commit] = await Promise.all([branchOf(place), revParse(place.root, ['--verify', '--quiet', 'HEAD'], [0, 1, 128])]);
  return headOf(branch, commit.text);
}

function headOf(branch: string | undefined, commit: string): RepositoryFacts['head'] {
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return { state: 'unborn', ...(branch === undefined ? {} : { branch: short(branch) }) };
  return branch === undefined ? { state: 'detached', commit } : { state: 'branch', branch: short(branch), commit };
}

/** The ref that HEAD names; undefined when it is detached. The file says it without a process, unless refs are in tables. */
async function branchOf({ root, gitDir, refFormat }: HeadPlace): Promise<string | undefined> {
  if (refFormat === 'reftable') {
    const { stdout } = await runGit(['symbolic-ref', '--quiet', 'HEAD'], { cwd: root, env: blankingEnvironment([]), accept: [0, 1] });
    return stdout.toString('utf8').trim() || undefined;
  }
  const file = path.join(gitDir, 'HEAD');
  // Long ago HEAD was a symbolic link.
  const link = await fs.readlink(file).catch(() => undefined);
  if (link !== undefined) return link;
  return (await fs.readFile(file, 'utf8').catch(() => '')).match(/^ref:\s*(\S.*?)\s*$/s)?.[1];
}

function short(ref: string): string {
  return ref.replace(/^refs\/heads\//, '');
}

async function readOperation(gitDir: string): Promise<{ operation?: string }> {
  for (const [file, operation] of operations) {
    if (await fs.stat(path.join(gitDir, file)).catch(() => undefined)) return { operation };
  }
  return {};
}
