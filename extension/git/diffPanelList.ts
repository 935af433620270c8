import { type CancellationToken, CancellationTokenSource } from 'vscode';
import { diffList } from '../../server/protocol/git.ts';
import type { ChangedFile, DiffOptions } from '../../server/protocol/gitTypes.ts';
import type { PartialOf, ResultOf } from '../../server/protocol/message.ts';
import type { Pair } from '../../webviews/diff/messages.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';

type Rows = PartialOf<typeof diffList>;
type Summary = ResultOf<typeof diffList>;

interface Run {
  readonly question: string;
  readonly source: CancellationTokenSource;
  readonly rows: Rows[];
  readonly done: Promise<Summary>;
  onRows: (rows: Rows) => void;
}

/** The list of changed files of a panel: started before its page is there, and handed over to it once. */
export class DiffPanelList extends Registered {
  readonly #shell: Shell;
  #early: Run | undefined;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.register({ dispose: () => this.forget() });
  }

  /** Asks now; `take` with the same question gets the rows that came meanwhile. */
  start(pair: Pair, options: DiffOptions): void {
    this.forget();
    if (this.#shell.server.running) this.#early = this.#run(pair, options);
  }

  forget(): void {
    this.#early?.source.cancel();
    this.#early = undefined;
  }

  /** Rows go to `onRows` as they come, in order; `files` has the last word on each of them. */
  async take(
    pair: Pair,
    options: DiffOptions,
    token: CancellationToken,
    onRows: (rows: Rows) => void,
  ): Promise<{ result: Summary; files: ChangedFile[] }> {
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined && early.question !== questionOf(pair, options)) early.source.cancel();
    const run = early !== undefined && !early.source.token.isCancellationRequested ? early : this.#run(pair, options);
    const cancel = token.onCancellationRequested(() => run.source.cancel());
    for (const rows of run.rows) onRows(rows);
    run.onRows = onRows;
    try {
      const result = await run.done;
      return { result, files: run.rows.flatMap(({ files }) => files).filter(({ counted }) => counted !== false) };
    } finally {
      cancel.dispose();
    }
  }

  #run(pair: Pair, options: DiffOptions): Run {
    const source = new CancellationTokenSource();
    const rows: Rows[] = [];
    const { repository, from, to } = pair;
    const onPartial = (part: Rows) => {
      rows.push(part);
      run.onRows(part);
    };
    const done = this.#shell.server.send(diffList, { repository, from, to, options }, { token: source.token, onPartial });
    // Taken or not, its failure is not unhandled.
    done.catch(() => {});
    const run: Run = { question: questionOf(pair, options), source, rows, done, onRows: () => {} };
    return run;
  }
}

function questionOf({ repository, from, to }: Pair, { whitespace, context, renames, copies }: DiffOptions): string {
  return JSON.stringify([repository, from, to, whitespace, context, renames, copies]);
}
