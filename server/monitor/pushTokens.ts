import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { StateStore } from '../store/types.ts';

/**
 * Tokens of push monitors. Each is made from a key of this store and the monitor's id, so that it can be shown again; what is kept beside the
 * monitor is its hash only.
 */
export class PushTokens {
  readonly #store: StateStore;
  #key: Promise<string> | undefined;

  constructor(store: StateStore) {
    this.#store = store;
  }

  async of(monitor: string): Promise<string> {
    this.#key ??= pushKey(this.#store);
    return createHmac('sha256', await this.#key)
      .update(`push ${monitor}`)
      .digest('base64url')
      .slice(0, 32);
  }

  /** The one of these monitors whose token it is; every one of them is compared, whatever it is. */
  async find(token: string, monitors: readonly string[]): Promise<string | undefined> {
    const given = hashOf(token);
    let found: string | undefined;
    for (const id of monitors) if (timingSafeEqual(hashOf(await this.of(id)), given)) found = id;
    return found;
  }
}

export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

async function pushKey(store: StateStore): Promise<string> {
  const made = randomBytes(32).toString('base64');
  const known = await store.read((reader) => reader.get<{ value: string }>("select value from meta where key = 'pushKey'")?.value);
  if (known !== undefined) return known;
  return store.write({ actor: 'hub', correlationId: 'push-key' }, (transaction) => {
    transaction.run("insert into meta (key, value) values ('pushKey', ?) on conflict do nothing", [made]);
    return transaction.get<{ value: string }>("select value from meta where key = 'pushKey'")?.value ?? made;
  });
}
