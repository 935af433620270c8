import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Failure } from '../../rpc/failure.ts';
import type { Repository } from '../repository.ts';
import { type HooksFolder, hooksFolder, runsThroughHusky } from './folder.ts';
import { asksItsName, besideName, type HookName, hookNames, hookScript, ownership, runnerOf } from './script.ts';

interface HookRow {
  name: HookName;
  state: 'installed' | 'absent' | 'changed';
  path: string;
  /** A hook that was there before runs first. */
  beside: boolean;
}

interface Outcome {
  folder: string;
  hooks: HookRow[];
  /** A sentence each: what others notice, what was left as it is and what to do about it. */
  warnings: string[];
}

/** What lies at the two places of one hook. */
interface Files {
  readonly name: HookName;
  readonly file: string;
  readonly before: string;
  readonly now: 'absent' | 'ours' | 'changed' | 'foreign';
  readonly bytes: Buffer;
  /** The earlier hook: there, and whether it is the same as the hook itself (an installation that was cut off). */
  readonly earlier: 'absent' | 'other' | 'same';
  readonly earlierBytes: Buffer;
}

export async function readHooks(repository: Repository, signal: AbortSignal): Promise<HooksFolder & { hooks: HookRow[] }> {
  const found = await hooksFolder(repository, signal);
  return { ...found, hooks: await rowsOf(found.folder) };
}

async function rowsOf(folder: string): Promise<HookRow[]> {
  return (await Promise.all(hookNames.map((name) => look(folder, name)))).map(rowOf);
}

/**
 * Puts our hooks into the folder that git looks into. A hook that is there keeps its bytes, mode and link under another name and is called
 * first. At every moment either the old hook or ours (which calls it) is in place. `command` is the absolute place of `bin/hearth`.
 */
export async function installHooks(
  repository: Repository,
  { command, signal }: { command: string; signal: AbortSignal },
): Promise<Outcome> {
  const place = await hooksFolder(repository, signal);
  const { folder, shared } = place;
  const warnings = sharedWarnings(place);
  const isHusky = await runsThroughHusky(place);
  await writable(folder, async () => {
    await fs.mkdir(folder, { recursive: true });
    for (const name of hookNames) {
      const files = await look(folder, name);
      const problem = conflictOf(files);
      if (problem !== undefined) warnings.push(problem);
      else await installOne(files, { isHusky, command: shared === 'no' ? command : undefined, warnings });
    }
  });
  return { folder, hooks: await rowsOf(folder), warnings };
}

async function installOne(
  { name, file, before, now, bytes, earlier, earlierBytes }: Files,
  { isHusky, command, warnings }: { isHusky: boolean; command: string | undefined; warnings: string[] },
): Promise<void> {
  if (now === 'foreign' && earlier === 'absent') await linkOrCopy(file, before);
  const first = now === 'foreign' ? bytes : earlierBytes;
  if (now === 'foreign' && !isHusky && asksItsName(first)) {
    warnings.push(`The earlier ${name} hook seems to go by its file name, which is ${besideName(name)} now: look whether it still works.`);
  }
  const text = hookScript({ name, command, runner: runnerOf(first, isHusky) });
  if (now === 'ours' && bytes.equals(Buffer.from(text))) return;
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await fs.writeFile(temporary, text, { mode: 0o755, flag: 'wx' });
    await fs.chmod(temporary, 0o755);
    await fs.rename(temporary, file);
  } finally {
    await fs.rm(temporary, { force: true });
  }
}

/** Takes our hooks away: what was there before is as it was. What somebody changed since is theirs and stays. */
export async function removeHooks(repository: Repository, signal: AbortSignal): Promise<Outcome> {
  const { folder } = await hooksFolder(repository, signal);
  const warnings: string[] = [];
  await writable(folder, async () => {
    for (const name of hookNames) {
      const files = await look(folder, name);
      const problem = conflictOf(files);
      if (problem !== undefined) warnings.push(problem);
      else if (files.earlier === 'same') await fs.rm(files.before);
      else if (files.now !== 'foreign' && files.earlier === 'other') await fs.rename(files.before, files.file);
      else if (files.now === 'ours') await fs.rm(files.file);
    }
  });
  return { folder, hooks: await rowsOf(folder), warnings };
}

/** Why a hook can be neither written nor taken away: somebody else has changed it since it was installed. */
function conflictOf({ name, file, before, now, earlier }: Files): string | undefined {
  const first = earlier === 'absent' ? '' : ` The hook from before Hearth is ${before}.`;
  if (now === 'changed') {
    return `${file} is Hearth's ${name} hook, but somebody changed it, so it was left.${first} Take the changes out or delete the file, then try again.`;
  }
  if (now === 'foreign' && earlier === 'other') {
    return `${file} was replaced since Hearth installed its hook, so it was left.${first} Keep one of the two as ${file}, delete the other, then try again.`;
  }
  return undefined;
}

function rowOf({ name, file, now, earlier }: Files): HookRow {
  const changed = now === 'changed' || (now === 'foreign' && earlier === 'other');
  return { name, path: file, state: changed ? 'changed' : now === 'ours' ? 'installed' : 'absent', beside: earlier !== 'absent' };
}

async function look(folder: string, name: HookName): Promise<Files> {
  const file = path.join(folder, name);
  const before = path.join(folder, besideName(name));
  const [own, first] = await Promise.all([contentOf(file), contentOf(before)]);
  const now = own === undefined ? 'absent' : own.isLink ? 'foreign' : ownership(own.bytes);
  const same =
    own !== undefined && first !== undefined && own.isLink === first.isLink && own.mode === first.mode && own.bytes.equals(first.bytes);
  return {
    name,
    file,
    before,
    now,
    bytes: own?.bytes ?? Buffer.alloc(0),
    earlier: first === undefined ? 'absent' : same ? 'same' : 'other',
    earlierBytes: first?.bytes ?? Buffer.alloc(0),
  };
}

/** The bytes that a hook runs: of a link those of its target, or its text where it leads nowhere. */
async function contentOf(file: string): Promise<{ bytes: Buffer; isLink: boolean; mode: number } | undefined> {
  const stats = await fs.lstat(file).catch(absent);
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) throw new Failure('precondition', `${file} is a folder.`, { hint: 'Git runs no hook there; move it away.' });
  const isLink = stats.isSymbolicLink();
  const bytes = isLink ? await fs.readFile(file).catch(async () => Buffer.from(await fs.readlink(file))) : await fs.readFile(file);
  return { bytes, isLink, mode: stats.mode };
}

/** A second name for the same file: nothing of it can get lost. Where there are no such names, a copy. */
async function linkOrCopy(file: string, before: string): Promise<void> {
  const stats = await fs.lstat(file);
  if (stats.isSymbolicLink()) return fs.symlink(await fs.readlink(file), before);
  try {
    await fs.link(file, before);
  } catch {
    await fs.copyFile(file, before, fs.constants.COPYFILE_EXCL);
    await fs.chmod(before, stats.mode & 0o7777);
  }
}

function sharedWarnings({ folder, shared }: HooksFolder): string[] {
  if (shared === 'tracked') {
    return [`${folder} belongs to the repository: git shows the hooks of Hearth as changes. Whoever has no Hearth does not notice them.`];
  }
  if (shared === 'outside') return [`${folder} is outside of this repository: the hooks run in every repository that uses that folder.`];
  return [];
}

async function writable(folder: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!/^(?:EACCES|EPERM|EROFS|ENOTDIR|EEXIST)$/.test(code ?? '')) throw error;
    throw new Failure('io', `The hooks in ${folder} cannot be written.`, {
      hint: 'Check who owns that folder and whether it may be written.',
      cause: error,
    });
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
