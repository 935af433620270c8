import type { WebviewPanel } from 'vscode';
import { type Incident, showIncident, suspects, updateIncident } from '../../server/protocol/incident.ts';
import type { IncidentContract, IncidentTarget } from '../../webviews/incident/messages.ts';
import { actorName } from '../activity/eventWords.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import type { PanelHandlers } from '../ui/panelHost.ts';
import { runOutside } from './incidentPanelRun.ts';
import { LivePanel } from './servicePanelBase.ts';

const titleLength = 40;

/** One incident panel: what its page asks is answered here. */
export class IncidentPanel extends LivePanel<IncidentTarget, IncidentContract> {
  #incident: Incident | undefined;

  constructor(shell: Shell, panel: WebviewPanel, target: IncidentTarget) {
    super(shell, panel, target);
    this.show({ bundle: 'incident', title: 'Hearth: incident', handlers: this.#handlers(), changes: ['update'] });
  }

  shows({ repository, incident }: IncidentTarget): boolean {
    const { id, number } = this.#incident ?? {};
    return repository === this.target.repository && [this.target.incident, id, `I-${number}`].includes(incident);
  }

  #handlers(): PanelHandlers<IncidentContract> {
    const { server } = this.shell;
    const { target } = this;
    return {
      load: async (_params, { token }) => {
        const loaded = await server.send(showIncident, target, { token });
        return {
          incident: this.#know(loaded.incident),
          timeline: loaded.timeline.map((entry) => ({ ...entry, actor: actorName(entry.actor) })),
        };
      },
      suspects: ({ limit }, { token }) => server.send(suspects, { ...target, limit }, { token }),
      update: async (change) => this.#know((await server.send(updateIncident, { ...target, ...change })).incident),
      // Answered at once: its questions may stay open while the page is hidden and unloaded.
      run: (what) => {
        void runOutside(this.shell, { ...target, ...(this.#incident === undefined ? {} : { known: this.#incident }) }, what).then(() =>
          this.askAgain(),
        );
        return null;
      },
    };
  }

  #know(incident: Incident): Incident {
    this.#incident = incident;
    const name = oneLine(incident.title);
    this.panel.title = `I-${incident.number} ${name.length > titleLength ? `${name.slice(0, titleLength - 1)}…` : name}`;
    const { acknowledged } = incident;
    return acknowledged === null ? incident : { ...incident, acknowledged: { ...acknowledged, actor: actorName(acknowledged.actor) } };
  }
}
