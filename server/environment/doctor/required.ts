import type { HearthConfig, Service } from '../../config/hearthTypes.ts';
import { parseTemplate } from '../../config/template.ts';
import { buildNames } from '../resolve.ts';

/** A variable that `hearth.yaml` does not give a value to, although services need one. */
export interface Requirement {
  readonly name: string;
  readonly services: readonly string[];
  /** Line of `hearth.yaml`, from 1; undefined when it cannot be told. */
  readonly line: number | undefined;
}

/** What `hearth.yaml` says of variables: those that must come from elsewhere, and all that it knows. */
export interface ConfigNames {
  readonly required: ReadonlyMap<string, Requirement>;
  readonly known: ReadonlySet<string>;
}

export const noNames: ConfigNames = { required: new Map(), known: new Set() };

type KeyPath = readonly (string | number)[];
/** Line of the value at a path of the file; undefined when there is none. */
export type LineOf = (path: KeyPath) => number | undefined;

/** `lineOf` looks into the text of the work tree. */
export function configNames(config: HearthConfig, lineOf: LineOf): ConfigNames {
  const required = new Map<string, Requirement>();
  const own = new Set(Object.values(config.environments).flatMap(({ variables }) => Object.keys(variables)));
  const known = new Set(own);
  const need = (name: string, service: string, path: KeyPath) => {
    known.add(name);
    const before = required.get(name);
    const services = [...new Set([...(before?.services ?? []), service])];
    required.set(name, { name, services, line: before?.line ?? lineOf(path) });
  };
  for (const service of Object.values(config.services)) {
    for (const name of Object.keys(service.variables)) known.add(name);
    for (const [name, path] of secretsOf(service)) need(name, service.name, path);
    const given = { ...Object.fromEntries([...own].map((name) => [name, ''])), ...service.variables };
    for (const [variable, text] of Object.entries(service.variables)) {
      for (const name of referred(text)) {
        if (!Object.hasOwn(given, name)) need(name, service.name, ['services', service.name, 'variables', variable]);
      }
    }
  }
  return { required, known };
}

function secretsOf(service: Service): [string, KeyPath][] {
  const at = ['services', service.name];
  return [
    ...service.secrets.map(({ name }, index): [string, KeyPath] => [name, [...at, 'secrets', index]]),
    ...buildNames(service).map((name, index): [string, KeyPath] => [name, [...at, 'build', 'secrets', index]]),
  ];
}

/** Names that a template cannot do without. */
function referred(text: string): string[] {
  const parsed = parseTemplate(text);
  if ('problem' in parsed) return [];
  return parsed.parts.flatMap((part) =>
    part.kind === 'reference' && part.otherwise?.kind !== 'default' && !part.name.startsWith('HEARTH_') ? [part.name] : [],
  );
}
