import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Repository } from '../git/index.ts';
import { copyIndex } from './orAsBefore.ts';
import type { Changed } from './suggestMessage.ts';

interface StagedChanges {
  readonly files: readonly Changed[];
  readonly totals: { files: number; additions: number; deletions: number };
}

/** What a commit of the index would change; of another index when told. */
export async function readStaged(repository: Repository, indexFile: string | undefined, signal: AbortSignal): Promise<StagedChanges> {
  return readDifference(repository, ['diff', '--cached'], indexFile, signal);
}

/** What a commit changed, against its first parent. */
export async function readCommitted(repository: Repository, commit: string, signal: AbortSignal): Promise<StagedChanges> {
  return readDifference(repository, ['diff-tree', '-r', '--root', '--no-commit-id', '-m', '--first-parent', commit], undefined, signal);
}

async function readDifference(
  repository: Repository,
  command: readonly string[],
  indexFile: string | undefined,
  signal: AbortSignal,
): Promise<StagedChanges> {
  const [verb = '', ...rest] = command;
  const run = (format: string) =>
    repository.run([verb, '-z', '-M', format, ...repository.diffSafety, ...rest], {
      signal,
      ...(indexFile === undefined ? {} : { env: { GIT_INDEX_FILE: indexFile } }),
    });
  const [names, numbers] = await Promise.all([run('--name-status'), run('--numstat')]);
  const files = parseNames(names.stdout.toString('utf8'));
  let [additions, deletions] = [0, 0];
  for (const [, plus, minus] of numbers.stdout.toString('utf8').matchAll(/(?:^|\0)(\d+)\t(\d+)\t/g)) {
    additions += Number(plus);
    deletions += Number(minus);
  }
  return { files, totals: { files: files.length, additions, deletions } };
}

/** Reads `--name-status -z`: a letter, NUL, a path (two of a rename), NUL. */
function parseNames(text: string): Changed[] {
  const tokens = text.split('\0');
  const files: Changed[] = [];
  for (let at = 0; at + 1 < tokens.length; at += 2) {
    const letter = tokens[at]?.[0];
    const first = tokens[at + 1] ?? '';
    if (letter === 'R' || letter === 'C') {
      files.push({ status: letter === 'R' ? 'renamed' : 'added', path: tokens[at + 2] ?? '', oldPath: first });
      at++;
    } else files.push({ status: letter === 'A' ? 'added' : letter === 'D' ? 'deleted' : 'modified', path: first });
  }
  return files;
}

/** Runs `act` with an index as if every change of a tracked file were staged; the real one is not touched. */
export async function withAllStaged<T>(repository: Repository, signal: AbortSignal, act: (indexFile: string) => Promise<T>): Promise<T> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'hearth-index-'));
  try {
    const indexFile = path.join(folder, 'index');
    await copyIndex(path.join(repository.facts.gitDir, 'index'), indexFile);
    await repository.run(['add', '--update', '--', '.'], { signal, env: { GIT_INDEX_FILE: indexFile } });
    return await act(indexFile);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
