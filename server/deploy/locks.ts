import type { Maker } from './containers.ts';
import { type LockClaim, releaseLock, takeLock } from './engineLock.ts';

/** The locks of environments that this hub holds: taken by the first deployment, given back by the last. */
export class Locks {
  readonly #users = new Map<string, number>();
  readonly #last = new Map<string, Promise<void>>();

  async take(maker: Maker, claim: LockClaim, deployment: string, signal: AbortSignal): Promise<void> {
    const key = keyOf(maker, claim);
    await this.#inTurn(key, async () => {
      const users = this.#users.get(key) ?? 0;
      if (users === 0) await takeLock(maker, claim, deployment, signal);
      this.#users.set(key, users + 1);
    });
  }

  /** For one that has taken it. */
  async release(maker: Maker, claim: LockClaim, signal: AbortSignal): Promise<void> {
    const key = keyOf(maker, claim);
    await this.#inTurn(key, async () => {
      const users = (this.#users.get(key) ?? 1) - 1;
      if (users > 0) {
        this.#users.set(key, users);
        return;
      }
      this.#users.delete(key);
      await releaseLock(maker, claim.place, signal);
    });
  }

  /** Taking and giving back one lock never overlap. */
  async #inTurn(key: string, act: () => Promise<void>): Promise<void> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(act, act);
    this.#last.set(key, turn);
    try {
      await turn;
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }
}

function keyOf({ engine }: Maker, { place }: LockClaim): string {
  // One engine may be known by two addresses, one name may be of two projects.
  return `${engine.info.id}\0${place.projectId}\0${place.project}\0${place.environment}`;
}
