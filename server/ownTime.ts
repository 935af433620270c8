import type { Context, Script } from 'node:vm';

/** It has had its time. */
export class Overdue extends Error {}

/**
 * Runs a script that may need for ever, and stops it with `Overdue` after `patience` milliseconds. On a busy machine that time was somebody
 * else's: then it begins anew, until it has had half of it of this process's own. Whatever else it throws goes through.
 */
export function runWithin(script: Script, context: Context, patience: number): unknown {
  for (let spent = 0; ; ) {
    const before = process.cpuUsage();
    try {
      return script.runInContext(context, { timeout: patience });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      const { user, system } = process.cpuUsage(before);
      spent += (user + system) / 1000;
      if (spent >= patience / 2) throw new Overdue(`not done within ${patience} ms`);
    }
  }
}
