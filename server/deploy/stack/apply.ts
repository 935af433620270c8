import { Failure } from '../../rpc/failure.ts';
import type { Maker } from '../containers.ts';
import type { ServiceRow, ServiceSpec } from '../engine/swarmTypes.ts';
import { label } from '../labels.ts';
import type { DeploymentRecord } from '../records.ts';
import { finished } from './finished.ts';
import { isOfStack, isOfUs, serviceLabels } from './labels.ts';
import { namespaceLabel, specLabel } from './names.ts';
import { ensureObjects } from './objects.ts';
import type { ReleaseService, StackRelease } from './release.ts';

/** All that it takes to make the services of a release. */
export interface Application {
  readonly maker: Maker;
  readonly record: DeploymentRecord;
  readonly release: StackRelease;
  /** Values of secrets by name, as they are now. */
  readonly values: ReadonlyMap<string, string>;
  /** `specKey` of the store. */
  readonly key: string;
  /**
   * Whose tasks are started anew though nothing of them has changed: of those that run once, of all, of none. With none what runs once is not
   * run again in another version either.
   */
  readonly restart: 'once' | 'all' | 'none';
}

/** How often somebody else may be quicker. */
const tries = 6;

export interface Done {
  readonly what: 'made' | 'changed' | 'as it was';
  /** The label of its tasks by which they are known. */
  readonly tasks: string;
}

/** Makes or changes services of a release by their names; those that are so already are left alone. Answers what was done to each. */
export async function applyServices(application: Application, names: readonly string[], signal: AbortSignal): Promise<Map<string, Done>> {
  const files = await ensureObjects(application, signal);
  const done = new Map<string, Done>();
  for (const service of application.release.services) {
    if (names.includes(service.name)) done.set(service.name, await applyService(application, service, files, signal));
  }
  return done;
}

async function applyService(
  application: Application,
  service: ReleaseService,
  files: Parameters<typeof finished>[2]['files'],
  signal: AbortSignal,
): Promise<Done> {
  const { maker, record, release } = application;
  const { engine } = maker;
  const registry = service.image.local ? undefined : service.image.reference;
  for (let left = tries; ; left--) {
    const found = await engine.inspectService(service.spec.Name, signal);
    if (found !== undefined) refuseOthers(found, maker, record);
    const { values, key } = application;
    const finish = { labels: serviceLabels(maker, record), values, key, files, force: forceOf(application, service, found) };
    const spec = finished(release, service, finish);
    const tasks = spec.TaskTemplate.ContainerSpec.Labels[specLabel] ?? '';
    if (application.restart === 'none' && service.once && (found === undefined || !isSame(found.spec, spec)))
      return { what: 'as it was', tasks };
    try {
      if (found === undefined) {
        await engine.createService(spec, registry, signal);
        return { what: 'made', tasks };
      }
      if (isAsWanted(found.spec, spec)) return { what: 'as it was', tasks };
      if (modeOf(found.spec) === modeOf(spec)) {
        await engine.updateService(found.id, found.version, spec, registry, signal);
        return { what: 'changed', tasks };
      }
      // A Swarm changes no service from one mode to another.
      await engine.removeService(found.id, signal);
    } catch (error) {
      // Somebody changed it since it was read, or has just made it.
      if (!(error instanceof Failure) || error.reason !== 'conflict' || left <= 1) throw error;
    }
  }
}

function refuseOthers({ name, labels }: ServiceRow, maker: Maker, { project, service }: DeploymentRecord): void {
  if (isOfUs(labels, maker, project) && labels[label.service] === service) return;
  throw new Failure('conflict', `The service ${name} of ${maker.engine.info.name} belongs to somebody else.`, {
    hint: 'Remove that stack, or give the project or the service another name in `hearth.yaml`.',
  });
}

/** A number of the deployment starts tasks anew: done again by another hub it is the same one. */
function forceOf({ restart, record }: Application, { once }: ReleaseService, found: ServiceRow | undefined): number {
  if (restart === 'all' || (restart === 'once' && once)) return Number.parseInt(record.id, 36) % 2 ** 48;
  return found?.spec.TaskTemplate.ForceUpdate ?? 0;
}

function isAsWanted(present: ServiceSpec, wanted: ServiceSpec): boolean {
  return present.Labels[label.deployment] === wanted.Labels[label.deployment] && isSame(present, wanted);
}

/** The label says what it was made with; the rest is what people change by hand. */
function isSame(present: ServiceSpec, wanted: ServiceSpec): boolean {
  const seen = ({ Labels, TaskTemplate, Mode }: ServiceSpec) =>
    JSON.stringify([
      ...[Labels[specLabel], TaskTemplate.ForceUpdate ?? 0],
      ...[
        TaskTemplate.ContainerSpec.Image,
        TaskTemplate.Placement?.Constraints ?? [],
        'Replicated' in Mode ? Mode.Replicated.Replicas : Object.keys(Mode)[0],
      ],
    ]);
  return seen(present) === seen(wanted);
}

const modeOf = ({ Mode }: ServiceSpec): string => Object.keys(Mode)[0] ?? '';

/** The services of a stack that are ours. */
export async function servicesOf(
  maker: Pick<Maker, 'engine' | 'owner' | 'adopted'>,
  record: DeploymentRecord,
  stack: string,
  signal: AbortSignal,
): Promise<ServiceRow[]> {
  const rows = await maker.engine.listServices({ [namespaceLabel]: stack }, signal);
  return rows.filter(({ labels }) => isOfStack(labels, maker, record));
}

/** Removes the services of a stack but those of `kept`. Answers their names. */
export async function removeServices(
  maker: Maker,
  record: DeploymentRecord,
  stack: string,
  kept: StackRelease | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const names = new Set(kept?.services.map(({ spec }) => spec.Name));
  const rows = (await servicesOf(maker, record, stack, signal)).filter(({ name }) => !names.has(name));
  for (const { id } of rows) await maker.engine.removeService(id, signal);
  return rows.map(({ name }) => name);
}
