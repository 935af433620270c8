import type { ServiceText } from './hearthSchema.ts';
import type { Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import { durationOf } from './units.ts';
import type { KeyPath } from './yamlText.ts';

type SmokeText = NonNullable<ServiceText['smoke']>[number];

/** What is wrong with the migration and the smoke tests of any service. */
export function addSmokeRules(problems: Problems, service: ServiceText, path: KeyPath): void {
  const { migrate, smoke } = service;
  addTimeRule(problems, migrate?.timeout, [...path, 'migrate', 'timeout'], '24h');
  smoke?.forEach((test, index) => {
    const at = [...path, 'smoke', index];
    addTestRules(problems, service, test, at);
    addTimeRule(problems, test.timeout, [...at, 'timeout'], '1h');
  });
}

function addTestRules(problems: Problems, service: ServiceText, test: SmokeText, at: KeyPath): void {
  const { http, command } = test;
  if (http === undefined && command === undefined) {
    problems.add(at, { code: 'missing', message: 'A smoke test needs `http` (what is asked for) or `command`.' });
    return;
  }
  if (http !== undefined && command !== undefined) {
    const message = 'A smoke test has either `http` or `command`.';
    problems.add([...at, 'command'], { at: 'key', code: 'value', message, fixes: [problems.remove([...at, 'command'])] });
    return;
  }
  if (http === undefined) {
    for (const key of ['status', 'contains'] as const) {
      if (test[key] === undefined) continue;
      const message = `\`${key}\` is for \`http\`: a command must end with 0.`;
      problems.add([...at, key], { at: 'key', code: 'value', message, fixes: [problems.remove([...at, key])] });
    }
    return;
  }
  if (http.startsWith('/')) addPathRules(problems, service, http, [...at, 'http']);
  else if (!URL.canParse(http)) problems.add([...at, 'http'], { code: 'value', message: `${named(http)} is no address.` });
}

/** What is asked for by its path alone. Sites and stacks have no address that Hearth knows: their own rules say so. */
function addPathRules(problems: Problems, { kind = 'container', port, route }: ServiceText, http: string, at: KeyPath): void {
  if (kind !== 'container') return;
  if (port === undefined) {
    problems.add(at, { code: 'missing', message: 'A path needs the `port` that the service listens on.' });
    return;
  }
  const under = route?.path ?? '/';
  const [path = ''] = http.split(/[?#]/);
  if (under === '/' || path === under || path.startsWith(`${under.replace(/\/$/, '')}/`)) return;
  problems.add(at, {
    code: 'value',
    message: `The path ${named(path)} is not under the route ${named(under)}: another service answers there.`,
  });
}

function addTimeRule(problems: Problems, time: string | undefined, at: KeyPath, longest: string): void {
  if (time === undefined) return;
  if (durationOf(time) > durationOf(longest)) problems.add(at, { code: 'value', message: `\`timeout\` must be at most \`${longest}\`.` });
  if (durationOf(time) < 10) problems.add(at, { code: 'value', message: '`timeout` must be at least `10ms`.' });
}
