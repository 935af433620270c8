import { probeGit } from './git/abilities.ts';
import { currentGitPath, processCounts } from './git/process.ts';
import * as protocol from './protocol/session.ts';
import { asFailure } from './rpc/failure.ts';
import { handle, type Registration, type Timing } from './rpc/router.ts';
import { version } from './version.ts';

/** Handlers about the connection itself. */
export function sessionHandlers(timings: () => Timing[]): Registration[] {
  return [
    handle(protocol.echo, async ({ text }) => ({ text })),
    handle(protocol.info, async () => {
      const git = await probeGit().then(
        (abilities) => ({ path: currentGitPath(), version: abilities.version }),
        (error) => ({ problem: asFailure(error).message }),
      );
      const memory = process.memoryUsage();
      return {
        version,
        protocol: protocol.protocolVersion,
        pid: process.pid,
        runtime: process.version,
        git,
        processes: processCounts(),
        memory: { rss: memory.rss, heap: memory.heapUsed },
        timings: timings(),
      };
    }),
  ];
}
