// Live releases with real containers at a real engine, and a reconciler over them: what the deployer leaves behind, without deploying.
import { randomBytes } from 'node:crypto';
import type { ResolvedEnvironment, Routing, Service } from '../../server/config/hearthTypes.ts';
import { createReplica, ensurePlace } from '../../server/deploy/containers.ts';
import type { Engine } from '../../server/deploy/engine/types.ts';
import { begin, end, enqueue, keepContainers, keepImage, promote } from '../../server/deploy/journal.ts';
import { newDeploymentId } from '../../server/deploy/names.ts';
import { deployerOf } from '../../server/deploy/reconcile/deployer.ts';
import { Reconciler, type ReconcilerOptions } from '../../server/deploy/reconcile/index.ts';
import { type DeployedContainer, type DeploymentRecord, readDeployment } from '../../server/deploy/records.ts';
import { Keys } from '../../server/environment/index.ts';
import { asFailure } from '../../server/rpc/failure.ts';
import type { testDocker } from './docker.ts';
import { baseImage } from './dockerEngine.ts';
import { author, openState, type TestState } from './stateStore.ts';

export const calmSignal = new AbortController().signal;

export interface ReleaseOptions {
  readonly service?: Partial<Service>;
  readonly routing?: Routing;
  readonly environment?: string;
  /** What it is deployed from; the base image unless told. */
  readonly image?: { readonly image: string; readonly imageId: string; readonly digest: string | null };
}

export type ReleaseWorld = Awaited<ReturnType<typeof releaseWorld>>;

/** A home of its own: store, owner, project, reconciler (not started). `name` is the project's, else one nobody else has. */
export async function releaseWorld(
  given: {
    name?: string;
    docker?: Awaited<ReturnType<typeof testDocker>>;
    engine?: Engine;
    engines?: ReconcilerOptions['engines'];
    clock?: () => number;
  } = {},
) {
  // Not outside of a test run: it needs vitest.
  const docker = given.docker ?? (await (await import('./docker.ts')).testDocker());
  const engine = given.engine ?? docker.engine;
  const state: TestState = await openState();
  const project = `project-${randomBytes(4).toString('hex')}`;
  const name = given.name ?? `t${randomBytes(4).toString('hex')}`;
  const owner = `owner-${randomBytes(4).toString('hex')}`;
  const fence = { number: 7, check: () => {} };
  const active = new Set<string>();
  const told: string[] = [];
  const logged: string[] = [];
  await state.store.write(author, (transaction) => {
    transaction.run("update meta set value = ? where key = 'ownerId'", [owner]);
    transaction.run('insert into projects (id, name, created) values (?, ?, ?)', [project, name, transaction.now]);
  });
  const resumed: string[] = [];
  const stopped: string[] = [];
  const queue = {
    isActive: (id: string) => active.has(id),
    consider: async () => void resumed.push('all'),
    stop: async (id: string) => void stopped.push(id),
  };
  const reconciler = new Reconciler({
    store: state.store,
    engines: given.engines ?? { get: async () => engine },
    deployer: deployerOf({ store: state.store, keys: new Keys(state.home), fence, owner: async () => owner }, queue),
    fence,
    keys: new Keys(state.home),
    home: state.home,
    log: (level, text, fields) => void logged.push(`${level} ${text} ${JSON.stringify(fields ?? {})}`),
    notify: (id) => void told.push(id),
    ...(given.clock === undefined ? {} : { now: given.clock }),
  });
  const maker = { engine, owner, fence: fence.number };
  const names: string[] = [];
  const world = {
    ...{
      docker,
      engine,
      state,
      store: state.store,
      project,
      name,
      owner,
      fence,
      reconciler,
      active,
      told,
      logged,
      resumed,
      stopped,
      maker,
    },
    /** A row on its way, without containers. */
    async queued(service: string, options: ReleaseOptions = {}): Promise<DeploymentRecord> {
      const id = newDeploymentId(Date.now());
      const environment = environmentOf(docker.address, options);
      const config = { project: name, service: serviceOf(service, options.service), environment, retention: { releases: 5, logs: 20 } };
      return state.store.write(author, (transaction) =>
        enqueue(transaction, {
          ...{
            id,
            run: id,
            project,
            projectName: name,
            environment: environment.name,
            service,
            engine: docker.address,
            repository: '/nowhere',
          },
          ...{ commit: 'a'.repeat(40), subject: 'A change', config, overrides: {}, specHash: 'none' },
          ...{
            image: options.image?.image ?? baseImage,
            imageId: null,
            digest: null,
            actor: 'test',
            rollbackTo: null,
            fence: fence.number,
            url: null,
          },
        }),
      );
    },
    /** A live one with its containers running. */
    async live(service: string, options: ReleaseOptions = {}): Promise<DeploymentRecord> {
      const record = await world.queued(service, options);
      await ensurePlace(maker, record, calmSignal);
      const made: DeployedContainer[] = [];
      for (let replica = 0; replica < record.config.service.replicas; replica++) {
        const container = await createReplica(maker, { record, values: [], replica }, calmSignal);
        await engine.startContainer(container.id, calmSignal);
        made.push(container);
        names.push(container.name);
      }
      return state.store.write(author, (transaction) => {
        begin(transaction, record.id, fence.number);
        keepImage(transaction, record.id, options.image ?? { image: baseImage, imageId: baseImage, digest: null });
        keepContainers(transaction, record.id, made);
        const before = transaction.get<{ id: string }>(
          "select id from deployments where project = ? and environment = ? and service = ? and state = 'live'",
          [project, record.environment, service],
        );
        promote(transaction, record.id, before?.id ?? null);
        end(transaction, record.id, { state: 'live', reason: null, hint: null });
        return mustRead(readDeployment(transaction, record.id));
      });
    },
    record: (id: string) => state.store.read((reader) => mustRead(readDeployment(reader, id))),
    /** Containers of the project, by anybody: `name state`. */
    containers: (): string[] =>
      docker
        .docker('ps', '-a', '--filter', `label=hearth.project=${name}`, '--format', '{{.Names}} {{.State}}')
        .split('\n')
        .filter((line) => line !== '')
        .sort(),
    plan: (environment?: string) => reconciler.plan({ project, environment }, calmSignal),
    run: (environment?: string) => reconciler.run({ project, environment }, calmSignal),
    async dispose(): Promise<void> {
      await reconciler.stop();
      await state.close();
      const ids = docker.docker('ps', '-aq', '--filter', `label=hearth.project=${name}`).split('\n').filter(Boolean);
      if (ids.length > 0) docker.docker('rm', '-f', ...ids);
      const networks = docker.docker('network', 'ls', '-q', '--filter', `label=hearth.project=${name}`).split('\n').filter(Boolean);
      for (const network of networks) {
        try {
          docker.docker('network', 'rm', network);
        } catch (error) {
          // Another home of the test uses it still.
          if (asFailure(error).message === '') throw error;
        }
      }
      if (given.docker === undefined) docker.close();
    },
  };
  return world;
}

/** Answers `ok` on 8080 at `/healthz`. */
export const webCommand = ['/bin/sh', '-c', 'mkdir -p /tmp/www && echo ok > /tmp/www/healthz && exec httpd -f -p 8080 -h /tmp/www'];

export function serviceOf(name: string, given: Partial<Service> = {}): Service {
  return {
    ...{ name, kind: 'container', source: { kind: 'image', image: baseImage }, port: 8080, command: webCommand },
    ...{ variables: {}, secrets: [], volumes: [], replicas: 1, resources: {} },
    health: { probe: { kind: 'http', path: '/healthz' }, interval: 100, timeout: 5000, healthyFor: 200, deadline: 60_000 },
    ...{ drain: 200, stopTimeout: 500, dependsOn: [], hooks: {} },
    ...given,
  };
}

function environmentOf(address: string, { routing = { kind: 'none' }, environment = 'production' }: ReleaseOptions): ResolvedEnvironment {
  return { name: environment, chain: [environment], docker: address, routing, variables: {}, limits: {} };
}

function mustRead(record: DeploymentRecord | undefined): DeploymentRecord {
  if (record === undefined) throw new Error('no such deployment');
  return record;
}
