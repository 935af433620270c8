import type { VariableOrigin } from '../protocol/variables.ts';
import type { StoredVariable } from './storedVariables.ts';

/** What of all that is stored reaches a service: the nearest environment first, in it the service's own before that for all. */
export function reaching(stored: readonly StoredVariable[], chain: readonly string[], service: string): StoredVariable[] {
  const rank = (each: StoredVariable) => chain.indexOf(each.environment) * 2 + (each.service === '' ? 1 : 0);
  return stored
    .filter((each) => chain.includes(each.environment) && (each.service === '' || each.service === service))
    .sort((a, b) => rank(a) - rank(b));
}

/** The one that counts, by name. */
export function bestOf(stored: readonly StoredVariable[], chain: readonly string[], service: string): Map<string, StoredVariable> {
  const best = new Map<string, StoredVariable>();
  for (const each of reaching(stored, chain, service)) if (!best.has(each.name)) best.set(each.name, each);
  return best;
}

/** As the contract says it. */
export function originOfStored({ environment, service }: StoredVariable): VariableOrigin {
  return { kind: 'stored', environment, ...(service === '' ? {} : { service }) };
}
