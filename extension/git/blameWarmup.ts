import { type TextDocument, workspace } from 'vscode';
import { documentBlame } from '../../server/protocol/git.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { blameOptionsOf } from './blameSettings.ts';

/** Documents that open closer together than this many milliseconds are some tool's work (replace in all files), not somebody's reading. */
const burst = 500;

/**
 * VS Code tells of an opened document long before its editor is on screen (0.2 to 0.7 s). That time is git's: the server begins to blame,
 * and when the cursor appears its line is often known.
 */
export class BlameWarmup extends Registered {
  #last = 0;

  constructor({ server, log }: Shell, wanted: (document: TextDocument) => boolean) {
    super();
    this.register(
      workspace.onDidOpenTextDocument((document) => {
        const quiet = Date.now() - this.#last > burst;
        this.#last = Date.now();
        if (!quiet || document.uri.scheme !== 'file' || !server.running || !wanted(document)) return;
        // The document itself reaches the server by another listener of the same event: let it go first.
        setTimeout(() => {
          if (this.disposed || document.isClosed) return;
          // The line after the last one asks for nothing in particular: the answer comes at once, and the work has begun.
          const { lineCount } = document;
          server
            .send(documentBlame, {
              uri: document.uri.toString(),
              lines: { start: lineCount, end: lineCount },
              options: blameOptionsOf(document),
            })
            .catch((error: unknown) => log.debug(`Blame ahead of ${document.uri.toString()}: ${String(error)}`));
        }, 0);
      }),
    );
  }
}
