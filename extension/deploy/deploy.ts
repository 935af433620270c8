import type { ServiceStates } from '../monitor/serviceStates.ts';
import type { CommandTable, Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { deployCommands } from './deployCommands.ts';
import { DeploymentPanels } from './deploymentPanels.ts';
import type { PanelTarget } from './deploymentTarget.ts';
import { DeployStatus } from './deployStatus.ts';
import { EnvironmentStates } from './environments.ts';
import { EnvironmentsView } from './environmentsView.ts';
import { StartedRuns } from './startedRuns.ts';

/** The deploy domain's part of the shell: the view "Environments", panels of deployments, the worst health in the status bar. */
export class DeployFeature extends Registered implements Feature {
  readonly commands: CommandTable;
  readonly states: EnvironmentStates;
  readonly view: EnvironmentsView;
  readonly status: DeployStatus;
  readonly #panels: DeploymentPanels;

  constructor(shell: Shell, watched: ServiceStates) {
    super();
    this.states = this.register(new EnvironmentStates(shell));
    this.view = this.register(new EnvironmentsView(shell, this.states));
    this.status = this.register(new DeployStatus(shell, this.states, watched));
    this.#panels = this.register(new DeploymentPanels(shell));
    const started = this.register(new StartedRuns(shell, (target) => this.openPanel(target)));
    this.register(this.#panels.onDidStart((run) => started.watch(run)));
    shell.deploy = this;
    this.commands = deployCommands({ shell, states: this.states }, this.view, this.#panels, started);
  }

  /** Opens the panel of a plan, a run or a deployment, or brings it to the front. */
  openPanel(target: PanelTarget): void {
    this.#panels.open(target);
  }
}
