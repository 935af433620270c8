import * as z from 'zod/mini';
import type { Problem } from '../protocol/config.ts';
import { buildConfig } from './hearthBuild.ts';
import { addRules } from './hearthRules.ts';
import { environment, type HearthFile, hearthFile } from './hearthSchema.ts';
import type { HearthConfig } from './hearthTypes.ts';
import { inOrder, Problems } from './problems.ts';
import { addIssues } from './schemaIssues.ts';
import { service } from './serviceSchema.ts';
import { YamlText } from './yamlText.ts';

export interface ParsedHearth {
  readonly yaml: YamlText;
  /** As written; absent when it does not fit the schema. */
  readonly file?: HearthFile;
  /** Absent when there is an error. */
  readonly config?: HearthConfig;
  /** In the order of the text. */
  readonly problems: readonly Problem[];
}

/** Reads the text of `hearth.yaml`. `project` is its name where the file has none. */
export function parseHearth(text: string, project: string): ParsedHearth {
  const yaml = new YamlText(text);
  const problems = new Problems(yaml);
  if (yaml.broken) return { yaml, problems: inOrder(problems.list) };
  const data = yaml.data ?? {};
  const checked = hearthFile.safeParse(data);
  if (!checked.success) addIssues(problems, data, checked.error.issues);
  addRules(problems, checked.success ? checked.data : fittingParts(data), {
    services: namesIn(data, 'services'),
    environments: namesIn(data, 'environments'),
  });
  if (!checked.success) return { yaml, problems: inOrder(problems.list) };
  const file = checked.data;
  const config = problems.failed ? undefined : buildConfig(file, project, (path) => yaml.source(path));
  return { yaml, file, ...(config === undefined ? {} : { config }), problems: inOrder(problems.list) };
}

/** The services and environments that can be looked at although something else is wrong. */
function fittingParts(data: unknown): HearthFile {
  const fitting = <S extends z.ZodMiniType>(key: string, schema: S): Record<string, z.output<S>> =>
    Object.fromEntries(
      Object.entries(valuesIn(data, key)).flatMap(([name, value]) => {
        const checked = schema.safeParse(value);
        return checked.success ? [[name, checked.data]] : [];
      }),
    );
  return { version: 1, services: fitting('services', service), environments: fitting('environments', z.nullable(environment)) };
}

function namesIn(data: unknown, key: string): string[] {
  return Object.keys(valuesIn(data, key));
}

function valuesIn(data: unknown, key: string): Record<string, unknown> {
  const values = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[key] : undefined;
  return typeof values === 'object' && values !== null && !Array.isArray(values) ? (values as Record<string, unknown>) : {};
}
