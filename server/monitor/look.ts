import { liveDeployment } from '../deploy/index.ts';
import type { Health } from '../protocol/health.ts';
import type { Check, MonitorSettings } from '../protocol/monitorTypes.ts';
import { cancelled } from '../rpc/failure.ts';
import { runCheck } from './checks/index.ts';
import type { MonitorParts } from './parts.ts';
import { type AppliedConfigs, folderOf } from './projects.ts';
import { secretNames, secretsOf } from './secretsOf.ts';
import type { CheckResult } from './types.ts';

/** What is looked at: a monitor, or only its description. */
export interface Target {
  /** The id of the project. */
  readonly project: string | undefined;
  readonly service: string | null;
  readonly environment: string | null;
  readonly check: Check;
  readonly settings: MonitorSettings;
  /** Where a command runs; the work tree of the project that was used last unless told. */
  readonly folder?: string;
}

interface LookHost extends Pick<MonitorParts, 'store' | 'keys' | 'deployedHealth' | 'check'> {
  readonly configs: AppliedConfigs;
}

/** A check keeps its own deadline; one that does not is given up so much later, in milliseconds. */
const grace = 5000;

/** Looks once, with the secrets and the health that the check needs. Rejects with `cancelled` only. */
export async function lookOnce(host: LookHost, target: Target, signal: AbortSignal): Promise<CheckResult> {
  const { check, settings } = target;
  const facts = await factsFor(host, target);
  if (signal.aborted) throw cancelled();
  // One controller for both reasons to end: `AbortSignal.any` costs more than the look.
  const ending = new AbortController();
  const stop = () => ending.abort();
  signal.addEventListener('abort', stop, { once: true });
  let limit: NodeJS.Timeout | undefined;
  // What ends late, or never, is somebody else's word against a deadline that has passed.
  const late = new Promise<CheckResult>((resolve) => {
    limit = setTimeout(() => {
      resolve(nothingSeen('The check did not end; Hearth has given it up.'));
      stop();
    }, settings.timeout + grace);
  });
  try {
    const looked = (host.check ?? runCheck)(check, settings, {
      signal: ending.signal,
      secret: (name) => facts.secrets.get(name),
      deployed: () => facts.deployed,
      folder: facts.folder,
      // What is kept was applied or added by somebody whom the repository trusts, and so was what is tried.
      trusted: true,
    });
    looked.catch(() => {});
    return await Promise.race([looked, late]);
  } catch (error) {
    if (signal.aborted) throw cancelled();
    return nothingSeen(`Hearth could not look: ${(error as Error).message}`);
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', stop);
  }
}

interface Facts {
  readonly secrets: ReadonlyMap<string, string>;
  readonly deployed: Health | undefined;
  readonly folder: string | undefined;
}

async function factsFor({ store, keys, configs, deployedHealth }: LookHost, target: Target): Promise<Facts> {
  const { project, environment, service, check } = target;
  const nothing: Facts = { secrets: new Map(), deployed: undefined, folder: target.folder };
  const needed = secretNames(check).length > 0 || check.kind === 'docker' || check.kind === 'command';
  if (project === undefined || !needed) return nothing;
  return store.read((reader) => {
    const live =
      check.kind !== 'docker' || environment === null || service === null
        ? undefined
        : liveDeployment(reader, { project, environment, service });
    return {
      secrets: secretsOf(reader, keys, configs.of(project), { project, environment, service, check }),
      deployed: live === undefined ? undefined : deployedHealth(live.id),
      folder: target.folder ?? (check.kind === 'command' ? folderOf(reader, project) : undefined),
    };
  });
}

/** A look that says nothing. */
export function nothingSeen(message: string): CheckResult {
  return { ok: null, milliseconds: null, message, found: '', phases: [], assertions: [], certificate: null };
}

/** Whether the other side answered in any way, however badly. */
export function hasAnswered({ ok, reached }: CheckResult): boolean {
  return reached ?? ok === true;
}
