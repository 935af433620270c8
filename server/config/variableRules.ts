import type { ServiceText } from './hearthSchema.ts';
import type { Fix, Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import { secretName } from './secretName.ts';
import { templateProblem } from './template.ts';
import type { KeyPath, YamlText } from './yamlText.ts';

type Variables = ServiceText['variables'];

export function namesOf(secrets: ServiceText['secrets']): string[] {
  return (secrets ?? []).map((secret) => (typeof secret === 'string' ? secret : secret.name));
}

/** Templates that do not end, and what looks like a secret; `secrets` are those that the service has by name. */
export function addVariableRules(problems: Problems, variables: Variables, path: KeyPath, secrets: readonly string[] = []): void {
  for (const [name, value] of Object.entries(variables ?? {})) {
    const problem = typeof value === 'string' ? templateProblem(value) : undefined;
    if (problem !== undefined) problems.add([...path, name], { code: 'template', message: problem });
  }
  const others = Object.fromEntries(Object.entries(variables ?? {}).filter(([name]) => !secrets.includes(name)));
  const why = 'stands in this file for everybody: name it in `secrets` and set it with `hearth env set --secret`';
  addSecretLooking(problems, others, path, why, (name) => (path[0] === 'services' ? makeSecret(problems, path, name) : undefined));
}

/** Values that are written down although their names say that nobody should know them. A template is none. */
export function addSecretLooking(
  problems: Problems,
  variables: Variables,
  path: KeyPath,
  why: string,
  fixOf: (name: string) => Fix | undefined = () => undefined,
): void {
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (!secretName.test(name) || value === '' || String(value).includes('${')) continue;
    const message = `${named(name)} looks like a secret, and ${why}.`;
    problems.add([...path, name], { at: 'key', code: 'secret', severity: 'warning', message, fixes: [fixOf(name)] });
  }
}

/** Takes a variable out and names it in `secrets`, where both have lines of their own. Its value must be set then. */
function makeSecret(problems: Problems, path: KeyPath, name: string): Fix | undefined {
  const { yaml } = problems;
  const removed = yaml.lines([...path, name]);
  const secrets = [...path.slice(0, -1), 'secrets'];
  const title = `Name \`${name}\` in \`secrets\` instead`;
  const [added] =
    (yaml.has([...secrets, 0]) ? beforeFirst(yaml, secrets, name) : problems.insertAbove(path, title, `secrets: [${name}]`))?.edits ?? [];
  if (removed === undefined || added === undefined) return undefined;
  return { title, edits: [added, { ...removed, text: '' }] };
}

function beforeFirst(yaml: YamlText, secrets: KeyPath, name: string): Pick<Fix, 'edits'> {
  const { line, column } = yaml.valuePlace([...secrets, 0]);
  const flow = yaml.source(secrets)?.startsWith('[') === true;
  const text = flow ? `${name}, ` : `${name}\n${' '.repeat(Math.max(0, column - 3))}- `;
  return { edits: [{ line, column, endLine: line, endColumn: column, text }] };
}

/** Secrets that are named twice, or beside a variable. */
export function addSecretRules(problems: Problems, service: ServiceText, path: KeyPath): void {
  const names = namesOf(service.secrets);
  names.forEach((name, index) => {
    if (names.indexOf(name) < index)
      problems.add([...path, 'secrets', index], { code: 'value', message: `The secret ${named(name)} is named twice.` });
    if (service.variables !== undefined && Object.hasOwn(service.variables, name)) {
      const message = `${named(name)} is a secret and a variable: the secret wins.`;
      problems.add([...path, 'variables', name], {
        at: 'key',
        code: 'value',
        severity: 'warning',
        message,
        fixes: [problems.remove([...path, 'variables', name])],
      });
    }
  });
}
