// Repositories that take seconds to make are made once and kept outside the project, under a name that says what they are.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** `$HEARTH_CACHE`, else `$XDG_CACHE_HOME/hearth`, else `~/.cache/hearth`. */
export function cacheFolder(): string {
  const { HEARTH_CACHE, XDG_CACHE_HOME } = process.env;
  return HEARTH_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'hearth');
}

/**
 * The folder `key` of the cache, made by `make` in a folder beside it and renamed when complete, so that a half-made one is never
 * seen. Processes that want the same key at the same time wait for the one that makes it. Treat the result as read-only.
 */
export async function cached(key: string, make: (folder: string) => Promise<void>): Promise<string> {
  const parent = join(cacheFolder(), 'repositories');
  const folder = join(parent, key);
  if (existsSync(folder)) return folder;
  mkdirSync(parent, { recursive: true });
  const lock = `${folder}.lock`;
  while (!takeLock(lock)) {
    await sleep(100);
    if (existsSync(folder)) return folder;
  }
  const partial = `${folder}.partial-${process.pid}`;
  try {
    if (existsSync(folder)) return folder;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
    await make(partial);
    try {
      renameSync(partial, folder);
    } catch (error) {
      // Two may have taken the lock of a process that was gone, one after the other: what the first has made is as good.
      if (!existsSync(folder)) throw error;
    }
    return folder;
  } finally {
    rmSync(partial, { recursive: true, force: true });
    rmSync(lock, { recursive: true, force: true });
  }
}

/** True when this process now holds the lock; a lock whose process is gone is removed, to be taken at the next try. */
function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    const pid = Number(readFileSync(join(lock, 'pid'), 'utf8'));
    if (pid > 0) process.kill(pid, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    const justMade = code === 'ENOENT' && made !== undefined && Date.now() - made < 30_000;
    if (code === 'ESRCH' || (code === 'ENOENT' && !justMade)) rmSync(lock, { recursive: true, force: true });
  }
  return false;
}
