import { commands, l10n, type TreeItem, window } from 'vscode';
import { appended, list } from '../../server/protocol/events.ts';
import { gone } from '../../server/protocol/hub.ts';
import type { ParamsOf } from '../../server/protocol/message.ts';
import { list as listProjects } from '../../server/protocol/project.ts';
import { MoreNode } from '../git/repositoryNodesCommits.ts';
import type { Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { type HubState, noticeOf } from '../ui/hubNotice.ts';
import { TreeBase } from '../ui/treeBase.ts';
import { MessageNode, type TreeNode } from '../ui/treeNode.ts';
import { activityCommands } from './activityCommands.ts';
import { type ActivityFilter, describeFilter, isFiltered, questionOf } from './activityFilter.ts';
import { groupByDay } from './eventDays.ts';
import { DayNode } from './eventNodes.ts';
import { EventPages } from './eventPages.ts';

export const activityViewId = 'hearth.activity';

/** Ages in rows are words like "5 minutes ago": redrawn this often (ms), and only while somebody looks. */
const redrawEvery = 60_000;

/** The view "Activity": what happened, newest first. Asks for nothing, and so starts no hub, before it is looked at. */
export class ActivityView extends Registered implements Feature {
  readonly tree: TreeBase;
  readonly commands: Feature['commands'];
  readonly #shell: Shell;
  readonly #pages: EventPages;
  readonly #projects = new Map<string, string>();
  #filter: ActivityFilter = {};
  #state: HubState = { kind: 'unread' };
  #reading: Promise<void> | undefined;
  #redraw: NodeJS.Timeout | undefined;
  /** Something happened while nobody looked. */
  #stale = false;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.#pages = new EventPages((question) => shell.server.send(list, question));
    this.tree = this.register(new TreeBase(activityViewId, () => this.#roots()));
    shell.trees.set(activityViewId, this.tree);
    this.commands = activityCommands(shell, this);
    this.register(shell.server.on(appended, () => this.#readNewer()));
    this.register(shell.server.on(gone, ({ why }) => this.#onGone(why)));
    this.register(shell.server.onDidStart(() => this.#state.kind !== 'stopped' && this.#readNewer()));
    this.register(this.tree.view.onDidChangeVisibility(({ visible }) => this.#onVisible(visible)));
    this.register({ dispose: () => clearInterval(this.#redraw) });
  }

  get filter(): ActivityFilter {
    return this.#filter;
  }

  get events(): EventPages['events'] {
    return this.#pages.events;
  }

  /** Shows only what matches. */
  async setFilter(filter: ActivityFilter): Promise<void> {
    this.#filter = filter;
    this.tree.view.description = describeFilter(filter);
    await commands.executeCommand('setContext', 'hearth:activityFiltered', isFiltered(filter));
    await this.refresh();
  }

  /** Reads again from the first page; starts the hub when it does not run. */
  async refresh(): Promise<void> {
    await this.#read(() => this.#pages.read(questionOf(this.#filter)));
    this.tree.refresh();
  }

  async #roots(): Promise<readonly TreeNode[]> {
    if (this.#state.kind === 'unread') await (this.#reading ?? this.#read(() => this.#pages.read(questionOf(this.#filter))));
    const days = groupByDay(this.#pages.events).map((day) => new DayNode(day, (id) => this.#projectName(id)));
    const older = this.#pages.more ? [new MoreEvents(() => this.#older())] : [];
    const unreadable = this.#pages.unreadable.map(({ problem }) => new MessageNode(undefined, problem));
    return [...noticeOf(this.#state, 'hearth.activity.refresh'), ...days, ...older, ...unreadable];
  }

  /** One reading of the log, with progress in the view; what goes wrong becomes a row. */
  async #read(action: () => Promise<void>): Promise<void> {
    const before = this.#state;
    const reading = (async () => {
      try {
        await action();
        await this.#readProjects();
        // The hub may have said meanwhile that it ends.
        if (this.#state === before || this.#state.kind === 'failed') this.#state = { kind: 'live' };
      } catch (error) {
        const { reason, message, hint } = asRequestFailure(error);
        if (reason === 'cancelled') return;
        this.#state = { kind: 'failed', message: hint === undefined ? message : `${message} ${hint}` };
      }
      await commands.executeCommand('setContext', 'hearth:activityRead', this.#state.kind === 'live');
    })();
    this.#reading = reading;
    void window.withProgress({ location: { viewId: activityViewId } }, () => reading);
    await reading;
    if (this.#reading === reading) this.#reading = undefined;
  }

  async #older(): Promise<void> {
    await this.#read(() => this.#pages.older());
    this.tree.refresh();
  }

  /** Rows come while the view is visible; else they are asked for when it is next seen. */
  #readNewer(): void {
    if (this.#state.kind === 'unread') {
      // The first answer, which is on its way, may be older than what is told now.
      void this.#reading?.then(() => this.#readNewer());
      return;
    }
    this.#stale = !this.tree.view.visible;
    if (!this.#stale) void this.#read(() => this.#pages.newer()).then(() => this.tree.refresh());
  }

  #onVisible(visible: boolean): void {
    clearInterval(this.#redraw);
    if (!visible) return;
    this.#redraw = setInterval(() => this.tree.refresh(), redrawEvery);
    if (this.#stale) this.#readNewer();
  }

  /** A hub that was stopped stays so until somebody asks; one that was lost or replaced is asked again, which starts one when none runs. */
  #onGone(why: ParamsOf<typeof gone>['why']): void {
    if (this.#state.kind === 'unread') return;
    if (why === 'stopped' || why === 'reload-needed') {
      this.#state = { kind: why === 'stopped' ? 'stopped' : 'outdated' };
      // What happened before is read when the user asks: to look at the view must not start the hub again.
      this.#stale = false;
      this.tree.refresh();
    } else this.#readNewer();
  }

  #projectName(id: string): string | undefined {
    return this.#filter.project === undefined ? this.#projects.get(id) : undefined;
  }

  /** Names of projects that rows speak of, asked for when one is not known. */
  async #readProjects(): Promise<void> {
    if (this.#pages.events.every(({ project }) => project === undefined || this.#projects.has(project))) return;
    const { projects } = await this.#shell.server.send(listProjects, {});
    for (const { id, name } of projects) this.#projects.set(id, name);
    // One that is gone is not asked for again and again.
    for (const { project } of this.#pages.events)
      if (project !== undefined && !this.#projects.has(project)) this.#projects.set(project, '');
  }
}

/** "Load more" at the end of the view. */
class MoreEvents extends MoreNode {
  constructor(more: () => Promise<void>) {
    super(undefined, more);
  }

  override item(): TreeItem {
    const item = super.item();
    item.command = { command: 'hearth.activity.loadMore', title: l10n.t('Load more'), arguments: [this] };
    return item;
  }
}
