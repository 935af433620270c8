import { ViewColumn, type WebviewPanel, window } from 'vscode';
import type { CommandTable, Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { panelRoots } from '../ui/panelHost.ts';
import { CommitDrafts } from './commitDrafts.ts';
import { CommitPanel } from './commitPanel.ts';
import { commitStaged } from './commitStaged.ts';
import { pickRepository } from './compare.ts';

const viewType = 'hearth.git.commit';

/** The commit panels of the window, one for each repository; they come back after a reload. */
export class CommitPanels extends Registered implements Feature {
  readonly #shell: Shell;
  readonly #drafts: CommitDrafts;
  readonly #panels = new Map<string, CommitPanel>();
  readonly commands: CommandTable;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.#drafts = this.register(new CommitDrafts(shell.context.workspaceState));
    this.register(
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, state: unknown) => {
          const { repository } = (state ?? {}) as { repository?: unknown };
          if (typeof repository !== 'string' || this.#panels.has(repository)) panel.dispose();
          else this.#adopt(panel, repository);
        },
      }),
    );
    this.commands = {
      'hearth.git.commit': async (given: unknown) => {
        const repository = await repositoryFor(shell, given);
        if (repository !== undefined) this.#open(repository);
      },
      'hearth.git.commitStaged': async (given: unknown) => {
        const repository = await repositoryFor(shell, given);
        if (repository !== undefined) await commitStaged(shell, repository);
      },
    };
  }

  override dispose(): void {
    for (const { panel } of this.#panels.values()) panel.dispose();
    super.dispose();
  }

  #open(repository: string): void {
    const open = this.#panels.get(repository);
    if (open !== undefined) {
      open.panel.reveal();
      return;
    }
    const options = { enableScripts: true, localResourceRoots: panelRoots(this.#shell.context.extensionUri) };
    this.#adopt(window.createWebviewPanel(viewType, 'Commit', ViewColumn.Active, options), repository);
  }

  #adopt(panel: WebviewPanel, repository: string): void {
    this.#panels.set(repository, new CommitPanel(this.#shell, panel, repository, this.#drafts));
    panel.onDidDispose(() => this.#panels.delete(repository));
  }
}

/** The repository of a row, of VS Code's source control view (its `rootUri`), or the one the user means. */
async function repositoryFor(shell: Shell, given: unknown): Promise<string | undefined> {
  const { rootUri } = (given ?? {}) as { rootUri?: { fsPath?: unknown } };
  if (typeof rootUri?.fsPath !== 'string') return pickRepository(shell, given);
  const { fsPath } = rootUri;
  return shell.repositories.all.find(({ root }) => root === fsPath)?.root ?? fsPath;
}
