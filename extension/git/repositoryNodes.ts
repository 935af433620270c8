import path from 'node:path';
import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { Side } from '../../server/protocol/gitTypes.ts';
import { fetchNote } from '../deploy/whereWords.ts';
import { MessageNode, TreeNode } from '../ui/treeNode.ts';
import { CommitPages, type Comparable, fileRows, MoreNode } from './repositoryNodesCommits.ts';
import { age, oneLine, shortId } from './repositoryNodesText.ts';
import type { RefRow, Refs, RepositoryReader } from './repositoryViewReader.ts';

type Stash = Refs['stashes'][number];
type Worktree = Refs['worktrees'][number];

const { Collapsed, None } = TreeItemCollapsibleState;

/** A heading: its words, its icon, and how many rows are below once that is known. */
abstract class SectionNode extends TreeNode {
  protected readonly reader: RepositoryReader;

  constructor(parent: TreeNode | undefined, reader: RepositoryReader, id: string) {
    // Under a repository's row the id is unique already; at the top it is made so.
    super(parent, parent === undefined ? `${reader.root}|${id}` : id);
    this.reader = reader;
  }

  protected section(label: string, icon: string, contextValue: string, count: number | undefined): TreeItem {
    const item = new TreeItem(label, count === 0 ? None : Collapsed);
    if (count !== undefined) item.description = count === 0 ? l10n.t('none') : String(count);
    item.iconPath = new ThemeIcon(icon);
    item.contextValue = contextValue;
    return item;
  }
}

/** Branches or tags, newest first, the current branch before all. */
export class RefsNode extends SectionNode {
  readonly #kind: 'branch' | 'tag';

  constructor(parent: TreeNode | undefined, reader: RepositoryReader, kind: 'branch' | 'tag') {
    super(parent, reader, kind);
    this.#kind = kind;
  }

  override item(): TreeItem {
    const counts = this.reader.known?.counts;
    if (this.#kind === 'tag') return this.section(l10n.t('Tags'), 'tag', 'tags', counts?.tag);
    const item = this.section(l10n.t('Branches'), 'git-branch', 'branches', counts?.branch);
    if (counts?.branch !== 0) item.collapsibleState = TreeItemCollapsibleState.Expanded;
    return item;
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const { refs, head, counts } = await this.reader.refs();
    const current = head.branch === undefined ? '' : `refs/heads/${head.branch}`;
    const rows = refs
      .filter(({ kind }) => kind === this.#kind)
      .sort((a, b) => Number(b.name === current) - Number(a.name === current) || b.time - a.time);
    const nodes: TreeNode[] = rows.map((row) => new RefNode(this, this.reader, row, row.name === current));
    if (rows.length < counts[this.#kind]) nodes.push(moreRefs(this, this.reader));
    return nodes;
  }
}

/** A branch, a remote branch or a tag; opens to its commits. */
export class RefNode extends TreeNode implements Comparable {
  readonly row: RefRow;
  readonly #reader: RepositoryReader;
  readonly #current: boolean;
  readonly #commits: CommitPages;

  constructor(parent: TreeNode, reader: RepositoryReader, row: RefRow, current: boolean) {
    super(parent, row.name);
    this.row = row;
    this.#reader = reader;
    this.#current = current;
    this.#commits = new CommitPages(this, reader, row.name);
  }

  get repository(): string {
    return this.#reader.root;
  }

  get commitId(): string {
    return this.row.commit;
  }

  get side(): Side {
    return { kind: 'commit', revision: this.row.name };
  }

  get name(): string {
    return this.row.short;
  }

  override item(): TreeItem {
    const { kind, short, time, upstream, ahead = 0, behind = 0, upstreamGone } = this.row;
    const item = new TreeItem(oneLine(short), Collapsed);
    const apart = ahead === 0 && behind === 0 ? '' : `↑${ahead} ↓${behind}`;
    const tracked = upstream === undefined ? '' : upstreamGone ? l10n.t('upstream gone') : apart;
    item.description = [tracked, age(time)].filter((part) => part !== '').join(' · ');
    const icon = this.#current ? 'check' : kind === 'tag' ? 'tag' : kind === 'remote' ? 'cloud' : 'git-branch';
    item.iconPath = this.#current ? new ThemeIcon(icon, new ThemeColor('charts.green')) : new ThemeIcon(icon);
    item.contextValue = kind === 'branch' ? (this.#current ? 'branch current' : 'branch') : kind;
    const spoken = [short];
    if (this.#current) spoken.push(l10n.t('current branch'));
    if (upstream !== undefined)
      spoken.push(upstreamGone ? l10n.t('upstream gone') : l10n.t('{0} ahead, {1} behind {2}', ahead, behind, upstreamName(upstream)));
    item.accessibilityInformation = { label: [...spoken, age(time)].join(', ') };
    return item;
  }

  override tooltip(): MarkdownString {
    const { name, commit, subject, author, time, upstream, worktree } = this.row;
    const text = new MarkdownString().appendText(name).appendMarkdown('\n\n');
    text
      .appendText(`${shortId(commit)} ${subject}`)
      .appendMarkdown('\n\n')
      .appendText(`${author}, ${age(time)}`);
    if (upstream !== undefined) text.appendMarkdown('\n\n').appendText(l10n.t('Upstream: {0}', upstreamName(upstream)));
    if (worktree !== undefined) text.appendMarkdown('\n\n').appendText(l10n.t('Checked out in {0}', worktree));
    return text;
  }

  protected override load(): Promise<readonly TreeNode[]> {
    return this.#commits.load();
  }
}

function upstreamName(upstream: string): string {
  return upstream.replace(/^refs\/remotes\//, '');
}

/** Remotes, each with its branches. */
export class RemotesNode extends SectionNode {
  constructor(parent: TreeNode | undefined, reader: RepositoryReader) {
    super(parent, reader, 'remotes');
  }

  override item(): TreeItem {
    return this.section(l10n.t('Remotes'), 'cloud', 'remotes', this.reader.known?.remotes.length);
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const { remotes } = await this.reader.refs();
    return remotes.map((remote) => new RemoteNode(this, this.reader, remote.name, remote.url));
  }
}

class RemoteNode extends TreeNode {
  readonly name: string;
  readonly #url: string;
  readonly #reader: RepositoryReader;

  constructor(parent: TreeNode, reader: RepositoryReader, name: string, url: string) {
    super(parent, name);
    this.name = name;
    this.#url = url;
    this.#reader = reader;
  }

  override item(): TreeItem {
    const item = new TreeItem(oneLine(this.name), Collapsed);
    item.description = oneLine(this.#url);
    item.iconPath = new ThemeIcon('cloud');
    item.contextValue = 'remoteRepository';
    return item;
  }

  override tooltip(): MarkdownString {
    return new MarkdownString().appendText(this.#url);
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const { refs, counts } = await this.#reader.refs();
    const remote = refs.filter(({ kind }) => kind === 'remote');
    // origin/HEAD only names another one of these.
    const own = remote
      .filter(({ name }) => name.startsWith(`refs/remotes/${this.name}/`) && !name.endsWith('/HEAD'))
      .sort((a, b) => b.time - a.time);
    const nodes: TreeNode[] = own.map((row) => new RefNode(this, this.#reader, row, false));
    if (nodes.length === 0) nodes.push(nothing(this, l10n.t('Nothing fetched yet')));
    if (remote.length < counts.remote) nodes.push(moreRefs(this, this.#reader));
    return nodes;
  }
}

/** Stashes, newest first; each opens to its files. */
export class StashesNode extends SectionNode {
  constructor(parent: TreeNode | undefined, reader: RepositoryReader) {
    super(parent, reader, 'stashes');
  }

  override item(): TreeItem {
    return this.section(l10n.t('Stashes'), 'archive', 'stashes', this.reader.known?.stashes.length);
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const { stashes } = await this.reader.refs();
    return stashes.map((stash) => new StashNode(this, this.reader, stash));
  }
}

class StashNode extends TreeNode implements Comparable {
  readonly stash: Stash;
  readonly #reader: RepositoryReader;

  constructor(parent: TreeNode, reader: RepositoryReader, stash: Stash) {
    super(parent, `${stash.index} ${stash.id}`);
    this.stash = stash;
    this.#reader = reader;
  }

  get repository(): string {
    return this.#reader.root;
  }

  get side(): Side {
    return { kind: 'stash', index: this.stash.index };
  }

  get name(): string {
    return `stash@{${this.stash.index}}`;
  }

  override item(): TreeItem {
    const { message, time, branch } = this.stash;
    // Git begins the message with the branch, which the description says.
    const item = new TreeItem(oneLine(message.replace(/^(?:On|WIP on) [^:]*: (?=\S)/, '')), Collapsed);
    item.description = [this.name, ...(branch === undefined ? [] : [l10n.t('on {0}', branch)]), age(time)].join(' · ');
    item.iconPath = new ThemeIcon('archive');
    item.contextValue = 'stash';
    return item;
  }

  override tooltip(): MarkdownString {
    return new MarkdownString().appendText(this.stash.message).appendMarkdown('\n\n').appendText(this.stash.id);
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const from: Side = { kind: 'commit', revision: this.stash.base };
    const files = await this.#reader.changes(from, this.side);
    return fileRows(this, this.repository, [from, this.side], files);
  }
}

/** Work trees of the repository, this one among them. */
export class WorktreesNode extends SectionNode {
  constructor(parent: TreeNode | undefined, reader: RepositoryReader) {
    super(parent, reader, 'worktrees');
  }

  override item(): TreeItem {
    return this.section(l10n.t('Worktrees'), 'folder-library', 'worktrees', this.reader.known?.worktrees.length);
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const { worktrees } = await this.reader.refs();
    return worktrees.map((worktree) => new WorktreeNode(this, this.reader, worktree));
  }
}

export class WorktreeNode extends TreeNode {
  readonly worktree: Worktree;
  readonly repository: string;

  constructor(parent: TreeNode, reader: RepositoryReader, worktree: Worktree) {
    super(parent, worktree.root);
    this.worktree = worktree;
    this.repository = reader.root;
  }

  override item(): TreeItem {
    const { root, branch, head, locked, prunable, current } = this.worktree;
    const item = new TreeItem(oneLine(path.basename(root)), None);
    const place =
      branch?.replace(/^refs\/heads\//, '') ?? (head === undefined ? l10n.t('no commit') : l10n.t('detached at {0}', shortId(head)));
    const notes = [place, ...(locked ? [l10n.t('locked')] : []), ...(prunable ? [l10n.t('folder is gone')] : [])];
    item.description = notes.join(' · ');
    item.iconPath = current ? new ThemeIcon('check', new ThemeColor('charts.green')) : new ThemeIcon(prunable ? 'warning' : 'folder');
    item.contextValue = current ? 'worktree current' : prunable ? 'worktree gone' : 'worktree';
    item.accessibilityInformation = { label: [path.basename(root), ...(current ? [l10n.t('this worktree')] : []), ...notes].join(', ') };
    return item;
  }

  override tooltip(): MarkdownString {
    return new MarkdownString().appendText(this.worktree.root);
  }
}

/** The commits of HEAD. */
export class RecentCommitsNode extends SectionNode {
  readonly #pages: CommitPages;

  constructor(parent: TreeNode | undefined, reader: RepositoryReader) {
    super(parent, reader, 'commits');
    this.#pages = new CommitPages(this, reader, undefined);
  }

  override item(): TreeItem {
    const item = this.section(l10n.t('Recent commits'), 'history', 'commits', undefined);
    item.collapsibleState = TreeItemCollapsibleState.Expanded;
    const { newest } = this.#pages;
    const note = newest === undefined ? '' : fetchNote(this.reader.places.of(this.reader.root, newest));
    if (note !== '') item.description = note;
    return item;
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const rows = await this.#pages.load();
    return rows.length === 0 ? [nothing(this, l10n.t('No commits yet'))] : rows;
  }
}

function nothing(parent: TreeNode, text: string): TreeNode {
  return new MessageNode(parent, text, 'circle-outline');
}

function moreRefs(parent: TreeNode, reader: RepositoryReader): MoreNode {
  return new MoreNode(parent, () => {
    reader.moreRefs();
    parent.reset();
  });
}
