import { commands, l10n, window, workspace } from 'vscode';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { noticeOf } from '../ui/hubNotice.ts';
import { RepositoryNode } from '../ui/repositoryNode.ts';
import { TreeBase } from '../ui/treeBase.ts';
import type { TreeNode } from '../ui/treeNode.ts';
import { hasRows, readState, rowsOf } from './serviceRows.ts';
import type { ServiceStates } from './serviceStates.ts';

export const servicesViewId = 'hearth.services';

/** Beats that change nothing are no news: they are asked for this often (ms), and only while somebody looks. */
const askEvery = 30_000;
/** Milliseconds between two drawings of what changes. */
const drawEvery = 1_000;

/** The view "Services": how every service is, and what is wrong now. Asks for nothing, and so starts no hub, before it is looked at. */
export class ServicesView extends Registered {
  readonly tree: TreeBase;
  readonly #shell: Shell;
  readonly #states: ServiceStates;
  #asking: NodeJS.Timeout | undefined;
  #drawing: NodeJS.Timeout | undefined;
  #folders = '';
  #drawn = Number.NEGATIVE_INFINITY;

  constructor(shell: Shell, states: ServiceStates) {
    super();
    this.#shell = shell;
    this.#states = states;
    this.tree = this.register(new TreeBase(servicesViewId, () => this.#roots()));
    shell.trees.set(servicesViewId, this.tree);
    this.register(states.onDidChange(() => this.#changed()));
    this.register(shell.repositories.onDidChange(() => this.#onRepositories()));
    this.register(this.tree.view.onDidChangeVisibility(({ visible }) => this.#onVisible(visible)));
    this.register(workspace.onDidGrantWorkspaceTrust(() => this.tree.refresh()));
    this.register({
      dispose: () => {
        clearInterval(this.#asking);
        clearTimeout(this.#drawing);
      },
    });
  }

  /** Asks again; starts the hub when it does not run. */
  async refresh(): Promise<void> {
    if (this.#shell.repositories.all.length === 0) await this.#shell.repositories.refresh();
    const working = Promise.allSettled(this.#shell.repositories.all.map(({ root }) => this.#states.ask(root)));
    void window.withProgress({ location: { viewId: servicesViewId } }, () => working);
    await working;
    this.tree.refresh();
  }

  async #roots(): Promise<readonly TreeNode[]> {
    await this.#shell.repositories.discovered;
    if (this.#states.stopped) return noticeOf({ kind: 'stopped' }, 'hearth.monitor.refresh');
    const roots = this.#shell.repositories.all.map(({ root }) => root);
    if (roots.length === 0) return [];
    const reading = this.#rows(roots);
    void window.withProgress({ location: { viewId: servicesViewId } }, () => reading);
    return reading;
  }

  async #rows(roots: readonly string[]): Promise<readonly TreeNode[]> {
    try {
      const answers = await Promise.all(roots.map(async (root) => ({ root, watched: await this.#states.get(root) })));
      const shown = answers.filter(({ watched }) => hasRows(watched));
      void commands.executeCommand('setContext', 'hearth:servicesRead', readState(answers.map(({ watched }) => watched)));
      if (shown.length === 0) return [];
      const [only] = answers;
      if (answers.length === 1 && only !== undefined) return rowsOf(undefined, only.root, only.watched);
      return shown.map(({ root, watched }) => {
        const node: RepositoryNode = new RepositoryNode(root, async () => rowsOf(node, root, watched));
        return node;
      });
    } catch (error) {
      const { reason, message, hint } = asRequestFailure(error);
      if (reason === 'cancelled') return [];
      void commands.executeCommand('setContext', 'hearth:servicesRead', 'failed');
      return noticeOf({ kind: 'failed', message: hint === undefined ? message : `${message} ${hint}` }, 'hearth.monitor.refresh');
    }
  }

  /** What needs the user, also while the view is closed: incidents that nobody looks at yet. */
  #mark(): void {
    const open = this.#shell.repositories.all.flatMap(({ root }) => this.#states.of(root)?.incidents ?? []);
    const waiting = this.#states.stopped ? 0 : open.filter(({ acknowledged }) => acknowledged === null).length;
    const tooltip =
      waiting === 1 ? l10n.t('1 incident that nobody has acknowledged') : l10n.t('{0} incidents that nobody has acknowledged', waiting);
    this.tree.view.badge = waiting === 0 ? undefined : { value: waiting, tooltip };
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
    clearInterval(this.#asking);
    if (!visible) return;
    this.#asking = setInterval(() => {
      if (this.#states.stopped) return;
      for (const { root } of this.#shell.repositories.all)
        if ((this.#states.of(root)?.monitors.length ?? 0) > 0) this.#states.ask(root).catch(() => {});
      // Ages in rows are words like "5 minutes ago".
      this.tree.refresh();
    }, askEvery);
  }
}
