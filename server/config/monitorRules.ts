import { hostPortOf, webProblem } from './address.ts';
import { parseAssertion } from './assertion.ts';
import type { FittingFile, Names } from './fittingFile.ts';
import { checkKeys, type MonitorText } from './monitorSchema.ts';
import type { Problems } from './problems.ts';
import { named } from './schemaIssues.ts';
import { secretHeader } from './secretName.ts';
import { durationOf } from './units.ts';
import { watchDefaults } from './watchBuild.ts';
import type { KeyPath } from './yamlText.ts';

/** What is wrong with monitors. */
export function addMonitorRules(problems: Problems, monitors: NonNullable<FittingFile['monitors']>, names: Names): void {
  const seen = new Set<string>();
  monitors.forEach((monitor, index) => {
    if (monitor === undefined) return;
    const path = ['monitors', index];
    if (seen.has(monitor.name))
      problems.add([...path, 'name'], {
        code: 'value',
        message: `There are two monitors ${named(monitor.name)}: history belongs to the name.`,
      });
    seen.add(monitor.name);
    addReferences(problems, monitor, path, names);
    const kinds = checkKeys.filter((key) => monitor[key] !== undefined);
    const [kind] = kinds;
    if (kinds.length > 1) {
      const fixes = kinds.slice(1).map((key) => problems.remove([...path, key]));
      const message = `A monitor looks at one thing; here are ${kinds.map((key) => `\`${key}\``).join(' and ')}.`;
      problems.add([...path, kinds[1] ?? 'http'], { at: 'key', code: 'value', message, fixes });
    } else if (kind === undefined) {
      const message = `The monitor ${named(monitor.name)} needs what it looks at: one of ${checkKeys.map((key) => `\`${key}\``).join(', ')}.`;
      problems.add([...path, 'name'], { code: 'missing', message });
    } else {
      addCheckRules(problems, monitor, path, names);
      addAssertionRules(problems, monitor, path, kind);
    }
    addTimes(problems, monitor, path);
  });
}

/** What is looked up in the file by its name. */
export function addReference(problems: Problems, at: KeyPath, name: string | undefined, known: readonly string[], what: string): void {
  if (name === undefined || known.includes(name)) return;
  problems.add(at, { code: 'reference', message: `There is no ${what} ${named(name)}.`, fixes: problems.near(at, known, 'value') });
}

function addReferences(problems: Problems, { service, environment, notify = [] }: MonitorText, path: KeyPath, names: Names): void {
  addReference(problems, [...path, 'service'], service, [...names.services, ...names.catalog], 'service');
  addReference(problems, [...path, 'environment'], environment, names.environments, 'environment');
  notify.forEach((name, index) => {
    addReference(problems, [...path, 'notify', index], name, names.notifications, 'notification');
  });
}

function addCheckRules(problems: Problems, monitor: MonitorText, path: KeyPath, names: Names): void {
  const { http, tcp, tls, snmp, docker, service, environment } = monitor;
  if (typeof tcp === 'string' && hostPortOf(tcp) === undefined)
    problems.add([...path, 'tcp'], {
      code: 'value',
      message: '`tcp` must be a host and port such as `db.example.test:5432` or `[::1]:5432`.',
    });
  if (typeof tls === 'string' && hostPortOf(tls, 443) === undefined)
    problems.add([...path, 'tls'], { code: 'value', message: '`tls` must be a host, or a host and port such as `shop.example.test:443`.' });
  if (docker === true && (service === undefined || environment === undefined)) {
    const message = '`docker` needs the `service` and the `environment` that it is deployed in.';
    problems.add([...path, 'docker'], { at: 'key', code: 'missing', message });
  } else if (docker === true && names.catalog.includes(service ?? '') && !names.services.includes(service ?? '')) {
    problems.add([...path, 'service'], {
      code: 'reference',
      message: `${named(service)} is not deployed from here: \`docker\` cannot see it.`,
    });
  }
  if (snmp?.community !== undefined && environment === undefined) needsEnvironment(problems, [...path, 'snmp', 'community']);
  if (http !== undefined) addHttpRules(problems, http, path, environment);
}

function addHttpRules(problems: Problems, http: NonNullable<MonitorText['http']>, path: KeyPath, environment: string | undefined): void {
  const at = [...path, 'http'];
  const { url, headers = {}, secret_headers = {}, method = 'GET', body } = typeof http === 'string' ? { url: http } : http;
  const problem = webProblem(url);
  if (problem !== undefined)
    problems.add(typeof http === 'string' ? at : [...at, 'url'], { code: 'value', message: `The address ${problem}.` });
  if (body !== undefined && (method === 'GET' || method === 'HEAD'))
    problems.add([...at, 'body'], { at: 'key', code: 'value', message: `A request with \`${method}\` has no body.` });
  for (const name of Object.keys(secret_headers))
    if (environment === undefined) needsEnvironment(problems, [...at, 'secret_headers', name]);
  for (const [name, value] of Object.entries(headers)) {
    const twice = Object.keys(secret_headers).some((other) => other.toLowerCase() === name.toLowerCase());
    if (twice)
      problems.add([...at, 'headers', name], { at: 'key', code: 'value', message: `${named(name)} stands in \`secret_headers\` too.` });
    else if (secretHeader.test(name) && value !== '') {
      const message = `${named(name)} looks like a secret, and stands in this file for everybody: name it in \`secret_headers\` and set it with \`hearth env set --secret\`.`;
      problems.add([...at, 'headers', name], { at: 'key', code: 'secret', severity: 'warning', message });
    }
  }
}

/** Secrets are those of an environment. */
export function needsEnvironment(problems: Problems, at: KeyPath): void {
  problems.add(at, { code: 'missing', message: 'A secret needs the `environment` that it is stored in.' });
}

function addAssertionRules(
  problems: Problems,
  { assert = [], keyword }: MonitorText,
  path: KeyPath,
  kind: (typeof checkKeys)[number],
): void {
  assert.forEach((text, index) => {
    const parsed = parseAssertion(text, kind);
    if ('problem' in parsed) problems.add([...path, 'assert', index], { code: 'assertion', message: parsed.problem, from: parsed.at });
  });
  if (keyword === undefined) return;
  const parsed = parseAssertion(`text contains ${JSON.stringify(keyword)}`, kind);
  if ('problem' in parsed) problems.add([...path, 'keyword'], { at: 'key', code: 'assertion', message: parsed.problem });
}

/** Least and most of each time; timers and the contract take no others. */
const limits = {
  interval: ['1s', '24h'],
  timeout: ['100ms', '5m'],
  retry_interval: ['1s', '24h'],
  remind: ['0s', '720h'],
} as const;

function addTimes(problems: Problems, monitor: MonitorText, path: KeyPath): void {
  for (const [key, [least, most]] of Object.entries(limits))
    addTime(problems, [...path, key], monitor[key as keyof typeof limits], least, most);
  const { push, interval = watchDefaults.monitor.interval, timeout, retry_interval, remind } = monitor;
  if (typeof push === 'object') addTime(problems, [...path, 'push', 'grace'], push.grace, '0s', '24h');
  if (timeout !== undefined && durationOf(timeout) > durationOf(interval))
    problems.add([...path, 'timeout'], { code: 'value', message: `\`timeout\` must be at most the interval, which is \`${interval}\`.` });
  if (retry_interval !== undefined && durationOf(retry_interval) > durationOf(interval))
    problems.add([...path, 'retry_interval'], {
      code: 'value',
      message: `\`retry_interval\` must be at most the interval, which is \`${interval}\`.`,
    });
  if (remind !== undefined && durationOf(remind) > 0 && durationOf(remind) < 60_000)
    problems.add([...path, 'remind'], { code: 'value', message: '`remind` must be at least `1m`, or `0s` for never.' });
}

/** A time outside of what is possible. */
export function addTime(problems: Problems, at: KeyPath, value: string | undefined, least: string, most: string): void {
  if (value === undefined) return;
  const name = named(at.at(-1));
  if (durationOf(value) < durationOf(least)) problems.add(at, { code: 'value', message: `${name} must be at least \`${least}\`.` });
  if (durationOf(value) > durationOf(most)) problems.add(at, { code: 'value', message: `${name} must be at most \`${most}\`.` });
}

export function addIncidentRules(problems: Problems, incidents: FittingFile['incidents']): void {
  addTime(problems, ['incidents', 'settle'], incidents?.settle, '0s', '24h');
  addTime(problems, ['incidents', 'correlate'], incidents?.correlate, '0s', '24h');
}
