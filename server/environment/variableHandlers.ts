import type { ProjectOf } from '../project/index.ts';
import * as protocol from '../protocol/variables.ts';
import { Failure } from '../rpc/failure.ts';
import { type Context, handle, type Registration } from '../rpc/router.ts';
import { authorOf } from '../store/author.ts';
import type { StateStore } from '../store/types.ts';
import { type Configured, readConfigured, refuseUnknown } from './configured.ts';
import { openKeys, sealKeys } from './keyArchive.ts';
import type { Keys } from './keys.ts';
import { buildNames } from './resolve.ts';
import { currentKey, forget, sealAgain, secretsByKey, store as storeVariable } from './storedVariables.ts';
import { listVariables, variableIn } from './variableList.ts';

interface Given {
  readonly projectOf: ProjectOf;
  readonly store: StateStore;
  readonly keys: Keys;
}

/** What the hub answers of variables, secrets and master keys. */
export function variableHandlers({ projectOf, store, keys }: Given): Registration[] {
  const look = async (root: string, context: Context<never>) => {
    const repository = await projectOf.repository(root, context);
    const project = await projectOf.id(root, context);
    return { project, configured: await readConfigured(repository, { store, project, signal: context.signal }) };
  };
  return [
    handle(protocol.list, async ({ repository, environment, service }, context) => {
      const { project, configured } = await look(repository, context);
      if (environment !== undefined) refuseUnknown(configured, environment, service);
      const { config, problem } = configured;
      const tables = await store.read((reader) => listVariables({ reader, keys, project, config, environment, service }));
      const environments = tables.map((each) => (problem === undefined ? each : { ...each, problems: [problem, ...each.problems] }));
      return { environments, ...(project === undefined ? {} : { project }) };
    }),
    handle(protocol.get, async ({ repository, environment, name, service }, context) => {
      const { project, configured } = await look(repository, context);
      refuseUnknown(configured, environment, service);
      const question = { keys, project, config: configured.config, environment, service };
      const [table] = await store.read((reader) => listVariables({ ...question, reader }));
      if (table === undefined) throw new Failure('not-found', `There is no environment "${environment}".`);
      return { variable: variableIn(table, name) };
    }),
    handle(protocol.set, async ({ repository, environment, service = '', values, secret }, context) => {
      const names = Object.keys(values);
      if (names.length === 0) throw new Failure('invalid', 'There is nothing to set.');
      const { configured } = await look(repository, context);
      refuseUnknown(configured, environment, service === '' ? undefined : service);
      const secrets = namedSecrets(configured);
      const given = names.map((name) => ({ name, value: values[name] ?? '', secret: secret || secrets.has(name) }));
      for (const each of given) refuseValue(each);
      const at = { project: await projectOf.ensure(repository, context), environment, service };
      return store.write(authorOf(context), (transaction) => {
        const set = given.filter((each) => storeVariable(transaction, keys, at, each)).map(({ name }) => name);
        // Never a value: what is an ordinary variable today may be called a secret tomorrow, and the log is kept.
        if (set.length > 0) transaction.event({ ...eventAt(at), kind: 'variables-set', payload: { names: set, ...serviceOf(at) } });
        return { set, unchanged: names.filter((name) => !set.includes(name)) };
      });
    }),
    handle(protocol.unset, async ({ repository, environment, service = '', names }, context) => {
      const project = await projectOf.id(repository, context);
      if (project === undefined) throw nothingStored(names, environment);
      const at = { project, environment, service };
      return store.write(authorOf(context), (transaction) => {
        const removed = [...new Set(names)].filter((name) => forget(transaction, at, name));
        if (removed.length === 0) throw nothingStored(names, environment);
        transaction.event({ ...eventAt(at), kind: 'variables-unset', payload: { names: removed, ...serviceOf(at) } });
        return { removed };
      });
    }),
    handle(protocol.rotate, (_, context) =>
      // The key is on the disk before the change that needs it is; killed in between it stays unused, and asked again there is another.
      store.write(authorOf(context), (transaction) => {
        const from = currentKey(transaction);
        const key = keys.create(transaction.now);
        const secrets = sealAgain(transaction, keys, key);
        transaction.event({ entity: 'key', entityId: key, kind: 'rotated', payload: { secrets, ...(from === undefined ? {} : { from }) } });
        return { key, secrets };
      }),
    ),
    handle(protocol.keyList, () =>
      store.read((reader) => {
        const [needed, current] = [secretsByKey(reader), currentKey(reader)];
        const here = keys.list().map(({ id, created, problem }) => ({ id, created, missing: problem !== undefined }));
        const gone = [...needed.keys()]
          .filter((id) => !here.some((each) => each.id === id))
          .map((id) => ({ id, created: 0, missing: true }));
        return { keys: [...here, ...gone].map((each) => ({ ...each, current: each.id === current, secrets: needed.get(each.id) ?? 0 })) };
      }),
    ),
    handle(protocol.keyExport, async ({ passphrase }, context) => {
      const records = keys.records();
      if (records.length === 0) {
        throw new Failure('precondition', 'There is no master key yet.', { hint: 'The first secret that is set makes one.' });
      }
      const text = await sealKeys(records, passphrase);
      const ids = records.map(({ id }) => id);
      await store.write(authorOf(context), (transaction) =>
        transaction.event({ entity: 'key', entityId: ids[0] ?? '', kind: 'exported', payload: { keys: ids } }),
      );
      return { text, keys: ids };
    }),
    handle(protocol.keyImport, async ({ text, passphrase }, context) => {
      const records = await openKeys(text, passphrase);
      const added: string[] = [];
      const known: string[] = [];
      for (const record of records) (keys.add(record) ? added : known).push(record.id);
      const [first] = added;
      if (first !== undefined) {
        await store.write(authorOf(context), (transaction) =>
          transaction.event({ entity: 'key', entityId: first, kind: 'imported', payload: { keys: added } }),
        );
      }
      return { added, known };
    }),
  ];
}

/** Names that some service wants as a secret: they are never kept in plain text. */
function namedSecrets({ all }: Configured): Set<string> {
  const services = all.flatMap((config) => Object.values(config.services));
  return new Set(services.flatMap((service) => [...service.secrets.map(({ name }) => name), ...buildNames(service)]));
}

function refuseValue({ name, value, secret }: { name: string; value: string; secret: boolean }): void {
  if (secret || !value.includes('\0')) return;
  throw new Failure('invalid', `The value of ${name} holds a NUL character, which a variable cannot.`);
}

function eventAt({ project, environment }: { project: string; environment: string }) {
  return { project, entity: 'environment', entityId: environment };
}

function serviceOf({ service }: { service: string }): { service?: string } {
  return service === '' ? {} : { service };
}

function nothingStored(names: readonly string[], environment: string): Failure {
  return new Failure('not-found', `${names.join(', ')}: nothing is stored under that for ${environment}.`, {
    hint: 'What `hearth.yaml` says is changed there. What is stored for one service needs `--service`.',
  });
}
