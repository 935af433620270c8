import { l10n, type WebviewPanel } from 'vscode';
import type { Shell } from '../shell.ts';
import { Panels } from '../ui/panels.ts';
import { IncidentPanel } from './incidentPanel.ts';
import { type IncidentTarget, incidentTargetIn } from './servicePanelTarget.ts';

/** The panels of incidents: one per incident. */
export class IncidentPanels extends Panels<IncidentTarget, IncidentPanel> {
  constructor(shell: Shell) {
    super(shell, { viewType: 'hearth.incident', targetIn: incidentTargetIn });
  }

  /** Opens the panel of an incident, or brings the one that shows it to the front. */
  open(target: IncidentTarget): void {
    const opened = this.find((panel) => panel.shows(target));
    if (opened === undefined) this.create(l10n.t('Incident'), (panel) => this.make(panel, target));
    else opened.reveal(opened.target);
  }

  protected override make(panel: WebviewPanel, target: IncidentTarget): IncidentPanel {
    return new IncidentPanel(this.shell, panel, target);
  }
}
