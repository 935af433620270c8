import { gitHandlers } from './git/index.ts';
import { Repositories } from './git/repository.ts';
import { Watchers } from './git/watcher.ts';
import { Documents } from './rpc/documents.ts';
import type { Log } from './rpc/log.ts';
import { Router } from './rpc/router.ts';
import { Session } from './rpc/session.ts';
import type { Services } from './services.ts';
import { sessionHandlers } from './session.ts';

export interface Server {
  readonly router: Router;
  readonly services: Services;
  dispose(): void;
}

/** Puts the domains behind one router: the same for a window, a CLI call and a test. */
export function assemble(options: { log: Log; trusted: boolean; notify?: Services['notify'] }): Server {
  const repositories = new Repositories();
  const watchers = new Watchers(options.notify !== undefined);
  const session = new Session(options.trusted);
  const services: Services = {
    log: options.log,
    session,
    documents: new Documents(),
    repositories,
    watchers,
    notify: options.notify ?? (() => {}),
  };
  const router: Router = new Router(
    [...sessionHandlers(() => router.timings), ...gitHandlers(services)],
    options.log,
    process.env['HEARTH_CHECK_RESULTS'] === '1',
  );
  return {
    router,
    services,
    dispose: () => {
      watchers.dispose();
      repositories.dispose();
    },
  };
}
