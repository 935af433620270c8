import { failureOf } from '../ui/bridge.ts';
import type { Colours } from '../ui/code/colours.ts';
import { type Metrics, type TextView, textView } from '../ui/code/measure.ts';
import type { PanelFailure } from '../ui/messages.ts';
import { isLarge } from './gate.ts';
import { Loader } from './loader.ts';
import { type ChangedFile, type DiffOptions, type FileDiff, type FileName, fileKey, fileName } from './messages.ts';

export interface LoadedBody {
  readonly kind: 'loaded';
  readonly diff: FileDiff;
  readonly file: ChangedFile;
  /** The answer may be old: it is asked again when looked at. */
  stale: boolean;
  view: TextView | undefined;
  /** Syntax colours by side and line number; undefined until they were made. */
  colours: Colours | undefined;
}

/** What is known of one file's difference. `gated`: large, shown when asked for. */
export type Body =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'gated' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly failure: PanelFailure }
  | LoadedBody;

type Ask = (params: { file: FileName; oldFile?: FileName; limit: number; options: DiffOptions }, signal: AbortSignal) => Promise<FileDiff>;

/** Lines of patch read at first; the rest on demand. */
const firstLimit = 5000;
/** Lines of patch kept; the longest unseen files are forgotten and read again. */
const keptLines = 400_000;
/** The rest of the list waits at most so many milliseconds for the first difference. */
const patience = 500;

/** The differences of the files that were looked at. */
export class FileBodies {
  readonly #ask: Ask;
  readonly #changed: () => void;
  readonly #options: () => DiffOptions;
  readonly #bodies = new Map<string, Body>();
  readonly #files = new Map<string, ChangedFile>();
  /** What the user asked of single files: all their lines, more context. */
  readonly #wishes = new Map<string, { limit?: number; context?: number }>();
  readonly #loader: Loader;
  #wanted: readonly string[] = [];
  /** Counts what makes answers old that are on their way. */
  #round = 0;
  #onRead: () => void = () => {};
  onAway: () => void = () => {};

  constructor(ask: Ask, changed: () => void, options: () => DiffOptions) {
    this.#ask = ask;
    this.#changed = changed;
    this.#options = options;
    this.#loader = new Loader((key, signal) => this.#load(key, signal));
  }

  get(key: string): Body {
    return this.#bodies.get(key) ?? { kind: 'waiting' };
  }

  /** The rows of a text body for these metrics, made once; undefined when it has none. */
  view(body: LoadedBody, metrics: Metrics): TextView | undefined {
    if (!('patch' in body.diff)) return undefined;
    if (body.view?.metrics !== metrics) body.view = textView(body.diff, metrics, body.view);
    // A patch without hunks (a new name, another mode) has nothing to draw as lines.
    return body.view.rows.length === 0 ? undefined : body.view;
  }

  /** These are looked at, the first most. */
  want(files: readonly ChangedFile[]): void {
    this.#wanted = files.map(fileKey);
    const missing: string[] = [];
    for (const file of files) {
      const key = fileKey(file);
      this.#files.set(key, file);
      const body = this.get(key);
      if (body.kind === 'waiting' && isLarge(file) && !this.#wishes.has(key)) this.#bodies.set(key, { kind: 'gated' });
      else if (body.kind === 'waiting' || body.kind === 'loading' || (body.kind === 'loaded' && body.stale)) missing.push(key);
    }
    this.#loader.want(missing);
    this.#forgetUnseen();
  }

  /** Reads a file with other wishes than the list's: all its lines, or more context. */
  wish(file: ChangedFile, wish: { limit?: number; context?: number }): void {
    const key = fileKey(file);
    this.#wishes.set(key, { ...this.#wishes.get(key), ...wish });
    const body = this.get(key);
    if (body.kind === 'loaded') body.stale = true;
    else this.#bodies.set(key, { kind: 'waiting' });
    this.#round++;
    this.#changed();
  }

  contextOf(key: string): number {
    return this.#wishes.get(key)?.context ?? this.#options().context;
  }

  /** Reads one file now, whether it is seen or not. */
  async read(file: ChangedFile, signal: AbortSignal): Promise<Body> {
    const key = fileKey(file);
    this.#files.set(key, file);
    if (this.get(key).kind !== 'loaded') await this.#load(key, signal);
    return this.get(key);
  }

  /** Settles when a difference was read and drawn, or soon: nothing is read where all is folded, and a hidden page draws nothing. */
  nextRead(): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, patience);
      this.#onRead = () => requestAnimationFrame(() => setTimeout(resolve));
    });
  }

  retryFailed(): void {
    for (const [key, body] of this.#bodies)
      if (body.kind === 'failed' || body.kind === 'loading') this.#bodies.set(key, { kind: 'waiting' });
    this.#loader.clear();
    this.#changed();
  }

  retry(key: string): void {
    this.#bodies.set(key, { kind: 'waiting' });
    this.#changed();
  }

  markStale(onlyOnDisk = false): void {
    this.#round++;
    for (const body of this.#bodies.values()) {
      if (body.kind === 'loaded' && (!onlyOnDisk || body.file.contents === 0)) body.stale = true;
    }
    if (!onlyOnDisk) for (const wish of this.#wishes.values()) delete wish.context;
  }

  /** The list was read anew: what differs from before is stale, what is gone is forgotten. */
  keepOnly(before: ReadonlyMap<string, ChangedFile>, now: ReadonlyMap<string, ChangedFile>): void {
    for (const [key, body] of this.#bodies) {
      const [old, file] = [before.get(key), now.get(key)];
      if (file === undefined) this.#bodies.delete(key);
      else if (old === undefined || JSON.stringify({ ...old, counted: 0 }) !== JSON.stringify({ ...file, counted: 0 })) {
        if (body.kind === 'loaded') body.stale = true;
        else this.#bodies.delete(key);
      }
    }
  }

  clear(): void {
    this.#loader.clear();
    this.#bodies.clear();
    this.#files.clear();
    this.#wishes.clear();
  }

  async #load(key: string, signal: AbortSignal): Promise<void> {
    const file = this.#files.get(key);
    if (file === undefined) return;
    const before = this.get(key);
    const wish = this.#wishes.get(key);
    const round = this.#round;
    if (before.kind !== 'loaded') this.#bodies.set(key, { kind: 'loading' });
    const old = file.oldPath === undefined ? undefined : fileName({ path: file.oldPath, pathBytes: file.oldPathBytes });
    try {
      const options = { ...this.#options(), context: this.contextOf(key) };
      const asked = { file: fileName(file), limit: wish?.limit ?? firstLimit, options, ...(old === undefined ? {} : { oldFile: old }) };
      const diff = await this.#ask(asked, signal);
      if (signal.aborted) return;
      const same = before.kind === 'loaded' && JSON.stringify(before.diff) === JSON.stringify(diff);
      const stale = round !== this.#round;
      if (same) before.stale = stale;
      else this.#bodies.set(key, { kind: 'loaded', diff, file, stale, view: undefined, colours: undefined });
    } catch (error) {
      const failure = failureOf(error);
      if (signal.aborted || failure.reason === 'cancelled') {
        if (this.get(key).kind === 'loading') this.#bodies.set(key, { kind: 'waiting' });
        return;
      }
      if (failure.reason === 'disconnected') {
        // Comes back by itself with the server.
        this.onAway();
        if (before.kind !== 'loaded') this.#bodies.set(key, { kind: 'loading' });
      } else this.#bodies.set(key, { kind: 'failed', failure });
    }
    this.#onRead();
    this.#changed();
  }

  #forgetUnseen(): void {
    let lines = 0;
    const seen = new Set(this.#wanted);
    for (const [key, body] of [...this.#bodies].reverse()) {
      if (body.kind !== 'loaded' || !('lines' in body.diff)) continue;
      lines += body.diff.truncated ? firstLimit : body.diff.lines;
      if (lines > keptLines && !seen.has(key)) this.#bodies.delete(key);
    }
  }
}
