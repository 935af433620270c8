import { RelativePattern, Uri, workspace } from 'vscode';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { Pair } from '../../webviews/diff/messages.ts';
import type { Shell } from '../shell.ts';
import { DisposableStore } from '../ui/disposable.ts';

export interface DiffPanelSource {
  dispose(): void;
}

/** File events come in bursts (a checkout, a build). */
const quiet = 400;

/** Calls `onMove` after something that the pair is made of moved; its argument says whether files of the work tree did. */
export function watchPair(shell: Shell, pair: Pair, onMove: (worktree: boolean) => void): DiffPanelSource {
  const store = new DisposableStore();
  let timer: NodeJS.Timeout | undefined;
  let worktreeMoved = false;
  const note = (worktree: boolean): void => {
    worktreeMoved ||= worktree;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const moved = worktreeMoved;
      worktreeMoved = false;
      onMove(moved);
    }, quiet);
  };
  store.add({ dispose: () => clearTimeout(timer) });
  const wanted = new Set([...movesOf(pair.from), ...movesOf(pair.to)]);
  if (wanted.size > 0) {
    store.add(
      shell.repositories.onDidMove(({ repository, what }) => {
        if (repository === pair.repository && what.some((each) => wanted.has(each))) note(false);
      }),
    );
  }
  if (pair.from.kind === 'worktree' || pair.to.kind === 'worktree') {
    const root = Uri.file(pair.repository);
    if (workspace.getWorkspaceFolder(root) !== undefined) {
      // The window watches these folders anyway.
      const watcher = store.add(workspace.createFileSystemWatcher(new RelativePattern(root, '**')));
      const changed = (uri: Uri): void => {
        if (!/\/(?:\.git|node_modules)(?:\/|$)/.test(uri.path)) note(true);
      };
      for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) store.add(event(changed));
    } else {
      store.add(
        workspace.onDidSaveTextDocument(({ uri }) => {
          if (uri.scheme === 'file' && uri.fsPath.startsWith(pair.repository)) note(true);
        }),
      );
    }
  }
  return store;
}

/** Which facts of a repository a side follows; a full commit id never moves. */
function movesOf(side: Side): readonly string[] {
  switch (side.kind) {
    case 'commit':
      return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(side.revision) ? [] : ['head', 'refs', 'stash'];
    case 'mergeBase':
      return ['head', 'refs'];
    case 'index':
      return ['index'];
    case 'worktree':
      return ['index'];
    case 'stash':
      return ['stash', 'refs'];
    case 'empty':
      return [];
  }
}
