import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { FileRef } from '../protocol/gitTypes.ts';
import type { CommandContext } from './command.ts';
import { UsageFailure } from './usage.ts';

/** A path as typed (relative to where the command runs, or absolute) for the contract. `folder` is that place inside the repository. */
export function pathInRepository(given: string, { repository, path: folder }: { repository: string; path: string }): FileRef {
  const inside = path.isAbsolute(given) ? path.relative(repository, realPlace(given)) : path.join(folder, given);
  const normal = inside === '.' ? '' : inside.split(path.sep).join('/').replace(/\/$/, '');
  if (normal === '..' || normal.startsWith('../')) throw new UsageFailure(`${given} is outside the repository ${repository}.`);
  return { path: normal };
}

/** Without the links on the way; the last part itself may be a link that the repository tracks, unless it leads to a repository's top. */
function realPlace(given: string): string {
  if (existsSync(path.join(given, '.git'))) return realpathSync(given);
  let folder = path.dirname(given);
  while (!existsSync(folder)) folder = path.dirname(folder);
  return path.join(realpathSync(folder), path.relative(folder, given));
}

/** The repository of a file or folder as typed, and its path there. A name behind `--` may be anything, `--help` included. */
export async function locateFile(
  { args, rest, locate }: CommandContext,
  at: number,
): Promise<{ repository: string; file: FileRef } | undefined> {
  const given = args[at] ?? rest[0];
  if (given === undefined) return undefined;
  const { repository, path: inside } = await locate(given);
  return { repository, file: { path: inside } };
}
