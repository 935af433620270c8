import { l10n, type WebviewPanel } from 'vscode';
import type { EnvironmentStates } from '../deploy/environments.ts';
import type { Shell } from '../shell.ts';
import { Panels } from '../ui/panels.ts';
import { ResourcesPanel } from './resourcesPanel.ts';
import { type ResourcesTarget, resourcesTargetIn } from './runtimeTargets.ts';

/** The panels of resources: one per environment. */
export class ResourcesPanels extends Panels<ResourcesTarget, ResourcesPanel> {
  readonly #states: EnvironmentStates;

  constructor(shell: Shell, states: EnvironmentStates) {
    super(shell, { viewType: 'hearth.resources', targetIn: resourcesTargetIn });
    this.#states = states;
  }

  /** Opens the resources of an environment, or brings them to the front. */
  open(target: ResourcesTarget): void {
    const opened = this.find(
      ({ target: { repository, environment } }) => repository === target.repository && environment === target.environment,
    );
    if (opened === undefined) this.create(l10n.t('Resources'), (panel) => this.make(panel, target));
    else opened.reveal(target);
  }

  protected override make(panel: WebviewPanel, target: ResourcesTarget): ResourcesPanel {
    return new ResourcesPanel(this.shell, this.#states, panel, target);
  }
}
