import { l10n, type WebviewPanel } from 'vscode';
import type { Shell } from '../shell.ts';
import { Panels } from '../ui/panels.ts';
import { MapPanel } from './mapPanel.ts';
import { type MapTarget, mapTargetIn } from './servicePanelTarget.ts';

/** The maps of services: one per repository. */
export class MapPanels extends Panels<MapTarget, MapPanel> {
  constructor(shell: Shell) {
    super(shell, { viewType: 'hearth.map', targetIn: mapTargetIn });
  }

  /** Opens the map, or brings it to the front; with a service that one has the focus. */
  open(target: MapTarget): void {
    const opened = this.find(({ target: { repository } }) => repository === target.repository);
    if (opened === undefined) this.create(l10n.t('Map of services'), (panel) => this.make(panel, target));
    else opened.reveal(target);
  }

  protected override make(panel: WebviewPanel, target: MapTarget): MapPanel {
    return new MapPanel(this.shell, panel, target);
  }
}
