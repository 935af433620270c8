import { Resolver } from 'node:dns/promises';

/** Milliseconds. */
const patience = 2000;

/**
 * Whether the resolver of this machine answers at all: every one that reaches the network knows the servers of the root. Tells a resolver that
 * is down, which is our own fault, from a name whose servers are.
 */
export async function resolverAnswers(): Promise<boolean> {
  try {
    return (await new Resolver({ timeout: patience, tries: 1 }).resolveNs('.')).length > 0;
  } catch {
    return false;
  }
}
