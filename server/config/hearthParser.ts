import type { Problem } from '../protocol/config.ts';
import { fittingParts, namesOf } from './fittingFile.ts';
import { buildConfig } from './hearthBuild.ts';
import { addRules } from './hearthRules.ts';
import { type HearthFile, hearthFile } from './hearthSchema.ts';
import type { HearthConfig } from './hearthTypes.ts';
import { inOrder, Problems } from './problems.ts';
import { addIssues } from './schemaIssues.ts';
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
  addRules(problems, checked.success ? checked.data : fittingParts(data), namesOf(yaml));
  if (!checked.success) return { yaml, problems: inOrder(problems.list) };
  const file = checked.data;
  const config = problems.failed ? undefined : buildConfig(file, project, yaml);
  return { yaml, file, ...(config === undefined ? {} : { config }), problems: inOrder(problems.list) };
}
