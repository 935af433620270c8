import type { HearthConfig } from '../config/hearthTypes.ts';
import { resolveEnvironment } from '../config/index.ts';
import type { ResultOf } from '../protocol/message.ts';
import type { list, Variable } from '../protocol/variables.ts';
import { Failure } from '../rpc/failure.ts';
import type { Reader } from '../store/types.ts';
import type { Keys } from './keys.ts';
import { originOfStored } from './reach.ts';
import { buildNames, Resolution, type VariableEntry } from './resolve.ts';
import { type StoredVariable, storedValue, storedVariables } from './storedVariables.ts';

export type VariableTable = ResultOf<typeof list>['environments'][number];

interface ListQuestion {
  readonly reader: Reader;
  readonly keys: Keys;
  /** The project's UUID; undefined while the repository has none: nothing is stored then. */
  readonly project: string | undefined;
  readonly config: HearthConfig | undefined;
  /** Only this one; one that nobody knows is shown empty. */
  readonly environment?: string | undefined;
  /** Only what this service gets. */
  readonly service?: string | undefined;
}

/** The variables of the environments that are configured or that something is stored for. */
export function listVariables({ environment, ...question }: ListQuestion): VariableTable[] {
  const { reader, project, config } = question;
  const stored = project === undefined ? [] : storedVariables(reader, project);
  const known = [...Object.keys(config?.environments ?? {}), ...new Set(stored.map((each) => each.environment))];
  const names = environment === undefined ? [...new Set(known)] : [environment];
  return names.map((name) => tableOf({ ...question, stored }, name));
}

/** One variable of a table. Throws `not-found`, and `precondition` when services have different ones. */
export function variableIn({ name: environment, variables }: VariableTable, name: string): Variable {
  const found = variables.filter((each) => each.name === name);
  const [first] = found;
  if (first === undefined) {
    throw new Failure('not-found', `${name} is not set for ${environment}.`, { hint: `\`hearth env list ${environment}\` shows what is.` });
  }
  if (found.length === 1) return first;
  const services = found.flatMap((each) => each.services);
  throw new Failure('precondition', `${name} of ${environment} is not the same for all services.`, {
    hint: `Say which one: \`--service ${services[0]}\` (${services.join(', ')}).`,
  });
}

type Question = Omit<ListQuestion, 'environment'> & { readonly stored: readonly StoredVariable[] };

function tableOf(question: Question, name: string): VariableTable {
  const { config, stored, keys, service: only } = question;
  if (config === undefined || config.environments[name] === undefined) {
    const rows = stored.filter((each) => each.environment === name && (only === undefined || each.service === '' || each.service === only));
    return finished(
      name,
      [name],
      rows.map((each) => storedRow(keys, each)),
    );
  }
  const environment = resolveEnvironment(config, name);
  const rows = new Map<string, Merged>();
  const used = new Set<StoredVariable>();
  const services = Object.values(config.services);
  for (const service of services) {
    const project = question.project ?? '';
    const resolution = new Resolution({ ...question, project, config, environment, service, overrides: {} }, stored);
    const entries = resolution.entries();
    for (const secret of buildNames(service)) {
      if (!entries.some((each) => each.name === secret)) entries.push(resolution.secret({ name: secret, as: 'file' }));
    }
    for (const each of resolution.used) used.add(each);
    if (only === undefined || only === service.name) for (const entry of entries) addRow(rows, entry, service.name);
  }
  const merged = [...rows.values()].map(({ row, own }) => (own || row.services.length < services.length ? row : { ...row, services: [] }));
  const idle = stored.filter((each) => !used.has(each) && each.environment === name && (only === undefined || each.service === only));
  return finished(name, environment.chain, [...merged, ...idle.map((each) => idleRow(keys, each, config))]);
}

function finished(name: string, chain: readonly string[], rows: readonly Variable[]): VariableTable {
  const variables = [...rows].sort((a, b) => order(a.name, b.name) || order(a.services.join(), b.services.join()));
  const problems = [...new Set(variables.flatMap(({ problem }) => (problem === undefined ? [] : [problem])))];
  return { name, chain: [...chain], variables, problems };
}

/** What services have in common is one row; `own`: of one service, also where it is the only one. */
interface Merged {
  readonly row: Variable;
  readonly own: boolean;
}

function addRow(rows: Map<string, Merged>, { name, as, secret, origin, outcome, stored }: VariableEntry, service: string): void {
  const problem = 'problem' in outcome ? outcome.problem : undefined;
  const value = secret || !('value' in outcome) ? null : outcome.value;
  const own = origin.kind === 'service' || (origin.kind === 'stored' && origin.service !== undefined);
  const key = JSON.stringify([name, as, secret, origin, value, own ? service : '']);
  const services = [...(rows.get(key)?.row.services ?? []), service];
  const row: Variable = {
    name,
    value,
    secret,
    as,
    origin,
    services,
    ...(stored === undefined ? {} : { version: stored.version, updated: stored.updated }),
    ...(problem === undefined ? {} : { problem }),
  };
  rows.set(key, { row, own });
}

/** Stored, and used by nobody. */
function idleRow(keys: Keys, stored: StoredVariable, config: HearthConfig): Variable {
  const row = storedRow(keys, stored);
  const { service, name } = stored;
  if (service !== '' && config.services[service] === undefined) {
    return { ...row, problem: `There is no service ${service} in hearth.yaml; ${name} is stored for it.` };
  }
  // Every service that could get it has its own.
  if (stored.kind === 'plain') return row;
  return { ...row, problem: `No service names ${name} in \`secrets:\`, so none gets it.` };
}

function storedRow(keys: Keys, stored: StoredVariable): Variable {
  const { name, service, version, updated, kind } = stored;
  const opened = storedValue(keys, stored);
  return {
    name,
    value: kind === 'plain' ? stored.value : null,
    secret: kind === 'secret',
    as: 'variable',
    origin: originOfStored(stored),
    services: service === '' ? [] : [service],
    version,
    updated,
    ...('problem' in opened ? { problem: opened.problem } : {}),
  };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
