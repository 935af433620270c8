import type { Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { changelogHandlers } from './changelogHandlers.ts';
import { flowHandlers } from './flowHandlers.ts';
import { hookHandlers } from './hookHandlers.ts';

export { newPartId } from './checklist.ts';
export { createItem } from './itemCreate.ts';
export { workStateHandlers } from './stateHandlers.ts';

/** What of the work domain is answered where the user's git is: branches, commits, the change log, hooks, Merge & Complete. */
export function workHandlers(services: Services): Registration[] {
  return [...flowHandlers(services), ...changelogHandlers(services), ...hookHandlers(services)];
}
