// What Hearth adds to `docker stack deploy`, its convergence and the time the new tasks must stay well.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Engines } from '../../server/deploy/engine/index.ts';
import { baseImage } from '../support/dockerEngine.ts';
import { SwarmBench } from '../support/swarmBench.ts';
import { type Bench, valueAtMost } from './harness.ts';

/** `healthy_for` of the bench's stack, in milliseconds; Hearth has the Swarm watch for as long. */
const stable = 300;

const compose = (version: number) =>
  `version: "3.8"\nservices:\n  web:\n    image: ${baseImage}\n    command: ["sh", "-c", "echo ${version}; sleep 100000"]\n    stop_grace_period: 0s\n    deploy: { update_config: { order: start-first, monitor: ${stable}ms } }\n`;

export const bench: Bench = {
  name: 'stack-overhead',
  target: 'beyond docker stack deploy + convergence + stability window < 1.5 s',
  async run(ctx) {
    const shop = await SwarmBench.open();
    ctx.cleanup(() => shop.dispose());
    const folder = mkdtempSync(path.join(tmpdir(), 'hearth-bench-stack-'));
    ctx.cleanup(() => rmSync(folder, { recursive: true }));
    const engines = new Engines({ home: tmpdir(), log: () => {} });
    ctx.cleanup(() => engines.dispose());
    const engine = await engines.get(shop.address, AbortSignal.timeout(30_000));
    let version = 0;
    const ours = async (): Promise<number> => {
      shop.version(`${++version}`, compose(version));
      const start = performance.now();
      const [deployment] = await shop.bench.deploy();
      const elapsed = performance.now() - start;
      if (deployment?.state !== 'live') throw new Error(deployment?.reason ?? 'not live');
      return elapsed;
    };
    const raw = async (): Promise<number> => {
      const file = path.join(folder, 'compose.yaml');
      writeFileSync(file, compose(++version));
      const start = performance.now();
      await ctx.spawn('docker', ['--host', shop.address, 'stack', 'deploy', '--resolve-image=never', '-c', file, 'raw'], { cwd: folder });
      await converged(version);
      return performance.now() - start + stable;
    };
    const converged = async (wanted: number): Promise<void> => {
      const signal = AbortSignal.timeout(60_000);
      for (;;) {
        const row = await engine.inspectService('raw_web', signal);
        const tasks = row === undefined ? [] : await engine.listTasks([row.id], signal);
        const runs = tasks.filter(({ state }) => state === 'running');
        const isNew = row?.spec.TaskTemplate.ContainerSpec.Args?.join(' ').includes(`echo ${wanted};`);
        if (isNew && row?.update?.state !== 'updating' && runs.length === 1) return;
        await wait(50);
      }
    };
    // The first ones make the networks.
    await ours();
    await raw();
    const pair = await ctx.pair(ours, raw, { rounds: 5 });
    const added = await ctx.sample(async () => (await ours()) - (await raw()), { rounds: 5, warmup: 0 });
    return [
      valueAtMost('added to stack deploy, convergence and stability window', 'ms', added, 1500, 'the old tasks have ended within it'),
      { measure: 'a whole deployment of a stack', unit: 'ms', ...pair },
    ];
  },
};
