import { CancellationTokenSource, commands, window } from 'vscode';
import { history } from '../../server/protocol/git.ts';
import type { Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { TreeBase } from '../ui/treeBase.ts';
import type { TreeNode } from '../ui/treeNode.ts';
import { historyCommands } from './historyCommands.ts';
import { type HistoryRow, RevisionNode } from './historyNodes.ts';
import { emptyText, type Subject, subjectTitle } from './historySubject.ts';
import { MoreNode } from './repositoryNodesCommits.ts';
import { pageSize, RepositoryReader } from './repositoryViewReader.ts';

export const historyViewId = 'hearth.git.history';
/** Rows that arrive in a stream are drawn at most this often (ms). */
const redrawEvery = 100;

/** The view "History": revisions of a file, a folder, lines or a function. It appears when a history is asked for. */
export class HistoryView extends Registered implements Feature {
  readonly tree: TreeBase;
  readonly commands: Feature['commands'];
  readonly #shell: Shell;
  #subject: Subject | undefined;
  #reader: RepositoryReader | undefined;
  #nodes: RevisionNode[] = [];
  #more = false;
  /** HEAD moved while nobody looked. */
  #stale = false;
  #running: CancellationTokenSource | undefined;
  /** The newest reading: one that was overtaken ends with it. */
  #reading: Promise<void> = Promise.resolve();
  #redraw: NodeJS.Timeout | undefined;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.tree = this.register(new TreeBase(historyViewId, () => this.#rows()));
    shell.trees.set(historyViewId, this.tree);
    this.commands = {
      ...historyCommands(shell, (subject) => this.show(subject)),
      'hearth.git.refreshHistory': () => this.#read(0),
      'hearth.git.cancelHistory': () => this.#running?.cancel(),
      'hearth.git.closeHistory': () => this.close(),
    };
    this.register(shell.repositories.onDidMove(({ repository, what }) => this.#onMoved(repository, what)));
    this.register(
      shell.places.onDidLearn(({ repository, path, commits }) => {
        for (const node of this.#nodes) {
          if (node.repository === repository && node.asked === path && commits.has(node.commitId)) this.tree.redraw(node);
        }
      }),
    );
    this.register(this.tree.view.onDidChangeVisibility(({ visible }) => visible && this.#stale && void this.#read(0)));
    this.register({ dispose: () => this.#running?.cancel() });
  }

  /** Shows the history of a subject; one that is still being read is stopped. Resolves when the first page is there. */
  async show(subject: Subject): Promise<void> {
    this.#subject = subject;
    this.#reader = new RepositoryReader(this.#shell, subject.repository);
    this.#clear();
    this.tree.view.description = subjectTitle(subject);
    await commands.executeCommand('setContext', 'hearth:history', true);
    const read = this.#read(0);
    await commands.executeCommand(`${historyViewId}.focus`);
    await read;
  }

  /** Stops reading and takes the view away. */
  async close(): Promise<void> {
    this.#running?.cancel();
    this.#subject = undefined;
    this.#clear();
    await commands.executeCommand('setContext', 'hearth:history', false);
  }

  #clear(): void {
    this.#nodes = [];
    this.#more = false;
    this.#stale = false;
    this.tree.view.message = '';
    this.tree.refresh();
  }

  #rows(): readonly TreeNode[] {
    return this.#more ? [...this.#nodes, new MoreRevisions(() => this.#read(this.#nodes.length))] : this.#nodes;
  }

  /** Reads a page after `skip` rows; from the first row as many as there were. Progress shows in the view. */
  #read(skip: number): Promise<void> {
    const reading = this.#readPage(skip);
    this.#reading = reading;
    return reading;
  }

  async #readPage(skip: number): Promise<void> {
    const subject = this.#subject;
    const reader = this.#reader;
    if (subject === undefined || reader === undefined) return;
    if (skip === 0) this.#stale = false;
    this.#running?.cancel();
    const running = new CancellationTokenSource();
    this.#running = running;
    const limit = skip === 0 ? Math.max(pageSize, this.#nodes.length) : pageSize;
    const kept = this.#nodes.slice(0, skip);
    // Until the last row has come, those that were there stay below the new ones: a list that is read again does not go empty.
    const before = skip === 0 ? this.#nodes : [];
    const known = new Map(this.#nodes.map((node) => [node.revision, node]));
    const rows: RevisionNode[] = [];
    const take = (revisions: readonly HistoryRow[]): void => {
      if (this.#running !== running) return;
      for (const row of revisions) rows.push(known.get(row.id) ?? new RevisionNode(subject, reader, row));
      this.#set([...kept, ...rows, ...before]);
      void this.#shell.places.ask(
        subject.repository,
        revisions.map(({ id }) => id),
        subject.kind === 'folder' ? '' : subject.path,
      );
    };
    void commands.executeCommand('setContext', 'hearth:historyBusy', true);
    const asked = this.#shell.server.send(history, paramsOf(subject, limit, skip), {
      token: running.token,
      onPartial: ({ revisions }) => take(revisions),
    });
    void window.withProgress({ location: { viewId: historyViewId } }, () => asked.then(undefined, () => {}));
    try {
      const { more, revisions } = await asked;
      if (this.#running !== running) return this.#reading;
      take(revisions ?? []);
      this.#set([...kept, ...rows]);
      this.#more = more;
      this.#finish(this.#nodes.length === 0 ? emptyText(subject) : '');
    } catch (error) {
      if (this.#running !== running) return this.#reading;
      const failure = asRequestFailure(error);
      // Stopped by the user: what has come stays, and the rest can be asked for.
      this.#more = failure.reason === 'cancelled';
      this.#finish(failure.reason === 'cancelled' ? '' : [failure.message, failure.hint].join(' ').trim());
    }
  }

  #set(nodes: readonly RevisionNode[]): void {
    const seen = new Set<string>();
    this.#nodes = nodes.filter(({ id }) => !seen.has(id) && seen.add(id));
    this.#redraw ??= setTimeout(() => this.#draw(), redrawEvery);
  }

  #draw(): void {
    clearTimeout(this.#redraw);
    this.#redraw = undefined;
    this.tree.refresh();
  }

  #finish(message: string): void {
    this.#running = undefined;
    void commands.executeCommand('setContext', 'hearth:historyBusy', false);
    this.tree.view.message = message;
    this.#draw();
  }

  /** Histories of files and folders follow HEAD; `log -L` runs only when a person asks for it. */
  #onMoved(repository: string, what: readonly string[]): void {
    const subject = this.#subject;
    if (subject?.repository !== repository || subject.revision !== undefined || !what.includes('head')) return;
    if (subject.kind !== 'file' && subject.kind !== 'folder') return;
    if (this.tree.view.visible) void this.#read(0);
    else this.#stale = true;
  }
}

/** "Load more" of a list at the top of its view. */
class MoreRevisions extends MoreNode {
  constructor(more: () => Promise<void>) {
    super(undefined, more);
  }
}

function paramsOf(subject: Subject, limit: number, skip: number) {
  const common = {
    repository: subject.repository,
    file: { path: subject.path },
    limit,
    skip,
    ...(subject.revision === undefined ? {} : { revision: subject.revision }),
  };
  switch (subject.kind) {
    case 'file':
    case 'folder':
      return common;
    case 'lines':
      return { ...common, lines: subject.lines, ...(subject.contents === undefined ? {} : { contents: subject.contents }) };
    case 'function':
      return { ...common, function: subject.name };
  }
}
