import { commands, l10n, type WebviewPanel } from 'vscode';
import { builds, disk, stats } from '../../server/protocol/runtime.ts';
import type { ResourcesContract, ResourcesTarget, Run, Stopped } from '../../webviews/resources/messages.ts';
import type { EnvironmentStates } from '../deploy/environments.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { LivePanel } from '../monitor/servicePanelBase.ts';
import type { Shell } from '../shell.ts';
import { showFailure } from '../ui/failure.ts';

/** Builds that are listed. */
const buildsShown = 20;

/** What the containers of an environment use: what its page asks is answered here. */
export class ResourcesPanel extends LivePanel<ResourcesTarget, ResourcesContract> {
  readonly #states: EnvironmentStates;

  constructor(shell: Shell, states: EnvironmentStates, panel: WebviewPanel, target: ResourcesTarget) {
    super(shell, panel, target);
    this.#states = states;
    this.register(states.onDidChange((root) => root === this.target.repository && this.askAgain()));
    panel.title = l10n.t('Resources of {0}', oneLine(target.environment));
    const { server } = shell;
    const place = () => ({ repository: this.target.repository, environment: this.target.environment });
    const host = this.show({
      bundle: 'resources',
      title: 'Hearth: resources',
      handlers: {
        follow: async (_params, { token }) => {
          const answer = await server.send(stats, { ...place(), follow: true }, { token, onPartial: (rows) => host.tell('rows', rows) });
          host.tell('rows', answer);
          return null;
        },
        stopped: () => this.#stopped(),
        disk: (_params, { token }) => server.send(disk, place(), { token }),
        builds: async (_params, { token }) => (await server.send(builds, { ...place(), limit: buildsShown }, { token })).builds,
        // Answered at once: its questions may stay open while the page is hidden and unloaded.
        run: (what) => {
          void this.#run(what).catch((error: unknown) => showFailure(error, shell.log));
          return null;
        },
      },
    });
  }

  async #stopped(): Promise<Stopped[]> {
    const { repository, environment } = this.target;
    const { services, project } = await this.#states.get(repository);
    this.project = project;
    return services.flatMap(({ environment: where, service, stopped, state }) =>
      where === environment && state === 'live' && stopped !== null ? [{ service, since: stopped }] : [],
    );
  }

  async #run(run: Run): Promise<void> {
    const { repository, environment } = this.target;
    switch (run.what) {
      case 'output':
      case 'restart':
      case 'stop':
      case 'start':
        await commands.executeCommand(`hearth.runtime.${run.what}`, { repository, environment, service: run.service });
        return;
      case 'shell':
        await commands.executeCommand('hearth.runtime.shell', { repository, environment, service: run.service, replica: run.replica });
        return;
      case 'deployment':
        await commands.executeCommand('hearth.deploy.openPanel', { repository, deployment: run.id });
        return;
      case 'showLog':
        this.shell.log.show();
    }
  }
}
