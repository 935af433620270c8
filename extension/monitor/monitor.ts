import type { CommandTable, Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { incidentCommands } from './incidentCommands.ts';
import { IncidentPanels } from './incidentPanels.ts';
import { monitorCommands } from './monitorCommands.ts';
import { ServicePanels } from './servicePanels.ts';
import type { ServiceStates } from './serviceStates.ts';
import { ServicesView } from './servicesView.ts';

/** The monitor domain's part of the shell: the view "Services", panels of services and incidents, what can be done about them. */
export class MonitorFeature extends Registered implements Feature {
  readonly commands: CommandTable;
  readonly states: ServiceStates;
  readonly view: ServicesView;

  constructor(shell: Shell, states: ServiceStates) {
    super();
    this.states = states;
    this.view = this.register(new ServicesView(shell, states));
    const services = this.register(new ServicePanels(shell));
    const incidents = this.register(new IncidentPanels(shell));
    shell.monitor = this;
    this.commands = {
      ...monitorCommands({ shell, states }, this.view, services),
      ...incidentCommands({ shell, states }, incidents),
    };
  }
}
