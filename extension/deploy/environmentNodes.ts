import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { Foreign, StatusRow } from '../../server/protocol/deployTypes.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import { MessageNode, TreeNode } from '../ui/treeNode.ts';
import { ActionNode } from './actionNode.ts';
import { healthOf, isLive, isStopped, worst } from './deployHealth.ts';
import type { ReleaseReader } from './deployReleases.ts';
import type { EnvironmentTarget, ServiceTarget } from './deployTargets.ts';
import { ageOf, healthIcon, healthName, healthSentence, kindName, phaseName } from './deployWords.ts';
import type { Environments } from './environments.ts';

type Environment = Environments['environments'][number];

/** An environment with its services. Its `contextValue` says what can be done: `live`, `foreign`, `running`. */
export class EnvironmentNode extends TreeNode {
  readonly target: EnvironmentTarget;
  readonly #environment: Environment;
  readonly #rows: readonly StatusRow[];
  readonly #foreign: readonly Foreign[];

  constructor(parent: TreeNode | undefined, repository: string, environment: Environment, all: Environments, reader: ReleaseReader) {
    super(parent, environment.name);
    this.target = { repository, environment: environment.name };
    this.#environment = environment;
    this.#rows = all.services.filter((row) => row.environment === environment.name);
    this.#foreign = all.foreign.filter((each) => each.environment === environment.name);
    this.keep(this.#parts(reader));
  }

  override item(): TreeItem {
    const { name, problem } = this.#environment;
    const item = new TreeItem(oneLine(name), TreeItemCollapsibleState.Expanded);
    const words = environmentWords(this.#rows);
    const live = this.#rows.filter(isLive);
    const serving = live.filter((row) => !isStopped(row));
    item.description = problem === undefined ? words : `${words} · ${l10n.t('out of reach')}`;
    const state = worst((serving.length > 0 ? serving : live).map(healthOf));
    item.iconPath =
      problem !== undefined
        ? new ThemeIcon('debug-disconnect', new ThemeColor('list.warningForeground'))
        : state === undefined
          ? new ThemeIcon('circle-large-outline')
          : healthIcon(state);
    const is = [
      ...(live.length > 0 ? ['live'] : []),
      ...(live.some(({ kind }) => kind !== 'static') ? ['containers'] : []),
      ...(this.#rows.some(({ running }) => running !== null) ? ['running'] : []),
      ...(this.#foreign.length > 0 ? ['foreign'] : []),
    ];
    item.contextValue = ['environment', ...is].join(' ');
    item.accessibilityInformation = { label: [l10n.t('Environment {0}', oneLine(name)), item.description].join(', ') };
    return item;
  }

  override tooltip(): MarkdownString {
    const { name, engine, problem, hint, observed } = this.#environment;
    const facts = [
      environmentWords(this.#rows),
      engine === undefined ? l10n.t('not in the configuration any more') : l10n.t('Docker: {0}', engine),
      problem ?? '',
      hint ?? '',
      observed === null ? '' : l10n.t('looked {0}', ageOf(observed)),
    ];
    return factsOf(name, facts);
  }

  #parts(reader: ReleaseReader): TreeNode[] {
    const { problem, hint } = this.#environment;
    const rows = this.#rows.map((row) => new ServiceNode(this, { ...this.target, service: row.service }, row, reader));
    return [
      ...(problem === undefined ? [] : [new ProblemNode(this, problem, hint)]),
      ...this.#foreign.map(
        ({ host, services }) =>
          new ActionNode(this, l10n.t('{0}: deployed from {1}', services.map(oneLine).join(', '), oneLine(host)), 'organization', {
            title: l10n.t('Take Over…'),
            command: 'hearth.deploy.adopt',
            argument: this.target,
          }),
      ),
      ...rows,
      ...(rows.length > 0 || problem !== undefined || this.#foreign.length > 0
        ? []
        : [
            new ActionNode(this, l10n.t('Nothing is deployed here yet'), 'rocket', {
              title: l10n.t('Deploy…'),
              command: 'hearth.deploy.run',
              argument: this.target,
            }),
          ]),
    ];
  }
}

/** Why an environment cannot be looked at. */
class ProblemNode extends MessageNode {
  readonly #problem: string;
  readonly #hint: string | undefined;

  constructor(parent: TreeNode, problem: string, hint: string | undefined) {
    super(parent, oneLine(problem), 'warning');
    this.#problem = problem;
    this.#hint = hint;
  }

  override item(): TreeItem {
    const item = super.item();
    if (this.#hint !== undefined) item.description = oneLine(this.#hint);
    item.contextValue = 'problem';
    return item;
  }

  override tooltip(): MarkdownString {
    return factsOf(this.#problem, [this.#hint ?? '']);
  }
}

/**
 * A service where it runs. Its `contextValue` says what can be done: `live`, `containers` (it has some), `stopped`, `running`, `url`. Opens to
 * its releases.
 */
export class ServiceNode extends TreeNode {
  readonly target: ServiceTarget & { readonly deployment?: string };
  readonly row: StatusRow;
  readonly #reader: ReleaseReader;

  constructor(parent: TreeNode, target: ServiceTarget, row: StatusRow, reader: ReleaseReader) {
    super(parent, row.service);
    const shown = row.running?.deployment ?? row.release;
    this.target = shown === null ? target : { ...target, deployment: shown };
    this.row = row;
    this.#reader = reader;
  }

  override item(): TreeItem {
    const { row } = this;
    const deployed = this.target.deployment !== undefined;
    const state = deployed ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None;
    const item = new TreeItem(oneLine(row.service), state);
    item.description = serviceWords(row);
    item.iconPath =
      row.running !== null ? new ThemeIcon('sync~spin') : isLive(row) ? healthIcon(healthOf(row)) : new ThemeIcon('circle-outline');
    const is = [
      ...(isLive(row) ? ['live'] : []),
      ...(isLive(row) && row.kind !== 'static' ? ['containers'] : []),
      ...(isStopped(row) ? ['stopped'] : []),
      ...(row.running === null ? [] : ['running']),
      ...(row.url === null || !isLive(row) ? [] : ['url']),
      ...(deployed ? ['deployed'] : []),
    ];
    item.contextValue = ['service', ...is].join(' ');
    if (deployed) item.command = { command: 'hearth.deploy.open', title: l10n.t('Open Deployment'), arguments: [this.target] };
    const spoken = [
      oneLine(row.service),
      isLive(row) ? healthName(healthOf(row)) : '',
      row.commit === null ? '' : l10n.t('commit {0}', shortId(row.commit)),
      item.description,
    ];
    item.accessibilityInformation = { label: spoken.filter((part) => part !== '').join(', ') };
    return item;
  }

  override tooltip(): MarkdownString {
    const { row } = this;
    const facts = [
      row.commit === null ? '' : `${shortId(row.commit)} ${oneLine(row.subject ?? '')}`,
      kindName(row.kind),
      isLive(row) && !isStopped(row) ? healthSentence(row.health) : '',
      row.stopped === null ? '' : l10n.t('Stopped on purpose {0}. It stays so until it is started or deployed.', ageOf(row.stopped)),
      row.crashLoop ? l10n.t('It crashed too often and is not started again. Deploy or roll back to start anew.') : '',
      row.since === null || !isLive(row) ? '' : l10n.t('live since {0}', ageOf(row.since)),
      row.running === null ? '' : (row.running.progress ?? phaseName(row.running.phase)),
      row.failed === null ? '' : l10n.t('The last deployment failed {0}: {1}', ageOf(row.failed.time), row.failed.reason),
      row.url ?? '',
    ];
    return factsOf(row.service, facts);
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const { crashLoop, failed } = this.row;
    return [
      ...(crashLoop ? [new MessageNode(this, l10n.t('It crashed too often and is not started again'), 'error')] : []),
      ...(failed === null
        ? []
        : [
            new ActionNode(this, l10n.t('Last deployment: {0}', oneLine(failed.reason)), 'warning', {
              title: ageOf(failed.time),
              command: 'hearth.deploy.open',
              argument: { repository: this.target.repository, deployment: failed.deployment },
            }),
          ]),
      ...(await this.#reader.nodes(this, this.target)),
    ];
  }
}

/** What an environment is, in two words. */
export function environmentWords(rows: readonly StatusRow[]): string {
  const live = rows.filter((row) => isLive(row) && !isStopped(row));
  const stopped = rows.filter(isStopped).length;
  const count = (...states: readonly string[]): number => live.filter((row) => states.includes(healthOf(row))).length;
  const failing = count('down');
  const starting = count('pending');
  const unseen = count('unknown', 'unobserved');
  const parts = [
    failing === 0 ? '' : l10n.t('{0} failing', failing),
    starting === 0 ? '' : l10n.t('{0} starting', starting),
    unseen === 0 ? '' : l10n.t('{0} not looked at', unseen),
    live.length > 0 && failing + starting + unseen === 0 ? l10n.t('healthy') : '',
    stopped === 0 ? '' : l10n.t('{0} stopped', stopped),
    live.length + stopped === 0 ? l10n.t('nothing live') : '',
    rows.some(({ running }) => running !== null) ? l10n.t('deploying') : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function serviceWords(row: StatusRow): string {
  const { running, commit, since } = row;
  const lives = isLive(row);
  const health = healthOf(row);
  const parts = [
    lives && commit !== null ? shortId(commit) : '',
    lives && since !== null ? ageOf(since) : '',
    lives && health !== 'healthy' ? stateWords(row) : '',
    row.kind === 'container' ? '' : kindName(row.kind),
    running === null ? '' : `→ ${shortId(running.commit)} ${oneLine(running.progress ?? phaseName(running.phase))}`,
    running === null && row.failed !== null ? l10n.t('last deployment failed') : '',
    !lives && running === null ? notLive(row) : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function stateWords(row: StatusRow): string {
  if (row.stopped !== null) return l10n.t('stopped {0}', ageOf(row.stopped));
  return row.crashLoop ? l10n.t('crashed too often') : healthName(healthOf(row));
}

function notLive({ release, state }: StatusRow): string {
  if (release === null) return l10n.t('not deployed yet');
  return state === 'removed' || state === 'retired' ? l10n.t('removed') : l10n.t('not deployed');
}

/** A heading and what is known, as text: nothing of it becomes markup. */
function factsOf(title: string, facts: readonly string[]): MarkdownString {
  const text = new MarkdownString().appendText(title);
  for (const fact of facts) if (fact !== '') text.appendMarkdown('\n\n').appendText(fact);
  return text;
}
