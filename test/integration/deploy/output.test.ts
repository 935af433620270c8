// What a release's containers said, for who looks for the cause of an incident: never with a secret in it.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { releaseOutput } from '../../../server/deploy/output.ts';
import type { Parts } from '../../../server/deploy/parts.ts';
import { Keys } from '../../../server/environment/index.ts';
import { store as storeVariable } from '../../../server/environment/storedVariables.ts';
import { describeDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';
import { calmSignal, type ReleaseWorld, releaseWorld } from '../../support/releaseWorld.ts';
import { author } from '../../support/stateStore.ts';

describeDocker('the output of a release', () => {
  let world: ReleaseWorld;
  beforeAll(async () => {
    world = await releaseWorld();
  });
  afterAll(() => world?.dispose());

  test('its last lines, masked; without the secrets nothing of the containers, but what was kept of them; of one that is gone the same', async () => {
    const command = ['/bin/sh', '-c', 'echo one; echo two; echo "cartTotal: the token is hunter22-horse"; exec sleep 600'];
    const record = await world.live('web', { service: { command, secrets: [{ name: 'TOKEN', as: 'variable' }] } });
    const keys = new Keys(world.state.home);
    const parts = {
      ...{ store: world.store, keys, home: world.state.home, log: () => {}, owner: async () => world.owner },
      engine: async () => world.engine,
    } as unknown as Parts;
    const output = (tail: number) => releaseOutput(parts, record, tail, calmSignal);
    const folder = path.join(world.state.home, 'deployments');
    mkdirSync(folder, { recursive: true });
    const kept = (n: number, stream: string, text: string) => JSON.stringify({ n, time: n, stream, text });
    writeFileSync(path.join(folder, `${record.id}.jsonl`), `${kept(1, 'build', 'step 1')}\n${kept(2, 'container', 'started')}\n`);

    expect(await output(10)).toEqual(['started']);
    await world.store.write(author, (transaction) => {
      const key = { project: world.project, environment: 'production', service: '' };
      storeVariable(transaction, keys, key, { name: 'TOKEN', value: 'hunter22-horse', secret: true });
    });
    await until(async () => (await output(10)).length === 3);
    expect(await output(2)).toEqual(['two', 'cartTotal: the token is ***']);

    for (const { id } of record.containers) await world.engine.removeContainer(id, calmSignal);
    expect(await output(10)).toEqual(['started']);
  });
});
