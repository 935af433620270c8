import { commands, l10n, type WebviewPanel } from 'vscode';
import { listServices } from '../../server/protocol/catalog.ts';
import type { MapContract, MapTarget, Run } from '../../webviews/map/messages.ts';
import type { Shell } from '../shell.ts';
import { showFailure } from '../ui/failure.ts';
import { LivePanel } from './servicePanelBase.ts';
import { showConfiguration } from './servicePanelRun.ts';

/** The map of a project's services: what its page asks is answered here. */
export class MapPanel extends LivePanel<MapTarget, MapContract> {
  constructor(shell: Shell, panel: WebviewPanel, target: MapTarget) {
    super(shell, panel, target);
    panel.title = l10n.t('Map of services');
    this.show({
      bundle: 'map',
      title: 'Hearth: map of services',
      handlers: {
        load: async (_params, { token }) => {
          const loaded = await shell.server.send(listServices, { repository: target.repository }, { token });
          this.project = loaded.project;
          return loaded;
        },
        run: (what) => {
          void this.#run(what).catch((error: unknown) => showFailure(error, shell.log));
          return null;
        },
      },
    });
  }

  async #run(run: Run): Promise<void> {
    const { repository } = this.target;
    switch (run.what) {
      case 'service':
        await commands.executeCommand('hearth.monitor.openService', { repository, service: run.name });
        return;
      case 'configuration':
        await showConfiguration(repository);
        return;
      case 'showLog':
        this.shell.log.show();
    }
  }
}
