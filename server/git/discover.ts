import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { RepositoryFacts } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
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

/**
 * Facts of the repository that a folder belongs to, by one git process (more for paths with a newline).
 * Throws `not-found` outside any, `unsupported` for a bare one or an unknown extension, `unsafe-repository` on git's ownership refusal.
 */
export async function discoverRepository(folder: string): Promise<RepositoryFacts> {
  const ask = async (...flags: string[]) => {
    // `rev-parse` runs nothing of the repository; the blanked environment costs nothing and keeps it so.
    const { stdout } = await runGit(['rev-parse', ...flags], { cwd: folder, env: blankingEnvironment([]), silence: 20_000 });
    return stdout.toString('utf8').replace(/\n$/, '');
  };
  const flags = ['--is-bare-repository', '--is-inside-work-tree', '--is-shallow-repository', '--show-object-format'];
  const paths = ['--absolute-git-dir', '--git-common-dir', '--show-superproject-working-tree'];
  const lines = (await ask(...flags, ...paths)).split('\n');
  const [bare, inside, shallow, objectFormat] = lines;
  if (inside !== 'true') {
    if (bare === 'true') {
      throw new Failure('unsupported', 'This is a bare repository: it has no files to show.', {
        hint: 'Open a clone or a worktree of it.',
      });
    }
    throw new Failure('not-found', 'This is inside a .git folder, not inside a work tree.', {
      hint: 'Open the folder that contains .git.',
    });
  }
  const root = await fs.realpath(await ask('--show-toplevel'));
  // One line more is a superproject, or a newline in a path: then each is asked for alone.
  const [gitDir, commonDir, superproject] =
    lines.length === flags.length + 2
      ? [lines[4] ?? '', lines[5] ?? '', '']
      : [await ask('--absolute-git-dir'), await ask('--git-common-dir'), await ask('--show-superproject-working-tree')];
  const common = await fs.realpath(path.resolve(folder, commonDir));
  const own = await fs.realpath(gitDir);
  const config = await fs.readFile(path.join(common, 'config'), 'utf8').catch(() => '');
  return {
    root,
    gitDir: own,
    commonDir: common,
    objectFormat: objectFormat === 'sha256' ? 'sha256' : 'sha1',
    refFormat: /^\s*refstorage\s*=\s*reftable/im.test(config) ? 'reftable' : 'files',
    kind: superproject !== '' ? 'submodule' : own === common ? 'main' : 'linked',
    ...(superproject === '' ? {} : { superproject }),
    shallow: shallow === 'true',
    partialClone: /^\s*(promisor\s*=\s*true|partialclone\s*=)/im.test(config),
    head: await readHead(folder),
    ...(await readOperation(own)),
  };
}

/** Where HEAD is: on a branch, on a branch without commits, or detached. */
export async function readHead(root: string): Promise<RepositoryFacts['head']> {
  const env = blankingEnvironment([]);
  const [branch, commit] = await Promise.all([
    runGit(['symbolic-ref', '--quiet', 'HEAD'], { cwd: root, env, accept: [0, 1] }),
    runGit(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], { cwd: root, env, accept: [0, 1, 128] }),
  ]);
  const name = branch.stdout.toString('utf8').trim();
  const id = commit.stdout.toString('utf8').trim();
  if (id === '') return { state: 'unborn', ...(name === '' ? {} : { branch: short(name) }) };
  return name === '' ? { state: 'detached', commit: id } : { state: 'branch', branch: short(name), commit: id };
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
