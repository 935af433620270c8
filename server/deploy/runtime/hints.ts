import type { ResourceRow } from '../../protocol/runtime.ts';
import type { Recent } from './samples.ts';

type Hint = ResourceRow['hints'][number];

/** Health probes and the kernel cost a little, too. */
const idleBelow = { cpu: 0.005, bytesPerSecond: 200 } as const;
const near = 0.9;
/** A limit so many times what is used is far above it, when that is so much at least. */
const far = { times: 4, memory: 128 * 1024 * 1024, cpus: 0.5 } as const;

/** What a person should know of what a container uses and may use. Rules of thumb: each says what it has seen. */
export function hintsOf(
  { cpu, memory, pids, limits }: Pick<ResourceRow, 'cpu' | 'memory' | 'pids' | 'limits'>,
  { recent, endlessLog }: { readonly recent: Recent | undefined; readonly endlessLog: boolean },
): Hint[] {
  const hints: Hint[] = [];
  const add = (code: Hint['code'], message: string) => hints.push({ code, message });
  if (recent !== undefined && isIdle(recent)) add('idle', `It has used ${processors(recent.cpu)} for ${hours(recent.span)}: is it needed?`);
  if (memory !== null && limits.memory !== null) {
    if (memory >= limits.memory * near) add('near-limit', `It uses ${percent(memory / limits.memory)} of the memory it may use.`);
    else if (recent !== undefined && limits.memory >= memory * far.times && limits.memory - memory >= far.memory)
      add('over-provisioned', `It may use ${megabytes(limits.memory)} and uses ${megabytes(memory)}.`);
  }
  if (cpu !== null && limits.cpus !== null) {
    if (cpu >= limits.cpus * near) add('near-limit', `It uses ${percent(cpu / limits.cpus)} of the processor time it may use.`);
    else if (recent !== undefined && limits.cpus >= recent.cpu * far.times && limits.cpus - recent.cpu >= far.cpus)
      add(
        'over-provisioned',
        `It may use ${round(limits.cpus)} processors and has used ${processors(recent.cpu)} for ${hours(recent.span)}.`,
      );
  }
  if (pids !== null && limits.pids !== null && pids >= limits.pids * near)
    add('near-limit', `It has ${pids} of ${limits.pids} processes and threads.`);
  if (memory !== null && limits.memory === null)
    add('no-limit', 'It may use all memory of the machine: limit it (`resources` of the service; of a stack `deploy.resources.limits`).');
  if (endlessLog) add('log-size', 'Its log may grow without end: deploy the service anew, then it is limited.');
  return hints;
}

function isIdle({ cpu, network, span }: Recent): boolean {
  return cpu < idleBelow.cpu && (network === undefined || network / (span / 1000) < idleBelow.bytesPerSecond);
}

const round = (value: number): string => String(Math.round(value * 1000) / 1000);
const percent = (part: number): string => `${Math.round(part * 100)} %`;
const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;
const processors = (cpu: number): string => `${round(cpu)} of a processor`;

function hours(span: number): string {
  const count = Math.round(span / 3_600_000);
  return count >= 48 ? `${Math.round(count / 24)} days` : count === 1 ? 'an hour' : `${count} hours`;
}
