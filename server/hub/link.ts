import type { RequestDefinition } from '../protocol/message.ts';
import type { Context, Registration } from '../rpc/router.ts';

/** The way from a window's server or the CLI to the hub. Connects, and starts the hub, on first need. */
export interface HubLink {
  /**
   * Asks the hub. A request whose answer was lost is sent again to the hub that took over, under the same idempotency key: it is done once.
   * Cancellation, progress and partial results pass through. Rejects with the hub's `Failure`, or `io` when no hub can be started.
   */
  call(definition: RequestDefinition, params: unknown, context: Context<unknown>): Promise<unknown>;
  dispose(): void;
}

/** Answers a method of the hub by asking the hub. */
export function forwarded(definition: RequestDefinition, link: HubLink): Registration {
  return { definition, run: (params, context) => link.call(definition, params, context) };
}

/** A link whose code is loaded when it is first needed: a window that reads only git never pays for it. */
export function lazyLink(make: () => Promise<HubLink>): HubLink {
  let link: Promise<HubLink> | undefined;
  let disposed = false;
  return {
    call: async (definition, params, context) => {
      link ??= make();
      return (await link).call(definition, params, context);
    },
    dispose: () => {
      if (disposed) return;
      disposed = true;
      link?.then(
        (made) => made.dispose(),
        () => {},
      );
    },
  };
}
