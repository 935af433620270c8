import { commands, l10n, TreeItemCheckboxState, window, workspace } from 'vscode';
import { appended } from '../../server/protocol/events.ts';
import { gone } from '../../server/protocol/hub.ts';
import type { ParamsOf } from '../../server/protocol/message.ts';
import { checkItem } from '../../server/protocol/work.ts';
import { reconcile } from '../../server/protocol/workFlow.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure, showFailure } from '../ui/failure.ts';
import { type HubState, noticeOf } from '../ui/hubNotice.ts';
import { RepositoryNode } from '../ui/repositoryNode.ts';
import { TreeBase } from '../ui/treeBase.ts';
import { MessageNode, type TreeNode } from '../ui/treeNode.ts';
import type { CurrentItems } from './currentItems.ts';
import { describeFilter, filterOf, isFiltered, type WorkFilter } from './workFilter.ts';
import { CheckNode, CommitsNode, GroupNode } from './workNodes.ts';
import { WorkReader } from './workReader.ts';

export const workViewId = 'hearth.work';

/** Milliseconds without another event before the view reads, and before git is compared with the items. */
const quiet = { events: 150, git: 700 };
const filterKey = 'hearth.work.filter';

/** The view "Work": the items of the window's repositories by state. Asks for nothing, and so starts no hub, before it is looked at. */
export class WorkView extends Registered {
  readonly tree: TreeBase;
  readonly #shell: Shell;
  readonly #current: CurrentItems;
  readonly #readers = new Map<string, WorkReader>();
  /** Repositories where git moved since the items were compared with it. */
  readonly #moved = new Set<string>();
  #filter: WorkFilter;
  #state: HubState = { kind: 'unread' };
  /** Something happened while nobody looked. */
  #stale = false;
  #timer: NodeJS.Timeout | undefined;
  #reconcileTimer: NodeJS.Timeout | undefined;

  constructor(shell: Shell, current: CurrentItems) {
    super();
    this.#shell = shell;
    this.#current = current;
    this.#filter = filterOf(shell.context.workspaceState.get(filterKey)) ?? {};
    this.tree = this.register(new TreeBase(workViewId, () => this.#roots(), { checkboxes: true }));
    shell.trees.set(workViewId, this.tree);
    this.tree.view.description = describeFilter(this.#filter);
    void commands.executeCommand('setContext', 'hearth:workFiltered', isFiltered(this.#filter));
    this.register(
      shell.places.onDidLearn(({ repository, path, commits }) => {
        if (path === '') this.tree.redrawAll((node) => node instanceof CommitsNode && node.runs(repository, commits));
      }),
    );
    this.register(shell.server.on(appended, () => this.#onAppended()));
    this.register(shell.server.on(gone, ({ why }) => this.#onGone(why)));
    this.register(shell.server.onDidStart(() => this.#state.kind !== 'stopped' && this.#onEvents()));
    this.register(shell.repositories.onDidChange(() => this.#onRepositories()));
    this.register(shell.repositories.onDidMove(({ repository, what }) => this.#onMoved(repository, what)));
    this.register(current.onDidChange(() => this.#onEvents()));
    this.register(this.tree.view.onDidChangeVisibility(({ visible }) => visible && this.#stale && this.#onEvents()));
    this.register(
      this.tree.view.onDidChangeCheckboxState(({ items }) => {
        for (const [node, state] of items) if (node instanceof CheckNode) void this.tick(node, state === TreeItemCheckboxState.Checked);
      }),
    );
    this.register(workspace.onDidGrantWorkspaceTrust(() => this.#describe(true)));
    this.register({
      dispose: () => {
        clearTimeout(this.#timer);
        clearTimeout(this.#reconcileTimer);
      },
    });
  }

  get filter(): WorkFilter {
    return this.#filter;
  }

  /** Tags and assignees of the items that the view has. */
  async choices(): Promise<{ tags: string[]; assignees: string[] }> {
    const overviews = await Promise.all(this.#shell.repositories.all.map(({ root }) => this.#reader(root).overview()));
    const rows = overviews.flatMap(({ groups }) => groups.flatMap(({ items }) => items));
    return {
      tags: [...new Set(rows.flatMap(({ tags }) => tags))],
      assignees: [...new Set(rows.flatMap(({ assignee }) => assignee ?? []))].sort(),
    };
  }

  /** Shows only what matches. */
  async setFilter(filter: WorkFilter): Promise<void> {
    this.#filter = filter;
    for (const reader of this.#readers.values()) reader.filter = filter;
    this.tree.view.description = describeFilter(filter);
    await commands.executeCommand('setContext', 'hearth:workFiltered', isFiltered(filter));
    await this.#shell.context.workspaceState.update(filterKey, isFiltered(filter) ? filter : undefined);
    this.tree.refresh();
  }

  /** Compares the items with git and reads them again; starts the hub when it does not run. */
  async refresh(): Promise<void> {
    this.#state = { kind: 'live' };
    if (this.#shell.repositories.all.length === 0) await this.#shell.repositories.refresh();
    for (const { root } of this.#shell.repositories.all) this.#moved.add(root);
    const working = this.#reconcile();
    void window.withProgress({ location: { viewId: workViewId } }, () => working);
    await working;
    this.#read();
  }

  /** Ticks an entry of a checklist, or takes its tick away. */
  async tick({ target, check }: CheckNode, done: boolean): Promise<void> {
    try {
      await this.#shell.server.send(checkItem, { ...target, action: { kind: 'tick', check: check.id, done } });
    } catch (error) {
      this.#read();
      await showFailure(error, this.#shell.log);
    }
  }

  #reader(root: string): WorkReader {
    let reader = this.#readers.get(root);
    if (reader === undefined) {
      reader = new WorkReader(this.#shell.server, root, this.#shell.places);
      reader.filter = this.#filter;
      this.#readers.set(root, reader);
    }
    return reader;
  }

  async #roots(): Promise<readonly TreeNode[]> {
    await this.#shell.repositories.discovered;
    if (this.#state.kind === 'stopped' || this.#state.kind === 'outdated') return noticeOf(this.#state, 'hearth.work.refresh');
    const roots = this.#shell.repositories.all.map(({ root }) => root);
    if (roots.length === 0) return [];
    const reading = this.#rows(roots);
    void window.withProgress({ location: { viewId: workViewId } }, () => reading);
    return reading;
  }

  async #rows(roots: readonly string[]): Promise<readonly TreeNode[]> {
    const before = this.#state;
    try {
      const overviews = await Promise.all(roots.map((root) => this.#reader(root).overview()));
      await Promise.all(roots.map((root) => this.#current.get(root)));
      // The hub may have said meanwhile that it ends.
      if (this.#state === before) this.#state = { kind: 'live' };
      const nothing = overviews.every(({ all }) => all === 0);
      const shown = overviews.some(({ groups }) => groups.some(({ total }) => total > 0));
      // A message would stand where the welcome belongs.
      this.#describe(shown);
      await this.#say(nothing ? 'empty' : shown ? 'shown' : 'filtered');
      const [only] = roots;
      if (!shown) return [];
      return roots.length === 1 && only !== undefined
        ? this.#groups(undefined, only)
        : roots.map((root) => {
            const node = new RepositoryNode(root, () => this.#groups(node, root));
            return node;
          });
    } catch (error) {
      const { reason, message, hint } = asRequestFailure(error);
      if (reason === 'cancelled') return [];
      const failed: HubState = { kind: 'failed', message: hint === undefined ? message : `${message} ${hint}` };
      if (this.#state === before) this.#state = failed;
      await this.#say('failed');
      return noticeOf(failed, 'hearth.work.refresh');
    }
  }

  async #groups(parent: TreeNode | undefined, root: string): Promise<readonly TreeNode[]> {
    const reader = this.#reader(root);
    const { groups, interrupted } = await reader.overview();
    const marks = { current: this.#current.of(root)?.item?.id, interrupted };
    const nodes = groups
      .filter(({ total }) => total > 0)
      .map((group) => {
        const more = (): void => {
          reader.more(group.state);
          this.tree.refresh();
        };
        return new GroupNode(parent, reader, group, marks, more);
      });
    return nodes.length === 0 && parent !== undefined ? [new MessageNode(parent, l10n.t('No work items'), 'circle-small')] : nodes;
  }

  /** For the welcome of the view: what there is, as far as is known. */
  async #say(what: 'empty' | 'filtered' | 'shown' | 'failed'): Promise<void> {
    await commands.executeCommand('setContext', 'hearth:workRead', what);
  }

  #describe(shown: boolean): void {
    const limits = l10n.t('Restricted Mode: items can be read. To change branches, trust this folder.');
    this.tree.view.message = workspace.isTrusted || !shown ? '' : limits;
  }

  /** Reads again now, when somebody looks; else when the view is next seen. */
  #read(): void {
    this.#stale = !this.tree.view.visible;
    for (const reader of this.#readers.values()) reader.drop();
    if (!this.#stale) this.tree.refresh();
  }

  /** Who tells this runs: somebody has started the hub again. */
  #onAppended(): void {
    if (this.#state.kind === 'stopped') this.#state = { kind: 'live' };
    this.#onEvents();
  }

  #onEvents(): void {
    // During the first reading too: its answer may be older than what is told now.
    if (this.#state.kind === 'unread' && this.#readers.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), quiet.events);
  }

  #onRepositories(): void {
    const roots = new Set(this.#shell.repositories.all.map(({ root }) => root));
    const before = [...this.#readers.keys()];
    for (const root of before) if (!roots.has(root)) this.#readers.delete(root);
    if (before.length !== roots.size || before.some((root) => !roots.has(root))) this.tree.refresh();
  }

  /** A hub that was stopped stays so until somebody asks; one that was lost or replaced is asked again. */
  #onGone(why: ParamsOf<typeof gone>['why']): void {
    if (this.#state.kind === 'unread') return;
    if (why === 'stopped' || why === 'reload-needed') {
      clearTimeout(this.#timer);
      this.#state = { kind: why === 'stopped' ? 'stopped' : 'outdated' };
      this.#stale = false;
      this.tree.refresh();
    } else this.#onEvents();
  }

  /** Commits and branches made elsewhere are taken up. Where no item was ever read there is nothing to compare. */
  #onMoved(root: string, what: readonly string[]): void {
    if (what.includes('gone') || !what.some((each) => each === 'head' || each === 'refs')) return;
    const hasItems = this.#readers.has(root) || this.#current.of(root)?.item !== undefined;
    if (!hasItems || this.#state.kind === 'stopped' || this.#state.kind === 'outdated') return;
    this.#moved.add(root);
    clearTimeout(this.#reconcileTimer);
    this.#reconcileTimer = setTimeout(() => void this.#reconcile(), quiet.git);
  }

  /** In the background: what fails goes to the log. What it changes comes back as an event. */
  async #reconcile(): Promise<void> {
    const roots = [...this.#moved];
    this.#moved.clear();
    if (!workspace.isTrusted) return;
    for (const repository of roots) {
      try {
        await this.#shell.server.send(reconcile, { repository });
      } catch (error) {
        const { reason, message } = asRequestFailure(error);
        if (reason !== 'cancelled') this.#shell.log.warn(`The items of ${repository} were not compared with git: ${message}`);
      }
    }
  }
}
