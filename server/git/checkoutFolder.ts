import { rm } from 'node:fs/promises';
import path from 'node:path';
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
 * by those of the work tree. Answers the folder that has them. An index of its own: that of the repository is not touched.
 */
export async function checkOutFolder(repository: Repository, { commit, folder, to, signal }: CheckoutFolder): Promise<string> {
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
    return path.join(to, folder);
  } finally {
    await rm(index, { force: true });
  }
}
