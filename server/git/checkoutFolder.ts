import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../rpc/failure.ts';
import type { Repository } from './repository.ts';

/** Filters (large files from elsewhere) may take long before the first byte. */
const silence = 600_000;

export interface CheckoutFolder {
  readonly commit: string;
  /** Relative to the root, with slashes; empty: everything. */
  readonly folder: string;
  /** An empty folder of this machine. */
  readonly to: string;
  readonly signal: AbortSignal;
}

/**
 * Writes the files of a commit, or of a folder of it, as a fresh clone has them: line ends and filters by the attributes of the whole commit, none
 * by those of the work tree. Answers the folder that has them. An index of its own: that of the repository is not touched. Throws `not-found` when
 * the commit has no such folder; a link to one would lead out of `to`.
 */
export async function checkOutFolder(repository: Repository, { commit, folder, to, signal }: CheckoutFolder): Promise<string> {
  const { stdout: type } = await repository.run(['cat-file', '-t', `${commit}:${folder}`], { signal, accept: [0, 128] });
  if (type.toString('latin1').trim() !== 'tree') {
    throw new Failure('not-found', `${JSON.stringify(folder)} is no folder of ${commit.slice(0, 12)}.`, {
      hint: 'Commit it, or correct its path in `hearth.yaml`.',
    });
  }
  const index = `${to}.index`;
  // Attributes are looked for in the work tree first.
  const env = { GIT_INDEX_FILE: index, GIT_WORK_TREE: to };
  try {
    await repository.run(['read-tree', commit], { env, signal });
    if (folder === '') {
      await repository.run(['checkout-index', '--all'], { env, signal, silence });
      return to;
    }
    const { stdout: names } = await repository.run(['ls-files', '-z', '--', folder], { env, signal });
    await repository.run(['checkout-index', '-z', '--stdin'], { env, signal, silence, input: names });
    const made = path.join(to, folder);
    await mkdir(made, { recursive: true });
    return made;
  } finally {
    await rm(index, { force: true });
  }
}
