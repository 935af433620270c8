import type { Keys } from '../../environment/index.ts';
import { asFailure } from '../../rpc/failure.ts';
import type { StateStore } from '../../store/types.ts';
import type { Engine } from '../engine/types.ts';
import { kindOf } from '../kinds/index.ts';
import type { Sight } from '../kinds/types.ts';
import { label } from '../labels.ts';
import type { DeploymentRecord } from '../records.ts';
import { type Route, routerOf } from '../routing/index.ts';
import { adoptedOwners, targetOf } from './act.ts';
import { lookAtHealth } from './lookAtHealth.ts';
import type { Finding } from './observations.ts';
import { adoptedOf } from './owners.ts';
import { drawPicture, type Picture } from './picture.ts';
import type { Problem } from './planReconcile.ts';

/** An engine as it was just seen. */
export interface EngineSight {
  readonly engine: Engine;
  readonly picture: Picture;
  /** Routers that could not be asked. */
  readonly problems: readonly Problem[];
  /** Probes the live releases. */
  health(signal: AbortSignal): Promise<ReadonlyMap<string, Finding>>;
}

interface Looking {
  readonly engine: Engine;
  readonly address: string;
  readonly store: StateStore;
  readonly fence: number;
  readonly keys: Keys;
  readonly home: string;
  isActive(deployment: string): boolean;
  now(): number;
}

/** One list of the engine's containers, whatever their number, then the state: what is in the list has its row by then. */
export async function lookAtEngine(
  { engine, address, store, fence, keys, home, isActive, now }: Looking,
  signal: AbortSignal,
): Promise<EngineSight> {
  const rows = await engine.listContainers({ [label.managed]: '1' }, signal);
  const drawn = await store.read((reader) => drawPicture(reader, { address, rows, now: now(), fence, isActive }));
  const { routes, problems } = await lookAtRoutes(engine, { store, home }, drawn, signal);
  const { others, unseen } = await lookAtOthers({ engine, store, fence, keys, home, owner: drawn.owner }, drawn.live, signal);
  const picture: Picture = { ...drawn, routes, others };
  return { engine, picture, problems: [...problems, ...unseen], health: (until) => lookAtHealth(engine, picture, until) };
}

/** Static sites and stacks: each kind knows how to look at its own. One that cannot be looked at keeps nobody from the others. */
async function lookAtOthers(
  sight: Sight,
  live: readonly DeploymentRecord[],
  signal: AbortSignal,
): Promise<{ others: Picture['others']; unseen: Problem[] }> {
  const others = new Map<string, { finding: Finding; wrong?: string }>();
  const unseen: Problem[] = [];
  for (const record of live) {
    const { look } = kindOf(record.config.service);
    if (look === undefined) continue;
    try {
      others.set(record.id, await look(sight, record, signal));
    } catch (error) {
      signal.throwIfAborted();
      const { project, environment, service } = record;
      unseen.push({ project, environment, message: `${service} cannot be looked at: ${asFailure(error).message}` });
    }
  }
  return { others, unseen };
}

/** One look at each router, however many services it has. */
async function lookAtRoutes(
  engine: Engine,
  { store, home }: Pick<Looking, 'store' | 'home'>,
  { live, owner }: Omit<Picture, 'routes' | 'others'>,
  signal: AbortSignal,
) {
  const routes = new Map<string, Route | 'unknown' | 'none'>();
  const problems: Problem[] = [];
  const routed = live.filter(({ config }) => config.environment.routing.kind !== 'none' && config.service.route !== undefined);
  const byRouter = new Map<string, DeploymentRecord[]>();
  for (const record of routed) {
    const key = JSON.stringify(record.config.environment.routing);
    byRouter.set(key, [...(byRouter.get(key) ?? []), record]);
  }
  for (const records of byRouter.values()) {
    const [first] = records;
    if (first === undefined) continue;
    try {
      const look = await routerOf(first.config.environment.routing, engine, { home, store }).look(signal);
      const owners = await store.read((reader) => records.map((each) => adoptedOwners(adoptedOf(reader, each.project, each.environment))));
      records.forEach((record, at) => {
        const target = targetOf(record, owner, owners[at] ?? []);
        if (target !== undefined) routes.set(record.id, look(target) ?? 'none');
      });
    } catch (error) {
      signal.throwIfAborted();
      const { message } = asFailure(error);
      for (const { id, project, environment } of records) {
        routes.set(id, 'unknown');
        if (!problems.some((each) => each.project === project && each.environment === environment))
          problems.push({ project, environment, message });
      }
    }
  }
  return { routes, problems };
}
