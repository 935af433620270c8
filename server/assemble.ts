import { composeHandlers } from './compose/handlers.ts';
import { configHandlers } from './config/index.ts';
import { whereHandlers } from './deploy/where/index.ts';
import { environmentHandlers } from './environment/index.ts';
import { gitHandlers } from './git/index.ts';
import { Repositories } from './git/repository.ts';
import { Watchers } from './git/watcher.ts';
import { hearthHome } from './home.ts';
import { forwarded, type HubLink, hubHandlers, lazyLink } from './hub/index.ts';
import { operationHandlers } from './operation/localHandlers.ts';
import { hello } from './protocol/hub.ts';
import { contract } from './protocol/index.ts';
import type { ResultOf } from './protocol/message.ts';
import { Documents } from './rpc/documents.ts';
import type { Log } from './rpc/log.ts';
import { type Context, type Registration, Router } from './rpc/router.ts';
import { Session } from './rpc/session.ts';
import type { AskHub, Services } from './services.ts';
import { sessionHandlers } from './session.ts';
import { workHandlers } from './work/index.ts';

export interface Server {
  readonly router: Router;
  readonly services: Services;
  dispose(): void;
}

interface AssembleOptions {
  readonly log: Log;
  readonly trusted: boolean;
  /** Tells the client; its presence also makes repositories watched. */
  readonly notify?: Services['notify'];
  /** Hears the hub's notifications where nothing else is told: on the command line. */
  readonly heard?: Services['notify'];
  /** Who acts, as the event log names it; `window` unless told. */
  readonly client?: 'window' | 'cli';
}

/** Puts the domains behind one router: the same for a window, a CLI call and a test. What the hub answers is forwarded to it. */
export function assemble(options: AssembleOptions): Server {
  const repositories = new Repositories();
  const watchers = new Watchers(options.notify !== undefined);
  const { log, client = 'window' } = options;
  const session = new Session(options.trusted, client);
  const home = hearthHome();
  const tell = options.notify ?? options.heard ?? (() => {});
  const link: HubLink = lazyLink(async () => {
    const { HubClient } = await import('./hub/client.ts');
    return new HubClient({ home, client, session, log, notify: tell });
  });
  const services: Services = {
    log,
    session,
    documents: new Documents(),
    repositories,
    watchers,
    askHub: askThrough(link),
    notify: options.notify ?? (() => {}),
  };
  const router: Router = new Router(
    [
      ...sessionHandlers(() => router.timings),
      ...gitHandlers(services),
      ...workHandlers(services),
      ...environmentHandlers(services),
      ...configHandlers(services),
      ...composeHandlers(services),
      ...whereHandlers(services),
      ...hubHandlers(home),
      ...operationHandlers(services, home),
      ...forwarders(link),
    ],
    log,
    process.env['HEARTH_CHECK_RESULTS'] === '1',
  );
  return {
    router,
    services,
    dispose: () => {
      link.dispose();
      watchers.dispose();
      repositories.dispose();
    },
  };
}

/** Every request of the contract that the hub answers; `hub/hello` is the link's own. */
function forwarders(link: HubLink): Registration[] {
  return contract.flatMap((each) =>
    each.kind === 'request' && each.where === 'hub' && each.method !== hello.method ? [forwarded(each, link)] : [],
  );
}

/** Questions that a handler here has for the hub. Nothing of its answers reaches the caller by itself. */
function askThrough(link: HubLink): AskHub {
  return async (definition, { confirmed, ...params }, context, step) => {
    const key = context.key === undefined ? undefined : `${context.key} ${step}`;
    const own: Context<never> = { ...context, key, confirmed: confirmed === true, streaming: false, emit: () => {} };
    return (await link.call(definition, params, own)) as ResultOf<typeof definition>;
  };
}
