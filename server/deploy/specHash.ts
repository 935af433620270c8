import { createHmac, randomBytes } from 'node:crypto';
import type { ResolvedVariable } from '../environment/index.ts';
import type { StateStore } from '../store/types.ts';
import type { DeployedConfig } from './records.ts';

/**
 * What a deployment comes to, in 16 characters: two with the same hash make the same containers. It covers values of secrets, and it is a label
 * that everybody at the engine can read: so it is keyed, and nobody can try values against it.
 */
export function specHashOf(
  key: string,
  { project, service, environment }: DeployedConfig,
  image: string,
  values: readonly ResolvedVariable[],
): string {
  const { routing, docker, name, registry } = environment;
  const seen = {
    project,
    service,
    environment: { routing, docker, name, registry },
    image,
    values: values.map(({ name, value, as }) => [name, value, as]),
  };
  return createHmac('sha256', key).update(canonical(seen)).digest('hex').slice(0, 16);
}

/** The key of this store, made when it is first needed. */
export async function specKey(store: StateStore): Promise<string> {
  const made = randomBytes(32).toString('base64');
  const known = await store.read((reader) => reader.get<{ value: string }>("select value from meta where key = 'specKey'")?.value);
  if (known !== undefined) return known;
  return store.write({ actor: 'hub', correlationId: 'spec-key' }, (transaction) => {
    transaction.run("insert into meta (key, value) values ('specKey', ?) on conflict do nothing", [made]);
    return transaction.get<{ value: string }>("select value from meta where key = 'specKey'")?.value ?? made;
  });
}

/** JSON whose keys are sorted. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
