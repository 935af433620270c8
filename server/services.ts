import type { Repositories } from './git/repository.ts';
import type { Watchers } from './git/watcher.ts';
import type { InputOf, NotificationDefinition, ParamsOf, RequestDefinition, ResultOf } from './protocol/message.ts';
import type { Documents } from './rpc/documents.ts';
import type { Log } from './rpc/log.ts';
import type { Context } from './rpc/router.ts';
import type { Session } from './rpc/session.ts';

/** Asks the hub on behalf of a request: its signal, trust, correlation. A second question of the same request needs another `step`. */
export type AskHub = <D extends RequestDefinition>(
  definition: D,
  params: InputOf<D> & { readonly confirmed?: true },
  context: Context<never>,
  step: string,
) => Promise<ResultOf<D>>;

/** What every domain is given when it is made; one per connection. */
export interface Services {
  readonly log: Log;
  readonly session: Session;
  readonly documents: Documents;
  readonly repositories: Repositories;
  readonly watchers: Watchers;
  /** The state, which the hub keeps. */
  readonly askHub: AskHub;
  /** Tells the client; a CLI call has nobody to tell. */
  notify<D extends NotificationDefinition>(definition: D, params: ParamsOf<D>): void;
}
