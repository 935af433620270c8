import path from 'node:path';
import { l10n, MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState, window, workspace } from 'vscode';
import type { RepositoryFacts } from '../../server/protocol/gitTypes.ts';
import type { Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import { TreeBase } from '../ui/treeBase.ts';
import { MessageNode, TreeNode } from '../ui/treeNode.ts';
import { RecentCommitsNode, RefsNode, RemotesNode, StashesNode, WorktreesNode } from './repositoryNodes.ts';
import { CommitNode } from './repositoryNodesCommits.ts';
import { repositoryCommands } from './repositoryViewCommands.ts';
import { RepositoryReader } from './repositoryViewReader.ts';
import { UndoSectionNode } from './undoNodes.ts';

export const repositoryViewId = 'hearth.git.repository';

/** The view "Repository": what a repository consists of, each part read when it is opened and again when it moved. */
export class RepositoryView extends Registered implements Feature {
  readonly tree: TreeBase;
  readonly commands: Feature['commands'];
  readonly #shell: Shell;
  #shown: ShownRepository[] = [];

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.tree = this.register(new TreeBase(repositoryViewId, () => this.#roots(), { many: true }));
    shell.trees.set(repositoryViewId, this.tree);
    this.commands = repositoryCommands(shell, this.tree, () => this.refresh());
    this.register(shell.repositories.onDidChange(() => this.#onRepositories()));
    this.register(shell.repositories.onDidMove(({ repository, what }) => void this.#onMoved(repository, what)));
    this.register(
      shell.server.onDidStart(() => {
        this.#dropAll();
        this.tree.refresh();
      }),
    );
    this.register(
      shell.places.onDidLearn(({ repository, path, commits }) => {
        if (path !== '') return;
        this.tree.redrawAll(
          (node) =>
            node instanceof RecentCommitsNode ||
            (node instanceof CommitNode && node.repository === repository && commits.has(node.commitId)),
        );
      }),
    );
    this.#describe();
    this.register(workspace.onDidGrantWorkspaceTrust(() => this.#describe()));
    void window.withProgress({ location: { viewId: repositoryViewId } }, () => shell.repositories.discovered);
  }

  /** Reads everything again, folders without a repository included. */
  async refresh(): Promise<void> {
    this.#dropAll();
    await this.#shell.repositories.refresh();
    this.tree.refresh();
  }

  #dropAll(): void {
    for (const { reader, node, sections } of this.#shown) {
      reader.drop();
      for (const each of [...sections, ...(node === undefined ? [] : [node])]) each.reset();
    }
  }

  /** The repositories are the same objects as long as they last, so that what was opened stays open. */
  async #roots(): Promise<readonly TreeNode[]> {
    const facts = this.#shell.repositories.all;
    const several = facts.length > 1;
    this.#shown = facts.map((each) => {
      const kept = this.#shown.find(({ reader, node }) => reader.root === each.root && (node !== undefined) === several);
      return kept ?? showRepository(this.#shell, each.root, several);
    });
    const [only] = this.#shown;
    if (several) return this.#shown.flatMap(({ node }) => node ?? []);
    if (only === undefined) return [];
    try {
      await only.reader.refs();
      return only.sections;
    } catch (error) {
      return [new MessageNode(undefined, asRequestFailure(error).message)];
    }
  }

  #onRepositories(): void {
    this.#describe();
    const roots = this.#shell.repositories.all.map(({ root }) => root);
    const shown = this.#shown.map(({ reader }) => reader.root);
    if (roots.join('\0') !== shown.join('\0')) this.tree.refresh();
  }

  async #onMoved(root: string, what: readonly string[]): Promise<void> {
    const shown = this.#shown.find(({ reader }) => reader.root === root);
    this.#describe();
    if (shown === undefined || what.includes('gone')) return;
    const stale = shown.sections.filter((section) => touches(section, what));
    if (stale.length === 0) return;
    shown.reader.drop();
    // Headings show counts: they are known before the rows are drawn.
    if (this.tree.view.visible) await shown.reader.refs().catch(() => {});
    for (const section of stale) this.tree.refresh(section);
    if (shown.node !== undefined) this.tree.redraw(shown.node);
  }

  /** What is unusual about the whole: no branch checked out, an operation that waits, no trust. Nothing where there is no repository. */
  #describe(): void {
    const all = this.#shell.repositories.all;
    const [only] = all;
    const state = all.length === 1 && only !== undefined ? unusual(only) : [];
    const text = [...state, ...(workspace.isTrusted || only === undefined ? [] : [l10n.t('Restricted Mode')])].join(' · ');
    this.tree.view.message = text;
  }
}

interface ShownRepository {
  readonly reader: RepositoryReader;
  /** Only where there are several. */
  readonly node: RepositoryNode | undefined;
  readonly sections: readonly TreeNode[];
}

function showRepository(shell: Shell, root: string, several: boolean): ShownRepository {
  const reader = new RepositoryReader(shell, root);
  const node = several ? new RepositoryNode(shell, reader) : undefined;
  const sections = [
    new RefsNode(node, reader, 'branch'),
    new RemotesNode(node, reader),
    new RefsNode(node, reader, 'tag'),
    new StashesNode(node, reader),
    new WorktreesNode(node, reader),
    new RecentCommitsNode(node, reader),
    new UndoSectionNode(node, shell.server, root),
  ];
  node?.contain(sections);
  return { reader, node, sections };
}

/** Which sections a move concerns; a change of the index alone concerns none. */
function touches(section: TreeNode, what: readonly string[]): boolean {
  const moved = (...names: string[]): boolean => names.some((name) => what.includes(name));
  if (section instanceof RecentCommitsNode) return moved('head', 'refs');
  if (section instanceof UndoSectionNode) return moved('head', 'refs', 'stash');
  if (section instanceof WorktreesNode) return moved('head', 'refs', 'config');
  if (section instanceof StashesNode) return moved('stash', 'refs');
  if (section instanceof RemotesNode) return moved('refs', 'config');
  return moved('head', 'refs', 'config');
}

/** The row of a repository where there are several. */
class RepositoryNode extends TreeNode {
  readonly repository: string;
  readonly #shell: Shell;
  readonly #reader: RepositoryReader;
  #sections: readonly TreeNode[] = [];

  constructor(shell: Shell, reader: RepositoryReader) {
    super(undefined, reader.root);
    this.#shell = shell;
    this.#reader = reader;
    this.repository = reader.root;
  }

  contain(sections: readonly TreeNode[]): void {
    this.#sections = sections;
  }

  override item(): TreeItem {
    const facts = this.#facts();
    const item = new TreeItem(path.basename(this.repository), TreeItemCollapsibleState.Expanded);
    item.description =
      facts === undefined ? '' : [headText(facts), ...(facts.operation === undefined ? [] : [facts.operation])].join(' · ');
    item.iconPath = new ThemeIcon(facts?.kind === 'linked' ? 'folder-library' : 'repo');
    item.contextValue = 'repository';
    return item;
  }

  override tooltip(): MarkdownString {
    return new MarkdownString().appendText(this.repository);
  }

  protected override async load(): Promise<readonly TreeNode[]> {
    await this.#reader.refs();
    return this.#sections;
  }

  #facts(): RepositoryFacts | undefined {
    return this.#shell.repositories.all.find(({ root }) => root === this.repository);
  }
}

function unusual(facts: RepositoryFacts): string[] {
  return [
    ...(facts.head.state === 'detached' ? [l10n.t('HEAD {0}', headText(facts))] : []),
    ...(facts.operation === undefined ? [] : [facts.operation]),
  ];
}

function headText({ head }: RepositoryFacts): string {
  if (head.state === 'detached') return l10n.t('detached at {0}', head.commit?.slice(0, 7) ?? '');
  return head.state === 'unborn' ? l10n.t('{0}, no commit yet', head.branch ?? '') : (head.branch ?? '');
}
