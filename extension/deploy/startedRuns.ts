import { l10n, TabInputWebview, window } from 'vscode';
import { changed, show } from '../../server/protocol/deploy.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { withoutLinks } from '../ui/iconText.ts';

/** Says when a deployment that was started in this window came to nothing, to who has gone on to something else meanwhile. */
export class StartedRuns extends Registered {
  readonly #shell: Shell;
  readonly #open: (target: { repository: string; deployment: string }) => void;
  /** The repository of each run. */
  readonly #runs = new Map<string, string>();
  readonly #told = new Set<string>();

  constructor(shell: Shell, open: (target: { repository: string; deployment: string }) => void) {
    super();
    this.#shell = shell;
    this.#open = open;
    this.register(
      shell.server.on(changed, ({ deployments }) => {
        for (const { id, run, phase } of deployments) {
          const repository = this.#runs.get(run);
          if (repository === undefined || (phase !== 'failed' && phase !== 'rolled-back') || this.#told.has(id)) continue;
          this.#told.add(id);
          if (!panelIsShown()) void this.#tell(repository, id);
        }
      }),
    );
  }

  watch({ repository, run }: { repository: string; run: string }): void {
    this.#runs.set(run, repository);
  }

  async #tell(repository: string, id: string): Promise<void> {
    try {
      const { deployment } = await this.#shell.server.send(show, { repository, id });
      const { service, environment, state, reason } = deployment;
      const [what, where] = [oneLine(service), oneLine(environment)];
      const sentence =
        state === 'rolled-back'
          ? l10n.t('{0} in {1} was rolled back.', what, where)
          : l10n.t('The deployment of {0} to {1} failed.', what, where);
      const open = l10n.t('Open Deployment');
      const picked = await window.showErrorMessage(withoutLinks(reason === null ? sentence : `${sentence} ${oneLine(reason)}`), open);
      if (picked === open) this.#open({ repository, deployment: id });
    } catch (error) {
      this.#shell.log.warn(asRequestFailure(error).message);
    }
  }
}

/** The user looks at a deployment: its panel says what happened. */
function panelIsShown(): boolean {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof TabInputWebview && input.viewType.endsWith('hearth.deployment');
}
