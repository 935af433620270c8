// A store with variables of a project, and the configuration that uses them.
import { parseHearthConfig, resolveEnvironment } from '../../server/config/index.ts';
import { Keys } from '../../server/environment/keys.ts';
import { buildSecrets, overrideProblems, type ResolvedVariable, resolveVariables } from '../../server/environment/resolve.ts';
import { store as storeVariable } from '../../server/environment/storedVariables.ts';
import type { Reader } from '../../server/store/types.ts';
import { author, openState, type TestState } from './stateStore.ts';

export const project = '00000000-0000-4000-8000-000000000001';

export interface Vault {
  readonly state: TestState;
  readonly keys: Keys;
  /** Reads the keys again, as a hub that has just started. */
  restart(): void;
  /** Stores values; `at` is `production` or `production/web`. True where one changed. */
  set(at: string, values: Record<string, string>, secret?: boolean): Promise<boolean[]>;
  /** What a service gets by that text of `hearth.yaml`. */
  resolve(
    yaml: string,
    environment: string,
    service: string,
    more?: { overrides?: Record<string, string>; commit?: string },
  ): Promise<{
    values: Record<string, string>;
    all: ResolvedVariable[];
    problems: string[];
    build: ReturnType<typeof buildSecrets>;
    refused: string[];
  }>;
  read<T>(query: (reader: Reader) => T): Promise<T>;
  close(): Promise<void>;
}

export async function openVault(given?: string): Promise<Vault> {
  const state = await openState(given);
  let keys = new Keys(state.home);
  await state.store.write(author, (transaction) => {
    transaction.run("insert into projects (id, name, created) values (?, 'shop', 0) on conflict do nothing", [project]);
  });
  return {
    state,
    get keys() {
      return keys;
    },
    restart: () => {
      keys = new Keys(state.home);
    },
    set: (at, values, secret = false) => {
      const [environment = '', service = ''] = at.split('/');
      return state.store.write(author, (transaction) =>
        Object.entries(values).map(([name, value]) =>
          storeVariable(transaction, keys, { project, environment, service }, { name, value, secret }),
        ),
      );
    },
    resolve: async (yaml, environment, service, { overrides = {}, commit } = {}) => {
      const { config, problems } = await parseHearthConfig(yaml);
      const found = config?.services[service];
      if (config === undefined || found === undefined) throw new Error(problems.map(({ message }) => message).join(' '));
      const resolved = resolveEnvironment(config, environment);
      return state.store.read((reader) => {
        const question = { reader, keys, project, config, environment: resolved, service: found, overrides, commit };
        const answer = resolveVariables(question);
        const values = Object.fromEntries(answer.values.map(({ name, value }) => [name, value]));
        return {
          values,
          all: answer.values,
          problems: answer.problems,
          build: buildSecrets(question),
          refused: overrideProblems(question),
        };
      });
    },
    read: (query) => state.store.read(query),
    close: () => state.close(),
  };
}
