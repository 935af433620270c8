import * as git from './git.ts';
import type { NotificationDefinition, RequestDefinition } from './message.ts';
import * as session from './session.ts';

export { git, session };

type Definition = RequestDefinition | NotificationDefinition;

function definitionsOf(domain: Record<string, unknown>): Definition[] {
  return Object.values(domain).filter(
    (value): value is Definition =>
      typeof value === 'object' && value !== null && 'kind' in value && 'method' in value && 'purpose' in value,
  );
}

/** The whole contract, in the order of the domains. */
export const contract: readonly Definition[] = [session, git].flatMap((domain) => definitionsOf(domain));
