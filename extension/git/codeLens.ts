import { workspace } from 'vscode';
import type { ServerConnection } from '../server.ts';
import { Registered } from '../ui/disposable.ts';

/** The server answers CodeLens through LSP; `ServerConnection` asks `codeLensWanted` first. A change of the setting shows at once. */
export class CodeLensSwitch extends Registered {
  constructor(server: ServerConnection) {
    super();
    this.register(
      workspace.onDidChangeConfiguration((event) => {
        if (['hearth.git.codeLens', 'gitlens.codeLens'].some((section) => event.affectsConfiguration(section))) server.refreshCodeLenses();
      }),
    );
  }
}
