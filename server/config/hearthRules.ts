import { addCatalogRules } from './catalogRules.ts';
import type { FittingFile, Names } from './fittingFile.ts';
import { publishOf } from './hearthBuild.ts';
import type { EnvironmentText, ServiceText } from './hearthSchema.ts';
import { addMaintenanceRules } from './maintenanceRules.ts';
import { addIncidentRules, addMonitorRules } from './monitorRules.ts';
import { addNotificationRules } from './notificationRules.ts';
import type { Problems } from './problems.ts';
import { addRoutingRules } from './routingRules.ts';
import { named } from './schemaIssues.ts';
import { addServiceRules } from './serviceRules.ts';
import { addVariableRules } from './variableRules.ts';
import type { KeyPath } from './yamlText.ts';

/** Services, and the like, of one file. */
const most = { services: 200, environments: 200, catalog: 500, monitors: 2000, notifications: 100 } as const;

/** What the schema cannot say: what belongs together, refers to something, or would never work. `file` holds what fits the schema. */
export function addRules(problems: Problems, file: FittingFile, names: Names): void {
  const services = Object.entries(file.services ?? {});
  const environments = Object.entries(file.environments ?? {});
  for (const key of ['services', 'environments', 'catalog', 'monitors', 'notifications'] as const) {
    if (names[key].length > most[key])
      problems.add([key], {
        at: 'key',
        code: 'too-large',
        message: `There are more than ${most[key]} ${key === 'catalog' ? 'services in the catalog' : key}.`,
      });
  }
  if (problems.list.some(({ code }) => code === 'too-large')) return;
  if (names.services.length === 0) {
    if (names.catalog.length + names.monitors.length === 0) addNothing(problems);
  } else if (names.environments.length === 0) addNowhere(problems);
  const known = [...names.services, ...names.catalog];
  for (const [name, service] of services) addServiceRules(problems, service, ['services', name], known);
  for (const [name, environment] of environments)
    addEnvironmentRules(problems, environment ?? {}, ['environments', name], names.environments);
  addCircles(problems, 'services', 'depends_on', new Map(services.map(([name, { depends_on }]) => [name, depends_on ?? []])));
  addCircles(
    problems,
    'environments',
    'extends',
    new Map(environments.map(([name, text]) => [name, text?.extends === undefined ? [] : [text.extends]])),
  );
  addDoubles(problems, services);
  addCatalogRules(problems, file, names);
  addMonitorRules(problems, file.monitors ?? [], names);
  addMaintenanceRules(problems, file.maintenance ?? [], names);
  addNotificationRules(problems, file.notifications ?? [], names);
  addIncidentRules(problems, file.incidents);
}

function addNothing(problems: Problems): void {
  problems.add([], {
    at: 'key',
    code: 'missing',
    severity: 'warning',
    message: 'The file names no service: there is nothing to deploy.',
  });
}

function addNowhere(problems: Problems): void {
  const title = 'Add the environment `production` on this machine';
  const { line, column } = endOf(problems.yaml.text);
  const text = `${column === 1 ? '' : '\n'}\nenvironments:\n  production:\n    docker: local\n`;
  const fix = { title, edits: [{ line, column, endLine: line, endColumn: column, text }] };
  problems.add(['services'], {
    at: 'key',
    code: 'missing',
    severity: 'warning',
    message: 'The file names no environment to deploy to.',
    fixes: [fix],
  });
}

const engineHost = String.raw`([A-Za-z0-9_][\w.-]*@)?([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:\d{1,5})?`;
const engineAddress = new RegExp(String.raw`^(local|unix:///[^\0-\x20]+|ssh://${engineHost}(/[\w./-]*)?|tcp://${engineHost}/?)$`);

function addEnvironmentRules(problems: Problems, environment: EnvironmentText, path: KeyPath, known: readonly string[]): void {
  const { docker, extends: base } = environment;
  addVariableRules(problems, environment.variables, [...path, 'variables']);
  if (docker !== undefined && !(engineAddress.test(docker) && !/^tcp:\/\/[^/]*@/.test(docker))) {
    const message = /:\/\/[^/@]*:[^/@]*@/.test(docker)
      ? 'An address holds no password: use an SSH key or a TLS certificate.'
      : '`docker` must be `local`, `unix:///path`, `ssh://user@host` or `tcp://host:2376`.';
    problems.add([...path, 'docker'], { code: 'value', message, fixes: problems.near([...path, 'docker'], ['local'], 'value') });
  }
  if (base !== undefined && !known.includes(base)) {
    const at = [...path, 'extends'];
    problems.add(at, { code: 'reference', message: `There is no environment ${named(base)}.`, fixes: problems.near(at, known, 'value') });
  }
  addRoutingRules(problems, environment, path);
}

/** Whatever leads back to itself, told where the circle is closed. */
function addCircles(problems: Problems, top: string, key: string, next: ReadonlyMap<string, readonly string[]>): void {
  const done = new Set<string>();
  const visit = (name: string, passed: readonly string[]) => {
    if (done.has(name)) return;
    next.get(name)?.forEach((other, index) => {
      const start = [...passed, name].indexOf(other);
      if (start >= 0) {
        const circle = [...[...passed, name].slice(start), other].map((each) => named(each)).join(' → ');
        const at = key === 'extends' ? [top, name, key] : [top, name, key, index];
        problems.add(at, {
          code: 'cycle',
          message: `${key === 'extends' ? 'Environments' : 'Services'} must not lead back to themselves: ${circle}.`,
        });
      } else if (next.has(other)) visit(other, [...passed, name]);
    });
    done.add(name);
  };
  for (const name of next.keys()) visit(name, []);
}

/** Two services at one address. */
function addDoubles(problems: Problems, services: readonly (readonly [string, ServiceText])[]): void {
  const taken = new Map<string, string>();
  const take = (address: string, name: string, key: string) => {
    const other = taken.get(address);
    if (other === undefined) taken.set(address, name);
    else
      problems.add(['services', name, key], { code: 'value', message: `${named(other)} has the same \`${key}\`: only one service can.` });
  };
  for (const [name, { publish, route, root }] of services) {
    if (root !== undefined) take(`root ${root.replace(/\/+$/, '')}`, name, 'root');
    const published = publish === undefined ? undefined : publishOf(publish);
    if (published !== undefined) take(`port ${published.port}`, name, 'publish');
    if (route !== undefined) take(`route ${route.host}${route.path ?? '/'}`, name, 'route');
  }
}

function endOf(text: string): { line: number; column: number } {
  const lines = text.split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
