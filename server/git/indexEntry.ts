import type { FileRef } from '../protocol/gitTypes.ts';
import { pathspecArguments } from './diffArguments.ts';
import { latin1Path } from './diffPath.ts';
import type { Repository } from './repository.ts';

export interface IndexEntry {
  readonly mode: string;
  readonly id: string;
  readonly stage: number;
}

/**
 * What the index holds at a path. Without a stage the merged entry, and of a conflict our side, else theirs, else the base.
 * Asked anew each time: a long-lived `cat-file` reads the index only once.
 */
export async function indexEntry(
  repository: Repository,
  file: FileRef,
  stage: 1 | 2 | 3 | undefined,
  signal?: AbortSignal,
): Promise<IndexEntry | undefined> {
  const { before, pathspecs } = pathspecArguments([file]);
  const { stdout } = await repository.run(
    [...before, 'ls-files', '--stage', '-z', '--', ...pathspecs],
    signal === undefined ? {} : { signal },
  );
  const wanted = latin1Path(file);
  const entries = new Map<number, IndexEntry>();
  for (const line of stdout.toString('latin1', 0, stdout.length).split('\0')) {
    const tab = line.indexOf('\t');
    if (tab < 0 || line.slice(tab + 1) !== wanted) continue;
    const [mode = '', id = '', at = '0'] = line.slice(0, tab).split(' ');
    entries.set(Number(at), { mode, id, stage: Number(at) });
  }
  if (stage !== undefined) return entries.get(stage);
  return entries.get(0) ?? entries.get(2) ?? entries.get(3) ?? entries.get(1);
}
