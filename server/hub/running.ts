import { readOwner, standingOf } from './owner.ts';

/** Whether a hub of this machine has the home now, by the files: for questions that are no reason to start one. */
export function isHubRunning(home: string): boolean {
  try {
    return standingOf(readOwner(home)) === 'held';
  } catch {
    return false;
  }
}
