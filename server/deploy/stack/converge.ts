import type { ServiceRow, TaskRow } from '../engine/swarmTypes.ts';
import { label } from '../labels.ts';
import { specLabel } from './names.ts';
import type { ReleaseService } from './release.ts';

/** How far a service has come to what was deployed. */
export type Progress =
  /** Every slot runs the new version (or has ended well, where that is what it does). `tasks`: which ones. */
  | { readonly kind: 'converged'; readonly tasks: readonly string[] }
  /** `done` of `wanted` slots. `settled`: all run, the Swarm still watches them. */
  | {
      readonly kind: 'waiting';
      readonly done: number;
      readonly wanted: number;
      readonly message: string;
      readonly tasks: readonly string[];
      readonly settled: boolean;
      /** So long the Swarm waits on purpose before it changes the next one; milliseconds. */
      readonly delay: number;
    }
  | { readonly kind: 'failed'; readonly message: string };

/** Tasks that ended so often will not come up. */
const mostFailures = 3;

/**
 * What the Swarm says of a service, judged: converged is only what runs the very version that was deployed in every slot, with no task of another
 * one left that should run. Data in, data out.
 */
export function progressOf(
  { ends, name }: Pick<ReleaseService, 'ends' | 'name'>,
  deployment: string,
  service: ServiceRow | undefined,
  tasks: readonly TaskRow[],
): Progress {
  if (service === undefined) return { kind: 'failed', message: `${name} was removed.` };
  const own = tasks.filter((task) => task.service === service.id);
  const state = service.update?.state ?? '';
  const said = lastError(own) ?? service.update?.message ?? '';
  if (service.labels[label.deployment] !== deployment) {
    // Going back by itself it takes the labels of the old version with the rest.
    const message = state.startsWith('rollback') ? `${name} was taken back by the Swarm: ${said}` : `${name} was changed by somebody else.`;
    return { kind: 'failed', message };
  }
  if (state.endsWith('paused')) return { kind: 'failed', message: `The update of ${name} is paused: ${said}` };

  const current = own.filter((task) => isCurrent(task, service));
  // A service that was left as it was keeps what failed long ago.
  const failures = current.filter((task) => hasFailed(task) && (task.created >= service.changed || task.changed >= service.changed));
  const last = lastError(failures);
  if (ends === 'must' && failures.length > 0 && !mayTryAgain(service))
    return { kind: 'failed', message: `${name} failed: ${last ?? 'it ended'}` };
  if (failures.length >= mostFailures) return { kind: 'failed', message: `${name} does not stay up: ${last ?? 'its tasks end'}` };

  const good = current.filter(({ state: at, desired }) =>
    at === 'complete' ? ends !== 'never' : at === 'running' && desired === 'running' && ends !== 'must',
  );
  const slots = new Set(good.map(slotOf));
  const wanted = wantedOf(service, own);
  const old = own.some((task) => !isCurrent(task, service) && task.desired === 'running' && !hasEnded(task));
  const ids = good.map(({ id }) => id).sort();
  const delay = state === 'updating' && slots.size > 0 ? (service.spec.UpdateConfig?.Delay ?? 0) / 1_000_000 : 0;
  const left = { done: slots.size, wanted: wanted ?? 0, tasks: ids, delay };
  if (wanted === undefined || slots.size < wanted || old) {
    const why = lastError(own.filter((task) => task.desired === 'running' && !hasEnded(task))) ?? last;
    const message = wanted === undefined ? `${name} waits for a node` : `${name}: ${slots.size} of ${wanted} run the new version`;
    return { kind: 'waiting', ...left, settled: false, message: why === undefined ? message : `${message} (${why})` };
  }
  if (state === 'updating' || state === 'rollback_started')
    return { kind: 'waiting', ...left, settled: true, message: `${name}: the Swarm still watches the new version` };
  return { kind: 'converged', tasks: ids };
}

/** Whether what was deployed runs now. What failed since then counts only where something is missing: the Swarm has started others. */
export function runsNow(name: string, deployment: string, service: ServiceRow, tasks: readonly TaskRow[]): boolean {
  const all = progressOf({ name, ends: 'may' }, deployment, service, tasks);
  if (all.kind !== 'failed') return true;
  const now = progressOf({ name, ends: 'may' }, deployment, service, withoutFailed(tasks));
  return now.kind === 'converged' || (now.kind === 'waiting' && now.settled);
}

/** Tasks that failed do not count for what runs: the Swarm has started others. */
export const withoutFailed = (tasks: readonly TaskRow[]): TaskRow[] => tasks.filter((task) => !hasFailed(task));

const hasFailed = ({ state }: TaskRow): boolean => state === 'failed' || state === 'rejected';

/** A task of the version that the service has now. */
function isCurrent({ labels, forceUpdate }: TaskRow, { spec: { TaskTemplate } }: ServiceRow): boolean {
  return labels[specLabel] === TaskTemplate.ContainerSpec.Labels?.[specLabel] && forceUpdate === (TaskTemplate.ForceUpdate ?? 0);
}

const slotOf = ({ slot, node }: TaskRow): string => (slot === 0 ? node : String(slot));

const hasEnded = ({ state }: TaskRow): boolean => ['complete', 'failed', 'rejected', 'shutdown', 'orphaned', 'remove'].includes(state);

/** Undefined: a service of every node that has no node yet. */
function wantedOf({ spec: { Mode } }: ServiceRow, tasks: readonly TaskRow[]): number | undefined {
  if ('Replicated' in Mode) return Mode.Replicated.Replicas;
  if ('ReplicatedJob' in Mode) return Mode.ReplicatedJob.TotalCompletions;
  const nodes = new Set(tasks.filter(({ desired }) => desired === 'running' || desired === 'complete').map(({ node }) => node));
  nodes.delete('');
  return nodes.size === 0 ? undefined : nodes.size;
}

function mayTryAgain({ spec }: ServiceRow): boolean {
  return spec.TaskTemplate.RestartPolicy?.Condition !== 'none';
}

function lastError(tasks: readonly TaskRow[]): string | undefined {
  return tasks.filter(({ error }) => error !== undefined).sort((a, b) => b.changed - a.changed)[0]?.error;
}

/** Tasks that were told to end and have not yet. */
export const endingOf = (tasks: readonly TaskRow[]): TaskRow[] =>
  tasks.filter((task) => task.desired !== 'running' && task.state === 'running');
