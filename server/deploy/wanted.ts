import type { HearthConfig, ResolvedEnvironment, Service } from '../config/hearthTypes.ts';
import { hearthOfCommit, resolveEnvironment, serviceOrder } from '../config/index.ts';
import { type Repository, resolveCommit } from '../git/index.ts';
import { Failure } from '../rpc/failure.ts';
import type { Context } from '../rpc/router.ts';
import type { Parts } from './parts.ts';
import type { DeployedConfig } from './records.ts';

/** What somebody wants deployed, as far as the repository says it. */
export interface Wanted {
  readonly repository: Repository;
  /** The project's id. */
  readonly project: string;
  readonly commit: string;
  readonly subject: string;
  readonly config: HearthConfig;
  readonly environment: ResolvedEnvironment;
  /** In the order in which they are deployed. */
  readonly services: readonly Service[];
  /** Services were named: those are deployed even when nothing changed. */
  readonly named: readonly string[];
  readonly overrides: Readonly<Record<string, string>>;
}

interface Asked {
  readonly repository: string;
  readonly environment: string;
  readonly services?: readonly string[] | undefined;
  readonly rev: string;
  readonly overrides: Readonly<Record<string, string>>;
}

/** Rejects with `not-found` where there is no such commit or no `hearth.yaml` in it, with `invalid` where that has mistakes or no such environment. */
export async function readWanted(parts: Parts, asked: Asked, context: Context<never>): Promise<Wanted> {
  const { repository } = await parts.repositories.containing(asked.repository, context.session);
  const { commit } = await resolveCommit(repository, asked.rev, context.signal);
  const [{ config, problems }, subject, project] = await Promise.all([
    hearthOfCommit(repository, commit, context.signal),
    subjectOf(repository, commit, context.signal),
    parts.projectOf.ensure(asked.repository, context),
  ]);
  const wrong = problems.filter(({ severity }) => severity === 'error');
  const [first] = wrong;
  if (config === undefined || first !== undefined) {
    const more = wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : '';
    throw new Failure(
      'invalid',
      `\`hearth.yaml\` of ${commit.slice(0, 12)} has mistakes: line ${first?.line ?? 1}: ${first?.message ?? ''}${more}`,
      {
        hint: '`hearth config check` lists them; commit the corrected file.',
      },
    );
  }
  const environment = resolveEnvironment(config, asked.environment);
  const names = serviceOrder(config, asked.services);
  const services = names.flatMap((name) => config.services[name] ?? []);
  const named = asked.services ?? [];
  return { repository, project, commit, subject, config, environment, services, named, overrides: asked.overrides };
}

export function deployedConfig({ config, environment }: Wanted, service: Service): DeployedConfig {
  return { project: config.project, service, environment, retention: config.retention };
}

async function subjectOf(repository: Repository, commit: string, signal: AbortSignal): Promise<string> {
  const args = ['log', '-1', '--no-show-signature', '--no-notes', '--format=%s', '--no-walk', '--end-of-options', commit, '--'];
  return (await repository.text(args, { signal, share: true })).slice(0, 500);
}
