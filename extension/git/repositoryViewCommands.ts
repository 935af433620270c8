import { commands, env, l10n, Uri, window } from 'vscode';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { CommandTable, Shell } from '../shell.ts';
import type { TreeBase } from '../ui/treeBase.ts';
import type { TreeNode } from '../ui/treeNode.ts';
import { RevisionNode } from './historyNodes.ts';
import { pickSide } from './refPick.ts';
import { RefNode, WorktreeNode } from './repositoryNodes.ts';
import { CommitNode, type Comparable, FileNode, MoreNode } from './repositoryNodesCommits.ts';
import { openChanges, openSide } from './revisionOpen.ts';
import { sideName } from './revisionUri.ts';

/** Commands of the rows of the view "Repository"; the rows come as arguments from menus. */
export function repositoryCommands(shell: Shell, tree: TreeBase, refresh: () => Promise<void>): CommandTable {
  const compare = (repository: string, from: Side, to: Side): Thenable<unknown> =>
    commands.executeCommand('hearth.git.compare', { repository, from, to });
  return {
    'hearth.git.refreshRepository': refresh,
    'hearth.help.openWalkthrough': () =>
      commands.executeCommand('workbench.action.openWalkthrough', 'hearth-dev.hearth#firstMinute', false),
    'hearth.git.loadMore': async (node: unknown) => {
      if (!(node instanceof MoreNode)) return;
      await node.more();
      if (node.parent !== undefined) tree.redraw(node.parent);
    },
    'hearth.git.copyId': (node: unknown) => copy(idOf(node)),
    'hearth.git.copyName': (node: unknown) => copy(nameOf(node)),
    'hearth.git.openChanges': (node: unknown) =>
      node instanceof FileNode ? openChanges(node.repository, node.from, node.to, node.file) : undefined,
    'hearth.git.openFileAtRevision': (node: unknown) => openAtRevision(node),
    'hearth.git.openWorkingFile': (node: unknown) =>
      node instanceof FileNode ? window.showTextDocument(Uri.joinPath(Uri.file(node.repository), node.file.path)) : undefined,
    'hearth.git.openWorktree': (node: unknown) =>
      node instanceof WorktreeNode
        ? commands.executeCommand('vscode.openFolder', Uri.file(node.worktree.root), { forceNewWindow: true })
        : undefined,
    'hearth.git.showCommit': (node: unknown) =>
      isComparable(node) && node.commitId !== undefined
        ? commands.executeCommand('hearth.git.showCommitDiff', { repository: node.repository, commit: node.commitId })
        : undefined,
    'hearth.git.compareWithWorkingTree': (node: unknown) =>
      isComparable(node) ? compare(node.repository, node.side, { kind: 'worktree' }) : undefined,
    'hearth.git.compareWithHead': (node: unknown) =>
      isComparable(node) ? compare(node.repository, node.side, { kind: 'commit', revision: 'HEAD' }) : undefined,
    'hearth.git.compareWith': async (node: unknown) => {
      if (!isComparable(node)) return undefined;
      const placeholder = l10n.t('Compare {0} with…', node.name);
      const other = await pickSide(shell, node.repository, { placeholder, offer: ['worktree', 'index'] });
      return other === undefined ? undefined : compare(node.repository, node.side, other);
    },
    'hearth.git.compareSelected': (node: unknown, nodes: unknown) => {
      const [a, b] = (Array.isArray(nodes) ? nodes : [node]).filter(isComparable);
      if (a === undefined || b === undefined || a.repository !== b.repository) return undefined;
      const [from, to] = timeOf(a) <= timeOf(b) ? [a, b] : [b, a];
      return compare(from.repository, from.side, to.side);
    },
  };
}

function openAtRevision(node: unknown): Promise<void> | undefined {
  if (node instanceof FileNode) {
    // A deleted file is only where it came from.
    const { repository, file } = node;
    return openSide(repository, file.status === 'deleted' ? node.from : node.to, file.path, { pathBytes: file.pathBytes });
  }
  return node instanceof RevisionNode ? openSide(node.repository, node.side, node.path, { pathBytes: node.row.pathBytes }) : undefined;
}

function isComparable(node: unknown): node is Comparable & TreeNode {
  return typeof node === 'object' && node !== null && 'side' in node && 'repository' in node && 'name' in node;
}

function timeOf(node: Comparable): number {
  if (node instanceof CommitNode) return node.commit.committerTime;
  return node instanceof RefNode ? node.row.time : Number.MAX_SAFE_INTEGER;
}

function idOf(node: unknown): string | undefined {
  return isComparable(node) ? node.commitId : undefined;
}

function nameOf(node: unknown): string | undefined {
  if (node instanceof FileNode) return node.file.path;
  if (node instanceof WorktreeNode) return node.worktree.root;
  if (node instanceof CommitNode) return node.commit.subject;
  return isComparable(node) ? (node.side.kind === 'stash' ? sideName(node.side) : node.name) : undefined;
}

async function copy(text: string | undefined): Promise<void> {
  if (text !== undefined) await env.clipboard.writeText(text);
}
