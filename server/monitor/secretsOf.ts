import { chainOf } from '../config/environments.ts';
import type { HearthConfig } from '../config/hearthTypes.ts';
import { bestOf, type Keys, storedValue, storedVariables } from '../environment/index.ts';
import type { Check } from '../protocol/monitorTypes.ts';
import type { Reader } from '../store/types.ts';

/** Names of secrets that a check reads. */
export function secretNames(check: Check): string[] {
  if (check.kind === 'http') return [...new Set(Object.values(check.secretHeaders))];
  return check.kind === 'snmp' && check.community !== undefined ? [check.community] : [];
}

interface Asked {
  readonly project: string;
  readonly environment: string | null;
  readonly service: string | null;
  readonly check: Check;
}

/** Values of the secrets of a check, by name, from its environment and what that extends; those that nobody has set are left out. */
export function secretsOf(
  reader: Reader,
  keys: Keys,
  config: HearthConfig | undefined,
  { project, environment, service, check }: Asked,
): Map<string, string> {
  const names = secretNames(check);
  if (names.length === 0 || environment === null) return new Map();
  const known = config !== undefined && Object.hasOwn(config.environments, environment);
  const chain = known ? chainOf(config, environment).map(({ name }) => name) : [environment];
  const best = bestOf(storedVariables(reader, project), chain, service ?? '');
  return new Map(
    names.flatMap((name): [string, string][] => {
      const stored = best.get(name);
      const read = stored === undefined ? undefined : storedValue(keys, stored);
      return read !== undefined && 'value' in read ? [[name, read.value]] : [];
    }),
  );
}
