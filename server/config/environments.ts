import { Failure } from '../rpc/failure.ts';
import type { EnvironmentConfig, HearthConfig, ResolvedEnvironment } from './hearthTypes.ts';

/** An environment with its chain of `extends` applied: each key from the nearest one that has it. Throws `invalid` for one that is not there. */
export function resolveEnvironment(config: HearthConfig, name: string): ResolvedEnvironment {
  const chain = chainOf(config, name);
  const nearest = <K extends keyof EnvironmentConfig>(key: K) => chain.find((each) => each[key] !== undefined)?.[key];
  const variables: Record<string, { value: string; environment: string }> = {};
  for (const each of [...chain].reverse()) {
    for (const [variable, value] of Object.entries(each.variables)) variables[variable] = { value, environment: each.name };
  }
  const registry = nearest('registry');
  return {
    name,
    chain: chain.map((each) => each.name),
    docker: nearest('docker') ?? 'local',
    ...(registry === undefined ? {} : { registry }),
    routing: nearest('routing') ?? { kind: 'none' },
    variables,
    limits: nearest('limits') ?? {},
  };
}

/** The environment, then what it extends, and so on. */
export function chainOf({ environments }: HearthConfig, name: string): EnvironmentConfig[] {
  const chain: EnvironmentConfig[] = [];
  let next: string | undefined = name;
  while (next !== undefined) {
    const found: EnvironmentConfig | undefined = Object.hasOwn(environments, next) ? environments[next] : undefined;
    if (found === undefined) throw noEnvironment(Object.keys(environments), next);
    // The rules refuse a circle; one in a text that never passed them ends here.
    if (chain.includes(found)) throw new Failure('invalid', `The environment "${next}" extends itself.`);
    chain.push(found);
    next = found.extends;
  }
  return chain;
}

function noEnvironment(known: readonly string[], name: string): Failure {
  const hint = known.length === 0 ? 'hearth.yaml names no environment.' : `There are: ${known.join(', ')}.`;
  return new Failure('invalid', `There is no environment "${name}" in hearth.yaml.`, { hint });
}

/**
 * Services in the order in which they are deployed: what others depend on comes first, else as in the file. Only those asked for, unless none
 * are named; what they depend on is not added. Throws `invalid` for one that is not there.
 */
export function serviceOrder({ services }: HearthConfig, names?: readonly string[]): string[] {
  const unknown = names?.find((name) => !Object.hasOwn(services, name));
  if (unknown !== undefined) {
    throw new Failure('invalid', `There is no service "${unknown}" in hearth.yaml.`, {
      hint: `There are: ${Object.keys(services).join(', ')}.`,
    });
  }
  const order: string[] = [];
  const visit = (name: string, passed: readonly string[]) => {
    if (order.includes(name) || passed.includes(name)) return;
    for (const other of services[name]?.dependsOn ?? []) if (Object.hasOwn(services, other)) visit(other, [...passed, name]);
    order.push(name);
  };
  for (const name of Object.keys(services)) visit(name, []);
  return names === undefined ? order : order.filter((name) => names.includes(name));
}
