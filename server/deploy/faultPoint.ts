import { appendFileSync } from 'node:fs';

/**
 * Ends this process as a power cut would when HEARTH_DEPLOY_FAULT names this point; HEARTH_DEPLOY_POINTS names a file in which all points are
 * written down that are passed. Fault tests set them, nothing else does.
 */
export function faultPoint(name: string): void {
  const list = process.env['HEARTH_DEPLOY_POINTS'];
  if (list !== undefined) appendFileSync(list, `${name}\n`);
  if (process.env['HEARTH_DEPLOY_FAULT'] === name) process.kill(process.pid, 'SIGKILL');
}
