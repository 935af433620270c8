import { l10n, type WebviewPanel } from 'vscode';
import type { EnvironmentStates } from '../deploy/environments.ts';
import type { Shell } from '../shell.ts';
import { Panels } from '../ui/panels.ts';
import { OutputPanel } from './outputPanel.ts';
import { type OutputTarget, outputTargetIn } from './runtimeTargets.ts';

/** The panels of container output: one per environment. */
export class OutputPanels extends Panels<OutputTarget, OutputPanel> {
  readonly #states: EnvironmentStates;

  constructor(shell: Shell, states: EnvironmentStates) {
    super(shell, { viewType: 'hearth.output', targetIn: outputTargetIn });
    this.#states = states;
  }

  /** Opens the output of an environment, or brings it to the front; of one service where one is named. */
  open(target: OutputTarget): void {
    const opened = this.find(
      ({ target: { repository, environment } }) => repository === target.repository && environment === target.environment,
    );
    if (opened === undefined) this.create(l10n.t('Container output'), (panel) => this.make(panel, target));
    else opened.reveal(target);
  }

  protected override make(panel: WebviewPanel, target: OutputTarget): OutputPanel {
    return new OutputPanel(this.shell, this.#states, panel, target);
  }
}
