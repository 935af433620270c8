import { chainOf } from '../../config/environments.ts';
import type { HearthConfig } from '../../config/hearthTypes.ts';
import { bestOf, type Keys, storedValue, storedVariables } from '../../environment/index.ts';
import type { Reader } from '../../store/types.ts';

export interface SecretQuestion {
  readonly keys: Keys;
  readonly config: HearthConfig;
  /** The project's UUID. */
  readonly project: string;
  /** Undefined: it belongs to none, so nothing is stored for it. */
  readonly environment: string | undefined;
  readonly name: string;
}

/** What is stored under a name for an environment, or what it extends. Throws only what the disk refuses with. */
export function secretOf(
  reader: Reader,
  { keys, config, project, environment, name }: SecretQuestion,
): { value: string } | { problem: string } {
  if (environment === undefined) return { problem: `The secret ${name} has no environment to be read from.` };
  if (!Object.hasOwn(config.environments, environment))
    return { problem: `There is no environment "${environment}" for the secret ${name}.` };
  const chain = chainOf(config, environment).map((each) => each.name);
  const stored = bestOf(storedVariables(reader, project), chain, '').get(name);
  return stored === undefined ? { problem: `The secret ${name} is not set for ${environment}.` } : storedValue(keys, stored);
}
