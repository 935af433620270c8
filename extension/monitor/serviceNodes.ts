import { l10n, MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { HealthState } from '../../server/protocol/health.ts';
import type { MonitorRow } from '../../server/protocol/monitorTypes.ts';
import { worst } from '../deploy/deployHealth.ts';
import { ageOf, healthName } from '../deploy/deployWords.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import { TreeNode } from '../ui/treeNode.ts';
import { MonitorNode } from './monitorNode.ts';
import type { CatalogTarget } from './monitorTargets.ts';
import { monitorWords, nowWords, watchedIcon } from './monitorWords.ts';
import type { Service } from './serviceStates.ts';

/** A service: how it is, and below it what looks at it, where it leads, what it needs. Its `contextValue` says what can be done. */
export class ServiceNode extends TreeNode {
  readonly target: CatalogTarget;
  readonly #service: Service;
  /** Worst first. */
  readonly #monitors: readonly MonitorRow[];

  constructor(parent: TreeNode | undefined, repository: string, service: Service, monitors: readonly MonitorRow[]) {
    super(parent, `service ${service.entry.name}`);
    this.target = { repository, service: service.entry.name };
    this.#service = service;
    this.#monitors = monitors;
    this.keep(this.#parts());
  }

  override item(): TreeItem {
    const { entry } = this.#service;
    const hasParts = this.#monitors.length > 0 || entry.links.length > 0 || entry.dependsOn.length > 0;
    const item = new TreeItem(oneLine(entry.name), hasParts ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None);
    const state = healthOfService(this.#service, this.#monitors);
    item.description = serviceWords(this.#service, this.#monitors);
    item.iconPath = entry.orphan === null ? watchedIcon(state) : new ThemeIcon('circle-slash');
    const is = [
      entry.source,
      ...(entry.orphan === null ? [] : ['orphan']),
      ...(this.#monitors.length > 0 ? ['monitored'] : []),
      ...(this.#monitors.some((row) => row.state !== 'paused' && row.orphan === null) ? ['active'] : []),
      ...(this.#monitors.some((row) => row.state === 'paused') ? ['paused'] : []),
      ...(entry.links.length > 0 || entry.runbook !== null ? ['links'] : []),
    ];
    item.contextValue = ['service', ...is].join(' ');
    item.command = { command: 'hearth.monitor.openService', title: l10n.t('Open Service'), arguments: [this.target] };
    item.accessibilityInformation = { label: this.#spoken(state) };
    return item;
  }

  override tooltip(): MarkdownString {
    const { entry, status } = this.#service;
    const deployed = status.environments.map(({ environment, commit, health }) =>
      [oneLine(environment), commit === null ? '' : shortId(commit), healthName(health.state)].filter((part) => part !== '').join(' '),
    );
    const facts = [
      entry.description ?? '',
      healthName(healthOfService(this.#service, this.#monitors)),
      status.health.message ?? '',
      entry.owner === null ? '' : l10n.t('owner: {0}', entry.owner),
      deployed.join(' · '),
      entry.dependsOn.length === 0 ? '' : l10n.t('needs {0}', entry.dependsOn.join(', ')),
      entry.dependedOnBy.length === 0 ? '' : l10n.t('needed by {0}', entry.dependedOnBy.join(', ')),
      entry.missing.length === 0 ? '' : l10n.t('not in the catalog: {0}', entry.missing.join(', ')),
      entry.orphan === null ? '' : l10n.t('Its entry is gone since {0}. Its history is kept until it is removed.', ageOf(entry.orphan)),
    ];
    const text = new MarkdownString().appendText(entry.name);
    for (const fact of facts) if (fact !== '') text.appendMarkdown('\n\n').appendText(oneLine(fact));
    return text;
  }

  #parts(): TreeNode[] {
    const { entry } = this.#service;
    return [
      ...this.#monitors.map((row) => new MonitorNode(this, this.target.repository, row)),
      ...(entry.dependsOn.length === 0 ? [] : [new NeedsNode(this, this.target, entry.dependsOn)]),
      ...entry.links.map((link) => new LinkNode(this, this.target.repository, link)),
    ];
  }

  #spoken(state: HealthState): string {
    const looking = this.#monitors.filter(({ orphan }) => orphan === null);
    const [first] = looking;
    const parts = [
      oneLine(this.#service.entry.name),
      healthName(state),
      first === undefined ? '' : nowWords(first),
      looking.length === 0 ? l10n.t('not watched') : looking.length === 1 ? l10n.t('1 monitor') : l10n.t('{0} monitors', looking.length),
    ];
    return parts.filter((part) => part !== '').join(', ');
  }
}

/** What a service needs; opens the map around it. */
class NeedsNode extends TreeNode {
  readonly target: CatalogTarget;
  readonly #names: readonly string[];

  constructor(parent: TreeNode, target: CatalogTarget, names: readonly string[]) {
    super(parent, 'needs');
    this.target = target;
    this.#names = names;
  }

  override item(): TreeItem {
    const item = new TreeItem(l10n.t('needs {0}', this.#names.map(oneLine).join(', ')), TreeItemCollapsibleState.None);
    item.iconPath = new ThemeIcon('type-hierarchy-sub');
    item.contextValue = 'needs';
    item.command = { command: 'hearth.catalog.openMap', title: l10n.t('Show Service Map'), arguments: [this.target] };
    return item;
  }
}

/** A dashboard, a document, a runbook. */
class LinkNode extends TreeNode {
  readonly target: { readonly repository: string; readonly url: string; readonly title: string; readonly kind: string };

  constructor(parent: TreeNode, repository: string, { title, url, kind }: Service['entry']['links'][number]) {
    super(parent, `link ${title} ${url}`);
    this.target = { repository, url, title, kind };
  }

  override item(): TreeItem {
    const { title, url, kind } = this.target;
    const item = new TreeItem(oneLine(title), TreeItemCollapsibleState.None);
    item.description = oneLine(url);
    item.iconPath = new ThemeIcon(kind === 'dashboard' || kind === 'monitor' ? 'dashboard' : kind === 'runbook' ? 'book' : 'link');
    item.contextValue = 'link';
    item.command = { command: 'hearth.catalog.openLink', title: l10n.t('Open'), arguments: [this.target] };
    return item;
  }
}

/** Monitors that the hub has told about since are the newest word; what the deployer sees counts beside them. */
export function healthOfService({ status }: Service, monitors: readonly MonitorRow[]): HealthState {
  const states = monitors.filter(({ orphan }) => orphan === null).map(({ health }) => health.state);
  const deployed = status.environments.filter(({ deployment }) => deployment !== null).map(({ health }) => health.state);
  return worst([...states, ...deployed]) ?? status.health.state;
}

/** Beats of the monitor that needs the eye most, and what it says. */
function serviceWords({ entry, status }: Service, monitors: readonly MonitorRow[]): string {
  if (entry.orphan !== null) return l10n.t('not in hearth.yaml any more');
  const first = monitors.find(({ orphan }) => orphan === null);
  if (first !== undefined) {
    const several = new Set(monitors.map(({ environment }) => environment)).size > 1;
    const where = several && first.environment !== null && first.health.state !== 'healthy' ? ` · ${oneLine(first.environment)}` : '';
    return `${monitorWords(first)}${where}`;
  }
  if (entry.type === 'site') return l10n.t('(static)');
  const deployed = status.environments.some(({ deployment }) => deployment !== null);
  if (!deployed) return l10n.t('not watched');
  return status.health.state === 'healthy' ? '' : healthName(status.health.state);
}
