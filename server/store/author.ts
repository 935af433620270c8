import type { Context } from '../rpc/router.ts';
import type { Author } from './types.ts';

/** Whoever sent the request is the author of the changes it makes. */
export function authorOf({ session, correlationId, key }: Context<unknown>): Author {
  return { actor: session.actor, correlationId, key };
}
