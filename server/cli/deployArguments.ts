import { list, status } from '../protocol/deploy.ts';
import type { Deployment } from '../protocol/deployTypes.ts';
import { Failure } from '../rpc/failure.ts';
import type { CommandContext, OptionSpec } from './command.ts';
import { UsageFailure } from './usage.ts';
import { optionOf, optionsOf } from './workItem.ts';

/** What the commands of `hearth deploy` have in common: which environment, services, deployment, and the options of a run. */

export const wantedOptions: OptionSpec = {
  rev: { type: 'string', short: 'r', value: 'REV', help: 'which commit (default: HEAD); what is not committed is never deployed' },
  set: {
    type: 'string',
    multiple: true,
    value: 'NAME[=VALUE]',
    help: 'a variable for this deployment only; without a value it is taken from the environment of this command',
  },
};

export const isoOption: OptionSpec = { iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' } };

interface Place {
  readonly repository: string;
  readonly environment: string;
  readonly services: readonly string[];
}

/** `ENV [SERVICE…]`; `production/web` is understood, too. */
export async function placeNamed(context: CommandContext): Promise<Place> {
  const { environment, services } = namesIn(context);
  if (environment === undefined) {
    throw new UsageFailure('Which environment?', 'One of those in hearth.yaml; `hearth deploy status` shows them.');
  }
  return { repository: (await context.locate()).repository, environment, services };
}

export function namesIn({ args, rest }: CommandContext): { environment: string | undefined; services: string[] } {
  const [first, ...others] = [...args, ...rest];
  const [environment, service] = first?.split('/', 2) ?? [];
  return { environment, services: service === undefined || service === '' ? others : [service, ...others] };
}

/** What is asked for, as `deploy/plan` and `deploy/run` take it. */
export function wantedBy(
  { repository, environment, services }: Place,
  { options }: CommandContext,
): { repository: string; environment: string; rev: string; services?: string[]; overrides: Record<string, string> } {
  return {
    repository,
    environment,
    rev: optionOf(options, 'rev') ?? 'HEAD',
    ...(services.length === 0 ? {} : { services: [...services] }),
    overrides: Object.fromEntries(optionsOf(options, 'set').map(override)),
  };
}

function override(text: string): [string, string] {
  const at = text.indexOf('=');
  const name = at === -1 ? text : text.slice(0, at);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new UsageFailure(`"${name}" is no name of a variable.`, '--set NAME=VALUE, or --set NAME.');
  }
  if (at !== -1) return [name, text.slice(at + 1)];
  const value = process.env[name];
  if (value === undefined) throw new UsageFailure(`${name} is not set here.`, `--set ${name}=VALUE says what it is.`);
  return [name, value];
}

/** One service of an environment; it may be left out where the environment has only one. */
export async function serviceNamed(context: CommandContext): Promise<{ repository: string; environment: string; service: string }> {
  const { repository, environment, services } = await placeNamed(context);
  const [service, ...more] = services;
  if (more.length > 0) throw new UsageFailure('One service at a time.');
  if (service !== undefined) return { repository, environment, service };
  const found = await context.send(status, { repository, environment });
  const [only, ...others] = found.services.map((row) => row.service);
  if (only === undefined) throw nothingIn(environment);
  if (others.length > 0) throw new UsageFailure(`Which service of ${environment}?`, `It has: ${[only, ...others].join(', ')}.`);
  return { repository, environment, service: only };
}

/** Ids begin with the time, whose first digit is 0 for another 30 years: no name of an environment is taken for one by mistake. */
export function isId(word: string): boolean {
  return /^0[0-9a-z]{7,}$/.test(word);
}

/** `ID`, or the last deployment of `ENV [SERVICE]`. */
export async function deploymentNamed(context: CommandContext): Promise<{ repository: string; id: string }> {
  const [first, ...more] = [...context.args, ...context.rest];
  if (first === undefined) {
    throw new UsageFailure('Which deployment?', 'Its id (`hearth deploy history`), or an environment and a service.');
  }
  if (isId(first)) {
    if (more.length > 0) throw new UsageFailure('One deployment at a time.');
    return { repository: (await context.locate()).repository, id: first };
  }
  const place = await serviceNamed(context);
  const { deployments } = await context.send(list, { ...place, limit: 1 });
  const [last] = deployments;
  if (last === undefined) throw nothingIn(place.environment, place.service);
  return { repository: place.repository, id: last.id };
}

function nothingIn(environment: string, service?: string): Failure {
  const what = service === undefined ? `Nothing was deployed to ${environment}` : `${service} was never deployed to ${environment}`;
  return new Failure('not-found', `${what}.`, { hint: `\`hearth deploy run ${environment}\` deploys.` });
}

/** Those on their way: named by id, by environment and services, or all of them. */
export async function runningNamed(context: CommandContext): Promise<{ repository: string; ids: string[]; named: Deployment[] }> {
  const words = [...context.args, ...context.rest];
  const { repository } = await context.locate();
  if (words.length > 0 && words.every(isId)) return { repository, ids: words, named: [] };
  const { environment, services } = namesIn(context);
  const { deployments } = await context.send(list, { repository, ...(environment === undefined ? {} : { environment }), limit: 1000 });
  const named = deployments.filter(({ state, service }) => state === 'running' && (services.length === 0 || services.includes(service)));
  return { repository, ids: named.map(({ id }) => id), named };
}
