import { l10n, window, workspace } from 'vscode';
import { create } from '../../server/protocol/config.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { configUri } from './configPath.ts';

/** *Create hearth.yaml*: from what is there, written and opened. Where there is one already, that one is opened. */
export async function createConfig(shell: Shell, repository: string): Promise<void> {
  if (!workspace.isTrusted) {
    throw new RequestFailure(
      'untrusted',
      l10n.t('This needs a trusted workspace.'),
      l10n.t('Trust the folder first (Workspaces: Manage Workspace Trust).'),
    );
  }
  const uri = configUri(repository);
  const there = await workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (there) {
    await window.showTextDocument(uri);
    return;
  }
  const { from } = await shell.server.send(create, { repository, write: true });
  await window.showTextDocument(uri);
  const files = from.map(oneLine).join(', ');
  window.setStatusBarMessage(
    from.length === 0
      ? l10n.t('hearth.yaml is a beginning: there was no Dockerfile to make it from.')
      : l10n.t('hearth.yaml was made from {0}.', files),
    8000,
  );
}
