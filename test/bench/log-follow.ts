// Following a container that prints 10 MB a second, through a window's server and its hub: what is lost, and what it costs the hub.
import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { logs } from '../../server/protocol/runtime.ts';
import { DeployBench } from '../support/deployBench.ts';
import { baseImage } from '../support/dockerEngine.ts';
import { benchDocker } from './deploySupport.ts';
import { type Bench, residentMemory, summarise, valueAtMost } from './harness.ts';

/** Lines of 100 bytes, ten thousand to a megabyte; one megabyte every tenth of a second once it is told to. */
const perMegabyte = 10_000;
const script = [
  `yes "$(printf 'log %.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24)abc" | head -n ${perMegabyte} > /tmp/megabyte`,
  'mkdir -p /tmp/www; echo ok > /tmp/www/healthz; httpd -p 8080 -h /tmp/www',
  'while :; do if test -e /tmp/go; then n=$(cat /tmp/go); rm /tmp/go; while test $n -gt 0; do cat /tmp/megabyte; n=$((n-1)); sleep 0.09; done; fi; sleep 0.05; done',
].join('; ');

export const bench: Bench = {
  name: 'log-follow',
  target: '10 MB/s followed: ≥ 0.9 × the lines of docker logs --follow, the hub grows by < 64 MB',
  async run(ctx) {
    await benchDocker(ctx);
    const shop = await DeployBench.open({ HEARTH_CHECK_RESULTS: '0' });
    ctx.cleanup(() => shop.dispose());
    const command = `command: ${JSON.stringify(['/bin/sh', '-c', script])}`;
    shop.version('1', 'good', { web: { image: baseImage, more: command } });
    const [deployment] = await shop.deploy();
    if (deployment?.state !== 'live') throw new Error(deployment?.reason ?? 'not live');
    const container = shop.containers()[0]?.name ?? '';
    const hub = shop.home.owner().pid;
    const megabytes = ctx.size(100, 5);
    const all = megabytes * perMegabyte;
    const [dropped, memory] = [[], []] as [number[], number[]];
    /** Has all of it printed; resolves when it was seen, or when nothing new comes for a while. */
    const printed = async (seen: () => number): Promise<void> => {
      shop.docker('exec', container, '/bin/sh', '-c', `echo ${megabytes} > /tmp/go.new; mv /tmp/go.new /tmp/go`);
      let [before, since] = [0, performance.now()];
      while (seen() < all && performance.now() - since < 5000) {
        await wait(20);
        if (seen() !== before) [before, since] = [seen(), performance.now()];
      }
    };
    const ours = async (): Promise<number> => {
      const before = residentMemory(hub);
      let [lines, left, most] = [0, 0, before];
      const ended = new AbortController();
      const following = shop.server.send(
        logs,
        { repository: shop.repository.root, environment: 'production', follow: true, tail: 1, since: Date.now() },
        {
          signal: ended.signal,
          onPartial: (news) => {
            lines += news.lines.length;
            left = news.dropped;
            most = Math.max(most, residentMemory(hub));
          },
        },
      );
      await printed(() => lines + left);
      ended.abort();
      await following.catch(() => {});
      dropped.push((100 * left) / all);
      memory.push((most - before) / 1e6);
      return lines;
    };
    const raw = async (): Promise<number> => {
      const child = spawn('docker', ['--host', shop.address, 'logs', '--follow', '--tail', '0', container], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let lines = 0;
      child.stdout.on('data', (chunk: Buffer) => {
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
      });
      await wait(500);
      await printed(() => lines);
      child.kill();
      return lines;
    };
    const pair = await ctx.pair(ours, raw, { rounds: 3, warmup: 0 });
    return [
      {
        measure: `lines seen of ${all}`,
        unit: '',
        ...pair,
        target: { atLeast: 0.9 },
        note: 'raw is docker logs --follow; what it misses the engine has rotated away',
      },
      valueAtMost('lines that were counted as left out', '%', summarise(dropped), 1),
      valueAtMost('growth of the hub', 'MB', summarise(memory), 64),
    ];
  },
};
