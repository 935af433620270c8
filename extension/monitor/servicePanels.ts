import type { WebviewPanel } from 'vscode';
import type { Shell } from '../shell.ts';
import { Panels } from '../ui/panels.ts';
import { ServicePanel } from './servicePanel.ts';
import { type ServiceTarget, serviceTargetIn } from './servicePanelTarget.ts';

/** The panels of services: one per service, one per monitor that belongs to none. */
export class ServicePanels extends Panels<ServiceTarget, ServicePanel> {
  constructor(shell: Shell) {
    super(shell, { viewType: 'hearth.service', targetIn: serviceTargetIn });
  }

  /** Opens the panel of a service or a monitor, or brings the one that shows it to the front. */
  open(target: ServiceTarget): void {
    const opened = this.find((panel) => panel.shows(target));
    const title = 'service' in target ? target.service : target.monitor;
    if (opened === undefined) this.create(title, (panel) => this.make(panel, target));
    else opened.reveal(target);
  }

  protected override make(panel: WebviewPanel, target: ServiceTarget): ServicePanel {
    return new ServicePanel(this.shell, panel, target);
  }
}
