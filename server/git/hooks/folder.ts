import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';

/** Where the hooks of a repository lie. */
export interface HooksFolder {
  /** Absolute; it may not exist yet. */
  readonly folder: string;
  /** Who keeps it: git itself, `core.hooksPath`, or husky (which runs the files of `.husky` itself). */
  readonly kind: 'git' | 'hooksPath' | 'husky';
  /** Files in it travel with the repository, or belong to other repositories as well: they must not name a place of this machine. */
  readonly shared: 'no' | 'tracked' | 'outside';
}

/** The folder that git looks into, for all worktrees: `core.hooksPath` counts. Throws `precondition` where hooks are switched off. */
export async function hooksFolder(repository: Repository, signal: AbortSignal): Promise<HooksFolder> {
  const { root, facts } = repository;
  const named = repository.trusted
    ? await repository.text(['rev-parse', '--git-path', 'hooks'], { signal })
    : await configuredFolder(repository, signal);
  const effective = path.resolve(root, named);
  const own = path.join(facts.commonDir, 'hooks');
  if (effective === own || (await realPath(effective)) === (await realPath(own))) return { folder: own, kind: 'git', shared: 'no' };
  const isFile = await fs.stat(effective).then(
    (stats) => !stats.isDirectory(),
    () => false,
  );
  if (isFile) {
    throw new Failure('precondition', `Hooks are switched off here: core.hooksPath is ${named}.`, {
      hint: 'See who says so with `git config --show-origin core.hooksPath`, and unset it there.',
    });
  }
  const isHusky = path.basename(effective) === '_' && path.basename(path.dirname(effective)) === '.husky';
  const folder = isHusky ? path.dirname(effective) : effective;
  const kind = isHusky || path.basename(folder) === '.husky' ? 'husky' : 'hooksPath';
  const inside = path.relative(root, folder);
  if (inside.startsWith('..') || path.isAbsolute(inside))
    return { folder, kind, shared: isWithin(facts.commonDir, folder) ? 'no' : 'outside' };
  const { exitCode } = await repository.run(['check-ignore', '--quiet', '--no-index', '--', `${folder}/pre-commit`], {
    signal,
    accept: [0, 1, 128],
  });
  return { folder, kind, shared: exitCode === 0 || isWithin(facts.commonDir, folder) ? 'no' : 'tracked' };
}

/** Where nobody vouched for the repository, git is told on its command line that there are no hooks: what was configured stands before that. */
async function configuredFolder(repository: Repository, signal: AbortSignal): Promise<string> {
  const args = ['config', '--show-origin', '-z', '--type=path', '--get-all', 'core.hooksPath'];
  const { stdout } = await repository.run(args, { signal, accept: [0, 1] });
  const parts = stdout.toString('utf8').split('\0');
  let named = path.join(repository.facts.commonDir, 'hooks');
  for (let at = 0; at + 1 < parts.length; at += 2) if (parts[at] !== 'command line:') named = parts[at + 1] ?? named;
  return named;
}

/** Whether git hands a hook to husky, which runs it whether it is executable or not, and by `sh -e`. */
export async function runsThroughHusky({ folder, kind }: HooksFolder): Promise<boolean> {
  if (kind !== 'husky') return false;
  return (await fs.stat(path.join(folder, '_', 'h')).catch(() => undefined)) !== undefined;
}

function isWithin(outer: string, inner: string): boolean {
  const relative = path.relative(outer, inner);
  return !relative.startsWith('..') && !path.isAbsolute(relative);
}

async function realPath(name: string): Promise<string> {
  return fs.realpath(name).catch(() => name);
}
