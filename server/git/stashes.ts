import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Refs } from './refs.ts';
import type { Repository } from './repository.ts';

type Stash = Refs['stashes'][number];

/** Stashes, newest first; `index` is the n of `stash@{n}`. */
export async function readStashes(repository: Repository, signal: AbortSignal): Promise<Stash[]> {
  if (!(await hasStash(repository))) return [];
  const format = '%H%x00%P%x00%ct%x00%gs';
  const args = ['log', '--walk-reflogs', '-z', `--format=${format}`, '--encoding=UTF-8', '--no-color', 'refs/stash', '--'];
  // 128: there is no stash.
  const { stdout, exitCode } = await repository.run(args, { signal, accept: [0, 128] });
  if (exitCode !== 0) return [];
  const parts = stdout.toString('utf8').split('\0');
  const stashes: Stash[] = [];
  for (let at = 0; at + 4 <= parts.length; at += 4) {
    const [id = '', parents = '', time, message = ''] = parts.slice(at, at + 4);
    const branch = message.match(/^(?:WIP on|On) (.+?): /)?.[1];
    stashes.push({
      index: stashes.length,
      id,
      base: parents.split(' ')[0] ?? '',
      time: Number(time) || 0,
      message,
      ...(branch === undefined || branch === '(no branch)' ? {} : { branch }),
    });
  }
  return stashes.filter(({ base }) => base !== '');
}

/** Stashes are the log of one ref; without that file no process needs to look. */
async function hasStash({ facts }: Repository): Promise<boolean> {
  if (facts.refFormat === 'reftable') return true;
  return (await fs.stat(path.join(facts.commonDir, 'logs/refs/stash')).catch(() => undefined)) !== undefined;
}
