// What the reconciler does when the engine goes away under it.

import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Engines } from '../../../server/deploy/engine/index.ts';
import { describeDocker, OwnEngine } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';
import { type ReleaseWorld, releaseWorld } from '../../support/releaseWorld.ts';

describeDocker('an engine that goes away', () => {
  let own: OwnEngine;
  let engines: Engines;
  let world: ReleaseWorld;
  beforeEach(async () => {
    own = new OwnEngine();
    await own.start();
    engines = new Engines({ home: tmpdir(), log: () => {} });
    const engine = await engines.get(own.address, AbortSignal.timeout(30_000));
    const docker = (...args: string[]) =>
      execFileSync('docker', ['--host', own.address, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
    world = await releaseWorld({ docker: { address: own.address, engine, docker, close: () => {} }, engines });
  });
  afterEach(async () => {
    await world?.dispose().catch(() => {});
    engines?.dispose();
    await own?.dispose();
  });

  // An engine takes seconds to start: the other way it ends is tried in the long run only.
  const signals = (process.env['HEARTH_FAULT_SEEDS'] ?? '') === '' ? (['SIGKILL'] as const) : (['SIGKILL', 'SIGTERM'] as const);
  test.each(signals)(
    'ended by %s: nobody knows how it is; back again, it is looked at anew and events are heard',
    {
      timeout: 300_000,
    },
    async (signal) => {
      const web = await world.live('web');
      const health = () => world.reconciler.observations.healthOf(web.id);
      world.reconciler.start();
      await until(() => health().state === 'healthy');
      await own.stop(signal);
      await until(() => health().state === 'unobserved');
      await until(() => world.reconciler.observations.engine(own.address).problem !== undefined);
      const before = world.told.length;
      await own.start();
      await until(() => health().state === 'healthy');
      await until(() => world.told.length > before && world.reconciler.observations.engine(own.address).problem === undefined);
      const [name] = web.containers.map((each) => each.name);
      world.docker.docker('kill', name ?? '');
      await until(() => world.containers()[0] === `${name} running`);
      // Going down with its engine is no fault of its own.
      expect((await world.record(web.id)).crashLoop).toBe(false);
    },
  );
});
