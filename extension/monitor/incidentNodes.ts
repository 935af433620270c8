import { l10n, MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { Incident } from '../../server/protocol/incident.ts';
import { ageOf } from '../deploy/deployWords.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import { TreeNode } from '../ui/treeNode.ts';
import type { IncidentTarget } from './monitorTargets.ts';
import { incidentIcon, incidentNumber, incidentWords } from './monitorWords.ts';

/** What is wrong now: open incidents. There only while there are some. */
export class IncidentsNode extends TreeNode {
  readonly #count: number;

  constructor(parent: TreeNode | undefined, repository: string, incidents: readonly Incident[]) {
    super(parent, 'incidents');
    this.#count = incidents.length;
    this.keep(incidents.map((incident) => new IncidentNode(this, repository, incident)));
  }

  override item(): TreeItem {
    const item = new TreeItem(l10n.t('Incidents'), TreeItemCollapsibleState.Expanded);
    item.description = String(this.#count);
    item.iconPath = new ThemeIcon('flame');
    item.contextValue = 'incidents';
    item.accessibilityInformation = { label: l10n.t('{0} open incidents', this.#count) };
    return item;
  }
}

/** An open incident. Its `contextValue` says what can be done: its state, `acknowledged`, `runbook`. */
export class IncidentNode extends TreeNode {
  readonly target: IncidentTarget;
  readonly incident: Incident;

  constructor(parent: TreeNode, repository: string, incident: Incident) {
    super(parent, incident.id);
    this.target = { repository, incident: incident.id };
    this.incident = incident;
  }

  override item(): TreeItem {
    const { incident } = this;
    const item = new TreeItem(`${incidentNumber(incident)} ${oneLine(incident.title)}`, TreeItemCollapsibleState.None);
    item.description = incidentWords(incident);
    item.iconPath = incidentIcon(incident);
    const is = [
      incident.state,
      ...(incident.acknowledged === null ? [] : ['acknowledged']),
      ...(incident.runbook === null ? [] : ['runbook']),
      ...(incident.deployment === null ? [] : ['deployed']),
    ];
    item.contextValue = ['incident', ...is].join(' ');
    item.command = { command: 'hearth.incident.open', title: l10n.t('Open Incident'), arguments: [this.target] };
    item.accessibilityInformation = { label: [l10n.t('Incident {0}', item.label as string), item.description].join(', ') };
    return item;
  }

  override tooltip(): MarkdownString {
    const { title, services, environment, monitors, commit, item, acknowledged, runbook } = this.incident;
    const down = monitors.filter(({ recovered }) => recovered === null).map(({ name }) => name);
    const facts = [
      incidentWords(this.incident),
      services.length === 0 ? '' : l10n.t('services: {0}', services.join(', ')),
      environment === null ? '' : l10n.t('environment {0}', environment),
      down.length === 0 ? '' : l10n.t('down: {0}', down.join(', ')),
      commit === null ? '' : l10n.t('{0} was live', shortId(commit)),
      item === null ? '' : l10n.t('item #{0}', item),
      acknowledged === null ? '' : l10n.t('acknowledged {0} by {1}', ageOf(acknowledged.time), acknowledged.actor),
      runbook === null ? '' : l10n.t('runbook: {0}', runbook),
    ];
    const text = new MarkdownString().appendText(title);
    for (const fact of facts) if (fact !== '') text.appendMarkdown('\n\n').appendText(oneLine(fact));
    return text;
  }
}
