// The real Docker engine of the test run (dockerEngine.ts) as tests use it.
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe } from 'vitest';
import { Engines } from '../../server/deploy/engine/index.ts';
import type { Engine } from '../../server/deploy/engine/types.ts';
import { asFailure } from '../../server/rpc/failure.ts';
import { dockerAddress, noDocker, which } from './dockerEngine.ts';
import { until } from './processes.ts';

export { baseImage, dockerAddress, OwnEngine } from './dockerEngine.ts';

/** Tests on the real engine: skipped where none can be started, but never in CI. */
export const describeDocker: typeof describe.skip = noDocker === undefined || process.env['HEARTH_CI'] === '1' ? describe : describe.skip;

/** The engine at an address where one is: it answers, but on a busy machine later than `Engines` waits. */
export function engineAt(engines: Engines, address: string, signal: AbortSignal): Promise<Engine> {
  return until(() =>
    engines.get(address, signal).catch((error: unknown) => {
      if (/did not answer within/.test(asFailure(error).message)) return undefined;
      throw error;
    }),
  );
}

/** An `Engine` of ours on it, and the `docker` command for looking from outside. Close it after the test. */
export async function testDocker(): Promise<{ address: string; engine: Engine; docker(...args: string[]): string; close(): void }> {
  const address = await dockerAddress();
  // A test may put another program of this name on the PATH.
  const program = which('docker') ?? 'docker';
  const engines = new Engines({ home: tmpdir(), log: () => {} });
  const engine = await engineAt(engines, address, AbortSignal.timeout(120_000));
  return {
    address,
    engine,
    docker: (...args) =>
      execFileSync(program, ['--host', address, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 64 << 20,
      }).trim(),
    close: () => engines.dispose(),
  };
}
