import { fileURLToPath } from 'node:url';
import type { TextDocument, TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import type { BlamedCommit } from '../protocol/gitTypes.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Services } from '../services.ts';
import { type Blames, preferLines } from './blame.ts';
import { type BlameOptions, isLineWise } from './blameCommand.ts';
import { firstOther, type MappedText, mapContents, mapDocument, type NoBlame, realFile } from './blameDocumentText.ts';
import type { BlameHistory } from './blameHistory.ts';
import type { LiveBlame } from './blameLive.ts';
import type { RowWriter } from './blameRows.ts';
import type { BlameTable } from './blameTable.ts';
import { editorLine, splitEditorText } from './blameText.ts';
import { LineMap } from './lineMap.ts';
import type { Repository } from './repository.ts';

/** After the last edit or save, in milliseconds: long enough that someone who types does not meet it, short enough to be right soon. */
const idle = 5000;
/** Lines around the ones asked for that are blamed before the rest. */
const around = 8;

/** What is known of a document once it was compared with HEAD. Lines come from `base` as it streams. */
export interface ReadyBlame {
  readonly repository: Repository;
  readonly path: string;
  readonly history: BlameHistory;
  readonly mapped: MappedText;
  readonly base: LiveBlame | undefined;
  map: LineMap;
}

type State =
  | { kind: 'idle' }
  | { kind: 'loading'; done: Promise<void>; abort: AbortController }
  | { kind: 'none'; why: NoBlame; root: string | undefined }
  | { kind: 'ready'; ready: ReadyBlame; release: () => void };

/** The blame of one open document: HEAD's blame, and a map of lines that follows each edit in memory. */
export class DocumentBlame {
  readonly uri: string;
  readonly options: BlameOptions;
  readonly #services: Services;
  readonly #blames: Blames;
  readonly #changed: (uri: string) => void;
  #state: State = { kind: 'idle' };
  #timer: NodeJS.Timeout | undefined;
  #saved = true;
  #preferred = 0;
  /** The HEAD whose file has more lines than the one on disk: its text is read even when no line differs. */
  #cutOff: string | undefined;

  /** `changed` is called when answers given before are no longer right. */
  constructor(uri: string, options: BlameOptions, services: Services, blames: Blames, changed: (uri: string) => void) {
    this.uri = uri;
    this.options = options;
    this.#services = services;
    this.#blames = blames;
    this.#changed = changed;
  }

  get ready(): ReadyBlame | undefined {
    return this.#state.kind === 'ready' ? this.#state.ready : undefined;
  }

  /** Compares the document with HEAD if that was not done yet. The reason why it has no blame, or undefined. */
  async load(): Promise<NoBlame | undefined> {
    // The repository may move while it is being read.
    for (let attempt = 0; attempt < 4; attempt++) {
      if (this.#state.kind === 'idle') this.#start();
      if (this.#state.kind === 'loading') await this.#state.done;
      if (this.#state.kind === 'none') return this.#state.why;
      if (this.#state.kind === 'ready') return undefined;
    }
    return 'unavailable';
  }

  #start(): void {
    const abort = new AbortController();
    const done = this.#read(abort.signal).then(
      (state) => {
        if (abort.signal.aborted) {
          if (state.kind === 'ready') state.release();
        } else this.#become(state);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        this.#become({ kind: 'idle' });
        throw error;
      },
    );
    done.catch(() => {});
    this.#state = { kind: 'loading', done, abort };
  }

  #become(state: State): void {
    const before = this.#state;
    this.#state = state;
    if (state.kind === 'ready') void state.ready.base?.ended.then(() => this.#checkBase(state.ready));
    if (before.kind === 'ready') before.release();
    if (before.kind === 'loading') before.abort.abort();
  }

  async #read(signal: AbortSignal): Promise<State> {
    const file = filePathOf(this.uri);
    if (file === undefined) return { kind: 'none', why: 'not-a-file', root: undefined };
    const { repositories, session } = this.#services;
    const found = await repositories.containing(await realFile(file), session).catch((error: unknown) => {
      const { reason } = asFailure(error);
      if (reason === 'not-found' || reason === 'unsupported') return undefined;
      throw error;
    });
    if (found === undefined || found.path === '') return { kind: 'none', why: 'outside-repository', root: undefined };
    const { repository, path } = found;
    const history = await this.#blames.history(repository, this.options, signal);
    if (history.head === undefined) return { kind: 'none', why: 'unborn', root: repository.root };
    const target = { path, options: this.options, history };
    // HEAD's blame starts before it is known that the document needs it: nearly always it does.
    const early = await this.#blames.committed.at(repository, { ...target, commit: history.head });
    const releaseEarly = early.hold();
    try {
      const textNow = () => {
        const document = this.#services.documents.get(this.uri);
        return document === undefined ? undefined : splitEditorText(document.getText());
      };
      const mapped = await mapDocument(
        repository,
        this.#blames.worktree,
        { ...target, readBase: this.#cutOff === history.head },
        textNow,
        signal,
      );
      if (typeof mapped === 'string') return { kind: 'none', why: mapped, root: repository.root };
      const base =
        mapped.basePath === undefined
          ? undefined
          : mapped.basePath === path
            ? early
            : await this.#blames.committed.at(repository, { ...target, path: mapped.basePath, commit: history.head });
      const release = base?.hold();
      const ready = { repository, path, history, mapped, base, map: mapped.map };
      return { kind: 'ready', ready, release: () => void release?.() };
    } finally {
      void releaseEarly();
    }
  }

  /** A file that was only cut off at its end looks unchanged line by line; what was cut off is known when HEAD's blame is. */
  #checkBase({ base, mapped, history, map }: ReadyBlame): void {
    if (
      this.ready?.map !== map ||
      base?.state !== 'done' ||
      base.table.lineCount <= mapped.base.gitLineCount ||
      this.#cutOff === history.head
    )
      return;
    this.#cutOff = history.head;
    this.invalidate();
  }

  /** Follows an edit. No git process, no file, whatever the size of the document. */
  edited(document: TextDocument, changes: readonly TextDocumentContentChangeEvent[]): void {
    this.#saved = false;
    this.#reconcileLater();
    const { ready } = this;
    if (ready === undefined) return;
    const { map } = ready;
    for (const change of changes) {
      const count = 1 + (change.text.match(/\r\n|\n|\r/g)?.length ?? 0);
      if ('range' in change) map.edit(change.range.start.line, Math.min(change.range.end.line, map.lineCount - 1), count);
      else map.edit(0, map.lineCount - 1, count);
    }
    // A CR and an LF that came from different edits are one line end.
    if (map.lineCount !== document.lineCount) map.edit(0, map.lineCount - 1, document.lineCount);
    map.settle((line) => ready.mapped.key(lineOf(document, line)));
  }

  saved(): void {
    this.#saved = true;
    if (this.#state.kind === 'none') {
      // Tracking is git's doing, and the watcher tells; content is the editor's.
      if (['binary', 'too-large', 'not-a-file', 'unavailable'].includes(this.#state.why)) this.invalidate();
    } else if (this.#timer !== undefined) this.#reconcileLater();
  }

  /** What is known is no longer right: the next question reads again. */
  invalidate(): void {
    if (this.#state.kind === 'idle') return;
    this.#become({ kind: 'idle' });
    this.#changed(this.uri);
  }

  /** The repository moved: looks whether that concerns this document. */
  async moved(root: string, gone: boolean): Promise<void> {
    const state = this.#state;
    if (state.kind === 'loading') {
      this.invalidate();
      return;
    }
    if (state.kind === 'none') {
      if (state.root === root) this.invalidate();
      return;
    }
    if (state.kind !== 'ready' || state.ready.repository.root !== root) return;
    if (gone) {
      this.invalidate();
      return;
    }
    const { repository, history } = state.ready;
    const now = await this.#blames.history(repository, this.options).catch(() => undefined);
    if (this.#state === state && (now === undefined || now.head !== history.head || now.print !== history.print)) this.invalidate();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#become({ kind: 'idle' });
  }

  #reconcileLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#reconcile().catch((error: unknown) =>
        this.#services.log('debug', 'blame not reconciled', { uri: this.uri, error: String(error) }),
      );
    }, idle);
    this.#timer.unref();
  }

  /** Where the same lines stand more than once, git may see an edit otherwise than the map does. One short process tells. */
  async #reconcile(): Promise<void> {
    const state = this.#state;
    const document = this.#services.documents.get(this.uri);
    if (state.kind !== 'ready' || document === undefined) return;
    const { ready } = state;
    const { repository, path, history, mapped } = ready;
    const { version } = document;
    const target = { path, options: this.options, history };
    const { signal } = new AbortController();
    const text = document.getText();
    const editor = splitEditorText(text);
    const fresh = this.#saved
      ? await mapDocument(repository, this.#blames.worktree, { ...target, readBase: this.#cutOff === history.head }, () => editor, signal)
      : await mapContents(repository, this.#blames.worktree, target, mapped, text, editor, signal);
    if (this.#state !== state || this.#services.documents.get(this.uri)?.version !== version || fresh === undefined) return;
    if (fresh instanceof LineMap) {
      if (fresh.lines.every((base, line) => base === ready.map.at(line))) return;
      ready.map = fresh;
    } else {
      if (typeof fresh === 'string' || fresh.basePath !== mapped.basePath) {
        this.invalidate();
        return;
      }
      const same = fresh.map.lineCount === ready.map.lineCount && sameLines(fresh, mapped, ready.map);
      this.#state = { ...state, ready: { ...ready, mapped: fresh, map: fresh.map } };
      if (same) return;
    }
    this.#changed(this.uri);
  }

  /** Lines that somebody looks at are blamed beside the whole file. 1-based, inclusive. */
  prefer(first: number, last: number): void {
    const { ready } = this;
    if (ready?.base === undefined || ready.base.state !== 'running' || !isLineWise(this.options) || this.#preferred >= 2) return;
    const { base, map, mapped, repository, history } = ready;
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    let unknown = false;
    for (let line = Math.max(0, first - 1 - around); line < Math.min(map.lineCount, last + around); line++) {
      const git = gitLineOf(ready, line);
      if (git === undefined) continue;
      low = Math.min(low, git);
      high = Math.max(high, git);
      if (line >= first - 1 && line < last && !base.table.isKnown(git)) unknown = true;
    }
    if (!unknown || mapped.basePath === undefined) return;
    const call = { path: mapped.basePath, commit: history.head, options: this.options, ignore: history.ignore };
    this.#preferred++;
    const { signal } = new AbortController();
    preferLines(repository, base, call, { start: low, end: high }, signal)
      .catch((error: unknown) => this.#services.log('debug', 'visible lines not blamed first', { uri: this.uri, error: String(error) }))
      .finally(() => this.#preferred--);
  }

  /** Adds what is known of lines `first` to `last` (1-based) to the rows; `skip` and `sent` leave out lines. False while something is not known yet. */
  write(writer: RowWriter, first: number, last: number, sent?: Uint8Array): boolean {
    const { ready } = this;
    const document = this.#services.documents.get(this.uri);
    if (ready === undefined || document === undefined) return false;
    const { base, map, mapped } = ready;
    const count = writtenLines(document);
    let complete = true;
    let pending:
      | { line: number; count: number; from: number; table: BlameTable | undefined; at: number; commit: number; origin: number }
      | undefined;
    const flush = () => {
      if (pending === undefined) return;
      const { line, count: length, from, table, commit, origin } = pending;
      if (table === undefined) {
        const { id, facts, origin: nowhere } = uncommittedFacts(ready);
        writer.addRow(line, length, line, id, facts, nowhere);
      } else writer.add(table, { line, count: length, originalLine: from, commit, origin });
      pending = undefined;
    };
    for (let line = Math.max(1, first); line <= Math.min(last, count); line++) {
      if (sent?.[line - 1] === 1) {
        flush();
        continue;
      }
      const at = map.at(line - 1);
      const git = gitLineOf(ready, line - 1);
      const table = git !== undefined ? base?.table : at <= firstOther ? mapped.lines.others : undefined;
      const row = git !== undefined ? table?.runAt(git, 1) : at <= firstOther ? table?.runAt(firstOther - at + 1, 1) : undefined;
      if (table !== undefined && row === undefined) {
        complete = false;
        flush();
        continue;
      }
      if (sent !== undefined) sent[line - 1] = 1;
      const original = row?.originalLine ?? line;
      if (
        pending !== undefined &&
        pending.table === table &&
        pending.from + pending.count === original &&
        (row === undefined || (pending.commit === row.commit && pending.origin === row.origin))
      )
        pending.count++;
      else {
        flush();
        pending = { line, count: 1, from: original, table, at, commit: row?.commit ?? 0, origin: row?.origin ?? 0 };
      }
    }
    flush();
    return complete;
  }
}

/** The line in HEAD's file (1-based, as git counts) that a line (0-based) of the document comes from. */
function gitLineOf({ map, mapped }: ReadyBlame, line: number): number | undefined {
  const at = map.at(line);
  const git = at < 0 ? -1 : (mapped.base.gitLine[at] ?? -1);
  return git < 0 ? undefined : git + 1;
}

/** An editor shows one more line behind the last line end; git has no such line. */
export function writtenLines(document: TextDocument): number {
  return lineOf(document, document.lineCount - 1) === '' ? document.lineCount - 1 : document.lineCount;
}

function lineOf(document: TextDocument, line: number): string {
  const text = document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } }).replace(/\r\n$|\n$|\r$/, '');
  return editorLine(text, line === document.lineCount - 1);
}

/** As git describes lines that were not committed. */
function uncommittedFacts({ repository, path, history, mapped }: ReadyBlame) {
  const now = Math.floor(Date.now() / 1000);
  const nobody = 'Not Committed Yet';
  const mail = 'not.committed.yet';
  const facts: BlamedCommit = {
    author: nobody,
    authorMail: mail,
    authorTime: now,
    authorTz: '+0000',
    committer: nobody,
    committerMail: mail,
    committerTime: now,
    committerTz: '+0000',
    summary: `Version of ${path} from ${path}`,
  };
  const { head } = history;
  const previous = head === undefined || mapped.basePath === undefined ? {} : { previous: { commit: head, path: mapped.basePath } };
  return { id: '0'.repeat(repository.facts.objectFormat === 'sha256' ? 64 : 40), facts, origin: { path, ...previous } };
}

/** Whether two maps to bases that may be split differently say the same of each line. */
function sameLines(fresh: MappedText, before: MappedText, map: LineMap): boolean {
  return map.lines.every((at, line) => {
    const now = fresh.map.at(line);
    const gitBefore = at < 0 ? at : before.base.gitLine[at];
    const gitNow = now < 0 ? now : fresh.base.gitLine[now];
    return gitBefore === gitNow;
  });
}

function filePathOf(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}
