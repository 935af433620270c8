// The file that the blame benches read, in a clone of their own.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedClone, LONG_FILE } from '../support/repositories/generated.ts';
import type { Repository } from '../support/repositories/repository.ts';
import type { BenchContext } from './harness.ts';

export { LONG_FILE } from '../support/repositories/generated.ts';

export interface BlameInput {
  repository: Repository;
  root: string;
  lines: number;
  /** Makes every kept blame useless without touching what git has to do: names of authors might have changed. */
  forget(): void;
}

/** A private clone with a file of some thousand lines and a long history. */
export async function blameInput(ctx: BenchContext): Promise<BlameInput> {
  const repository = await generatedClone(ctx.smoke ? { files: 100, commits: 500 } : {});
  ctx.cleanup(() => repository.dispose());
  repository.git('commit-graph', 'write', '--reachable', '--changed-paths');
  const lines = repository.git('cat-file', 'blob', `HEAD:${LONG_FILE}`).split('\n').length;
  let round = 0;
  const forget = () => {
    round += 1;
    const nobody = createHash('sha1').update(String(round)).digest('hex');
    writeFileSync(join(repository.root, '.mailmap'), `Nobody <nobody@example.test> <${nobody}@example.test>\n`);
  };
  return { repository, root: repository.root, lines, forget };
}
