import { l10n, MarkdownString, TreeItem, TreeItemCollapsibleState } from 'vscode';
import { list } from '../../server/protocol/deploy.ts';
import type { Deployment } from '../../server/protocol/deployTypes.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import type { ServerConnection } from '../server.ts';
import { TreeNode } from '../ui/treeNode.ts';
import { ActionNode } from './actionNode.ts';
import type { DeploymentTarget, ServiceTarget } from './deployTargets.ts';
import { ageOf, phaseName, shortDeployment, stateIcon, stateName } from './deployWords.ts';

/** Rows below a service. */
const shown = 10;

/** The deployments of a service, newest first, as rows. */
export class ReleaseReader {
  readonly #server: Pick<ServerConnection, 'send'>;

  constructor(server: Pick<ServerConnection, 'send'>) {
    this.#server = server;
  }

  async nodes(parent: TreeNode, { repository, environment, service }: ServiceTarget): Promise<TreeNode[]> {
    const older = { title: l10n.t('Show…'), command: 'hearth.deploy.open', argument: { repository, environment, service } };
    const { deployments, more } = await this.#server.send(list, { repository, environment, service, limit: shown });
    return [
      ...deployments.map((deployment) => new ReleaseNode(parent, repository, deployment)),
      ...(more ? [new ActionNode(parent, l10n.t('Older deployments'), 'ellipsis', older)] : []),
    ];
  }
}

/** One deployment of a service. Its `contextValue` says what it is: its state. */
export class ReleaseNode extends TreeNode {
  readonly target: ServiceTarget & DeploymentTarget;
  readonly #deployment: Deployment;

  constructor(parent: TreeNode, repository: string, deployment: Deployment) {
    super(parent, deployment.id);
    const { environment, service, id } = deployment;
    this.target = { repository, environment, service, deployment: id };
    this.#deployment = deployment;
  }

  override item(): TreeItem {
    const { commit, subject, state, phase, created, liveSince, ended, reason } = this.#deployment;
    const item = new TreeItem(`${shortId(commit)} ${oneLine(subject)}`, TreeItemCollapsibleState.None);
    const words = state === 'running' ? phaseName(phase) : stateName(state);
    const time = state === 'live' ? (liveSince ?? created) : (ended ?? created);
    item.description = [words, ageOf(time), reason === null ? '' : oneLine(reason)].filter((part) => part !== '').join(' · ');
    item.iconPath = stateIcon(state);
    item.contextValue = `release ${state}`;
    item.command = { command: 'hearth.deploy.open', title: l10n.t('Open Deployment'), arguments: [this.target] };
    item.accessibilityInformation = { label: [words, item.label, item.description].join(', ') };
    return item;
  }

  override tooltip(): MarkdownString {
    const { id, commit, subject, state, image, actor, reason, hint, rollbackTo } = this.#deployment;
    const facts = [
      `${commit} ${oneLine(subject)}`,
      `${stateName(state)} · ${actor}`,
      rollbackTo === null ? '' : l10n.t('rolled back to {0}', shortDeployment(rollbackTo)),
      image ?? '',
      reason ?? '',
      hint ?? '',
    ];
    const text = new MarkdownString().appendText(shortDeployment(id));
    for (const fact of facts) if (fact !== '') text.appendMarkdown('\n\n').appendText(fact);
    return text;
  }
}
