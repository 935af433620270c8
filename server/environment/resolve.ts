import type { HearthConfig, ResolvedEnvironment, SecretUse, Service } from '../config/hearthTypes.ts';
import { parseTemplate } from '../config/template.ts';
import type { VariableOrigin } from '../protocol/variables.ts';
import type { Reader } from '../store/types.ts';
import type { Keys } from './keys.ts';
import { bestOf, originOfStored, reaching } from './reach.ts';
import { type StoredVariable, storedValue, storedVariables } from './storedVariables.ts';

/** A variable as a container gets it. */
export interface ResolvedVariable {
  readonly name: string;
  readonly value: string;
  /** Also what was made from a secret: it is masked wherever it would show. */
  readonly secret: boolean;
  readonly as: 'variable' | 'file';
  readonly origin: VariableOrigin;
}

/** What is asked for: a service of an environment, by the configuration of the commit that is deployed. */
export interface VariableQuestion {
  readonly reader: Reader;
  readonly keys: Keys;
  /** The project's UUID. */
  readonly project: string;
  readonly config: HearthConfig;
  readonly environment: ResolvedEnvironment;
  readonly service: Service;
  readonly overrides: Readonly<Record<string, string>>;
  /** For `${HEARTH_COMMIT}`. */
  readonly commit?: string | undefined;
}

/** One name of a service: its value, or why it has none. */
export interface VariableEntry {
  readonly name: string;
  readonly as: 'variable' | 'file';
  readonly secret: boolean;
  readonly origin: VariableOrigin;
  readonly outcome: { readonly value: string } | { readonly problem: string };
  /** Where its value is stored. */
  readonly stored?: StoredVariable | undefined;
}

/** What a name is, before templates are filled in. */
type Source =
  | { readonly kind: 'missing' }
  | { readonly kind: 'text'; readonly text: string; readonly origin: VariableOrigin }
  | { readonly kind: 'template'; readonly text: string; readonly origin: VariableOrigin }
  | { readonly kind: 'stored'; readonly stored: StoredVariable };

type Filled = { readonly secret: boolean } & ({ readonly value: string } | { readonly problem: string });

/** Linux takes no longer `NAME=value` (MAX_ARG_STRLEN, its NUL included). */
const longestVariable = 131_072;
/** Templates refer to one another so deep. */
const deepest = 50;
const validName = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;

/**
 * The variables of a service, by name. Later ones win: the service and the environment in `hearth.yaml` (templates), what is stored for the
 * environment's chain (the nearest environment, in it the service's own), overrides. A stored secret goes only to services that name it.
 * `problems`, a sentence each, are in the way of a deployment; what has one is not among the values. Throws only what the disk refuses with.
 */
export function resolveVariables(question: VariableQuestion): { values: ResolvedVariable[]; problems: string[] } {
  const resolution = new Resolution(question);
  const values: ResolvedVariable[] = [];
  const problems = new Set(overrideProblems(question));
  for (const { outcome, name, as, secret, origin } of resolution.entries()) {
    if ('value' in outcome) values.push({ name, value: outcome.value, secret, as, origin });
    else problems.add(outcome.problem);
  }
  return { values, problems: [...problems] };
}

/** The secrets that a build names, for `RUN --mount=type=secret`. */
export function buildSecrets(question: VariableQuestion): { values: Record<string, string>; problems: string[] } {
  const { source } = question.service;
  const resolution = new Resolution(question);
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of source.kind === 'build' ? source.build.secrets : []) {
    const { outcome } = resolution.secret({ name, as: 'file' });
    if ('value' in outcome) values[name] = outcome.value;
    else problems.push(outcome.problem);
  }
  return { values, problems };
}

/** Overrides are kept with the deployment as plain text: what is a secret cannot be one. */
export function overrideProblems(question: Omit<VariableQuestion, 'keys' | 'commit'>): string[] {
  const names = Object.keys(question.overrides);
  if (names.length === 0) return [];
  const { service, environment } = question;
  const stored = bestOf(storedVariables(question.reader, question.project), environment.chain, service.name);
  const named = new Set([...service.secrets.map(({ name }) => name), ...buildNames(service)]);
  return names.flatMap((name) => {
    if (!validName.test(name)) return [`"${name}" is no name of a variable: letters, digits and underscores, not starting with a digit.`];
    if (!named.has(name) && stored.get(name)?.kind !== 'secret') return [];
    return [
      `${name} is a secret and cannot be given for one deployment: \`hearth env set ${environment.name} ${name} --secret\` stores it.`,
    ];
  });
}

/** The names of one service, each looked up once. */
export class Resolution {
  readonly #question: VariableQuestion;
  readonly #stored: ReadonlyMap<string, StoredVariable>;
  /** Names that something plain is stored under; every service gets those. */
  readonly #plain: ReadonlySet<string>;
  readonly #secrets: ReadonlyMap<string, SecretUse>;
  readonly #filled = new Map<string, Filled>();
  /** Stored ones that were looked at, also by a template. */
  readonly used = new Set<StoredVariable>();

  constructor(question: VariableQuestion, stored: readonly StoredVariable[] = storedVariables(question.reader, question.project)) {
    const { environment, service } = question;
    this.#question = question;
    this.#stored = bestOf(stored, environment.chain, service.name);
    this.#plain = new Set(reaching(stored, environment.chain, service.name).flatMap(({ kind, name }) => (kind === 'plain' ? [name] : [])));
    this.#secrets = new Map(service.secrets.map((use) => [use.name, use]));
  }

  /** Everything that the service gets or lacks, by name. */
  entries(): VariableEntry[] {
    const { service, environment, overrides } = this.#question;
    const names = new Set([
      ...Object.keys(service.variables),
      ...Object.keys(environment.variables),
      ...this.#plain,
      ...Object.keys(overrides),
      ...this.#secrets.keys(),
    ]);
    return [...names].sort().map((name) => {
      const use = this.#secrets.get(name);
      return use === undefined ? this.#entry(name, 'variable', false) : this.secret(use);
    });
  }

  /** One that `secrets:` names: only what is stored counts. */
  secret({ name, as }: SecretUse): VariableEntry {
    return this.#entry(name, as, true);
  }

  #entry(name: string, as: 'variable' | 'file', named: boolean): VariableEntry {
    const source = this.#sourceOf(name, named);
    const filled = this.#fill(name, named, []);
    const base = {
      name,
      as,
      secret: named || filled.secret,
      origin: originOf(source),
      stored: source.kind === 'stored' ? source.stored : undefined,
    };
    const problem = 'problem' in filled ? filled.problem : limitProblem(name, filled.value, as);
    return { ...base, outcome: problem === undefined ? { value: (filled as { value: string }).value } : { problem } };
  }

  #sourceOf(name: string, named: boolean): Source {
    const { overrides, environment, service } = this.#question;
    const stored = this.#stored.get(name);
    if (named) return stored === undefined ? { kind: 'missing' } : { kind: 'stored', stored };
    if (stored?.kind !== 'secret') {
      const override = own(overrides, name);
      if (override !== undefined) return { kind: 'text', text: override, origin: { kind: 'override' } };
    }
    if (stored !== undefined) return { kind: 'stored', stored };
    const ofEnvironment = own(environment.variables, name);
    if (ofEnvironment !== undefined) {
      return { kind: 'template', text: ofEnvironment.value, origin: { kind: 'environment', environment: ofEnvironment.environment } };
    }
    const ofService = own(service.variables, name);
    return ofService === undefined ? { kind: 'missing' } : { kind: 'template', text: ofService, origin: { kind: 'service' } };
  }

  #fill(name: string, named: boolean, within: readonly string[]): Filled {
    const known = this.#filled.get(name);
    if (known !== undefined) return known;
    const filled = this.#fillNow(name, named, within);
    // Inside a circle every member would be blamed for another's.
    if (within.length === 0 || 'value' in filled) this.#filled.set(name, filled);
    return filled;
  }

  #fillNow(name: string, named: boolean, within: readonly string[]): Filled {
    const source = this.#sourceOf(name, named);
    switch (source.kind) {
      case 'missing':
        return { secret: named, problem: this.#missing(name) };
      case 'text':
        return { secret: false, value: source.text };
      case 'stored':
        this.used.add(source.stored);
        return { secret: named || source.stored.kind === 'secret', ...storedValue(this.#question.keys, source.stored) };
      case 'template':
        return this.#fillTemplate(name, source.text, [...within, name]);
    }
  }

  #fillTemplate(name: string, text: string, within: readonly string[]): Filled {
    const parsed = parseTemplate(text);
    if ('problem' in parsed) return { secret: false, problem: `${name}: ${parsed.problem}` };
    if (within.length > deepest) return { secret: false, problem: `${within[0]} refers to others more than ${deepest} deep.` };
    let value = '';
    let secret = false;
    for (const part of parsed.parts) {
      if (part.kind === 'text') {
        value += part.text;
        continue;
      }
      if (within.includes(part.name)) {
        return {
          secret: false,
          problem: `${part.name} refers to itself: ${[...within.slice(within.indexOf(part.name)), part.name].join(' → ')}.`,
        };
      }
      const found = this.#refer(part.name, within);
      if (found !== undefined && 'problem' in found) return found;
      const { otherwise } = part;
      const absent = found === undefined || (otherwise?.whenEmpty === true && found.value === '');
      if (!absent) {
        value += found.value;
        secret ||= found.secret;
        // Each could be twice the one before.
        if (value.length > longestVariable) return { secret, problem: tooLong(name) };
      } else if (otherwise?.kind === 'default') value += otherwise.text;
      else {
        const why =
          otherwise === undefined || otherwise.text === ''
            ? `${part.name}, which is not set for ${this.#question.environment.name}`
            : otherwise.text;
        return { secret: false, problem: `${name} needs ${otherwise?.text ? `${part.name}: ${why}` : why}.` };
      }
    }
    return { secret, value };
  }

  /** Undefined when nothing of that name is set. */
  #refer(name: string, within: readonly string[]): Filled | undefined {
    const named = this.#secrets.has(name);
    if (this.#sourceOf(name, named).kind !== 'missing') return this.#fill(name, named, within);
    const { config, environment, service, commit } = this.#question;
    const own = {
      HEARTH_PROJECT: config.project,
      HEARTH_ENVIRONMENT: environment.name,
      HEARTH_SERVICE: service.name,
      HEARTH_COMMIT: commit,
    };
    const value = Object.hasOwn(own, name) ? own[name as keyof typeof own] : undefined;
    return value === undefined ? undefined : { secret: false, value };
  }

  #missing(name: string): string {
    const { environment, service } = this.#question;
    const inFile = own(service.variables, name) !== undefined || own(environment.variables, name) !== undefined;
    const but = inFile ? ' `hearth.yaml` has a value for it, but what `secrets:` names must be stored.' : '';
    return `The secret ${name} of ${service.name} is not set for ${environment.name}.${but} \`hearth env set ${environment.name} ${name} --secret\` stores it.`;
  }
}

/** Names of secrets that the build of a service uses. */
export function buildNames({ source }: Service): readonly string[] {
  return source.kind === 'build' ? source.build.secrets : [];
}

function originOf(source: Source): VariableOrigin {
  switch (source.kind) {
    case 'missing':
      return { kind: 'missing' };
    case 'stored':
      return originOfStored(source.stored);
    default:
      return source.origin;
  }
}

function limitProblem(name: string, value: string, as: 'variable' | 'file'): string | undefined {
  if (!validName.test(name)) return `"${name}" is no name of a variable: letters, digits and underscores, not starting with a digit.`;
  if (as === 'file') return undefined;
  if (value.includes('\0')) return `${name} holds a NUL character, which a variable cannot.`;
  if (Buffer.byteLength(value) + name.length + 2 > longestVariable) {
    return tooLong(name);
  }
  return undefined;
}

function tooLong(name: string): string {
  return `${name} is longer than a variable can be (128 kB); a secret can be given \`as: file\`.`;
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
