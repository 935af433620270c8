// What it costs to see that 200 containers are as they should be.
import { label } from '../../server/deploy/labels.ts';
import { releaseWorld } from '../support/releaseWorld.ts';
import { benchDocker } from './deploySupport.ts';
import { type Bench, summarise, valueAtMost } from './harness.ts';

export const bench: Bench = {
  name: 'reconcile-200',
  target: '200 containers < 250 ms, one list call',
  async run(ctx) {
    const docker = await benchDocker(ctx);
    let lists = 0;
    const engine = new Proxy(docker.engine, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (name === 'listContainers') lists += 1;
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const world = await releaseWorld({ docker, engine });
    ctx.cleanup(() => world.dispose());
    const replicas = 10;
    const services = Array.from({ length: ctx.size(20) }, (_, at) => `service-${at}`);
    // Four environments: the networks of a test's engine have room for 60 containers each.
    for (const [at, name] of services.entries()) {
      const service = { replicas, command: ['sleep', '100000'] };
      await world.live(name, { environment: `environment-${at % 4}`, service });
    }
    const ours = { [label.managed]: '1', [label.owner]: world.owner };
    const rows = await docker.engine.listContainers(ours, AbortSignal.timeout(60_000));
    if (rows.length !== services.length * replicas) throw new Error(`${rows.length} containers`);
    lists = 0;
    let looks = 0;
    const pair = await ctx.pair(
      async () => {
        looks += 1;
        const { actions, problems } = await world.plan();
        if (actions.length + problems.length > 0) throw new Error(JSON.stringify({ actions, problems }));
      },
      () => docker.engine.listContainers(ours, AbortSignal.timeout(60_000)),
      { rounds: 20 },
    );
    return [
      { measure: `${rows.length} containers seen to be right`, unit: 'ms', ours: pair.ours, target: { atMost: 250 } },
      { measure: 'against the list alone', unit: 'ms', ...pair },
      valueAtMost('list calls a look', '', summarise([lists / looks]), 1),
    ];
  },
};
