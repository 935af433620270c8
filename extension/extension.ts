import type * as vscode from 'vscode';
import { commands, type ExtensionContext, ExtensionMode, workspace } from 'vscode';
import { revisionStub } from './git/revisionStub.ts';
import type { Shell } from './shell.ts';

/**
 * The entry: as small as it can be, because VS Code waits for it. It registers a stand-in for each command of the manifest and loads
 * `client.js` (views, and beside it the language client) after activation has returned.
 */

/** What `client.js` gives back once it runs. */
export interface Client {
  run(command: string, args: readonly unknown[]): unknown;
  readonly ready: Promise<void>;
  readonly shell: Shell;
}

/** What other extensions and the tests get from `getExtension('hearth-dev.hearth').activate()`. */
export interface HearthApi {
  /** Resolves when the server has answered for the first time. */
  readonly ready: Promise<void>;
  /** The shell itself, for suites in the extension host (`ExtensionMode.Test`); absent in real life. */
  readonly shell?: Promise<Shell>;
}

export function activate(context: ExtensionContext): HearthApi {
  let client: Promise<Client> | undefined;
  const load = (): Promise<Client> => {
    client ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          // A literal require keeps esbuild from bundling it: `./client.js` stands beside this file in dist/.
          resolve((require('./client.js') as { start(context: vscode.ExtensionContext): Client }).start(context));
        } catch (error) {
          reject(error);
        }
      });
    });
    return client;
  };
  // Before activation returns: VS Code restores the editors of old revisions right after.
  const revisions = revisionStub(() => load().then(({ shell }) => shell));
  context.subscriptions.push(workspace.registerFileSystemProvider('hearth-git', revisions, { isReadonly: true, isCaseSensitive: true }));
  const declared = (context.extension.packageJSON as { contributes?: { commands?: { command: string }[] } }).contributes?.commands ?? [];
  for (const { command } of declared) {
    context.subscriptions.push(
      commands.registerCommand(command, (...args: unknown[]) => load().then((loaded) => loaded.run(command, args))),
    );
  }
  const ready = load().then((loaded) => loaded.ready);
  ready.catch(() => {});
  return context.extensionMode === ExtensionMode.Test ? { ready, shell: load().then(({ shell }) => shell) } : { ready };
}
