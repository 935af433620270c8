import type { listServices } from '../../server/protocol/catalog.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import type { LiveContract } from '../ui/messages.ts';

/** What the map of services and the shell say to each other. */

/** The map of a project; `service` is the one that has the focus. */
export interface MapTarget {
  readonly repository: string;
  readonly service?: string;
}

export type Loaded = ResultOf<typeof listServices>;
export type Listed = Loaded['services'][number];

/** What is done outside the page. */
export type Run = { readonly what: 'service'; readonly name: string } | { readonly what: 'configuration' } | { readonly what: 'showLog' };

export interface MapContract extends LiveContract<MapTarget> {
  requests: {
    load: { params: Record<string, never>; result: Loaded };
    run: { params: Run; result: null };
  };
}
