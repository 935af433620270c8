// Looking at processes from outside, and a git that is slow on purpose.
import { chmodSync, existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './repositories/repository.ts';

/** Whether a process still runs (one that ended and was not yet collected does not). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return statOf(pid)?.state !== 'Z';
}

/** Kills −9; false when it has ended by itself. */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** Children of a process that run now, by /proc (Linux). */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const stat = statOf(pid);
      return stat?.parent === parent && stat.state !== 'Z';
    });
}

/** Processes at work in a folder whose parent is not this one: what somebody who was killed had started (Linux). */
export function straysIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder && statOf(pid)?.parent !== process.pid;
      } catch {
        return false;
      }
    });
}

function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Waits until something holds; the test's own time limit ends it when it never does. */
export async function until<T>(look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * A program that is git, except that a call with the word `slow` among its arguments does something else for ever:
 * `hang` says nothing, `hang with a helper` does the same through a child that holds the pipes, `drip` writes a little again and again.
 */
export function slowGit(how: 'hang' | 'hang with a helper' | 'drip', word = 'slow') {
  const folder = temporaryFolder('slow-git');
  const program = path.join(folder, 'git');
  const body = {
    hang: 'exec sleep 1000',
    'hang with a helper': `sleep 1000 & echo $! >> '${folder}/helpers'; wait`,
    // Never a whole row: however long it takes, none comes that a reader could find wrong.
    drip: 'while sleep 0.02; do printf x; done',
  }[how];
  writeFileSync(
    program,
    `#!/bin/sh\nfor each in "$@"; do\n  if [ "$each" = "${word}" ]; then\n    echo $$ >> '${folder}/pids'\n    ${body}\n  fi\ndone\nexec git "$@"\n`,
  );
  chmodSync(program, 0o755);
  const read = (name: string): number[] =>
    existsSync(`${folder}/${name}`)
      ? readFileSync(`${folder}/${name}`, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map(Number)
      : [];
  /** Those that took a call and act slowly, and the children they started. A killed helper may take a moment to leave the table. */
  return { program, folder, pids: () => read('pids'), helpers: () => read('helpers') };
}
