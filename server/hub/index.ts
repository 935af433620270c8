import { claim, status, stop } from '../protocol/hub.ts';
import { handle, type Registration } from '../rpc/router.ts';

export { forwarded, type HubLink, lazyLink } from './link.ts';

/** What a window's server or the command line answers about the hub from the files, without one. Loaded when asked. */
export function hubHandlers(home: string): Registration[] {
  const inspect = () => import('./inspect.ts');
  return [
    handle(status, async () => (await inspect()).hubStatus(home)),
    handle(stop, async (_params, { signal }) => (await inspect()).stopHub(home, signal)),
    handle(claim, async (params) => (await inspect()).claimHome(home, params)),
  ];
}
