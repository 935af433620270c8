import { EventEmitter, l10n, type WebviewPanel } from 'vscode';
import type { Shell } from '../shell.ts';
import { Panels } from '../ui/panels.ts';
import { DeploymentPanel } from './deploymentPanel.ts';
import { type PanelTarget, targetIn } from './deploymentTarget.ts';

/** The panels of deployments: one per run, one per environment for what is planned. */
export class DeploymentPanels extends Panels<PanelTarget, DeploymentPanel> {
  readonly #started = this.register(new EventEmitter<{ repository: string; run: string }>());
  /** A deployment was started in a panel. */
  readonly onDidStart = this.#started.event;

  constructor(shell: Shell) {
    super(shell, { viewType: 'hearth.deployment', targetIn });
  }

  /** Opens the panel of a plan, a run or a deployment, or brings the one that shows it to the front. */
  open(target: PanelTarget): void {
    const opened = this.find((panel) => panel.shows(target));
    if (opened === undefined) this.create(l10n.t('Deployment'), (panel) => this.make(panel, target));
    else opened.reveal(target);
  }

  protected override make(panel: WebviewPanel, target: PanelTarget): DeploymentPanel {
    const made = new DeploymentPanel(this.shell, panel, target);
    made.onDidStart((started) => this.#started.fire(started));
    return made;
  }
}
