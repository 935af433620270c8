import type { HearthConfig } from '../config/hearthTypes.ts';
import { appliedConfig, hearthOfCommit, hearthOfWorktree, parseHearthConfig } from '../config/index.ts';
import type { Repository } from '../git/index.ts';
import { Failure } from '../rpc/failure.ts';
import type { StateStore } from '../store/types.ts';

/** What `hearth.yaml` says, where variables are looked at or stored outside of a deployment. */
export interface Configured {
  /** What a deployment of HEAD would use; without that what is applied, else the file in the work tree. */
  readonly config?: HearthConfig;
  /** All of these: an environment may be stored for that only one of them has. */
  readonly all: readonly HearthConfig[];
  /** Why HEAD's file is not the one, in a sentence. */
  readonly problem?: string;
}

/** Reads the file of HEAD, the applied one and the one in the work tree; each may be missing. */
export async function readConfigured(
  repository: Repository,
  { store, project, signal }: { store: StateStore; project: string | undefined; signal: AbortSignal },
): Promise<Configured> {
  const ofHead = await readOfHead(repository, signal);
  const kept = project === undefined ? undefined : await store.read((reader) => appliedConfig(reader, project));
  const applied = kept === undefined ? undefined : (await parseHearthConfig(kept.text)).config;
  const written = await readWritten(repository, signal);
  const all = [ofHead.config, applied, written].filter((each) => each !== undefined);
  const [config] = all;
  return { all, ...(config === undefined ? {} : { config }), ...(ofHead.problem === undefined ? {} : { problem: ofHead.problem }) };
}

/** Throws `not-found` for an environment or a service that nobody has configured, once anything is configured. */
export function refuseUnknown({ all }: Configured, environment: string, service: string | undefined): void {
  if (all.length === 0) return;
  const environments = [...new Set(all.flatMap((config) => Object.keys(config.environments)))];
  if (!environments.includes(environment)) {
    throw new Failure('not-found', `There is no environment "${environment}" in hearth.yaml.`, {
      hint: `It has: ${environments.join(', ')}.`,
    });
  }
  const services = [...new Set(all.flatMap((config) => Object.keys(config.services)))];
  if (service !== undefined && !services.includes(service)) {
    throw new Failure('not-found', `There is no service "${service}" in hearth.yaml.`, { hint: `It has: ${services.join(', ')}.` });
  }
}

async function readOfHead(repository: Repository, signal: AbortSignal): Promise<{ config?: HearthConfig; problem?: string }> {
  const { commit } = repository.facts.head;
  if (commit === undefined) return {};
  try {
    const { config } = await hearthOfCommit(repository, commit, signal);
    return config === undefined ? { problem: 'hearth.yaml of HEAD has errors: `hearth config check` names them.' } : { config };
  } catch (error) {
    if (error instanceof Failure && error.reason === 'not-found') return {};
    if (error instanceof Failure && error.reason === 'invalid') return { problem: error.message };
    throw error;
  }
}

async function readWritten(repository: Repository, signal: AbortSignal): Promise<HearthConfig | undefined> {
  try {
    return (await hearthOfWorktree(repository, undefined, signal))?.config;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'invalid') return undefined;
    throw error;
  }
}
