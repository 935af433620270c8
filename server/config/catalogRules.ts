import { addressProblem } from './address.ts';
import type { FactsText } from './catalogSchema.ts';
import type { FittingFile, Names } from './fittingFile.ts';
import type { Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import type { KeyPath } from './yamlText.ts';

/** What is wrong with what the catalog is told of services. */
export function addCatalogRules(problems: Problems, { services = {}, catalog = {} }: FittingFile, names: Names): void {
  for (const [name, service] of Object.entries(services)) addFactRules(problems, service, ['services', name]);
  const known = [...names.services, ...names.catalog];
  for (const [name, text] of Object.entries(catalog)) {
    const path = ['catalog', name];
    addFactRules(problems, text ?? {}, path);
    if (names.services.includes(name)) {
      problems.add(path, {
        at: 'key',
        code: 'value',
        message: `${named(name)} is in \`services\` already: what the catalog should know of it stands there.`,
        fixes: [problems.remove(path)],
      });
    }
    text?.depends_on?.forEach((other, index) => {
      const at = [...path, 'depends_on', index];
      if (other === name) problems.add(at, { code: 'cycle', message: `${named(name)} cannot need itself.` });
      else if (!known.includes(other))
        problems.add(at, { code: 'reference', message: `There is no service ${named(other)}.`, fixes: problems.near(at, known, 'value') });
    });
  }
}

function addFactRules(problems: Problems, { links = [], runbook }: FactsText, path: KeyPath): void {
  const addresses: [string | undefined, KeyPath][] = [
    ...links.map(({ url }, index): [string, KeyPath] => [url, [...path, 'links', index, 'url']]),
    [runbook, [...path, 'runbook']],
  ];
  for (const [address, at] of addresses) {
    const problem = address === undefined ? undefined : addressProblem(address);
    if (problem !== undefined) problems.add(at, { code: 'value', message: `The address ${named(address)} ${problem}.` });
  }
}
