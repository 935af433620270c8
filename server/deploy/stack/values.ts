import { type Keys, type ResolvedVariable, resolveVariables } from '../../environment/index.ts';
import type { StateStore } from '../../store/types.ts';
import type { DeploymentRecord } from '../records.ts';
import { specKey } from '../specHash.ts';
import { variableQuestion } from '../variableQuestion.ts';
import { releaseOf, type StackRelease } from './release.ts';

interface Kept {
  readonly store: StateStore;
  readonly keys: Keys;
}

export interface Known {
  readonly release: StackRelease | undefined;
  readonly values: ReadonlyMap<string, string>;
  readonly key: string;
}

/** What a deployed stack is made again with: its release as it was kept, secrets as they are now. */
export async function knownOf({ store, keys }: Kept, record: DeploymentRecord): Promise<Known> {
  const key = await specKey(store);
  return store.read((reader) => ({
    release: releaseOf(reader, record),
    values: secretsOf(resolveVariables(variableQuestion(reader, keys, record)).values),
    key,
  }));
}

export function secretsOf(values: readonly ResolvedVariable[]): Map<string, string> {
  return new Map(values.filter(({ secret }) => secret).map(({ name, value }) => [name, value]));
}
