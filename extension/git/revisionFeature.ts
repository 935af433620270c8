import { commands, type TextEditor, window } from 'vscode';
import type { Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { changedFileDecorations } from './revisionDecorations.ts';

/** What old revisions need of the window: letters on changed files, and a context key for buttons of files that have a history. */
export class RevisionFeature extends Registered implements Feature {
  readonly commands = {};
  readonly #shell: Shell;
  #last = '';

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.register(window.registerFileDecorationProvider(changedFileDecorations));
    this.register(window.onDidChangeActiveTextEditor((editor) => void this.#onEditor(editor)));
    this.register(shell.repositories.onDidChange(() => void this.#onEditor(window.activeTextEditor)));
  }

  async #onEditor(editor: TextEditor | undefined): Promise<void> {
    const uri = editor?.document.uri;
    this.#last = uri?.toString() ?? '';
    const located = uri === undefined ? undefined : await this.#shell.repositories.locate(uri);
    // The user may have gone on to another editor while the server looked.
    if (this.#last !== (uri?.toString() ?? '')) return;
    await commands.executeCommand('setContext', 'hearth:fileInRepository', located !== undefined && located.path !== '');
  }
}
