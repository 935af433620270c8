import path from 'node:path';
import {
  commands,
  env,
  l10n,
  type QuickPickItem,
  Range,
  type TextDocument,
  type TextDocumentShowOptions,
  type TextEditor,
  Uri,
  window,
  workspace,
} from 'vscode';
import { diffFile, show } from '../../server/protocol/git.ts';
import type { ChangedFile } from '../../server/protocol/gitTypes.ts';
import type { CommandTable, Shell } from '../shell.ts';
import type { FileBlameController } from './blameFile.ts';
import { annotationOf } from './blameLine.ts';
import { lineBefore } from './blameParent.ts';
import { type BlameSource, canBlame, type LineBlame } from './blameSource.ts';
import { explainNoBlame } from './blameWords.ts';
import { asCommitTarget, asLineTarget, type CommitTarget, historyOf, isCommitted, type LineTarget, targetOf } from './lineActionsTarget.ts';
import { revisionUri } from './revisionUri.ts';

/** What can be done from a blamed line. Each command takes a target from a link, or works on the line the cursor is on. */
export class LineActions {
  readonly #shell: Shell;
  readonly #source: BlameSource;
  readonly #file: FileBlameController;

  constructor(shell: Shell, source: BlameSource, file: FileBlameController) {
    this.#shell = shell;
    this.#source = source;
    this.#file = file;
  }

  readonly commands: CommandTable = {
    'hearth.git.showLineCommit': async (given: unknown) => {
      const target = asCommitTarget(given) ?? (await this.committedLine());
      if (target !== undefined) await this.#showCommit(target);
    },
    'hearth.git.diffLineWithPrevious': async (given: unknown) => {
      const target = asLineTarget(given) ?? (await this.currentLine());
      if (target !== undefined) await this.#diffWithPrevious(target);
    },
    'hearth.git.blameAtParent': async (given: unknown) => {
      const target = asLineTarget(given) ?? (await this.currentLine());
      if (target !== undefined) await this.#blameAtParent(target);
    },
    'hearth.git.openLineRevision': async (given: unknown) => {
      const target = asLineTarget(given) ?? (await this.committedLine());
      if (target !== undefined) await this.#openAt(target, target.commit, target.path, target.line);
    },
    'hearth.git.copyCommitId': async (given: unknown) => {
      const target = asCommitTarget(given) ?? (await this.committedLine());
      if (target === undefined) return;
      await env.clipboard.writeText(target.commit);
      window.setStatusBarMessage(l10n.t('Copied {0}', target.commit), 3000);
    },
    'hearth.git.lineActions': () => this.#pick(),
  };

  /** The line the cursor is on; tells in one sentence when it has no blame. */
  async currentLine(editor: TextEditor | undefined = window.activeTextEditor): Promise<LineTarget | undefined> {
    const found = await this.#blameOf(editor);
    return found === undefined ? undefined : targetOf(found);
  }

  /** The same, for what needs a commit. */
  async committedLine(): Promise<LineTarget | undefined> {
    const target = await this.currentLine();
    if (target === undefined || isCommitted(target)) return target;
    void window.showInformationMessage(l10n.t('This line is not committed yet.'));
    return undefined;
  }

  async #blameOf(editor: TextEditor | undefined): Promise<LineBlame | undefined> {
    if (editor === undefined || !canBlame(editor.document)) {
      void window.showInformationMessage(explainNoBlame('not-a-file'));
      return undefined;
    }
    for (let tries = 0; tries < 20; tries++) {
      const answer = await this.#source.line(editor.document, editor.selection.active.line + 1);
      if (answer.kind === 'blamed') return answer.blame;
      if (answer.kind === 'none') {
        void window.showInformationMessage(explainNoBlame(answer.why));
        return undefined;
      }
      await new Promise((resolve) => setTimeout(resolve, 50)); // stale: the edit is still on its way
    }
    void window.showInformationMessage(explainNoBlame('unavailable'));
    return undefined;
  }

  async #pick(): Promise<void> {
    const blame = await this.#blameOf(window.activeTextEditor);
    if (blame === undefined) return;
    const target = targetOf(blame);
    const action = (icon: string, label: string, command: string): QuickPickItem & { command: string } => ({
      label: `$(${icon}) ${label}`,
      command,
    });
    const always = [
      action('diff', l10n.t('Diff with Previous'), 'hearth.git.diffLineWithPrevious'),
      action('history', l10n.t('Show Line History'), 'hearth.git.showLineHistory'),
    ];
    const items = isCommitted(target)
      ? [
          action('git-commit', l10n.t('Show Commit'), 'hearth.git.showLineCommit'),
          ...always,
          ...(target.previous === undefined ? [] : [action('arrow-left', l10n.t('Blame at Parent'), 'hearth.git.blameAtParent')]),
          action('go-to-file', l10n.t('Open File at Revision'), 'hearth.git.openLineRevision'),
          action('copy', l10n.t('Copy Commit Id'), 'hearth.git.copyCommitId'),
          action('link', l10n.t('Copy Permalink'), 'hearth.git.copyPermalink'),
          action('link-external', l10n.t('Open Permalink'), 'hearth.git.openPermalink'),
        ]
      : always;
    const picked = await window.showQuickPick(items, {
      title: annotationOf(blame, '${author}, ${ago} · ${summary|60}'),
      placeHolder: l10n.t('What to do with this line'),
    });
    if (picked === undefined) return;
    await commands.executeCommand(picked.command, picked.command === 'hearth.git.showLineHistory' ? historyOf(target) : target);
  }

  /** In the diff panel; where that is not there, in the editor for many files. */
  async #showCommit({ repository, commit }: CommitTarget): Promise<void> {
    if ((await commands.getCommands(true)).includes('hearth.git.showCommitDiff')) {
      await commands.executeCommand('hearth.git.showCommitDiff', { repository, commit });
      return;
    }
    const shown = await this.#shell.server.send(show, { repository, revision: commit });
    const parent = shown.parents[0];
    const uri = (file: ChangedFile, side: 'old' | 'new'): Uri | undefined => {
      if (side === 'new')
        return file.status === 'deleted'
          ? undefined
          : revisionUri({ repository, side: { kind: 'commit', revision: commit }, path: file.path });
      if (file.status === 'added' || parent === undefined) return undefined;
      return revisionUri({ repository, side: { kind: 'commit', revision: parent }, path: file.oldPath ?? file.path });
    };
    const files = shown.files.map((file) => [Uri.file(path.join(repository, file.path)), uri(file, 'old'), uri(file, 'new')]);
    await commands.executeCommand('vscode.changes', `${commit.slice(0, 8)} ${shown.subject}`, files);
  }

  async #diffWithPrevious(target: LineTarget): Promise<void> {
    const { repository, commit, path: file, line, previous, shown } = target;
    const before =
      previous === undefined
        ? revisionUri({ repository, side: { kind: 'empty' }, path: file })
        : revisionUri({ repository, side: { kind: 'commit', revision: previous.commit }, path: previous.path });
    const committed = isCommitted(target);
    const after = committed
      ? revisionUri({ repository, side: { kind: 'commit', revision: commit }, path: file })
      : Uri.file(path.join(repository, shown?.path ?? file));
    const [from, to] = [previous?.commit.slice(0, 8) ?? l10n.t('nothing'), committed ? commit.slice(0, 8) : l10n.t('working file')];
    await commands.executeCommand(
      'vscode.diff',
      before,
      after,
      `${path.basename(file)} (${from} ↔ ${to})`,
      at(committed ? line : (shown?.line ?? line)),
    );
  }

  /** Opens the file as it was before the line's commit, at the line it was then, with the gutter on: again and again, back to the beginning. */
  async #blameAtParent(target: LineTarget): Promise<void> {
    const { repository, commit, path: file, line, previous } = target;
    if (previous === undefined) {
      void window.showInformationMessage(l10n.t('The file begins with this commit: there is nothing before it.'));
      return;
    }
    const diff = await this.#shell.server.send(diffFile, {
      repository,
      from: { kind: 'commit', revision: previous.commit },
      to: isCommitted(target) ? { kind: 'commit', revision: commit } : { kind: 'worktree' },
      file: { path: file },
      oldFile: { path: previous.path },
      limit: 0,
      options: { context: 0 },
    });
    const editor = await this.#openAt(target, previous.commit, previous.path, diff.kind === 'text' ? lineBefore(diff.patch, line) : line);
    await this.#file.show(editor);
  }

  async #openAt({ repository }: LineTarget, revision: string, file: string, line: number): Promise<TextEditor> {
    const document: TextDocument = await workspace.openTextDocument(
      revisionUri({ repository, side: { kind: 'commit', revision }, path: file }),
    );
    return window.showTextDocument(document, at(line));
  }
}

/** Opens beside nothing, with the cursor on a 1-based line. */
function at(line: number): TextDocumentShowOptions {
  return { preview: true, selection: new Range(line - 1, 0, line - 1, 0) };
}
