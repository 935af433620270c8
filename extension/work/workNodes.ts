import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCheckboxState, TreeItemCollapsibleState } from 'vscode';
import type { Item, ItemRow, ItemState, LinkedCommit } from '../../server/protocol/work.ts';
import { placesOfAll } from '../deploy/whereBadges.ts';
import { badgesSpoken, badgesText } from '../deploy/whereWords.ts';
import { MoreNode } from '../git/repositoryNodesCommits.ts';
import { age, oneLine, shortId } from '../git/repositoryNodesText.ts';
import { TreeNode } from '../ui/treeNode.ts';
import type { Group, WorkReader } from './workReader.ts';
import { checksSpoken, checksText, isOverdue, reference, stateName, today, typeIcon, typeName } from './workWords.ts';

/** What a command of an item is given: which one, of which repository. */
export interface ItemTarget {
  readonly repository: string;
  readonly id: number;
}

/** What rows of items need to know beside the item. */
export interface Marks {
  readonly current: number | undefined;
  readonly interrupted: ReadonlySet<number>;
}

/** The items of one state. */
export class GroupNode extends TreeNode {
  readonly #group: Group;

  constructor(parent: TreeNode | undefined, reader: WorkReader, group: Group, marks: Marks, more: () => void) {
    super(parent, group.state);
    this.#group = group;
    const rows: TreeNode[] = group.items.map((row) => new ItemNode(this, reader, row, marks));
    if (rows.length < group.total) rows.push(new MoreItems(this, more));
    this.keep(rows);
  }

  override item(): TreeItem {
    const { state, total } = this.#group;
    const closed = state === 'done' || state === 'canceled';
    const item = new TreeItem(stateName(state), closed ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.Expanded);
    item.description = String(total);
    item.contextValue = `group ${state}`;
    item.accessibilityInformation = { label: l10n.t('{0}, {1} items', stateName(state), total) };
    return item;
  }
}

class MoreItems extends MoreNode {
  constructor(parent: TreeNode, more: () => void) {
    super(parent, more);
  }

  override item(): TreeItem {
    const item = super.item();
    item.command = { command: 'hearth.work.loadMore', title: l10n.t('Load more'), arguments: [this] };
    return item;
  }
}

/** The row of an item. Its `contextValue` lists what it is, for menus: its state, `branch`, `current`, `interrupted`. */
export class ItemNode extends TreeNode {
  readonly row: ItemRow;
  readonly #reader: WorkReader;
  readonly #marks: Marks;

  constructor(parent: TreeNode, reader: WorkReader, row: ItemRow, marks: Marks) {
    super(parent, String(row.id));
    this.row = row;
    this.#reader = reader;
    this.#marks = marks;
  }

  get target(): ItemTarget {
    return { repository: this.#reader.root, id: this.row.id };
  }

  override item(): TreeItem {
    const { row } = this;
    const current = this.#marks.current === row.id;
    const interrupted = this.#marks.interrupted.has(row.id);
    const overdue = isOverdue(row, today());
    const item = new TreeItem(reference(row), TreeItemCollapsibleState.Collapsed);
    const due = row.due === null || row.state === 'done' || row.state === 'canceled' ? '' : row.due;
    const parts = [
      interrupted ? l10n.t('interrupted') : '',
      current ? l10n.t('current') : '',
      checksText(row),
      due === '' ? '' : overdue ? l10n.t('overdue {0}', due) : l10n.t('due {0}', due),
      row.assignee === null ? '' : oneLine(row.assignee),
      row.tags.map((tag) => `#${tag}`).join(' '),
    ];
    item.description = parts.filter((part) => part !== '').join(' · ');
    item.iconPath = iconOf(row, current, interrupted);
    item.command = { command: 'hearth.work.openItem', title: l10n.t('Open Work Item'), arguments: [this.target] };
    const is = ['item', row.state, ...(row.branch === null ? [] : ['branch']), ...(current ? ['current'] : [])];
    item.contextValue = [...is, ...(interrupted ? ['interrupted'] : [])].join(' ');
    const spoken = [
      reference(row),
      typeName(row.type),
      interrupted ? l10n.t('Merge & Complete was interrupted') : '',
      current ? l10n.t('current item') : '',
      checksSpoken(row),
      due === '' ? '' : overdue ? l10n.t('overdue since {0}', due) : l10n.t('due {0}', due),
      row.assignee === null ? '' : oneLine(row.assignee),
    ];
    item.accessibilityInformation = { label: spoken.filter((part) => part !== '').join(', ') };
    return item;
  }

  override tooltip(): MarkdownString {
    const { row } = this;
    const facts = [
      `${typeName(row.type)} · ${stateName(row.state)}`,
      row.branch ?? '',
      row.assignee ?? '',
      row.tags.map((tag) => `#${tag}`).join(' '),
      l10n.t('changed {0}', age(row.updated / 1000)),
    ];
    const text = new MarkdownString().appendText(reference(row));
    for (const fact of facts) if (fact !== '') text.appendMarkdown('\n\n').appendText(fact);
    return text;
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    const item = await this.#reader.item(this.row.id);
    return [
      ...(item.branch === null ? [] : [new BranchNode(this, item.branch, item.base)]),
      ...(item.checklist.length === 0 ? [] : [new ChecklistNode(this, item)]),
      new NotesNode(this, item),
      ...(item.commitList.length === 0 ? [] : [new CommitsNode(this, item, this.#reader.places)]),
      ...nextSteps(this, item, this.#marks.interrupted.has(item.id)),
    ];
  }
}

/** The colour says nothing that the description does not say. */
function iconOf(row: ItemRow, current: boolean, interrupted: boolean): ThemeIcon {
  if (interrupted) return new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
  return current ? new ThemeIcon(typeIcon(row.type), new ThemeColor('charts.green')) : new ThemeIcon(typeIcon(row.type));
}

/** A row below an item. */
abstract class ItemPart extends TreeNode {
  readonly target: ItemTarget;

  constructor(item: ItemNode, id: string) {
    super(item, id);
    this.target = item.target;
  }
}

class BranchNode extends ItemPart {
  readonly #branch: string;
  readonly #base: string | null;

  constructor(item: ItemNode, branch: string, base: string | null) {
    super(item, 'branch');
    this.#branch = branch;
    this.#base = base;
  }

  override item(): TreeItem {
    const item = new TreeItem(oneLine(this.#branch), TreeItemCollapsibleState.None);
    if (this.#base !== null) item.description = l10n.t('from {0}', oneLine(this.#base));
    item.iconPath = new ThemeIcon('git-branch');
    item.contextValue = 'branch';
    item.command = { command: 'hearth.work.showChanges', title: l10n.t('Show Branch Changes'), arguments: [this.target] };
    return item;
  }
}

class ChecklistNode extends ItemPart {
  readonly #item: Item;

  constructor(node: ItemNode, item: Item) {
    super(node, 'checklist');
    this.#item = item;
    this.keep(item.checklist.map((check) => new CheckNode(this, check)));
  }

  override item(): TreeItem {
    const item = new TreeItem(l10n.t('Checklist'), TreeItemCollapsibleState.Collapsed);
    item.description = checksText(this.#item);
    item.iconPath = new ThemeIcon('checklist');
    item.contextValue = 'checklist';
    item.accessibilityInformation = { label: l10n.t('Checklist, {0}', checksSpoken(this.#item)) };
    return item;
  }
}

/** One thing to do, ticked in place. */
export class CheckNode extends TreeNode {
  readonly check: Item['checklist'][number];
  readonly target: ItemTarget;

  constructor(parent: ChecklistNode, check: Item['checklist'][number]) {
    super(parent, check.id);
    this.check = check;
    this.target = parent.target;
  }

  override item(): TreeItem {
    const { text, done } = this.check;
    const item = new TreeItem(oneLine(text), TreeItemCollapsibleState.None);
    item.checkboxState = {
      state: done ? TreeItemCheckboxState.Checked : TreeItemCheckboxState.Unchecked,
      tooltip: done ? l10n.t('Done') : l10n.t('To do'),
      accessibilityInformation: { label: oneLine(text), role: 'checkbox' },
    };
    item.contextValue = 'check';
    // For the keyboard, and for who clicks beside the box.
    item.command = { command: 'hearth.work.toggleCheck', title: l10n.t('Tick Off or Not'), arguments: [this] };
    return item;
  }
}

class NotesNode extends ItemPart {
  readonly #notes: string;

  constructor(node: ItemNode, { notes }: Item) {
    super(node, 'notes');
    this.#notes = notes.trim();
  }

  override item(): TreeItem {
    const item = new TreeItem(l10n.t('Notes'), TreeItemCollapsibleState.None);
    item.description = this.#notes === '' ? l10n.t('none yet') : oneLine(this.#notes).slice(0, 120);
    item.iconPath = new ThemeIcon('note');
    item.contextValue = 'notes';
    item.command = { command: 'hearth.work.notes', title: l10n.t('Write Notes'), arguments: [this.target] };
    return item;
  }

  override tooltip(): MarkdownString | undefined {
    return this.#notes === '' ? undefined : new MarkdownString().appendText(this.#notes);
  }
}

/** The commits of an item, and where all of them run. */
export class CommitsNode extends ItemPart {
  readonly #commits: readonly string[];
  readonly #places: WorkReader['places'];

  constructor(node: ItemNode, { commitList }: Item, places: WorkReader['places']) {
    super(node, 'commits');
    this.#commits = commitList.map(({ id }) => id);
    this.#places = places;
    const { repository } = this.target;
    this.keep(commitList.map((commit) => new LinkedCommitNode(this, commit, repository, places)));
    void places?.ask(repository, this.#commits);
  }

  /** Whether it is concerned when there is news of some commits. */
  runs(repository: string, commits: ReadonlySet<string>): boolean {
    return repository === this.target.repository && this.#commits.some((commit) => commits.has(commit));
  }

  override item(): TreeItem {
    const item = new TreeItem(l10n.t('Commits'), TreeItemCollapsibleState.Collapsed);
    const all = placesOfAll(this.#commits.map((commit) => this.#places?.of(this.target.repository, commit) ?? []));
    const live = badgesText(all, { fetch: false });
    item.description = [String(this.#commits.length), ...(live === '' ? [] : [live])].join(' · ');
    item.iconPath = new ThemeIcon('git-commit');
    item.contextValue = 'commits';
    item.accessibilityInformation = { label: [l10n.t('{0} commits', this.#commits.length), ...badgesSpoken(all)].join(', ') };
    return item;
  }
}

class LinkedCommitNode extends TreeNode {
  readonly #commit: LinkedCommit;
  readonly #repository: string;
  readonly #places: WorkReader['places'];

  constructor(parent: TreeNode, commit: LinkedCommit, repository: string, places: WorkReader['places']) {
    super(parent, commit.id);
    this.#commit = commit;
    this.#repository = repository;
    this.#places = places;
  }

  override item(): TreeItem {
    const { id, subject, author, authorTime } = this.#commit;
    const item = new TreeItem(`${shortId(id)} ${oneLine(subject)}`, TreeItemCollapsibleState.None);
    const live = badgesText(this.#places?.of(this.#repository, id), { fetch: false });
    item.description = [...(live === '' ? [] : [live]), `${oneLine(author)}, ${age(authorTime)}`].join(' · ');
    item.iconPath = new ThemeIcon('git-commit');
    item.contextValue = 'work commit';
    item.command = {
      command: 'hearth.git.showCommitDiff',
      title: l10n.t('Show Commit'),
      arguments: [{ repository: this.#repository, commit: id }],
    };
    return item;
  }
}

/** What can be done next, as a row: the way on is where the eye is. */
class StepNode extends ItemPart {
  readonly #step: { readonly label: string; readonly icon: string; readonly command: string };

  constructor(node: ItemNode, step: { label: string; icon: string; command: string }) {
    super(node, step.command);
    this.#step = step;
  }

  override item(): TreeItem {
    const { label, icon, command } = this.#step;
    const item = new TreeItem(label, TreeItemCollapsibleState.None);
    item.iconPath = new ThemeIcon(icon);
    item.contextValue = 'step';
    item.command = { command, title: label, arguments: [this.target] };
    return item;
  }
}

function nextSteps(node: ItemNode, { state }: Item, interrupted: boolean): TreeNode[] {
  if (interrupted) {
    return [
      new StepNode(node, { label: l10n.t('Finish Merge & Complete'), icon: 'debug-continue', command: 'hearth.work.finish' }),
      new StepNode(node, { label: l10n.t('Undo Merge & Complete'), icon: 'discard', command: 'hearth.work.undoInterrupted' }),
    ];
  }
  return stepsOf(state).map((step) => new StepNode(node, step));
}

function stepsOf(state: ItemState): { label: string; icon: string; command: string }[] {
  switch (state) {
    case 'planned':
      return [{ label: l10n.t('Start Work'), icon: 'play', command: 'hearth.work.start' }];
    case 'started':
      return [{ label: l10n.t('Move to Review'), icon: 'eye', command: 'hearth.work.review' }];
    case 'review':
      return [{ label: l10n.t('Merge & Complete'), icon: 'git-merge', command: 'hearth.work.complete' }];
    case 'done':
    case 'canceled':
      return [];
  }
}
