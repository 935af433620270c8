// What the router, validation and correlation add to a round trip: our `session/echo` against a bare vscode-jsonrpc echo in the same shape.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node';
import { type Bench, percentile, ratioAtMost } from './harness.ts';

/** Milliseconds of each request, `inFlight` of them open at any time. */
async function roundTrips(count: number, inFlight: number, send: (text: string) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1;
      const start = performance.now();
      await send(`request ${next}`);
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return times;
}

export const bench: Bench = {
  name: 'rpc',
  target: 'p99 ≤ 1.5 × raw vscode-jsonrpc echo, 10 000 requests, 100 in flight',
  async run(ctx) {
    const count = ctx.size(10_000, 200);
    const server = await ctx.startServer();
    const peer = spawn(process.execPath, [join(import.meta.dirname, 'peers', 'echoServer.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
    ctx.cleanup(() => peer.kill());
    const raw = createMessageConnection(new StreamMessageReader(peer.stdout), new StreamMessageWriter(peer.stdin));
    raw.listen();
    const at = (percent: number, send: (text: string) => Promise<unknown>) => async () => {
      return percentile(await roundTrips(count, 100, send), percent);
    };
    const ours = (text: string) => server.request('session/echo', { text });
    const theirs = (text: string) => raw.sendRequest('echo', { text });
    const tail = await ctx.pair(at(99, ours), at(99, theirs), { rounds: 15, warmup: 2 });
    const middle = await ctx.pair(at(50, ours), at(50, theirs), { rounds: 5 });
    const alone = await ctx.pair(
      async () => percentile(await roundTrips(ctx.size(2_000, 50), 1, ours), 50),
      async () => percentile(await roundTrips(ctx.size(2_000, 50), 1, theirs), 50),
      { rounds: 5 },
    );
    raw.dispose();
    return [
      ratioAtMost('round trip p99, 100 in flight', tail, 1.5),
      { measure: 'round trip p50, 100 in flight', unit: 'ms', ...middle },
      { measure: 'round trip p50, one at a time', unit: 'ms', ...alone },
    ];
  },
};
