import { EndOfLine, l10n, Range, TextEdit, Uri, WorkspaceEdit, window, workspace } from 'vscode';
import { content } from '../../server/protocol/git.ts';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { Feature, Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { applyUnsaved } from './applyUnsaved.ts';
import { pickSide } from './refPick.ts';
import { changedLines } from './restoreEdit.ts';
import { pathAt, shownPlace } from './revisionPlace.ts';
import { sideName } from './revisionUri.ts';

/** "Restore File at Revision": the text comes back as an unsaved edit that Undo takes away. */
export function restoreFeature(shell: Shell): Feature {
  return {
    commands: {
      'hearth.git.restoreRevision': async (argument: unknown) => {
        const shown = await shownPlace(shell, argument);
        if (shown === undefined) return void window.showInformationMessage(l10n.t('Open a file of a repository first.'));
        // In a diff the user looks at what changed: what they want back is the older side.
        const { repository, path, side } =
          shown.kind === 'diff' ? (shown.to.side.kind === 'worktree' ? shown.from : shown.to) : shown.place;
        const wanted =
          side.kind === 'worktree'
            ? await pickSide(shell, repository, { placeholder: l10n.t('Restore {0} from…', path), offer: ['index'] })
            : side;
        if (wanted === undefined) return;
        const there = await pathAt(shell, { repository, path, side }, wanted);
        await restore(shell, { repository, path: there, side: wanted }, targetOf(argument) ?? path);
      },
    },
    dispose: () => {},
  };
}

/** The path the file has today, where a row of its history knows another one. */
function targetOf(argument: unknown): string | undefined {
  const current = (argument as { current?: unknown } | undefined)?.current;
  return typeof current === 'string' ? current : undefined;
}

/** Puts the text of a revision into the working file, unsaved. A file that is gone comes back as an unsaved new document at its place. */
async function restore(shell: Shell, from: { repository: string; path: string; side: Side }, target: string): Promise<void> {
  const { repository, path, side } = from;
  const found = await shell.server.send(content, { repository, side, file: { path } });
  if (found.kind === 'absent') throw new RequestFailure('not-found', l10n.t('{0} has no file {1}.', sideName(side), path));
  if (found.kind !== 'text') {
    throw new RequestFailure(
      'unsupported',
      l10n.t('{0} is not text: it cannot be restored as an edit.', path),
      l10n.t('Open it at that revision and save a copy.'),
    );
  }
  const file = Uri.joinPath(Uri.file(repository), target);
  const exists = await workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
  const document = await workspace.openTextDocument(exists ? file : file.with({ scheme: 'untitled' }));
  const edit = new WorkspaceEdit();
  const crlf = found.text.includes('\r\n');
  const change = changedLines(document.getText().replaceAll('\r\n', '\n'), found.text.replaceAll('\r\n', '\n'));
  const edits: TextEdit[] = [];
  if (change !== undefined) {
    const last = document.lineAt(document.lineCount - 1).range.end;
    const range = document.validateRange(new Range(change.start, 0, change.end, 0));
    edits.push(TextEdit.replace(change.end >= document.lineCount ? new Range(range.start, last) : range, change.text));
  }
  // Working files may have the platform's line ends where the repository has plain ones; only the other way round is a change.
  if (crlf && document.eol === EndOfLine.LF) edits.push(TextEdit.setEndOfLine(EndOfLine.CRLF));
  if (edits.length === 0) {
    window.setStatusBarMessage(withoutIcons(l10n.t('{0} is already as in {1}.', target, sideName(side))), 4000);
  } else {
    edit.set(document.uri, edits);
    await applyUnsaved(edit, document.uri);
    const restored = l10n.t('{0} restored from {1}, not saved. Undo brings back what was there.', target, sideName(side));
    window.setStatusBarMessage(withoutIcons(restored), 6000);
  }
  await window.showTextDocument(document, { preview: false });
}
