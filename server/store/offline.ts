import * as protocol from '../protocol/store.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Fence } from './types.ts';

/** Runs something as the owner of the home, in place of a hub. */
type WhileOwning = <T>(signal: AbortSignal, work: (fence: Fence) => Promise<T>) => Promise<T>;

/** What is answered from the files, without a hub: a store that cannot be opened has none. Loaded when asked. */
export function offlineStoreHandlers(home: string, whileOwning: WhileOwning): Registration[] {
  return [
    handle(protocol.migrate, async () => (await import('./dryRun.ts')).dryRun({ home })),
    handle(protocol.diagnose, async () => (await import('./recover.ts')).diagnoseStore({ home })),
    handle(protocol.recover, async (_params, { log, signal }) => {
      const { diagnoseStore, recoverStore } = await import('./recover.ts');
      // A hub that serves a whole store is not disturbed.
      const { state, position } = await diagnoseStore({ home });
      if (state === 'whole') return { position, lost: 0, quarantined: [] };
      return whileOwning(signal, (fence) => recoverStore({ home, fence, log }));
    }),
  ];
}
