import { chainOf } from '../../config/environments.ts';
import type { HearthConfig, Service } from '../../config/hearthTypes.ts';
import { resolveEnvironment } from '../../config/index.ts';
import type { DoctorFinding } from '../../protocol/environment.ts';
import type { Reader } from '../../store/types.ts';
import type { Keys } from '../keys.ts';
import { bestOf } from '../reach.ts';
import { buildNames, Resolution, type VariableEntry } from '../resolve.ts';
import { type StoredVariable, storedVariables } from '../storedVariables.ts';
import { becauseOf } from './fileFindings.ts';
import type { LineOf } from './required.ts';
import { type Expected, fits, typeWords } from './valueType.ts';

interface StoredQuestion {
  readonly reader: Reader;
  readonly keys: Keys;
  /** The project's UUID; undefined while the repository has none: nothing is stored then. */
  readonly project: string | undefined;
  readonly config: HearthConfig;
  readonly environment: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the example at the top of the repository says of a name, else the name itself. */
  readonly expected: (name: string) => Expected | undefined;
  /** Of the file in the work tree. */
  readonly lineOf: LineOf;
}

type Finding = Pick<DoctorFinding, 'kind' | 'severity' | 'name' | 'message'> & { readonly line?: number | undefined };

/** What is wrong with what services of an environment get: missing, empty, of another type, too old, or stored for nobody. */
export function storedFindings(question: StoredQuestion): DoctorFinding[] {
  const { config, environment: name, reader, project } = question;
  const environment = resolveEnvironment(config, name);
  const stored = project === undefined ? [] : storedVariables(reader, project);
  const used = new Set<StoredVariable>();
  const ofServices = Object.values(config.services).flatMap((service) => {
    const resolution = new Resolution({ ...question, project: project ?? '', environment, service, overrides: {} }, stored);
    const build = buildNames(service).map((each) => resolution.secret({ name: each, as: 'file' }));
    const entries = [...resolution.entries(), ...build];
    for (const each of resolution.used) used.add(each);
    return entries.flatMap((entry) => serviceFindings(question, service, entry));
  });
  const watched = watchedSecrets(config, name);
  const best = bestOf(stored, environment.chain, '');
  const ofWatchers = watched.flatMap(({ name: secret, message, line }): Finding[] =>
    best.has(secret) ? [] : [{ kind: 'missing', severity: 'error', name: secret, message, line }],
  );
  const names = new Set(watched.map((each) => each.name));
  const idle = stored.filter((each) => each.environment === name && !used.has(each) && !names.has(each.name));
  return distinct([...ofServices, ...ofWatchers, ...idle.flatMap((each) => idleFinding(each, config))]);
}

function serviceFindings({ environment, now, expected, lineOf }: StoredQuestion, service: Service, entry: VariableEntry): Finding[] {
  const { name, outcome, stored } = entry;
  const index = service.secrets.findIndex((each) => each.name === name);
  const variable = lineOf(['services', service.name, 'variables', name]);
  const line = index < 0 ? variable : lineOf(['services', service.name, 'secrets', index]);
  const finding = (kind: Finding['kind'], severity: Finding['severity'], message: string): Finding => ({
    kind,
    severity,
    name,
    message,
    line,
  });
  if ('problem' in outcome) return [finding('missing', 'error', outcome.problem)];
  const whose = `${name} of ${service.name}`;
  const findings: Finding[] = [];
  if (outcome.value === '' && stored !== undefined)
    findings.push(finding('empty', 'warning', `${whose} is stored for ${environment} without a value.`));
  const type = expected(name);
  if (type !== undefined && outcome.value !== '' && !fits(type.type, { value: outcome.value, quote: "'" })) {
    findings.push(
      finding(
        'type',
        'warning',
        `${whose} is not ${typeWords(type.type)} in ${environment}, as its ${type.by === 'name' ? 'name' : 'example'} says.`,
      ),
    );
  }
  const rotate = service.secrets[index]?.rotate;
  if (rotate !== undefined && stored !== undefined && stored.updated + rotate < now) {
    const hint = `\`hearth env set ${stored.environment} ${name} --secret${stored.service === '' ? '' : ` --service ${stored.service}`}\``;
    const age = `${days(now - stored.updated)} old, and \`rotate\` allows ${days(rotate)}`;
    findings.push(finding('age', 'error', `The secret ${whose} is ${age}: ${hint} stores a new one.`));
  }
  return findings;
}

interface Watched {
  readonly name: string;
  readonly message: string;
  readonly line: number | undefined;
}

/** Secrets that monitors and notifications of an environment read. */
function watchedSecrets(config: HearthConfig, environment: string): Watched[] {
  const reads = (each: string | undefined) =>
    each !== undefined && Object.hasOwn(config.environments, each) && chainOf(config, each).some(({ name }) => name === environment);
  const notifications = config.notifications.flatMap(({ name, secret, environment: of }): Watched[] => {
    if (secret === undefined || !reads(of)) return [];
    return [{ name: secret, line: undefined, message: `The secret ${secret} of the notification ${name} is not set for ${of}.` }];
  });
  const monitors = config.monitors.flatMap(({ name, environment: of, check, line }): Watched[] => {
    if (!reads(of)) return [];
    const secrets = check.kind === 'http' ? Object.values(check.secretHeaders) : check.kind === 'snmp' ? [check.community] : [];
    return secrets.flatMap((secret) =>
      secret === undefined ? [] : [{ name: secret, line, message: `The secret ${secret} of the monitor ${name} is not set for ${of}.` }],
    );
  });
  return [...notifications, ...monitors];
}

/** Plain ones go to every service; these reach none. */
function idleFinding({ kind, name, service, environment }: StoredVariable, config: HearthConfig): Finding[] {
  const finding = (message: string): Finding => ({ kind: 'unused', severity: 'warning', name, message });
  if (service !== '' && !Object.hasOwn(config.services, service)) {
    return [finding(`${name} is stored for the service ${service} of ${environment}, which hearth.yaml does not have.`)];
  }
  return kind === 'plain' ? [] : [finding(`${name} is stored for ${environment}, and no service names it in \`secrets:\`.`)];
}

function days(milliseconds: number): string {
  const [count, unit] = milliseconds >= 86_400_000 ? [milliseconds / 86_400_000, 'day'] : [milliseconds / 3_600_000, 'hour'];
  const whole = Math.floor(count);
  return whole === 0 ? 'less than an hour' : `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

function distinct(findings: readonly Finding[]): DoctorFinding[] {
  const first = new Map<string, Finding>();
  for (const each of findings) if (!first.has(each.message)) first.set(each.message, each);
  return [...first.values()].map(({ line, ...each }) => {
    const asked = each.kind !== 'unused' && (line !== undefined || each.kind === 'missing' || each.kind === 'age');
    return { ...each, file: null, line: 1, because: asked ? becauseOf({ line }) : null, fixes: [] };
  });
}
