import { commands, l10n, type WebviewPanel } from 'vscode';
import { logs } from '../../server/protocol/runtime.ts';
import type { OutputContract, OutputTarget, Run, Speaker, WantedOutput } from '../../webviews/output/messages.ts';
import { isLive } from '../deploy/deployHealth.ts';
import type { EnvironmentStates } from '../deploy/environments.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { LivePanel } from '../monitor/servicePanelBase.ts';
import type { Shell } from '../shell.ts';
import { showFailure } from '../ui/failure.ts';

/** What the containers of an environment say: what its page asks is answered here. The lines are never kept here. */
export class OutputPanel extends LivePanel<OutputTarget, OutputContract> {
  readonly #states: EnvironmentStates;

  constructor(shell: Shell, states: EnvironmentStates, panel: WebviewPanel, target: OutputTarget) {
    super(shell, panel, target);
    this.#states = states;
    this.register(states.onDidChange((root) => root === this.target.repository && this.askAgain()));
    panel.title = l10n.t('Output of {0}', oneLine(target.environment));
    const host = this.show({
      bundle: 'output',
      title: 'Hearth: container output',
      handlers: {
        speakers: () => this.#speakers(),
        follow: async ({ ask, wanted }, { token }) => {
          const { containers } = await shell.server.send(
            logs,
            { ...asInput(this.target, wanted), follow: true },
            { token, onPartial: ({ lines, dropped }) => host.tell('lines', { ask, lines, dropped }) },
          );
          return { containers };
        },
        // Answered at once: its questions may stay open while the page is hidden and unloaded.
        run: (what) => {
          void this.#run(what).catch((error: unknown) => showFailure(error, shell.log));
          return null;
        },
      },
    });
  }

  async #speakers(): Promise<Speaker[]> {
    const { repository, environment } = this.target;
    const { services, project } = await this.#states.get(repository);
    this.project = project;
    return services
      .filter((row) => row.environment === environment && isLive(row) && row.kind !== 'static')
      .map(({ service, stopped }) => ({ service, stopped: stopped !== null }));
  }

  async #run(run: Run): Promise<void> {
    const { repository, environment } = this.target;
    const at = { repository, environment };
    switch (run.what) {
      case 'save':
        await commands.executeCommand('hearth.runtime.saveOutput', { ...at, wanted: run.wanted });
        return;
      case 'shell':
        await commands.executeCommand('hearth.runtime.shell', { ...at, service: run.service });
        return;
      case 'resources':
        await commands.executeCommand('hearth.runtime.resources', at);
        return;
      case 'showLog':
        this.shell.log.show();
    }
  }
}

/** The contract takes arrays that may be written. */
export function asInput({ repository, environment }: OutputTarget, { services, ...rest }: WantedOutput) {
  return { repository, environment, ...rest, ...(services === undefined ? {} : { services: [...services] }) };
}
