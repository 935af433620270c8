import path from 'node:path';
import { type ExtensionContext, l10n } from 'vscode';
import { status } from '../server/protocol/hub.ts';
import type { ServerConnection } from './server.ts';

/** Lets integrated terminals find `hearth` in the home's `bin`. After what the user's own PATH has: theirs wins. */
export async function addTerminalPath(
  { environmentVariableCollection: variables }: ExtensionContext,
  server: ServerConnection,
): Promise<void> {
  const { home } = await server.send(status, {});
  variables.description = l10n.t('Adds the `hearth` command.');
  variables.append('PATH', `${path.delimiter}${path.join(home, 'bin')}`, { applyAtProcessCreation: true, applyAtShellIntegration: true });
}
