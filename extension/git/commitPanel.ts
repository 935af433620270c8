import path from 'node:path';
import { commands, l10n, Selection, Uri, type WebviewPanel, window, workspace } from 'vscode';
import { diffFile } from '../../server/protocol/git.ts';
import { applyHunks, discard, redo, stage, undo, unstage } from '../../server/protocol/gitActions.ts';
import type { ChangedFile, FileRef } from '../../server/protocol/gitTypes.ts';
import { commitPlan } from '../../server/protocol/workFlow.ts';
import type { Area, CommitContract, Opening } from '../../webviews/commit/messages.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { RequestFailure, showFailure } from '../ui/failure.ts';
import { type PanelHandlers, PanelHost } from '../ui/panelHost.ts';
import { asksToDiscard, asksToDiscardHunks } from './commitAsks.ts';
import type { CommitDrafts } from './commitDrafts.ts';
import { CommitRun } from './commitRun.ts';
import { changedSides, stagedSides } from './commitSides.ts';
import { DiffPanelList } from './diffPanelList.ts';
import { watchPair } from './diffPanelSource.ts';
import { openChanges } from './revisionOpen.ts';

const listOptions = { whitespace: 'show', context: 3, renames: true, copies: false } as const;
/** An action moves HEAD, the index and refs, one after the other (milliseconds). */
const quiet = 250;

/** One commit panel: what its page asks is answered here. The page keeps only what the user sees of it; data is asked anew. */
export class CommitPanel extends Registered {
  readonly panel: WebviewPanel;
  readonly repository: string;
  readonly #shell: Shell;
  readonly #drafts: CommitDrafts;
  readonly #commit: CommitRun;
  readonly #host: PanelHost<CommitContract>;
  readonly #lists: Readonly<Record<Area, DiffPanelList>>;
  #timer: NodeJS.Timeout | undefined;

  constructor(shell: Shell, panel: WebviewPanel, repository: string, drafts: CommitDrafts) {
    super();
    this.#shell = shell;
    this.panel = panel;
    this.repository = repository;
    this.#drafts = drafts;
    panel.title = l10n.t('Commit · {0}', path.basename(repository));
    this.#lists = { staged: this.register(new DiffPanelList(shell)), changes: this.register(new DiffPanelList(shell)) };
    this.#commit = this.register(new CommitRun(shell, repository, drafts, (ended) => this.#host.tell('ended', ended)));
    this.#host = this.register(
      new PanelHost<CommitContract>({
        panel,
        extensionUri: shell.context.extensionUri,
        bundle: 'commit',
        title: 'Hearth: commit',
        handlers: this.#handlers(),
        changes: ['stage', 'unstage', 'discard', 'hunks', 'undo', 'redo'],
        log: shell.log,
        onReady: () => this.#host.tell('opened', this.#opening()),
      }),
    );
    this.register(
      shell.server.onDidStart(() => {
        for (const list of Object.values(this.#lists)) list.forget();
        const restarted = l10n.t('The Hearth server was restarted.');
        this.#commit.abandon(restarted);
        this.#host.abandon('disconnected', restarted);
        this.#host.tell('restarted', null);
      }),
    );
    this.register({ dispose: () => clearTimeout(this.#timer) });
    this.register(shell.repositories.onDidMove((move) => move.repository === repository && this.#onMoved()));
    this.register(
      watchPair(
        shell,
        { repository, from: { kind: 'empty' }, to: { kind: 'worktree' } },
        (worktree) => worktree && this.#host.tell('moved', { index: false }),
      ),
    );
    this.register(window.onDidChangeWindowState(({ focused }) => focused && this.#onMoved()));
    this.register(workspace.onDidGrantWorkspaceTrust(() => this.#host.tell('opened', this.#opening())));
    this.register(panel.onDidDispose(() => this.dispose()));
  }

  #onMoved(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#host.tell('moved', { index: true }), quiet);
  }

  #opening(): Opening {
    const { repository } = this;
    const tabSize = workspace.getConfiguration('editor', Uri.file(repository)).get<number>('tabSize', 4);
    return {
      repository,
      name: path.basename(repository),
      trusted: workspace.isTrusted,
      tabSize: Number.isInteger(tabSize) && tabSize > 0 ? tabSize : 4,
      draft: this.#drafts.get(repository),
      commit: this.#commit.state,
    };
  }

  async #sides(area: Area): Promise<typeof changedSides> {
    return area === 'staged' ? stagedSides(this.#shell, this.repository) : changedSides;
  }

  #handlers(): PanelHandlers<CommitContract> {
    const { repository } = this;
    const { server } = this.#shell;
    return {
      list: async ({ area }, { token }) => {
        const { files, end } = await this.#lists[area].first({ repository, ...(await this.#sides(area)) }, listOptions, token);
        return { files, end: end !== undefined };
      },
      more: async ({ area }, { token }) => {
        const { files, end } = await this.#lists[area].more(token);
        return { files, end: end !== undefined };
      },
      file: async ({ area, file: key, limit }, { token }) => {
        const file = this.#known(area, key);
        const old = file.oldPath === undefined ? {} : { oldFile: refOf(file.oldPath, file.oldPathBytes) };
        const params = {
          repository,
          ...(await this.#sides(area)),
          file: refOf(file.path, file.pathBytes),
          ...old,
          limit,
          options: listOptions,
        };
        return server.send(diffFile, params, { token });
      },
      plan: ({ amend }, { token }) => server.send(commitPlan, { repository, amend }, { token }),
      // What changes the repository goes on to its end, whatever becomes of the page.
      stage: async ({ files }) => {
        await server.send(stage, { repository, ...this.#refs('changes', files) });
        return null;
      },
      unstage: async ({ files }) => {
        await server.send(unstage, { repository, ...this.#refs('staged', files) });
        return null;
      },
      discard: async ({ files }) => {
        const known = files.map((key) => this.#known('changes', key));
        if (!(await asksToDiscard(this.#shell, known))) return {};
        return server.send(discard, { repository, files: this.#refs('changes', files).files ?? [] });
      },
      hunks: async ({ action, file: key, hunks }) => {
        const file = this.#known(action === 'unstage' ? 'staged' : 'changes', key);
        if (action === 'discard' && !(await asksToDiscardHunks(this.#shell, file, hunks))) return {};
        const { undo: id } = await server.send(applyHunks, { repository, action, file: refOf(file.path, file.pathBytes), hunks });
        return action === 'discard' && id !== undefined ? { undo: id } : {};
      },
      commit: ({ draft, entry }) => {
        this.#commit.begin(draft, entry);
        return null;
      },
      cancelCommit: () => {
        this.#commit.cancel();
        return null;
      },
      heardEnd: () => {
        this.#commit.heard();
        return null;
      },
      undo: ({ id }) => server.send(undo, { repository, id }),
      redo: ({ id }) => server.send(redo, { repository, id }),
      suggest: async (wanted, { token }) => {
        const { suggestMessage } = await import('./commitSuggest.ts');
        return suggestMessage(this.#shell, repository, wanted, token);
      },
      openNative: ({ area, file }) =>
        this.#try(async () => {
          const { from, to } = await this.#sides(area);
          await openChanges(repository, from, to, this.#known(area, file));
        }),
      openFile: ({ path: place, line }) => this.#try(() => this.#openFile(place, line)),
      openItem: ({ id }) => this.#run('hearth.work.openItem', { repository, id }),
      startWork: () => this.#run('hearth.work.start', { repository }),
      showCommit: (params) => this.#run('hearth.git.showCommitDiff', { repository, commit: params.commit }),
      saveDraft: (draft) => {
        this.#drafts.set(repository, draft);
        return null;
      },
      identity: () => {
        const terminal = window.createTerminal({ name: 'git config', cwd: repository });
        terminal.show();
        terminal.sendText('git config --global user.name "Your Name" && git config --global user.email you@example.com', false);
        return null;
      },
      trust: () => this.#run('workbench.trust.manage'),
      showLog: () => {
        this.#shell.log.show();
        return null;
      },
    };
  }

  /** Files by key, with the old name of a renamed one: both belong to the change. All when none is named. */
  #refs(area: Area, keys: readonly string[] | undefined): { files?: FileRef[] } {
    if (keys === undefined) return {};
    const files = keys.flatMap((key) => {
      const { path: now, pathBytes, oldPath, oldPathBytes, status } = this.#known(area, key);
      const both = status === 'renamed' && oldPath !== undefined ? [refOf(oldPath, oldPathBytes)] : [];
      return [refOf(now, pathBytes), ...both];
    });
    return { files };
  }

  #known(area: Area, key: string): ChangedFile {
    const file = this.#lists[area].file(key);
    if (file === undefined) throw new RequestFailure('conflict', l10n.t('This file changed since it was listed.'));
    return file;
  }

  async #openFile(place: string, line: number | undefined): Promise<void> {
    const editor = await window.showTextDocument(Uri.joinPath(Uri.file(this.repository), place), { preview: true });
    if (line === undefined) return;
    const at = Math.max(0, Math.min(line - 1, editor.document.lineCount - 1));
    editor.selection = new Selection(at, 0, at, 0);
    editor.revealRange(editor.selection, 2 /* InCenterIfOutsideViewport */);
  }

  #run(command: string, ...args: unknown[]): null {
    // Not awaited: what it asks may stay open while the page is hidden and unloaded.
    void commands.executeCommand(command, ...args);
    return null;
  }

  /** Failures of what the user started in the page are told as those of a command. */
  async #try(action: () => Promise<void>): Promise<null> {
    try {
      await action();
    } catch (error) {
      await showFailure(error, this.#shell.log);
    }
    return null;
  }
}

function refOf(place: string, pathBytes: string | undefined): FileRef {
  return pathBytes === undefined ? { path: place } : { pathBytes };
}
