import type { Repository } from '../repository.ts';

const last = new Map<string, Promise<unknown>>();

/**
 * Runs what changes a repository after everything else that changes it (worktrees of one repository take turns with each other). A whole
 * request takes one turn; what it calls takes none, so turns never nest. A failure is the caller's own; the next one runs all the same.
 */
export function inTurn<T>(repository: Repository, act: () => Promise<T>): Promise<T> {
  const key = repository.facts.commonDir;
  const turn = (last.get(key) ?? Promise.resolve()).then(act, act);
  last.set(key, turn);
  const forget = () => {
    if (last.get(key) === turn) last.delete(key);
  };
  turn.then(forget, forget);
  return turn;
}
