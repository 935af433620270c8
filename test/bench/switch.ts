// Clients that ask again as soon as they are answered, through a real Caddy, while versions take each other's place.
import { ClosedLoop } from '../support/closedLoop.ts';
import { routedShop } from './deploySupport.ts';
import { type Bench, summarise, valueAtMost } from './harness.ts';

export const bench: Bench = {
  name: 'switch',
  target: '0 failed of ≥ 10 000 requests in ten switches',
  async run(ctx) {
    const { bench: shop, caddy, host, commit } = await routedShop(ctx);
    commit('0');
    const [first] = await shop.deploy();
    if (first?.state !== 'live') throw new Error(first?.reason ?? 'not live');
    const isRight = (status: number, body: string) => status === 200 && /^\d+$/.test(body);
    const clients = new ClosedLoop({ entry: caddy.entry, host, path: '/version', clients: 2, isRight });
    const between = ctx.size(1000, 50);
    const switches: number[] = [];
    for (let version = 1; version <= ctx.size(10); version += 1) {
      await clients.more(between);
      commit(`${version}`);
      const [deployment] = await shop.deploy();
      if (deployment?.state !== 'live') throw new Error(deployment?.reason ?? 'not live');
      const { deployment: detail } = await shop.send((await import('../../server/protocol/deploy.ts')).show, { id: deployment.id });
      const switching = detail.phaseTimes.find(({ phase }) => phase === 'switching');
      switches.push((switching?.ended ?? 0) - (switching?.started ?? 0));
    }
    await clients.more(between);
    await clients.stop();
    return [
      valueAtMost(
        'failed requests',
        '',
        summarise([clients.failures.length]),
        0,
        [...new Set(clients.failures)].slice(0, 5).join(', ') || undefined,
      ),
      { measure: 'requests', unit: '', ours: summarise([clients.answered]), target: { atLeast: 10_000 } },
      valueAtMost('route switched and confirmed', 'ms', summarise(switches)),
      valueAtMost(
        'idle kept connections closed under a request',
        '',
        summarise([clients.stale]),
        undefined,
        'asked once more by the client, as browsers do (RFC 9112 §9.3.1)',
      ),
    ];
  },
};
