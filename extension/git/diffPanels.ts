import { env, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { ChangedFile } from '../../server/protocol/gitTypes.ts';
import type { Pair } from '../../webviews/diff/messages.ts';
import type { CommandTable, Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { panelRoots } from '../ui/panelHost.ts';
import { askPair, commitPair, pairOf, pickRepository } from './compare.ts';
import { DiffPanel, titleOf } from './diffPanel.ts';
import { ViewedMarks } from './diffPanelViewed.ts';
import { exportPair } from './exportDiff.ts';
import { pickSide } from './refPick.ts';
import { openChanges } from './revisionOpen.ts';

const viewType = 'hearth.git.diff';

/** What a native context menu of the panel hands to its command (`data-vscode-context`). */
interface FileContext {
  readonly webview?: string;
  /** Its `fileKey`. */
  readonly hearthFile?: string;
  readonly hearthPair?: Pair;
}

/** All diff panels of the window: the same pair opens the same panel, and they come back after a reload. */
export class DiffPanels extends Registered implements Feature {
  readonly #shell: Shell;
  readonly #viewed: ViewedMarks;
  readonly #panels = new Set<DiffPanel>();
  readonly commands: CommandTable;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.#viewed = new ViewedMarks(shell.context.workspaceState);
    this.register(
      window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, state: unknown) => {
          const pair = keptPair(state);
          if (pair === undefined) panel.dispose();
          else this.#adopt(panel, pair);
        },
      }),
    );
    this.commands = {
      'hearth.git.compare': async (given: unknown) => this.#openAsked(await askPair(shell, given)),
      'hearth.git.compareWorkingTree': async (given: unknown) => {
        const repository = await pickRepository(shell, given);
        if (repository !== undefined) this.#open({ repository, from: { kind: 'commit', revision: 'HEAD' }, to: { kind: 'worktree' } });
      },
      'hearth.git.showCommitDiff': async (given: unknown) => {
        const repository = await pickRepository(shell, given);
        if (repository === undefined) return;
        const commit = commitOf(given) ?? (await this.#pickCommit(repository));
        if (commit !== undefined) this.#open(await commitPair(shell, repository, commit));
      },
      'hearth.git.exportDiff': async (given: unknown) => {
        const pair = pairOf(given) ?? this.#active?.pair ?? (await askPair(shell, given));
        if (pair !== undefined) await exportPair(shell, pair);
      },
      'hearth.git.diff.openNative': (given: FileContext) =>
        this.#onFile(given, async (file, { pair: { repository, from, to } }) => {
          await openChanges(repository, from, to, file);
        }),
      'hearth.git.diff.openFile': (given: FileContext) => this.#onFile(given, (file, panel) => panel.openFile(file)),
      'hearth.git.diff.openRevision': (given: FileContext) => this.#onFile(given, (file, panel) => panel.openRevision(file)),
      'hearth.git.diff.copyPath': (given: FileContext) => this.#onFile(given, async (file) => env.clipboard.writeText(file.path)),
      'hearth.git.diff.toggleViewed': (given: FileContext) => {
        if (given?.hearthFile !== undefined) this.#active?.toggleViewed(given.hearthFile);
      },
    };
  }

  override dispose(): void {
    for (const panel of this.#panels) panel.panel.dispose();
    super.dispose();
  }

  get #active(): DiffPanel | undefined {
    return [...this.#panels].find(({ panel }) => panel.active);
  }

  #openAsked(pair: Pair | undefined): void {
    if (pair !== undefined) this.#open(pair);
  }

  #open(pair: Pair): void {
    const wanted = JSON.stringify(identity(pair));
    const open = [...this.#panels].find((panel) => JSON.stringify(identity(panel.pair)) === wanted);
    if (open !== undefined) {
      open.reveal();
      return;
    }
    const options = { enableScripts: true, localResourceRoots: panelRoots(this.#shell.context.extensionUri) };
    this.#adopt(window.createWebviewPanel(viewType, titleOf(pair), ViewColumn.Active, options), pair);
  }

  #adopt(panel: WebviewPanel, pair: Pair): void {
    const made = new DiffPanel(this.#shell, panel, pair, this.#viewed);
    this.#panels.add(made);
    made.onDidClose(() => this.#panels.delete(made));
  }

  async #pickCommit(repository: string): Promise<string | undefined> {
    const side = await pickSide(this.#shell, repository, { placeholder: 'Commit' });
    return side?.kind === 'commit' ? side.revision : undefined;
  }

  async #onFile(given: FileContext | undefined, action: (file: ChangedFile, panel: DiffPanel) => Promise<void>): Promise<void> {
    const panel = this.#active;
    const file = panel?.file(given?.hearthFile ?? '');
    if (panel !== undefined && file !== undefined) await action(file, panel);
  }
}

function identity({ repository, from, to, commit }: Pair): unknown[] {
  return [repository, from, to, commit ?? ''];
}

function commitOf(given: unknown): string | undefined {
  const { commit } = (given ?? {}) as { commit?: unknown };
  return typeof commit === 'string' && commit !== '' && !commit.startsWith('-') ? commit : undefined;
}

/** The pair in what a page kept; checked, because it was stored by an earlier version. */
function keptPair(state: unknown): Pair | undefined {
  const { pair } = (state ?? {}) as { pair?: { commit?: unknown } };
  const found = pairOf(pair);
  return found !== undefined && typeof pair?.commit === 'string' ? { ...found, commit: pair.commit } : found;
}
