import path from 'node:path';
import { commands, EventEmitter, env, l10n, Selection, Uri, type WebviewPanel, window, workspace } from 'vscode';
import { diffFile, log, show } from '../../server/protocol/git.ts';
import type { ChangedFile } from '../../server/protocol/gitTypes.ts';
import { type DiffContract, type DiffSettings, fileKey, type ListPiece, type Opening, type Pair } from '../../webviews/diff/messages.ts';
import { badgeViews } from '../deploy/whereWords.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { RequestFailure, showFailure } from '../ui/failure.ts';
import { PanelHost } from '../ui/panelHost.ts';
import { DiffPanelList, type Piece } from './diffPanelList.ts';
import { type DiffPanelSource, watchPair } from './diffPanelSource.ts';
import type { ViewedMarks } from './diffPanelViewed.ts';
import { exportPair } from './exportDiff.ts';
import { pickMergeBase, pickOneSide, pickPair } from './pairPick.ts';
import { openChanges, sideUri } from './revisionOpen.ts';
import { sideName } from './revisionUri.ts';

/** One diff panel: what its page asks is answered here. The page keeps only what the user sees of it; data is asked anew. */
export class DiffPanel extends Registered {
  readonly panel: WebviewPanel;
  readonly #shell: Shell;
  readonly #viewed: ViewedMarks;
  readonly #host: PanelHost<DiffContract>;
  readonly #list: DiffPanelList;
  readonly #closed = this.register(new EventEmitter<void>());
  readonly onDidClose = this.#closed.event;
  #pair: Pair;
  #watched: DiffPanelSource | undefined;
  /** The one whose message is shown. */
  #commit: string | undefined;

  constructor(shell: Shell, panel: WebviewPanel, pair: Pair, viewed: ViewedMarks) {
    super();
    this.#shell = shell;
    this.#viewed = viewed;
    this.panel = panel;
    this.#pair = pair;
    this.#list = this.register(new DiffPanelList(shell));
    this.#host = this.register(
      new PanelHost<DiffContract>({
        panel,
        extensionUri: shell.context.extensionUri,
        bundle: 'diff',
        title: 'Hearth: compare',
        handlers: this.#handlers(),
        log: shell.log,
        onReady: () => this.#host.tell('opened', this.#opening()),
      }),
    );
    this.register(
      shell.server.onDidStart(() => {
        this.#list.forget();
        this.#host.abandon('disconnected', l10n.t('The Hearth server was restarted.'));
        this.#host.tell('restarted', null);
      }),
    );
    this.register(
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('hearth.git.diff')) this.#host.tell('opened', this.#opening());
      }),
    );
    this.register(
      shell.places.onDidLearn(({ repository, path, commits }) => {
        if (repository === this.#pair.repository && path === '' && this.#commit !== undefined && commits.has(this.#commit))
          this.#tellPlaces();
      }),
    );
    this.register(panel.onDidDispose(() => this.dispose()));
    this.#show(pair, true);
  }

  get pair(): Pair {
    return this.#pair;
  }

  /** A file of its list, by its `fileKey`. */
  file(key: string): ChangedFile | undefined {
    return this.#list.file(key);
  }

  reveal(): void {
    this.panel.reveal();
  }

  /** Opens the file on disk, so that it can be edited; where there is none, as the comparison has it. */
  async openFile(file: ChangedFile): Promise<void> {
    const onDisk = path.join(this.#pair.repository, file.path);
    if (file.pathBytes !== undefined || !(await exists(onDisk))) return this.openRevision(file);
    await commands.executeCommand('vscode.open', Uri.file(onDisk), { preview: true });
  }

  /** Opens the newer side of the file; of a deleted one the older. */
  async openRevision(file: ChangedFile): Promise<void> {
    const { repository, from, to } = this.#pair;
    const side = file.newMode === '000000' ? from : to;
    await commands.executeCommand('vscode.open', sideUri(repository, side, file.path, file.pathBytes), { preview: true });
  }

  toggleViewed(key: string): void {
    this.#host.tell('toggleViewed', { key });
  }

  override dispose(): void {
    if (this.disposed) return;
    this.#watched?.dispose();
    this.#closed.fire();
    super.dispose();
  }

  #show(pair: Pair, first = false): void {
    this.#pair = pair;
    this.panel.title = titleOf(pair);
    this.#watched?.dispose();
    this.#watched = watchPair(this.#shell, pair, (worktree) => this.#host.tell('moved', { worktree }));
    // The list is asked while the page still loads; the page takes it up.
    this.#list.start(pair, listOptions(this.#settings()));
    if (!first) this.#host.tell('opened', this.#opening());
  }

  /** Where the commit runs. The page does not wait for it. */
  #tellPlaces(): void {
    if (this.#commit === undefined) return;
    const badges = badgeViews(this.#shell.places.of(this.#pair.repository, this.#commit));
    this.#host.tell('places', { commit: this.#commit, badges });
  }

  #settings(): DiffSettings {
    const settings = workspace.getConfiguration('hearth.git.diff', Uri.file(this.#pair.repository));
    const tabSize = workspace.getConfiguration('editor', Uri.file(this.#pair.repository)).get<number>('tabSize', 4);
    return {
      layout: settings.get('layout', 'side-by-side'),
      whitespace: settings.get('whitespace', 'show'),
      context: Math.max(0, Math.min(1000, settings.get('context', 3))),
      wordWrap: settings.get('wordWrap', true),
      tabSize: Number.isInteger(tabSize) && tabSize > 0 ? tabSize : 4,
    };
  }

  #opening(): Opening {
    const { repository, from, to } = this.#pair;
    return {
      pair: this.#pair,
      name: path.basename(repository),
      fromLabel: sideName(from),
      toLabel: sideName(to),
      settings: this.#settings(),
    };
  }

  #handlers(): ConstructorParameters<typeof PanelHost<DiffContract>>[0]['handlers'] {
    const { server } = this.#shell;
    return {
      list: async ({ options }, { token }) => this.#listed(await this.#list.first(this.#pair, options, token)),
      more: async (_params, { token }) => this.#listed(await this.#list.more(token)),
      file: ({ file, oldFile, limit, options }, { token }) => {
        const { repository, from, to } = this.#pair;
        return server.send(
          diffFile,
          { repository, from, to, file, limit, options, ...(oldFile === undefined ? {} : { oldFile }) },
          { token },
        );
      },
      commit: async (_params, { token }) => {
        const { repository, commit } = this.#pair;
        if (commit === undefined) throw new RequestFailure('not-found', 'no commit');
        const [row, { message }] = await Promise.all([
          server.send(log, { repository, revision: commit, limit: 1 }, { token }),
          server.send(
            show,
            { repository, revision: commit, options: { whitespace: 'show', context: 0, renames: false, copies: false } },
            { token },
          ),
        ]);
        const found = row.commits?.[0];
        if (found === undefined) throw new RequestFailure('not-found', l10n.t('There is no commit {0} here.', commit));
        const { id, author, authorMail, authorTime, parents } = found;
        this.#commit = id;
        this.#tellPlaces();
        void this.#shell.places.ask(repository, [id]);
        return { id, author, authorMail, authorTime, message, parents };
      },
      setViewed: async ({ files, viewed }) => {
        await this.#viewed.set(
          this.#pair.repository,
          files.flatMap((key) => this.file(key) ?? []),
          viewed,
        );
        return null;
      },
      openNative: ({ file: key, line }) =>
        this.#try(async () => {
          const file = this.#known(key);
          const { repository, from, to } = this.#pair;
          await openChanges(repository, from, to, file);
          this.#goTo(line);
        }),
      openFile: ({ file: key, line }) =>
        this.#try(async () => {
          await this.openFile(this.#known(key));
          this.#goTo(line);
        }),
      pick: ({ which }) => this.#try(() => this.#pick(which)),
      swap: () => {
        const { repository, from, to } = this.#pair;
        this.#show({ repository, from: to, to: from });
        return null;
      },
      // Answered at once: a save dialog may stay open while the page is hidden and unloaded.
      export: ({ options, layout, files }) => {
        void this.#try(() => exportPair(this.#shell, this.#pair, { options, layout, files }));
        return null;
      },
      copy: async ({ text }) => {
        await env.clipboard.writeText(text);
        return null;
      },
      setSetting: async ({ name, value }) => {
        await workspace.getConfiguration('hearth.git.diff').update(name, value, true);
        return null;
      },
      showLog: () => {
        this.#shell.log.show();
        return null;
      },
    };
  }

  #known(key: string): ChangedFile {
    const file = this.file(key);
    if (file === undefined) throw new RequestFailure('not-found', l10n.t('This comparison has no such file any more.'));
    return file;
  }

  async #listed({ files, end }: Piece): Promise<ListPiece> {
    if (end === undefined) return { files };
    const viewed = await this.#viewed.among(this.#pair.repository, end.all);
    return { files, end: { ...end.summary, viewed: viewed.map(fileKey) } };
  }

  async #pick(which: 'from' | 'to' | 'both' | 'mergeBase'): Promise<void> {
    const { repository, from, to } = this.#pair;
    if (which === 'both' || which === 'mergeBase') {
      const pair = which === 'both' ? await pickPair(this.#shell, repository) : await pickMergeBase(this.#shell, this.#pair);
      if (pair !== undefined) this.#show(pair);
      return;
    }
    const side = await pickOneSide(
      this.#shell,
      repository,
      which === 'from'
        ? l10n.t('The older side, compared with {0}', sideName(to))
        : l10n.t('The newer side, compared with {0}', sideName(from)),
    );
    if (side !== undefined) this.#show(which === 'from' ? { repository, from: side, to } : { repository, from, to: side });
  }

  #goTo(line: number | undefined): void {
    const editor = window.activeTextEditor;
    if (line === undefined || editor === undefined) return;
    const at = Math.max(0, Math.min(line - 1, editor.document.lineCount - 1));
    editor.selection = new Selection(at, 0, at, 0);
    editor.revealRange(editor.selection, 2 /* InCenterIfOutsideViewport */);
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

export function titleOf({ from, to, commit }: Pair): string {
  return commit === undefined
    ? `${sideName(from)} ↔ ${sideName(to)}`
    : l10n.t('Commit {0}', sideName({ kind: 'commit', revision: commit }));
}

export function listOptions({ whitespace, context }: DiffSettings): {
  whitespace: DiffSettings['whitespace'];
  context: number;
  renames: boolean;
  copies: boolean;
} {
  return { whitespace, context, renames: true, copies: false };
}

async function exists(file: string): Promise<boolean> {
  return workspace.fs.stat(Uri.file(file)).then(
    () => true,
    () => false,
  );
}
