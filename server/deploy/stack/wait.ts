import { setTimeout as pause } from 'node:timers/promises';
import type { Maker } from '../containers.ts';
import { Unhealthy } from '../phases/health.ts';
import type { DeploymentRecord } from '../records.ts';
import { servicesOf } from './apply.ts';
import { type Progress, progressOf } from './converge.ts';
import type { ReleaseService, StackRelease } from './release.ts';

export interface Patience {
  /** So long without one more slot that runs, and it has failed; milliseconds. */
  readonly deadline: number;
  /** What the Swarm waits on purpose between two slots comes on top of that. */
  readonly delays: boolean;
  /** So long all tasks must be the same and run. */
  readonly stable: number;
  /** The Swarm must have ended its update too. */
  readonly whole: boolean;
  readonly interval: number;
  readonly tell: (text: string) => void;
}

/** Waits until services of a release have converged. Rejects with `Unhealthy` when they do not. */
export async function converge(
  maker: Maker,
  record: DeploymentRecord,
  release: StackRelease,
  names: readonly string[],
  { deadline, delays, stable, whole, interval, tell }: Patience,
  signal: AbortSignal,
): Promise<{ looks: number; milliseconds: number }> {
  const services = release.services.filter(({ name }) => names.includes(name));
  const start = performance.now();
  let advanced = start;
  let best = -1;
  let seen = '';
  let since = start;
  for (let looks = 1; ; looks++) {
    const all = await look(maker, record, release, services, signal);
    const failed = all.find((each) => each.kind === 'failed');
    if (failed?.kind === 'failed') throw new Unhealthy('timeout', sentence(failed.message), { hint: 'The log has the last lines.' });
    const now = performance.now();
    const waiting = all.flatMap((each) => (each.kind === 'waiting' && (whole || !each.settled) ? each : []));
    const tasks = JSON.stringify(all.map((each) => (each.kind === 'failed' ? [] : each.tasks)));
    const runs = all.every((each) => each.kind === 'converged' || (each.kind === 'waiting' && each.settled));
    if (tasks !== seen || !runs) since = now;
    seen = tasks;
    if (waiting.length === 0 && now - since >= stable && looks > 1) return { looks, milliseconds: Math.round(now - start) };
    const sum = all.reduce((total, each) => total + (each.kind === 'failed' ? 0 : each.tasks.length), 0);
    // A Swarm that still watches what runs is no standstill.
    if (sum > best || (waiting.length > 0 && waiting.every(({ settled }) => settled))) advanced = now;
    best = Math.max(best, sum);
    const [first] = waiting;
    tell(first?.message ?? `running for ${Math.round((now - since) / 1000)} s of ${Math.round(stable / 1000)} s`);
    const patience = deadline + Math.max(0, ...waiting.map(({ delay }) => (delays ? delay : 0)));
    if (now - advanced >= patience) {
      const why = first?.message ?? 'its tasks do not keep running';
      throw new Unhealthy('timeout', `Nothing has come up for ${Math.round(patience / 1000)} s: ${why}.`, {
        hint: 'The log has the last lines.',
      });
    }
    await pause(interval, undefined, { signal });
  }
}

async function look(
  maker: Maker,
  record: DeploymentRecord,
  release: StackRelease,
  services: readonly ReleaseService[],
  signal: AbortSignal,
): Promise<Progress[]> {
  const rows = await servicesOf(maker, record, release.name, signal);
  const tasks = await maker.engine.listTasks(
    rows.map(({ id }) => id),
    signal,
  );
  return services.map((service) =>
    progressOf(
      service,
      record.id,
      rows.find(({ name }) => name === service.spec.Name),
      tasks,
    ),
  );
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
