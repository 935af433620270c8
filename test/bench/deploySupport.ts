import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { Engines } from '../../server/deploy/engine/index.ts';
import type { Engine } from '../../server/deploy/engine/types.ts';
import { startCaddyContainer, type TestCaddy } from '../support/caddy.ts';
import { DeployBench, type Mode } from '../support/deployBench.ts';
import { dockerAddress, endDocker, prepareDocker } from '../support/dockerEngine.ts';
import type { BenchContext } from './harness.ts';

export interface BenchDocker {
  readonly address: string;
  readonly engine: Engine;
  docker(...args: string[]): string;
  close(): void;
}

/** An engine of the bench's own, ended with it. */
export async function benchDocker(ctx: BenchContext): Promise<BenchDocker> {
  prepareDocker();
  ctx.cleanup(endDocker);
  const address = await dockerAddress();
  const engines = new Engines({ home: tmpdir(), log: () => {} });
  ctx.cleanup(() => engines.dispose());
  const engine = await engines.get(address, AbortSignal.timeout(30_000));
  const docker = (...args: string[]) =>
    execFileSync('docker', ['--host', address, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  return { address, engine, docker, close: () => {} };
}

export interface RoutedShop {
  readonly bench: DeployBench;
  readonly caddy: TestCaddy;
  readonly host: string;
  /** Commits a version of the shop's only service, which a Caddy in a container routes to. */
  commit(version: string, mode?: Mode, health?: string): string;
}

/** A service behind a real Caddy, nothing deployed yet. */
export async function routedShop(ctx: BenchContext): Promise<RoutedShop> {
  const docker = await benchDocker(ctx);
  const bench = await DeployBench.open();
  const name = `${bench.project}-caddy`;
  const caddy = await startCaddyContainer(docker, name);
  // The shop's containers are in Caddy's network, and as long as its hub lives it puts them back.
  ctx.cleanup(async () => {
    await bench.dispose();
    await caddy.dispose();
  });
  const host = 'shop.example.test';
  const routing = `{ kind: caddy, network: ${caddy.network}, admin: "http://${name}:2019", entry: "${caddy.entry}" }`;
  const commit = (version: string, mode: Mode = 'good', health?: string) => {
    const web = { more: `route: { host: ${host}, path: / }`, ...(health === undefined ? {} : { health }) };
    return bench.version(version, mode, { web }, `production: { routing: ${routing} }`);
  };
  return { bench, caddy, host, commit };
}
