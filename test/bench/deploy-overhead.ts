// What Hearth adds to `docker build`, `docker run` and the time a version must stay well.
import { DeployBench } from '../support/deployBench.ts';
import { benchDocker } from './deploySupport.ts';
import { type Bench, valueAtMost } from './harness.ts';

/** `healthy_for` of the bench's service, in milliseconds. */
const stable = 200;

export const bench: Bench = {
  name: 'deploy-overhead',
  target: 'beyond raw docker build + docker run + stability window < 1 s',
  async run(ctx) {
    const { address, docker } = await benchDocker(ctx);
    const shop = await DeployBench.open();
    ctx.cleanup(() => shop.dispose());
    let version = 0;
    const ours = async (): Promise<number> => {
      shop.version(`${++version}`);
      const start = performance.now();
      const [deployment] = await shop.deploy();
      const elapsed = performance.now() - start;
      if (deployment?.state !== 'live') throw new Error(deployment?.reason ?? 'not live');
      return elapsed;
    };
    const raw = async (): Promise<number> => {
      shop.version(`${++version}`);
      const start = performance.now();
      const host = ['--host', address];
      const run = (args: string[]) => ctx.spawn('docker', [...host, ...args], { cwd: shop.repository.root });
      await run(['build', '-q', '-t', `raw-${shop.project}`, '.']);
      await run([
        'run',
        '-d',
        '--name',
        `raw-${shop.project}-${version}`,
        '--network',
        `hearth-${shop.project}-production`,
        `raw-${shop.project}`,
      ]);
      const elapsed = performance.now() - start;
      docker('rm', '-f', `raw-${shop.project}-${version}`);
      return elapsed + stable;
    };
    ctx.cleanup(() => docker('rmi', '-f', `raw-${shop.project}`));
    // The first one makes the network.
    await ours();
    const pair = await ctx.pair(ours, raw, { rounds: 8 });
    const added = await ctx.sample(async () => (await ours()) - (await raw()), { rounds: 8, warmup: 0 });
    return [
      valueAtMost(
        'added to build, run and stability window',
        'ms',
        added,
        1000,
        'the old version is drained (100 ms) and stopped within it',
      ),
      { measure: 'a whole deployment', unit: 'ms', ...pair },
    ];
  },
};
