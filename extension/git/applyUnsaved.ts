import { l10n, type Uri, type WorkspaceEdit, workspace } from 'vscode';
import { RequestFailure } from '../ui/failure.ts';

/** Makes an edit that Undo takes away. VS Code refuses one when the text changes meanwhile (a file that is read again): nothing is done then. */
export async function applyUnsaved(edit: WorkspaceEdit, uri: Uri): Promise<void> {
  if (await workspace.applyEdit(edit)) return;
  const name = workspace.asRelativePath(uri);
  throw new RequestFailure('conflict', l10n.t('{0} changed just now, so it was left as it is.', name), l10n.t('Do it again.'));
}
