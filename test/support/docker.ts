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

/** An `Engine` of ours on it, and the `docker` command for looking from outside. Close it after the test. */
export async function testDocker(): Promise<{ address: string; engine: Engine; docker(...args: string[]): string; close(): void }> {
  const address = await dockerAddress();
  // A test may put another program of this name on the PATH.
  const program = which('docker') ?? 'docker';
  const engines = new Engines({ home: tmpdir(), log: () => {} });
  const signal = AbortSignal.timeout(120_000);
  // It answers, but on a busy machine later than `Engines` waits.
  const engine = await until(() =>
    engines.get(address, signal).catch((error: unknown) => {
      if (/did not answer within/.test(asFailure(error).message)) return undefined;
      throw error;
    }),
  );
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
