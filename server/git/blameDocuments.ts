import { blameChanged, type documentBlame as definition } from '../protocol/git.ts';
import type { ParamsOf, PartialOf, ResultOf } from '../protocol/message.ts';
import { cancelled } from '../rpc/failure.ts';
import type { Context } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { blamesOf } from './blame.ts';
import type { BlameOptions } from './blameCommand.ts';
import { DocumentBlame, writtenLines } from './blameDocument.ts';
import { emptyRows, RowWriter } from './blameRows.ts';

type Params = ParamsOf<typeof definition>;
type Result = ResultOf<typeof definition>;

/** Milliseconds between two messages while rows come in. */
const pause = 25;
/** Different options that one document is blamed with at a time: what an editor and a lens may want. */
const variants = 3;

/** The blame of open documents, one for each document and set of options. */
export class DocumentBlames {
  readonly #services: Services;
  readonly #open = new Map<string, DocumentBlame>();

  constructor(services: Services) {
    this.#services = services;
    services.documents.onEvent((event) => {
      const uri = event.kind === 'close' ? event.uri : event.document.uri;
      for (const blame of this.of(uri)) {
        if (event.kind === 'change') blame.edited(event.document, event.changes);
        else if (event.kind === 'save') blame.saved();
        else if (event.kind === 'open') blame.invalidate();
        else this.#drop(blame);
      }
    });
    services.watchers.onDidMove((facts, what) => {
      const gone = what.has('gone');
      for (const blame of this.#open.values()) {
        // Staging changes no line's commit, but makes a new file one that has lines to blame.
        if (!gone && !what.has('head') && !what.has('refs') && !what.has('config') && blame.ready !== undefined) continue;
        blame.moved(facts.root, gone).catch((error: unknown) => services.log('debug', 'blame not refreshed', { error: String(error) }));
      }
    });
    services.session.onDidChangeTrust(() => {
      for (const blame of this.#open.values()) blame.invalidate();
    });
  }

  of(uri: string): DocumentBlame[] {
    return [...this.#open.values()].filter((blame) => blame.uri === uri);
  }

  /** The blame of a document that is open; made when it is asked for the first time. */
  at(uri: string, options: BlameOptions): DocumentBlame {
    const key = `${uri}\0${JSON.stringify([options.ignoreWhitespace, options.moves, options.copies, options.ignoreRevs])}`;
    let blame = this.#open.get(key);
    if (blame === undefined) {
      const others = this.of(uri);
      if (others.length >= variants) this.#drop(others[0] as DocumentBlame);
      blame = new DocumentBlame(uri, options, this.#services, blamesOf(this.#services), (changed) =>
        this.#services.notify(blameChanged, { uri: changed }),
      );
      this.#open.set(key, blame);
    }
    return blame;
  }

  async answer(params: Params, context: Context<PartialOf<typeof definition>>): Promise<Result> {
    const { uri, lines, version, options } = params;
    const { documents } = this.#services;
    const asked = documents.get(uri);
    if (asked === undefined) return { state: 'none', why: 'unavailable' };
    if (version !== undefined && version !== asked.version) return { state: 'stale' };
    const blame = this.at(uri, options);
    const why = await abortable(blame.load(), context.signal);
    if (why !== undefined) return { state: 'none', why };
    const document = documents.get(uri);
    const { ready } = blame;
    if (document === undefined || ready === undefined) return { state: 'stale' };
    if (version !== undefined && version !== document.version) return { state: 'stale' };
    const lineCount = writtenLines(document);
    const first = lines?.start ?? 1;
    const last = Math.min(lines?.end ?? lineCount, lineCount);
    const writer = new RowWriter();
    const now = document.version;
    const result = { state: 'blamed', repository: ready.repository.root, path: ready.path, version: now, lineCount } as const;
    if (lines !== undefined) blame.prefer(first, last);
    if (lines !== undefined && !context.streaming) {
      blame.write(writer, first, last);
      return { ...result, ...(writer.take() ?? emptyRows()) };
    }
    const current = () => blame.ready === ready && documents.get(uri)?.version === now;
    const complete = await this.#stream(blame, writer, { first, last, lineCount }, current, context);
    if (!complete) return { state: 'stale' };
    return context.streaming ? result : { ...result, ...(writer.take() ?? emptyRows()) };
  }

  /** Rows as they become known, each once. False when the document changed meanwhile. */
  async #stream(
    blame: DocumentBlame,
    writer: RowWriter,
    { first, last, lineCount }: { first: number; last: number; lineCount: number },
    current: () => boolean,
    context: Context<PartialOf<typeof definition>>,
  ): Promise<boolean> {
    const base = blame.ready?.base;
    const sent = new Uint8Array(lineCount);
    let at = Number.NEGATIVE_INFINITY;
    const pump = (): boolean => {
      if (!current()) return false;
      const complete = blame.write(writer, first, last, sent);
      at = performance.now();
      const rows = context.streaming ? writer.take() : undefined;
      if (rows !== undefined) context.emit(rows);
      return complete;
    };
    if (pump()) return true;
    if (base === undefined || !current()) return false;
    const enough = new AbortController();
    const stop = base.onChange(() => {
      if (performance.now() - at < pause) return;
      if (pump() || !current()) enough.abort();
    });
    try {
      await base.finish(AbortSignal.any([context.signal, enough.signal])).catch((error: unknown) => {
        if (!enough.signal.aborted || context.signal.aborted) throw error;
      });
      pump();
      return current();
    } finally {
      stop();
    }
  }

  #drop(blame: DocumentBlame): void {
    for (const [key, known] of this.#open) if (known === blame) this.#open.delete(key);
    blame.dispose();
  }
}

/** Leaves at once when the signal fires; what was begun goes on for the next question. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw cancelled();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelled());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const made = new WeakMap<Services, DocumentBlames>();

export function documentBlamesOf(services: Services): DocumentBlames {
  let blames = made.get(services);
  if (blames === undefined) {
    blames = new DocumentBlames(services);
    made.set(services, blames);
  }
  return blames;
}
