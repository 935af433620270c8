import { type CancellationToken, CancellationTokenSource } from 'vscode';
import { diffList } from '../../server/protocol/git.ts';
import type { ChangedFile, DiffOptions } from '../../server/protocol/gitTypes.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import { fileKey, type Pair, type ChangedFile as ShownFile } from '../../webviews/diff/messages.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { RequestFailure } from '../ui/failure.ts';
import { needsDisk } from './diffPanelViewed.ts';

type Summary = ResultOf<typeof diffList>;

/** Rows of the first piece: more than a screen has, and soon there. */
const screenful = 200;
/** Rows of a later piece. */
const most = 4000;

/** Rows the page has not had yet, in order; with the last of them, how the list ended and all files of it. */
export interface Piece {
  readonly files: ShownFile[];
  readonly end?: { readonly summary: Summary; readonly all: ChangedFile[] };
}

interface Run {
  readonly question: string;
  readonly source: CancellationTokenSource;
  /** What the page has not had, by key: a row that is counted before the page asks for its name replaces it. */
  readonly pending: Map<string, ShownFile>;
  readonly all: ChangedFile[];
  readonly done: Promise<Summary>;
  ended: boolean;
  taken: boolean;
  /** Called when rows came, and at the end. */
  wake: () => void;
}

/**
 * The list of changed files of a panel: started before its page is there, and handed over in pieces as the page asks for them. All that
 * goes to a page travels on one line, so a page that wants something else first just asks for that first.
 */
export class DiffPanelList extends Registered {
  readonly #shell: Shell;
  #run: Run | undefined;
  /** The files of this pair as they were last read, with the number that stands for their contents. */
  readonly #files = new Map<string, { file: ChangedFile; contents: number }>();
  #numbers = 0;

  constructor(shell: Shell) {
    super();
    this.#shell = shell;
    this.register({ dispose: () => this.forget() });
  }

  /** Asks the server now; `first` with the same question gets the rows that came meanwhile. */
  start(pair: Pair, options: DiffOptions): void {
    this.forget();
    this.#files.clear();
    if (this.#shell.server.running) this.#run = this.#begin(pair, options);
  }

  forget(): void {
    this.#run?.source.cancel();
    this.#run = undefined;
  }

  file(key: string): ChangedFile | undefined {
    return this.#files.get(key)?.file;
  }

  /** The first piece of a list that is read anew. */
  first(pair: Pair, options: DiffOptions, token: CancellationToken): Promise<Piece> {
    const early = this.#run;
    if (early === undefined || early.taken || early.question !== questionOf(pair, options)) {
      this.forget();
      this.#run = this.#begin(pair, options);
    }
    return this.#piece(screenful, token);
  }

  /** The next piece; waits until there is one. */
  more(token: CancellationToken): Promise<Piece> {
    return this.#piece(most, token);
  }

  async #piece(rows: number, token: CancellationToken): Promise<Piece> {
    const run = this.#run;
    if (run === undefined) throw new RequestFailure('cancelled', 'The list is read anew.');
    run.taken = true;
    const cancel = token.onCancellationRequested(() => run.source.cancel());
    try {
      while (run.pending.size === 0 && !run.ended) {
        await new Promise<void>((resolve) => {
          run.wake = resolve;
        });
      }
      const files = [...run.pending.values()].slice(0, rows);
      for (const file of files) run.pending.delete(fileKey(file));
      if (run.pending.size > 0 || !run.ended) return { files };
      return { files, end: { summary: await run.done, all: run.all } };
    } finally {
      cancel.dispose();
    }
  }

  #begin(pair: Pair, options: DiffOptions): Run {
    const { repository, from, to } = pair;
    const source = new CancellationTokenSource();
    const pending = new Map<string, ShownFile>();
    const all: ChangedFile[] = [];
    const done = this.#shell.server.send(
      diffList,
      { repository, from, to, options },
      {
        token: source.token,
        onPartial: ({ files }) => {
          for (const file of files) {
            pending.set(fileKey(file), this.#shown(file));
            if (file.counted !== false) all.push(file);
          }
          run.wake();
        },
      },
    );
    const run: Run = { question: questionOf(pair, options), source, pending, all, done, ended: false, taken: false, wake: () => {} };
    const end = (): void => {
      run.ended = true;
      run.wake();
    };
    // Taken or not, its failure is not unhandled.
    done.then(end, end);
    return run;
  }

  #shown(file: ChangedFile): ShownFile {
    const key = fileKey(file);
    const before = this.#files.get(key);
    const same = before !== undefined && before.file.oldId === file.oldId && before.file.newId === file.newId;
    const contents = needsDisk(file) ? 0 : same ? before.contents : ++this.#numbers;
    this.#files.set(key, { file, contents });
    const { oldId: _old, newId: _new, ...shown } = file;
    return { ...shown, contents };
  }
}

function questionOf({ repository, from, to }: Pair, { whitespace, context, renames, copies }: DiffOptions): string {
  return JSON.stringify([repository, from, to, whitespace, context, renames, copies]);
}
