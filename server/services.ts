import type { Repositories } from './git/repository.ts';
import type { Watchers } from './git/watcher.ts';
import type { NotificationDefinition, ParamsOf } from './protocol/message.ts';
import type { Documents } from './rpc/documents.ts';
import type { Log } from './rpc/log.ts';
import type { Session } from './rpc/session.ts';

/** What every domain is given when it is made; one per connection. */
export interface Services {
  readonly log: Log;
  readonly session: Session;
  readonly documents: Documents;
  readonly repositories: Repositories;
  readonly watchers: Watchers;
  /** Tells the client; a CLI call has nobody to tell. */
  notify<D extends NotificationDefinition>(definition: D, params: ParamsOf<D>): void;
}
