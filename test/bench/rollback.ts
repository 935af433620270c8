// From the request to go back until the old release answers through the router; its image is there.
import * as deploy from '../../server/protocol/deploy.ts';
import { routedShop } from './deploySupport.ts';
import { type Bench, valueAtMost } from './harness.ts';

/** The defaults of `hearth.yaml`: a deployment waits ten seconds, going back does not. */
const usual = '{ http: /healthz }';

export const bench: Bench = {
  name: 'rollback',
  target: 'image present: request → confirmed route < 2 s',
  async run(ctx) {
    const { bench: shop, commit } = await routedShop(ctx);
    const releases: string[] = [];
    for (const version of ['1', '2']) {
      commit(version, 'good', ctx.smoke ? undefined : usual);
      const [deployment] = await shop.deploy();
      if (deployment?.state !== 'live') throw new Error(deployment?.reason ?? 'not live');
      releases.push(deployment.id);
    }
    const confirmed = await ctx.sample(
      async () => {
        const start = Date.now();
        const { run } = await shop.send(deploy.rollback, { environment: 'production', service: 'web', to: releases.at(-2) });
        const [deployment] = await shop.ended(run);
        if (deployment?.state !== 'live') throw new Error(deployment?.reason ?? 'not live');
        releases.push(deployment.id);
        // Live is said when the route was confirmed, by the same clock.
        return (deployment.liveSince ?? Number.NaN) - start;
      },
      { rounds: 10 },
    );
    return [valueAtMost('request → route confirmed', 'ms', confirmed, 2000)];
  },
};
