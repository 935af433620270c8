import { type CancellationToken, l10n, type MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { history } from '../../server/protocol/git.ts';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { PartialOf } from '../../server/protocol/message.ts';
import { badgesSpoken, badgesText } from '../deploy/whereWords.ts';
import { TreeNode } from '../ui/treeNode.ts';
import type { Subject } from './historySubject.ts';
import { type Comparable, fileRows } from './repositoryNodesCommits.ts';
import { age, commitTooltip, oneLine, shortId } from './repositoryNodesText.ts';
import type { RepositoryReader } from './repositoryViewReader.ts';

export type HistoryRow = PartialOf<typeof history>['revisions'][number];

/** A revision of the subject. As an argument of commands it is `{repository, path, revision, current}`. */
export class RevisionNode extends TreeNode implements Comparable {
  readonly repository: string;
  readonly revision: string;
  /** The path it had there. */
  readonly path: string;
  /** The path the subject has now. */
  readonly current: string;
  readonly row: HistoryRow;
  readonly #subject: Subject;
  readonly #reader: RepositoryReader;

  constructor(subject: Subject, reader: RepositoryReader, row: HistoryRow) {
    super(undefined, `${subject.repository}|${subject.kind}|${subject.path}|${row.id}`);
    this.#subject = subject;
    this.#reader = reader;
    this.row = row;
    this.repository = subject.repository;
    this.revision = row.id;
    this.path = row.path;
    this.current = subject.path;
  }

  /** The file that decides which services it concerns; '' where it is a folder. */
  get asked(): string {
    return this.#subject.kind === 'folder' ? '' : this.#subject.path;
  }

  get commitId(): string {
    return this.row.id;
  }

  get side(): Side {
    return { kind: 'commit', revision: this.row.id };
  }

  get name(): string {
    return shortId(this.row.id);
  }

  override item(): TreeItem {
    const { id, author, authorTime, subject, status, parents, oldPath } = this.row;
    const item = new TreeItem(`${shortId(id)} ${oneLine(subject)}`, TreeItemCollapsibleState.Collapsed);
    const renamed = oldPath !== undefined && oldPath !== this.path ? [`← ${oldPath}`] : [];
    const places = this.#reader.places.of(this.repository, id, this.asked);
    const live = badgesText(places, { fetch: false });
    item.description = [...(live === '' ? [] : [live]), `${oneLine(author)}, ${age(authorTime)}`, ...renamed].join(' · ');
    item.iconPath = new ThemeIcon(iconOf(status, parents.length));
    item.contextValue = this.#subject.kind === 'folder' ? 'revision folder' : 'revision file';
    const spoken = [
      oneLine(subject),
      ...(status === undefined || status === 'modified' ? [] : [status]),
      oneLine(author),
      age(authorTime),
      ...badgesSpoken(places),
      ...renamed,
    ];
    item.accessibilityInformation = { label: [...spoken, shortId(id)].join(', ') };
    if (this.#subject.kind !== 'folder')
      item.command = { command: 'hearth.git.openRevisionChanges', title: l10n.t('Open Changes'), arguments: [this] };
    return item;
  }

  override async tooltip(token: CancellationToken): Promise<MarkdownString> {
    const details = await this.#reader.commit(this.row.id, token).catch(() => undefined);
    return commitTooltip({ ...this.row, refs: [] }, details?.message, details?.totals);
  }

  /** All files of the commit; of a folder's history those below it. */
  protected override async load(): Promise<readonly TreeNode[]> {
    const { files, parents } = await this.#reader.commit(this.row.id);
    const [parent] = parents;
    const from: Side = parent === undefined ? { kind: 'empty' } : { kind: 'commit', revision: parent };
    const below = this.#subject.kind === 'folder' && this.#subject.path !== '' ? `${this.#subject.path}/` : '';
    const shown = files.filter(({ path, oldPath }) => path.startsWith(below) || oldPath?.startsWith(below));
    return fileRows(this, this.repository, [from, this.side], shown);
  }
}

function iconOf(status: string | undefined, parents: number): string {
  if (parents > 1) return 'git-merge';
  if (status === 'added') return 'diff-added';
  if (status === 'renamed') return 'diff-renamed';
  return status === 'deleted' ? 'diff-removed' : 'git-commit';
}
