import { asFailure } from '../../rpc/failure.ts';
import type { StateStore } from '../../store/types.ts';
import type { Engine } from '../engine/types.ts';
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
  isActive(deployment: string): boolean;
  now(): number;
}

/** One list of the engine's containers, whatever their number, then the state: what is in the list has its row by then. */
export async function lookAtEngine({ engine, address, store, fence, isActive, now }: Looking, signal: AbortSignal): Promise<EngineSight> {
  const rows = await engine.listContainers({ [label.managed]: '1' }, signal);
  const drawn = await store.read((reader) => drawPicture(reader, { address, rows, now: now(), fence, isActive }));
  const { routes, problems } = await lookAtRoutes(engine, store, drawn, signal);
  const picture: Picture = { ...drawn, routes };
  return { engine, picture, problems, health: (until) => lookAtHealth(engine, picture, until) };
}

/** One look at each router, however many services it has. */
async function lookAtRoutes(engine: Engine, store: StateStore, { live, owner }: Omit<Picture, 'routes'>, signal: AbortSignal) {
  const routes = new Map<string, Route | 'unknown' | 'none'>();
  const problems: Problem[] = [];
  const routed = live.filter(({ config }) => config.environment.routing.kind === 'caddy' && config.service.route !== undefined);
  const byRouter = new Map<string, DeploymentRecord[]>();
  for (const record of routed) {
    const key = JSON.stringify(record.config.environment.routing);
    byRouter.set(key, [...(byRouter.get(key) ?? []), record]);
  }
  for (const records of byRouter.values()) {
    const [first] = records;
    if (first === undefined) continue;
    try {
      const look = await routerOf(first.config.environment.routing, engine).look(signal);
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
