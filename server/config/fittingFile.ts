import * as z from 'zod/mini';
import { catalogService } from './catalogSchema.ts';
import { environment, type HearthFile } from './hearthSchema.ts';
import { maintenance, monitor } from './monitorSchema.ts';
import { notification } from './notificationSchema.ts';
import { service } from './serviceSchema.ts';
import type { YamlText } from './yamlText.ts';

/** All names of the file, also of what does not fit the schema. */
export interface Names {
  readonly services: readonly string[];
  readonly environments: readonly string[];
  readonly catalog: readonly string[];
  readonly monitors: readonly string[];
  readonly notifications: readonly string[];
}

type List<T extends readonly unknown[] | undefined> = readonly (NonNullable<T>[number] | undefined)[];

/** What of a file fits the schema; entries of lists keep their place. */
export interface FittingFile extends Pick<HearthFile, 'services' | 'environments' | 'catalog' | 'incidents'> {
  readonly monitors?: List<HearthFile['monitors']> | undefined;
  readonly maintenance?: List<HearthFile['maintenance']> | undefined;
  readonly notifications?: List<HearthFile['notifications']> | undefined;
}

/** What can be looked at although something else is wrong. */
export function fittingParts(data: unknown): FittingFile {
  const all = valuesIn({ data }, 'data');
  const fits = <S extends z.ZodMiniType>(schema: S, value: unknown): z.output<S> | undefined => {
    const checked = schema.safeParse(value);
    return checked.success ? checked.data : undefined;
  };
  const byName = <S extends z.ZodMiniType>(key: string, schema: S): Record<string, z.output<S>> =>
    Object.fromEntries(
      Object.entries(valuesIn(all, key)).flatMap(([name, value]) => {
        const checked = schema.safeParse(value);
        return checked.success ? [[name, checked.data]] : [];
      }),
    );
  const entries = <S extends z.ZodMiniType>(key: string, schema: S): (z.output<S> | undefined)[] => {
    const list = all[key];
    return Array.isArray(list) ? list.map((value: unknown) => fits(schema, value)) : [];
  };
  return {
    services: byName('services', service),
    environments: byName('environments', z.nullable(environment)),
    catalog: byName('catalog', z.nullable(catalogService)),
    monitors: entries('monitors', monitor),
    maintenance: entries('maintenance', maintenance),
    notifications: entries('notifications', notification),
  };
}

export function namesOf(yaml: YamlText): Names {
  return {
    services: yaml.keysOf(['services']),
    environments: yaml.keysOf(['environments']),
    catalog: yaml.keysOf(['catalog']),
    monitors: yaml.textsOf(['monitors'], 'name'),
    notifications: yaml.textsOf(['notifications'], 'name', 'to'),
  };
}

function valuesIn(data: Record<string, unknown>, key: string): Record<string, unknown> {
  const values = data[key];
  return typeof values === 'object' && values !== null && !Array.isArray(values) ? (values as Record<string, unknown>) : {};
}
