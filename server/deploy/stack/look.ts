import type { DeploymentDetail } from '../../protocol/deployTypes.ts';
import type { Maker } from '../containers.ts';
import type { ServiceRow, TaskRow } from '../engine/swarmTypes.ts';
import type { Present, Sight } from '../kinds/types.ts';
import { label } from '../labels.ts';
import type { Finding } from '../reconcile/observations.ts';
import type { DeploymentRecord } from '../records.ts';
import { applyServices, servicesOf } from './apply.ts';
import { progressOf, withoutFailed } from './converge.ts';
import { stackNameOf } from './names.ts';
import { type ReleaseService, releaseOf, type StackRelease } from './release.ts';
import { isStopped, stopStack } from './scale.ts';
import { knownOf } from './values.ts';

interface Seen {
  readonly release: StackRelease | undefined;
  readonly rows: readonly ServiceRow[];
  readonly tasks: readonly TaskRow[];
}

async function see(sight: Sight, record: DeploymentRecord, signal: AbortSignal): Promise<Seen> {
  const release = await sight.store.read((reader) => releaseOf(reader, record));
  const rows = await servicesOf(sight, record, stackNameOf(record), signal);
  const tasks = await sight.engine.listTasks(
    rows.map(({ id }) => id),
    signal,
  );
  return { release, rows, tasks };
}

/** How a live stack is, and whether it is another than was deployed. */
export async function lookAtStack(
  sight: Sight,
  record: DeploymentRecord,
  signal: AbortSignal,
): Promise<{ finding: Finding; wrong?: string }> {
  if ((await sight.engine.swarm(signal)) === undefined)
    return { finding: { kind: 'gone', message: 'The engine manages no Swarm any more.' } };
  const { release, rows, tasks } = await see(sight, record, signal);
  if (release === undefined) return { finding: { kind: 'failing', message: 'Nothing is kept of this release.', partly: true } };
  if (record.stopped !== null) {
    const finding: Finding = { kind: 'paused', message: 'It was stopped on purpose.' };
    return rows.every(isStopped) ? { finding } : { finding, wrong: 'it was stopped, and some of it runs' };
  }
  const wrong = stayingOf(release).flatMap((service) => {
    const problem = differenceOf(
      record,
      service,
      rows.find(({ name }) => name === service.spec.Name),
    );
    return problem === undefined ? [] : [problem];
  });
  const finding = findingOf(record, release, rows, tasks);
  return wrong[0] === undefined ? { finding } : { finding, wrong: wrong[0] };
}

/** What ran once has done its work: nobody misses it, and nothing makes it run again but a deployment. */
const stayingOf = ({ services }: StackRelease): ReleaseService[] => services.filter(({ once }) => !once);

/** What somebody has changed by hand, as far as it shows without values of secrets. */
function differenceOf(record: DeploymentRecord, { name, spec }: ReleaseService, row: ServiceRow | undefined): string | undefined {
  if (row === undefined) return `the service ${name} is gone`;
  if (row.labels[label.deployment] !== record.id) return `the service ${name} is of another deployment`;
  const { TaskTemplate, Mode } = row.spec;
  if (TaskTemplate.ContainerSpec.Image !== spec.TaskTemplate.ContainerSpec.Image) return `the service ${name} has another image`;
  const replicas = 'Replicated' in Mode ? Mode.Replicated.Replicas : undefined;
  const wanted = 'Replicated' in spec.Mode ? spec.Mode.Replicated.Replicas : undefined;
  if (replicas !== wanted || isStopped(row) !== isStopped({ ...row, spec })) return `the service ${name} was scaled`;
  return undefined;
}

function findingOf(record: DeploymentRecord, release: StackRelease, rows: readonly ServiceRow[], tasks: readonly TaskRow[]): Finding {
  const seen = stayingOf(release).map((service) => ({
    service,
    progress: progressOf(
      service,
      record.id,
      rows.find(({ name }) => name === service.spec.Name),
      withoutFailed(tasks),
    ),
  }));
  const bad = seen.filter(({ progress }) => progress.kind === 'failed' || (progress.kind === 'waiting' && !progress.settled));
  const [first] = bad;
  if (first === undefined) return { kind: 'well' };
  // What tasks say of their end may hold what containers said.
  const of = `${bad.length} of ${seen.length} services`;
  const { progress, service } = first;
  if (progress.kind === 'failed')
    return { kind: 'failing', message: `${service.name} is not as it was deployed (${of}).`, partly: bad.length < seen.length };
  const done = progress.kind === 'waiting' ? `${progress.done} of ${progress.wanted}` : 'none';
  const message = `${done} tasks of ${service.name} run (${of}).`;
  const nothing = seen.every(({ progress: each }) => each.kind === 'waiting' && each.done === 0);
  return nothing ? { kind: 'failing', message, partly: false } : { kind: 'failing', message, partly: true };
}

/** Makes the services as they were deployed, or stopped where they were stopped. */
export async function healStack(sight: Sight, record: DeploymentRecord, signal: AbortSignal): Promise<void> {
  if (record.stopped !== null) return stopStack(sight, record, signal);
  const { release, values, key } = await knownOf(sight, record);
  if (release === undefined) return;
  const application = { maker: sight, record, release, values, key, restart: 'none' } as const;
  await applyServices(
    application,
    stayingOf(release).map(({ name }) => name),
    signal,
  );
}

/** Its services and tasks, for people. */
export async function presentStack(
  maker: Pick<Maker, 'engine' | 'owner'>,
  record: DeploymentRecord,
  signal: AbortSignal,
): Promise<Present> {
  const rows = await servicesOf(maker, record, stackNameOf(record), signal);
  const tasks = await maker.engine.listTasks(
    rows.map(({ id }) => id),
    signal,
  );
  const services = rows.map((row): NonNullable<DeploymentDetail['stack']>['services'][number] => {
    const own = tasks.filter(({ service }) => service === row.id);
    const { Mode } = row.spec;
    const desired = own.filter(({ desired: at }) => at === 'running').length;
    return {
      name: row.name,
      image: row.labels['com.docker.stack.image'] ?? row.spec.TaskTemplate.ContainerSpec.Image,
      running: own.filter(({ state, desired: at }) => state === 'running' && at === 'running').length,
      wanted: 'Replicated' in Mode ? Mode.Replicated.Replicas : desired,
      update: row.update?.state ?? null,
      message: row.update?.message === undefined || row.update.message === '' ? null : row.update.message,
    };
  });
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  const containers = tasks
    .filter(({ container, desired }) => container !== undefined && desired === 'running')
    .map((task) => ({
      id: task.container ?? '',
      name: `${names.get(task.service) ?? ''}.${task.slot === 0 ? task.node : task.slot}.${task.id}`,
      state: task.state,
      address: null,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { containers, stack: { name: stackNameOf(record), services } };
}
