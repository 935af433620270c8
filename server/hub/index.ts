import path from 'node:path';
import { claim, status, stop } from '../protocol/hub.ts';
import type { Log } from '../rpc/log.ts';
import { handle, type Registration } from '../rpc/router.ts';
import { offlineStoreHandlers } from '../store/offline.ts';
import { version } from '../version.ts';

export { forwarded, type HubLink, lazyLink } from './link.ts';

/** What a window's server or the command line answers about the hub from the files, without one. Loaded when asked. */
export function hubHandlers(home: string): Registration[] {
  const inspect = () => import('./inspect.ts');
  return [
    handle(status, async () => (await inspect()).hubStatus(home)),
    handle(stop, async (_params, { signal }) => (await inspect()).stopHub(home, signal)),
    handle(claim, async (params) => (await inspect()).claimHome(home, params)),
    ...offlineStoreHandlers(home, async (signal, work) => (await inspect()).whileOwning(home, signal, work)),
  ];
}

/** Writes the `hearth` command of this version in a moment when nobody waits; a home that cannot be written goes without one. */
export function writeLauncherSoon(home: string, bundles: string, log: Log): void {
  setTimeout(async () => {
    const { writeLauncher } = await import('./launcher.ts');
    try {
      writeLauncher(home, { version, program: path.join(bundles, 'cli.js'), runtime: process.execPath });
    } catch (error) {
      log('debug', 'no launcher', { error: (error as Error).message });
    }
  }, 1000).unref();
}
