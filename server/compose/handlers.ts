import * as protocol from '../protocol/compose.ts';
import type { ResultOf } from '../protocol/message.ts';
import { handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { portText } from './text.ts';
import type { ComposeService, Loaded } from './types.ts';

/** What is answered of compose files where they are. */
export function composeHandlers({ repositories }: Services): Registration[] {
  return [
    handle(protocol.read, async ({ repository: root, files, profiles }, { session, signal }) => {
      const { repository } = await repositories.containing(root, session);
      const [{ loadCompose }, { worktreeReader }, { dangersOf }] = await Promise.all([
        import('./load.ts'),
        import('./sources.ts'),
        import('./danger.ts'),
      ]);
      const read = worktreeReader(repository.root);
      const loaded = await loadCompose({ read, profiles, signal, ...(files === undefined ? {} : { files }) });
      return shown(loaded, (service) => dangersOf(service, loaded.model).map(({ what }) => what));
    }),
  ];
}

function shown(
  { model, files, edges, problems }: Loaded,
  dangerous: (service: ComposeService) => string[],
): ResultOf<typeof protocol.read> {
  return {
    files: [...files],
    services: model.services.map((service) => ({
      ...service.place,
      name: service.name,
      image: service.image ?? null,
      build: service.build?.context ?? service.build?.remote ?? null,
      ports: service.ports.map(portText),
      profiles: [...service.profiles],
      active: service.active,
      unresolved: [...service.unresolved],
      dangerous: [...new Set(dangerous(service))],
    })),
    edges: [...edges],
    volumes: model.volumes.map(({ key }) => key),
    networks: model.networks.map(({ key }) => key),
    problems: [...problems],
  };
}
