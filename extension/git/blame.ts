import { commands, ExtensionMode, type Position, type TextDocument, window } from 'vscode';
import { whereCommands } from '../deploy/whereCommands.ts';
import type { Feature, Shell } from '../shell.ts';
import { DisposableStore } from '../ui/disposable.ts';
import { CurrentLineBlame } from './blameCurrent.ts';
import { FileBlameController } from './blameFile.ts';
import { BlameHover } from './blameHover.ts';
import { LineBlameController } from './blameLine.ts';
import { statusWanted } from './blameSettings.ts';
import { BlameSource, canBlame, type LineBlame } from './blameSource.ts';
import { BlameStatus } from './blameStatus.ts';
import { BlameWarmup } from './blameWarmup.ts';
import { CodeLensSwitch } from './codeLens.ts';
import { LineActions } from './lineActions.ts';
import { permalinkCommands } from './permalink.ts';

/** Blame in the editor: the current line, the gutter, the hover on both, the status item, and what can be done from a line. */
export function blameFeatures(shell: Shell): Feature[] {
  const store = new DisposableStore();
  const source = new BlameSource(shell.server);
  const wanted = (document: TextDocument): boolean => line.active(document) || statusWanted(document, line.active(document));
  const current = store.add(new CurrentLineBlame(source, shell, wanted));
  store.add(new BlameWarmup(shell, wanted));
  const line: LineBlameController = store.add(new LineBlameController(current, shell.places));
  const status = store.add(new BlameStatus(current, line));
  const file = store.add(new FileBlameController(shell, source));
  const actions = new LineActions(shell, source, file);
  store.add(new CodeLensSwitch(shell.server));
  store.add(new BlameHover(shell, (document, position) => annotated(document, position)));
  store.add(window.onDidChangeActiveTextEditor(() => void setCanBlame(shell)));
  store.add(shell.repositories.onDidChange(() => void setCanBlame(shell)));
  if (shell.context.extensionMode === ExtensionMode.Test) store.add(testSeam(line, status, file));

  /** The gutter stands before the first character, the annotation after the last one. */
  function annotated(document: TextDocument, position: Position): LineBlame | undefined {
    if (position.character === 0 && file.isOn(document.uri)) {
      const found = file.at(document, position.line);
      if (found !== undefined) return found;
    }
    const { state } = current;
    if (state.kind !== 'blamed' || line.shown === undefined || state.editor.document !== document || state.line !== position.line)
      return undefined;
    return position.character >= document.lineAt(position.line).text.length ? state.blame : undefined;
  }

  return [
    {
      commands: {
        ...line.commands,
        ...file.commands,
        ...actions.commands,
        ...permalinkCommands(shell, actions),
        ...whereCommands(shell, actions),
      },
      dispose: () => store.dispose(),
    },
  ];
}

/** `hearth:canBlame`: the editor that has the focus shows a file of a repository, or an old revision of one. */
async function setCanBlame(shell: Shell): Promise<void> {
  const document = window.activeTextEditor?.document;
  const can =
    document !== undefined &&
    canBlame(document) &&
    (document.uri.scheme !== 'file' || (await shell.repositories.locate(document.uri)) !== undefined);
  if (window.activeTextEditor?.document === document) await commands.executeCommand('setContext', 'hearth:canBlame', can);
}

/** An editor does not tell its decorations: suites in the extension host ask here what is shown. Absent in real life. */
function testSeam(line: LineBlameController, status: BlameStatus, file: FileBlameController): { dispose(): void } {
  return commands.registerCommand('hearth.testing.shownBlame', () => ({
    line: line.shown,
    status: status.shown,
    editors: window.visibleTextEditors.map((editor) => ({
      uri: editor.document.uri.toString(),
      on: file.isOn(editor.document.uri),
      complete: file.isComplete(editor.document.uri),
      ...file.view.shown(editor),
      highlighted: file.view.highlighted(editor),
    })),
  }));
}
