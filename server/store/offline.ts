import * as protocol from '../protocol/store.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Fence } from './types.ts';

/** What is answered from the files, without a hub: a store that cannot be opened has none. Loaded when asked. */
export function offlineStoreHandlers(home: string, own: <T>(work: (fence: Fence) => Promise<T>) => Promise<T>): Registration[] {
  return [
    handle(protocol.migrate, async () => (await import('./dryRun.ts')).dryRun({ home })),
    handle(protocol.diagnose, async () => (await import('./recover.ts')).diagnoseStore({ home })),
    handle(protocol.recover, async (_params, { log }) => {
      const { recoverStore } = await import('./recover.ts');
      return own((fence) => recoverStore({ home, fence, log }));
    }),
  ];
}
