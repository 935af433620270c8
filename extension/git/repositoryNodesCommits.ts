import path from 'node:path';
import { type CancellationToken, l10n, MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { ChangedFile, CommitRow, Side } from '../../server/protocol/gitTypes.ts';
import { badgesSpoken, badgesText } from '../deploy/whereWords.ts';
import { TreeNode } from '../ui/treeNode.ts';
import { age, commitTooltip, oneLine, shortId, shortRef, statusWord } from './repositoryNodesText.ts';
import { pageSize, type RepositoryReader } from './repositoryViewReader.ts';
import { changedFileUri } from './revisionUri.ts';

/** A row that stands for something that can be compared. */
export interface Comparable {
  readonly repository: string;
  readonly side: Side;
  /** The commit it is, where it is one. */
  readonly commitId?: string;
  /** What a person calls it. */
  readonly name: string;
}

/** A row of a commit. */
export class CommitNode extends TreeNode implements Comparable {
  readonly reader: RepositoryReader;
  readonly commit: CommitRow;

  constructor(parent: TreeNode, reader: RepositoryReader, commit: CommitRow) {
    super(parent, commit.id);
    this.reader = reader;
    this.commit = commit;
  }

  get repository(): string {
    return this.reader.root;
  }

  get commitId(): string {
    return this.commit.id;
  }

  get side(): Side {
    return { kind: 'commit', revision: this.commit.id };
  }

  get name(): string {
    return shortId(this.commit.id);
  }

  override item(): TreeItem {
    const { id, author, authorTime, subject, parents, refs } = this.commit;
    const item = new TreeItem(`${shortId(id)} ${oneLine(subject)}`, TreeItemCollapsibleState.Collapsed);
    const names = refs.filter((ref) => ref !== 'HEAD' && !ref.endsWith('/HEAD')).map(shortRef);
    const places = this.reader.places.of(this.repository, id);
    const live = badgesText(places, { fetch: false });
    const about = [...(names.length === 0 ? [] : [`[${names.join(', ')}]`]), `${oneLine(author)}, ${age(authorTime)}`].join(' ');
    item.description = live === '' ? about : `${live} · ${about}`;
    item.iconPath = new ThemeIcon(parents.length > 1 ? 'git-merge' : 'git-commit');
    item.contextValue = 'commit';
    item.accessibilityInformation = {
      label: [
        oneLine(subject),
        ...(parents.length > 1 ? [l10n.t('merge')] : []),
        oneLine(author),
        age(authorTime),
        ...badgesSpoken(places),
        ...names,
        shortId(id),
      ].join(', '),
    };
    return item;
  }

  override async tooltip(token: CancellationToken): Promise<MarkdownString> {
    const details = await this.reader.commit(this.commit.id, token).catch(() => undefined);
    return commitTooltip(this.commit, details?.message, details?.totals);
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const { files, parents } = await this.reader.commit(this.commit.id);
    const [parent] = parents;
    const from: Side = parent === undefined ? { kind: 'empty' } : { kind: 'commit', revision: parent };
    return fileRows(this, this.repository, [from, this.side], files);
  }
}

/** A file that differs between two sides. Opens in the native diff. */
export class FileNode extends TreeNode {
  readonly repository: string;
  readonly from: Side;
  readonly to: Side;
  readonly file: ChangedFile;

  constructor(parent: TreeNode, repository: string, from: Side, to: Side, file: ChangedFile) {
    // Two names that are not UTF-8 may look the same.
    super(parent, `file ${file.pathBytes ?? file.path}`);
    this.repository = repository;
    this.from = from;
    this.to = to;
    this.file = file;
  }

  override item(): TreeItem {
    const { path: place, oldPath, status, additions, deletions, binary } = this.file;
    // The address carries the status: the decoration provider paints its letter, as in the source control view.
    const item = new TreeItem(changedFileUri(this.repository, this.to, this.file), TreeItemCollapsibleState.None);
    item.label = oneLine(path.posix.basename(place));
    const folder = path.posix.dirname(place);
    const moved = oldPath !== undefined && oldPath !== place ? `← ${oldPath}` : '';
    item.description = [folder === '.' ? '' : folder, moved].filter((part) => part !== '').join(' ');
    item.iconPath = ThemeIcon.File;
    item.contextValue = `file ${status}`;
    item.command = { command: 'hearth.git.openChanges', title: l10n.t('Open Changes'), arguments: [this] };
    const counts = binary ? l10n.t('binary') : l10n.t('{0} lines added, {1} removed', additions, deletions);
    item.accessibilityInformation = { label: [item.label, statusWord(status), counts, folder].join(', ') };
    return item;
  }

  override tooltip(): MarkdownString {
    const { path: place, oldPath, status, additions, deletions, binary } = this.file;
    const text = new MarkdownString().appendText(place).appendMarkdown('\n\n');
    const change = binary ? l10n.t('binary') : `+${additions} −${deletions}`;
    text.appendText(`${statusWord(status)} · ${change}`);
    if (oldPath !== undefined && oldPath !== place) text.appendMarkdown('\n\n').appendText(l10n.t('was {0}', oldPath));
    return text;
  }
}

/** Files shown at a time; the first commit of a large repository has tens of thousands. */
const fileLimit = 500;

/** Rows of changed files below `parent`, the first `limit` of them. */
export function fileRows(
  parent: TreeNode,
  repository: string,
  [from, to]: readonly [Side, Side],
  files: readonly ChangedFile[],
  limit = fileLimit,
): readonly TreeNode[] {
  const rows: TreeNode[] = files.slice(0, limit).map((file) => new FileNode(parent, repository, from, to, file));
  if (files.length > limit) {
    rows.push(new MoreNode(parent, () => parent.keep(fileRows(parent, repository, [from, to], files, limit + 10 * fileLimit))));
  }
  return rows;
}

/** The last row of a list that goes on. */
export class MoreNode extends TreeNode {
  /** Fetches the next page; the view then shows the list anew. */
  readonly more: () => Promise<void> | void;

  constructor(parent: TreeNode | undefined, more: () => Promise<void> | void) {
    super(parent, 'more');
    this.more = more;
  }

  override item(): TreeItem {
    const item = new TreeItem(l10n.t('Load more'), TreeItemCollapsibleState.None);
    item.iconPath = new ThemeIcon('ellipsis');
    item.contextValue = 'more';
    item.command = { command: 'hearth.git.loadMore', title: l10n.t('Load more'), arguments: [this] };
    return item;
  }
}

/** Commits of a revision, newest first, a page at a time. Keeps the length it had when it is read again. */
export class CommitPages {
  readonly #owner: TreeNode;
  readonly #reader: RepositoryReader;
  readonly #revision: string | undefined;
  #nodes: CommitNode[] = [];
  #more = false;
  #wanted = pageSize;

  constructor(owner: TreeNode, reader: RepositoryReader, revision: string | undefined) {
    this.#owner = owner;
    this.#reader = reader;
    this.#revision = revision;
  }

  /** The id of the first row, once it was read. */
  get newest(): string | undefined {
    return this.#nodes[0]?.commit.id;
  }

  /** All rows again from the first one. */
  async load(): Promise<readonly TreeNode[]> {
    const { commits, more } = await this.#reader.log(this.#revision, 0, this.#wanted);
    this.#nodes = this.#rows(commits);
    this.#more = more;
    return this.rows();
  }

  rows(): readonly TreeNode[] {
    return this.#more ? [...this.#nodes, new MoreNode(this.#owner, () => this.next())] : this.#nodes;
  }

  /** One page more; the rows before it are not asked again. */
  async next(): Promise<void> {
    const { commits, more } = await this.#reader.log(this.#revision, this.#nodes.length, pageSize);
    // HEAD may have moved since the last page: what shifted into this one is already shown.
    const shown = new Set(this.#nodes.map(({ commit }) => commit.id));
    this.#nodes = [...this.#nodes, ...this.#rows(commits.filter(({ id }) => !shown.has(id)))];
    this.#wanted = Math.max(pageSize, this.#nodes.length);
    this.#more = more;
    this.#owner.keep(this.rows());
  }

  /** Where they run is asked beside: the rows do not wait for it. */
  #rows(commits: readonly CommitRow[]): CommitNode[] {
    void this.#reader.places.ask(
      this.#reader.root,
      commits.map(({ id }) => id),
    );
    return commits.map((commit) => new CommitNode(this.#owner, this.#reader, commit));
  }
}
