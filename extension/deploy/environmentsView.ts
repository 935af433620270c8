import { commands, l10n, window, workspace } from 'vscode';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { type HubState, noticeOf } from '../ui/hubNotice.ts';
import { RepositoryNode } from '../ui/repositoryNode.ts';
import { TreeBase } from '../ui/treeBase.ts';
import { MessageNode, type TreeNode } from '../ui/treeNode.ts';
import { ActionNode } from './actionNode.ts';
import { healthOf, isLive } from './deployHealth.ts';
import { ReleaseReader } from './deployReleases.ts';
import { EnvironmentNode } from './environmentNodes.ts';
import type { EnvironmentStates, Environments } from './environments.ts';

export const environmentsViewId = 'hearth.environments';

/** Ages in rows are words like "5 minutes ago": redrawn this often (ms), and only while somebody looks. */
const redrawEvery = 60_000;
/** Milliseconds between two drawings of what changes. */
const drawEvery = 1_000;

/** The view "Environments": what runs where, and how it is. Asks for nothing, and so starts no hub, before it is looked at. */
export class EnvironmentsView extends Registered {
  readonly tree: TreeBase;
  readonly #shell: Shell;
  readonly #states: EnvironmentStates;
  readonly #reader: ReleaseReader;
  #redraw: NodeJS.Timeout | undefined;
  #drawing: NodeJS.Timeout | undefined;
  #folders = '';
  #drawn = Number.NEGATIVE_INFINITY;

  constructor(shell: Shell, states: EnvironmentStates) {
    super();
    this.#shell = shell;
    this.#states = states;
    this.#reader = new ReleaseReader(shell.server);
    this.tree = this.register(new TreeBase(environmentsViewId, () => this.#roots()));
    shell.trees.set(environmentsViewId, this.tree);
    this.register(states.onDidChange(() => this.#changed()));
    this.register(shell.repositories.onDidChange(() => this.#onRepositories()));
    this.register(this.tree.view.onDidChangeVisibility(({ visible }) => this.#onVisible(visible)));
    this.register(workspace.onDidGrantWorkspaceTrust(() => this.tree.refresh()));
    this.register({
      dispose: () => {
        clearInterval(this.#redraw);
        clearTimeout(this.#drawing);
      },
    });
  }

  /** Asks again; starts the hub when it does not run. */
  async refresh(): Promise<void> {
    if (this.#shell.repositories.all.length === 0) await this.#shell.repositories.refresh();
    const working = Promise.allSettled(this.#shell.repositories.all.map(({ root }) => this.#states.ask(root)));
    void window.withProgress({ location: { viewId: environmentsViewId } }, () => working);
    await working;
    this.tree.refresh();
  }

  async #roots(): Promise<readonly TreeNode[]> {
    await this.#shell.repositories.discovered;
    const stopped: HubState = { kind: 'stopped' };
    if (this.#states.stopped) return noticeOf(stopped, 'hearth.deploy.refresh');
    const roots = this.#shell.repositories.all.map(({ root }) => root);
    if (roots.length === 0) return [];
    const reading = this.#rows(roots);
    void window.withProgress({ location: { viewId: environmentsViewId } }, () => reading);
    return reading;
  }

  async #rows(roots: readonly string[]): Promise<readonly TreeNode[]> {
    try {
      const answers = await Promise.all(roots.map(async (root) => ({ root, all: await this.#states.get(root) })));
      const shown = answers.filter(({ all }) => hasRows(all));
      this.#say(answers.map(({ all }) => all));
      this.#describe(answers.map(({ all }) => all));
      if (shown.length === 0) return [];
      const [only] = answers;
      if (answers.length === 1 && only !== undefined) return this.#environments(undefined, only.root, only.all);
      return answers.map(({ root, all }) => {
        const node = new RepositoryNode(root, async () => this.#environments(node, root, all));
        return node;
      });
    } catch (error) {
      const { reason, message, hint } = asRequestFailure(error);
      if (reason === 'cancelled') return [];
      void commands.executeCommand('setContext', 'hearth:environmentsRead', 'failed');
      return noticeOf({ kind: 'failed', message: hint === undefined ? message : `${message} ${hint}` }, 'hearth.deploy.refresh');
    }
  }

  #environments(parent: TreeNode | undefined, repository: string, all: Environments): readonly TreeNode[] {
    if (!hasRows(all)) {
      const create = { title: l10n.t('Create hearth.yaml'), command: 'hearth.config.create', argument: { repository } };
      return [new ActionNode(parent, l10n.t('Nothing is deployed from here'), 'circle-small', create)];
    }
    const review = { title: l10n.t('Review'), command: 'hearth.config.apply', argument: { repository } };
    const environments = all.environments.map((environment) => new EnvironmentNode(parent, repository, environment, all, this.#reader));
    return [
      ...(all.differs ? [new ActionNode(parent, l10n.t('hearth.yaml differs from what is applied'), 'diff', review)] : []),
      ...environments,
      ...(environments.length > 0 ? [] : [new MessageNode(parent, l10n.t('hearth.yaml names no environment'), 'info')]),
    ];
  }

  /** For the welcome of the view: what there is, and what a configuration could be made from. */
  #say(answers: readonly Environments[]): void {
    const read = answers.some(hasRows) ? 'shown' : 'empty';
    const found = answers.flatMap((all) => all.found);
    const names = [
      ...(found.some((name) => /dockerfile/i.test(name)) ? ['Dockerfile'] : []),
      ...(found.some((name) => /compose[^/]*\.ya?ml$/i.test(name)) ? ['compose.yaml'] : []),
    ];
    void commands.executeCommand('setContext', 'hearth:environmentsRead', read);
    void commands.executeCommand('setContext', 'hearth:environmentsFound', names.join(' '));
  }

  /** What needs the user, also while the view is closed: failing services. */
  #mark(): void {
    const rows = this.#shell.repositories.all.flatMap(({ root }) => this.#states.of(root)?.services ?? []);
    const failing = this.#states.stopped ? 0 : rows.filter((row) => isLive(row) && healthOf(row) === 'down').length;
    const tooltip = failing === 1 ? l10n.t('1 service is failing') : l10n.t('{0} services are failing', failing);
    this.tree.view.badge = failing === 0 ? undefined : { value: failing, tooltip };
  }

  /** Why nothing can be done, as a sentence above the rows. */
  #describe(answers: readonly Environments[]): void {
    const environments = answers.flatMap((all) => all.environments);
    const shown = answers.some(hasRows);
    const unreachable = environments.length > 0 && environments.every(({ problem }) => problem !== undefined);
    // A message would stand where the welcome belongs.
    if (!shown) this.tree.view.message = '';
    else if (!workspace.isTrusted)
      this.tree.view.message = l10n.t('Restricted Mode: nothing is built or started. To deploy, trust this folder.');
    else if (unreachable)
      this.tree.view.message = l10n.t('No Docker engine answers. What was deployed before, variables and hearth.yaml can still be read.');
    else this.tree.view.message = '';
  }

  #onRepositories(): void {
    const roots = this.#shell.repositories.all.map(({ root }) => root).join('\n');
    if (roots === this.#folders) return;
    this.#folders = roots;
    this.tree.refresh();
  }

  /** Rows that are made anew have no actions for a moment: not more often than a person can follow. */
  #changed(): void {
    this.#mark();
    const wait = Math.max(0, this.#drawn + drawEvery - performance.now());
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      this.#drawn = performance.now();
      this.tree.refresh();
    }, wait);
  }

  #onVisible(visible: boolean): void {
    clearInterval(this.#redraw);
    if (visible) this.#redraw = setInterval(() => this.tree.refresh(), redrawEvery);
  }
}

function hasRows({ configured, environments, services, foreign }: Environments): boolean {
  return configured || environments.length > 0 || services.length > 0 || foreign.length > 0;
}
