import path from 'node:path';
import { commands, EventEmitter, l10n, type WebviewPanel, workspace } from 'vscode';
import { appended } from '../../server/protocol/events.ts';
import { gone } from '../../server/protocol/hub.ts';
import { checkItem, commentItem, edit, type Item, move, show, timeline } from '../../server/protocol/work.ts';
import { changelogAdd, completePlan } from '../../server/protocol/workFlow.ts';
import type { ItemContract, Opening, Part, Run } from '../../webviews/item/messages.ts';
import { actorName } from '../activity/eventWords.ts';
import { placesOfAll } from '../deploy/whereBadges.ts';
import { badgeViews } from '../deploy/whereWords.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { showFailure } from '../ui/failure.ts';
import { PanelHost } from '../ui/panelHost.ts';
import { itemKinds } from './itemEvents.ts';
import type { ItemTarget } from './workNodes.ts';
import { shortReference } from './workWords.ts';

/** Events and moves of git come in bursts. */
const quiet = 200;

/** One item panel: what its page asks is answered here. The page keeps only what the user has not saved; data is asked anew. */
export class ItemPanel extends Registered {
  readonly panel: WebviewPanel;
  readonly target: ItemTarget;
  readonly #shell: Shell;
  readonly #host: PanelHost<ItemContract>;
  readonly #closed = this.register(new EventEmitter<void>());
  readonly onDidClose = this.#closed.event;
  /** Brought to the eye when the page is ready. */
  #part: Part | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ready = false;
  /** The item's, as it was last read. */
  #commits: readonly string[] = [];

  constructor(shell: Shell, panel: WebviewPanel, target: ItemTarget, part?: Part) {
    super();
    this.#shell = shell;
    this.target = target;
    this.panel = panel;
    this.#part = part;
    panel.title = `#${target.id}`;
    this.#host = this.register(
      new PanelHost<ItemContract>({
        panel,
        extensionUri: shell.context.extensionUri,
        bundle: 'item',
        title: 'Hearth: work item',
        handlers: this.#handlers(),
        changes: ['edit', 'check', 'comment', 'move', 'addEntry'],
        log: shell.log,
        onReady: () => {
          this.#ready = true;
          this.#host.tell('opened', this.#opening());
          this.#tellPart();
        },
      }),
    );
    this.register(
      shell.places.onDidLearn(({ repository, path, commits }) => {
        if (repository === target.repository && path === '' && this.#commits.some((commit) => commits.has(commit))) this.#tellPlaces();
      }),
    );
    this.register(shell.server.on(appended, () => this.#changed()));
    this.register(shell.server.on(gone, ({ why }) => why === 'stopped' && clearTimeout(this.#timer)));
    this.register(
      shell.repositories.onDidMove(({ repository, what }) => {
        if (repository === target.repository && !what.includes('gone')) this.#changed();
      }),
    );
    this.register(
      shell.server.onDidStart(() => {
        this.#host.abandon('disconnected', l10n.t('The Hearth server was restarted.'));
        this.#host.tell('restarted', null);
      }),
    );
    this.register(workspace.onDidGrantWorkspaceTrust(() => this.#host.tell('opened', this.#opening())));
    this.register(panel.onDidDispose(() => this.dispose()));
    this.register({ dispose: () => clearTimeout(this.#timer) });
  }

  reveal(part?: Part): void {
    this.panel.reveal();
    this.#part = part;
    // A page that was hidden loads anew and is told then.
    if (this.#ready && this.panel.visible) this.#tellPart();
  }

  override dispose(): void {
    if (this.disposed) return;
    this.#closed.fire();
    super.dispose();
  }

  #tellPart(): void {
    if (this.#part !== undefined) this.#host.tell('focus', this.#part);
    this.#part = undefined;
  }

  #changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#host.tell('changed', null), quiet);
  }

  /** Where its commits run. The page does not wait for it. */
  #tellPlaces(): void {
    const { places } = this.#shell;
    const known = this.#commits.map((commit) => [commit, places.of(this.target.repository, commit)] as const);
    const all = known.map(([, each]) => each ?? []);
    this.#host.tell('places', {
      commits: Object.fromEntries(known.map(([commit, each]) => [commit, badgeViews(each)])),
      all: badgeViews(placesOfAll(all)),
    });
  }

  #opening(): Opening {
    const { repository, id } = this.target;
    return { repository, id, name: path.basename(repository), trusted: workspace.isTrusted };
  }

  #name(item: Item): Item {
    this.panel.title = shortReference(item, 24);
    return item;
  }

  #handlers(): ConstructorParameters<typeof PanelHost<ItemContract>>[0]['handlers'] {
    const { server } = this.#shell;
    const { target } = this;
    return {
      load: async (_params, { token }) => {
        const { item } = await server.send(show, target, { token });
        const { repository } = target;
        this.#commits = item.commitList.map(({ id }) => id);
        this.#tellPlaces();
        void this.#shell.places.ask(repository, this.#commits);
        const head = this.#shell.repositories.all.find(({ root }) => root === repository)?.head;
        return { item: this.#name(item), current: item.branch !== null && head?.branch === item.branch };
      },
      plan: (wishes, { token }) => server.send(completePlan, { ...target, ...wishes }, { token }),
      timeline: async ({ limit }, { token }) => {
        const { events, more } = await server.send(timeline, { ...target, limit }, { token });
        const kinds = itemKinds();
        const rows = events.map(({ sequence, time, actor, kind, payload }) => {
          const known = kinds[kind];
          const words = oneLine(known?.words(payload) ?? kind);
          return { sequence, time, actor: actorName(actor), icon: known?.icon ?? 'circle-small', words };
        });
        return { rows, more };
      },
      edit: async (changes) => this.#name((await server.send(edit, { ...target, ...changes })).item),
      check: async (action) => (await server.send(checkItem, { ...target, action })).item,
      comment: async (action) => (await server.send(commentItem, { ...target, action })).item,
      move: async ({ to }) => (await server.send(move, { ...target, to })).item,
      addEntry: async (entry) => {
        const { path: file } = await server.send(changelogAdd, { repository: target.repository, item: target.id, entry });
        return { path: file };
      },
      // Answered at once: its questions may stay open while the page is hidden and unloaded.
      run: ({ what, ...wishes }) => {
        void this.#run(what, wishes);
        return null;
      },
      openCommit: async ({ commit }) => {
        await this.#try(() => commands.executeCommand('hearth.git.showCommitDiff', { repository: target.repository, commit }));
        return null;
      },
      showLog: () => {
        this.#shell.log.show();
        return null;
      },
    };
  }

  async #run(what: Run, wishes: object): Promise<void> {
    const argument = { ...this.target, ...wishes };
    await this.#try(() => commands.executeCommand(commandOf(what), argument));
  }

  /** Failures of what the user started in the page are told as those of a command. */
  async #try(action: () => Thenable<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      await showFailure(error, this.#shell.log);
    }
  }
}

function commandOf(what: Run): string {
  switch (what) {
    case 'start':
      return 'hearth.work.start';
    case 'switch':
      return 'hearth.work.switchTo';
    case 'complete':
      return 'hearth.work.complete';
    case 'commit':
      return 'hearth.git.commit';
    case 'showChanges':
      return 'hearth.work.showChanges';
    case 'finish':
      return 'hearth.work.finish';
    case 'undo':
      return 'hearth.work.undoInterrupted';
    case 'delete':
      return 'hearth.work.delete';
    case 'copyReference':
      return 'hearth.work.copyReference';
  }
}
