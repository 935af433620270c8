// The hub of a test's home: it outlives who started it, so whoever made the home ends it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, until } from './processes.ts';

/** Process id of the hub that owns a home, while it runs. Read from the owner file, which is there before the hub listens. */
export function hubOf(home: string): number | undefined {
  try {
    const fences = readdirSync(join(home, 'owner')).filter((name) => /^\d+$/.test(name));
    const highest = fences.sort((a, b) => Number(b) - Number(a))[0] ?? '';
    const { pid } = JSON.parse(readFileSync(join(home, 'owner', highest), 'utf8')) as { pid: number };
    // A number may long belong to another program.
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return isAlive(pid) && command.some((word) => /^(hub|serve)$/.test(word)) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Asks the hub of a home to end and resolves when it is gone; one that does not listen is killed. */
export async function endHub(home: string): Promise<void> {
  const pid = hubOf(home);
  if (pid === undefined) return;
  signal(pid, 'SIGTERM');
  const impatience = setTimeout(() => signal(pid, 'SIGKILL'), 30_000);
  await until(() => !isAlive(pid));
  clearTimeout(impatience);
}

/** For the last moment of a process, which cannot wait. */
export function endHubAtOnce(home: string): void {
  const pid = hubOf(home);
  if (pid !== undefined) signal(pid, 'SIGTERM');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}
