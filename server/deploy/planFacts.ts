import type { Limits, Service } from '../config/hearthTypes.ts';
import type { Repository } from '../git/index.ts';
import type { PlanStep, Remark } from '../protocol/deployTypes.ts';
import type { ContainerRow, Engine } from './engine/types.ts';
import { label, type Ownership, roleOf } from './labels.ts';
import { isOneOf } from './reconcile/owners.ts';
import type { DeploymentRecord } from './records.ts';
import type { Wanted } from './wanted.ts';

type Relation = NonNullable<PlanStep['live']>['relation'];

/** How a commit stands to the one that is live. */
export async function relationOf(repository: Repository, live: string, commit: string, signal: AbortSignal): Promise<Relation> {
  if (live === commit) return 'same';
  if (!(await isKnown(repository, live, signal))) return 'unknown';
  if (await isAncestor(repository, live, commit, signal)) return 'newer';
  return (await isAncestor(repository, commit, live, signal)) ? 'older' : 'diverged';
}

async function isKnown(repository: Repository, commit: string, signal: AbortSignal): Promise<boolean> {
  return (await repository.run(['cat-file', '-e', `${commit}^{commit}`], { signal, accept: [0, 1, 128] })).exitCode === 0;
}

async function isAncestor(repository: Repository, ancestor: string, commit: string, signal: AbortSignal): Promise<boolean> {
  return (await repository.run(['merge-base', '--is-ancestor', ancestor, commit], { signal, accept: [0, 1] })).exitCode === 0;
}

/** A commit that takes changes out of what runs needs a yes. */
export function relationRemark(
  service: string,
  live: DeploymentRecord,
  relation: Relation,
  verb: 'runs' | 'gets' = 'runs',
): Remark | undefined {
  const there = `${live.commit.slice(0, 12)} (${live.subject})`;
  const hint = 'Say yes to deploy it all the same (`--yes` in the terminal).';
  switch (relation) {
    case 'older':
      return { code: 'older-commit', service, message: `${service} ${verb} ${there}, which is newer than this commit.`, hint };
    case 'diverged':
      return { code: 'older-commit', service, message: `${service} ${verb} ${there}, which this commit does not contain.`, hint };
    case 'unknown':
      return {
        code: 'unknown-commit',
        service,
        message: `${service} ${verb} ${there}, which is not in this repository: nobody can say what this commit would take out.`,
        hint: 'Fetch first, or say yes to deploy it all the same (`--yes` in the terminal).',
      };
    default:
      return undefined;
  }
}

/** What somebody else's Hearth runs under the names of this environment. */
export function foreignRemarks(rows: readonly ContainerRow[], owners: readonly Ownership[], environment: string): Remark[] {
  const foreign = rows.filter(({ labels }) => !isOneOf(owners, labels) && roleOf(labels) !== 'lock');
  const byHost = new Map<string, Set<string>>();
  for (const { labels } of foreign) {
    const host = labels[label.host] ?? 'another machine';
    byHost.set(host, (byHost.get(host) ?? new Set()).add(labels[label.service] ?? '?'));
  }
  return [...byHost].map(([host, services]) => ({
    code: 'foreign',
    message: `${[...services].sort().join(', ')} of ${environment} was deployed from elsewhere (${host}).`,
    hint: `Take the environment over first: \`hearth deploy adopt ${environment}\`.`,
  }));
}

/** Health that this engine cannot be asked for. */
export function probeRemark({ name, health }: Service, engine: Engine): Remark | undefined {
  const { kind } = health.probe;
  if (engine.reach === 'containers' || kind === 'command' || kind === 'container') return undefined;
  return {
    code: 'probe',
    service: name,
    message: `The health of ${name} is asked over the network, and containers of ${engine.address} cannot be reached from here.`,
    hint: 'Give it `health: { command: [...] }`, or a HEALTHCHECK in its Dockerfile and `health: container`.',
  };
}

/** Whether all services of the file together stay within what the environment may use. */
export function limitRemarks({ config, environment }: Wanted): Remark[] {
  // A static site runs nothing.
  const services = Object.values(config.services).filter(({ kind }) => kind !== 'static');
  const remarks: Remark[] = [];
  const check = (what: keyof Limits, of: (service: Service) => number | undefined, unit: (value: number) => string) => {
    const limit = environment.limits[what];
    if (limit === undefined) return;
    const open = services.filter((service) => of(service) === undefined).map(({ name }) => name);
    if (open.length > 0) {
      const message = `${environment.name} limits ${what}, and ${open.join(', ')} may use any amount.`;
      remarks.push({ code: 'limits', message, hint: `Give each service \`resources: { ${what}: … }\`.` });
      return;
    }
    const sum = services.reduce((total, service) => total + (of(service) ?? 0) * (what === 'containers' ? 1 : service.replicas), 0);
    if (sum > limit) {
      const message = `All services together would use ${unit(sum)} ${what}; ${environment.name} is limited to ${unit(limit)}.`;
      remarks.push({ code: 'limits', message, hint: 'Lower `replicas` or `resources`, or raise the limit of the environment.' });
    }
  };
  check('cpus', ({ resources }) => resources.cpus, String);
  check(
    'memory',
    ({ resources }) => resources.memory,
    (bytes) => `${Math.round(bytes / 1_048_576)} MB`,
  );
  check('containers', ({ replicas }) => replicas, String);
  return remarks;
}
