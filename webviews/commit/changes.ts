import { failureOf } from '../ui/bridge.ts';
import type { Colourable, Colours } from '../ui/code/colours.ts';
import { fileKey } from '../ui/code/files.ts';
import type { Metrics, TextView } from '../ui/code/measure.ts';
import { textView } from '../ui/code/measure.ts';
import { hunkTexts } from '../ui/code/patch.ts';
import type { PanelFailure } from '../ui/messages.ts';
import { AreaList, type Ask } from './areaList.ts';
import type { ChangedFile, FileDiff } from './messages.ts';
import {
  areaOf,
  hasHunks,
  type ListRow,
  type Place,
  placeAfter,
  placeId,
  rowsOf,
  type Section,
  type SectionName,
  sectionsOf,
} from './sections.ts';

/** Lines of patch read at first; the rest on demand. */
const firstLimit = 5000;

export interface LoadedBody extends Colourable {
  readonly kind: 'loaded';
  readonly of: string;
  readonly file: ChangedFile;
  readonly diff: FileDiff;
  view: TextView | undefined;
  colours: Colours | undefined;
}

/** The difference of the chosen file. */
export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading'; readonly of: string }
  | { readonly kind: 'failed'; readonly of: string; readonly failure: PanelFailure }
  | LoadedBody;

export type Action = 'stage' | 'unstage' | 'discard';

/** What happened to an action on files: said in the panel. */
export type Report = (done: { failure: PanelFailure } | { discarded: string; what: string }) => void;

/** The files that changed, which one is chosen, its difference, and what can be done with files and hunks. */
export class Changes {
  readonly #ask: Ask;
  readonly #changed: () => void;
  readonly #report: Report;
  readonly #acted: () => Promise<void>;
  #acting = 0;
  #running: Promise<void> = Promise.resolve();
  readonly staged: AreaList;
  readonly changes: AreaList;
  sections: readonly Section[] = sectionsOf([], []);
  rows: readonly ListRow[] = [];
  readonly closed: Set<SectionName>;
  place: Place | undefined;
  body: Body = { kind: 'none' };
  /** The current hunk of the difference. */
  hunk = 0;
  /** Actions on the way: the list says so and takes no second one of the same file. */
  readonly busy = new Set<string>();
  #index = 0;
  #limit = firstLimit;
  #loading: AbortController | undefined;
  #latestLoad: Promise<void> = Promise.resolve();

  constructor(
    ask: Ask,
    changed: () => void,
    { report, acted }: { readonly report: Report /** Reads again what else an action may have changed. */; acted(): Promise<void> },
    kept: { place?: Place | undefined; closed?: readonly SectionName[] | undefined },
  ) {
    this.#ask = ask;
    this.#changed = changed;
    this.#report = report;
    this.#acted = acted;
    this.place = kept.place;
    this.closed = new Set(kept.closed ?? []);
    this.staged = new AreaList('staged', ask, () => this.#arrange());
    this.changes = new AreaList('changes', ask, () => this.#arrange());
  }

  /** Reads again what may have changed. Never rejects. */
  async read(index: boolean): Promise<void> {
    await Promise.all([this.changes.read(), ...(index ? [this.staged.read()] : [])]);
    // The index or the file moved: what is shown may be old.
    await this.#load(true);
  }

  get file(): ChangedFile | undefined {
    const { place } = this;
    return place === undefined
      ? undefined
      : this.sections.find(({ name }) => name === place.section)?.files.find((file) => fileKey(file) === place.key);
  }

  count(section: SectionName): number {
    return this.sections.find(({ name }) => name === section)?.files.length ?? 0;
  }

  get listed(): boolean {
    return this.staged.phase.kind === 'listed' && this.changes.phase.kind === 'listed';
  }

  choose(place: Place): void {
    if (this.place !== undefined && placeId(this.place) === placeId(place)) return;
    this.place = place;
    this.hunk = 0;
    this.#limit = firstLimit;
    this.#arrange();
    void this.#load();
  }

  /** The next or previous file, over the edges of sections. */
  step(by: 1 | -1): void {
    const files = this.sections.flatMap(({ name, files: all }) =>
      this.closed.has(name) ? [] : all.map((file) => ({ section: name, key: fileKey(file) })),
    );
    const at = files.findIndex((each) => this.place !== undefined && placeId(each) === placeId(this.place));
    const next = files[at < 0 ? 0 : at + by];
    if (next !== undefined) this.choose(next);
  }

  toggle(section: SectionName, open = this.closed.has(section)): void {
    if (open) this.closed.delete(section);
    else this.closed.add(section);
    this.rows = rowsOf(this.sections, this.closed);
    this.#changed();
  }

  view(metrics: Metrics): TextView | undefined {
    const { body } = this;
    if (body.kind !== 'loaded' || !('patch' in body.diff)) return undefined;
    if (body.view?.metrics !== metrics) body.view = textView(body.diff, metrics, body.view);
    return body.view.rows.length === 0 ? undefined : body.view;
  }

  /** Shows all lines of a difference that was cut. */
  showAll(): void {
    this.#limit = 0;
    void this.#load(true);
  }

  retry(): void {
    void this.#load();
  }

  /** How many hunks can be acted on one by one; 0 when the file goes as a whole. */
  get hunks(): number {
    const { body } = this;
    if (body.kind !== 'loaded' || body.diff.kind !== 'text' || !hasHunks(body.file)) return 0;
    const count = hunkTexts(body.diff.patch).length;
    // The last one may have been cut.
    return body.diff.truncated ? count - 1 : count;
  }

  stepHunk(by: 1 | -1): void {
    const count = this.body.kind === 'loaded' && 'patch' in this.body.diff ? hunkTexts(this.body.diff.patch).length : 0;
    const next = this.hunk + by;
    if (next < 0 || next >= count) this.step(by);
    else {
      this.hunk = next;
      this.#changed();
    }
  }

  setHunk(hunk: number): void {
    this.hunk = hunk;
    this.#changed();
  }

  /** Stages, unstages or discards a hunk of the chosen file; the whole file where hunks cannot be told apart. */
  async actOnHunk(action: Action, hunk = this.hunk): Promise<void> {
    const { body: shown, place } = this;
    if (place === undefined || !fits(action, place.section)) return;
    await this.#run(placeId(place), async () => {
      // Keys come faster than the difference of a file: one of its changes is meant all the same, never the whole file.
      const body = shown.kind === 'loading' ? await this.#loaded(shown.of) : shown;
      if (body === undefined) return;
      if (body.kind !== 'loaded' || !('patch' in body.diff) || hunk >= this.hunks) return this.#actOn(action, place.key);
      const text = hunkTexts(body.diff.patch)[hunk];
      if (text === undefined) return;
      const { undo } = await this.#ask('hunks', { action, file: place.key, hunks: [text] });
      if (undo !== undefined) this.#report({ discarded: undo, what: `One change of ${body.file.path} is discarded.` });
    });
  }

  /** Stages, unstages or discards a file. */
  async act(action: Action, { section, key }: Place): Promise<void> {
    if (!fits(action, section)) return;
    await this.#run(placeId({ section, key }), () => this.#actOn(action, key));
  }

  async #actOn(action: Action, key: string): Promise<void> {
    if (action !== 'discard') {
      await this.#ask(action, { files: [key] });
      return;
    }
    const { undo } = await this.#ask('discard', { files: [key] });
    if (undo !== undefined) this.#report({ discarded: undo, what: `The changes of ${key} are discarded.` });
  }

  /** What Space does: into the index, or out of it. */
  toggleStaged(place: Place): Promise<void> {
    return this.act(place.section === 'staged' ? 'unstage' : 'stage', place);
  }

  /** A whole section. Files in conflict are never staged in passing. */
  async actOnAll(action: Action, section: SectionName): Promise<void> {
    const files = this.sections.find(({ name }) => name === section)?.files ?? [];
    if (files.length === 0 || !fits(action, section)) return;
    await this.#run(`all:${section}`, async () => {
      const keys = files.map(fileKey);
      if (action === 'discard') {
        const { undo } = await this.#ask('discard', { files: keys });
        if (undo !== undefined)
          this.#report({ discarded: undo, what: `The changes of ${keys.length.toLocaleString('en')} files are discarded.` });
      } else await this.#ask(action, this.count('conflicts') === 0 ? {} : { files: keys });
    });
  }

  /** Resolves when no action is on its way and what it changed was read. */
  async idle(): Promise<void> {
    while (this.#acting > 0) await this.#running;
  }

  async #run(id: string, act: () => Promise<void>): Promise<void> {
    if (this.busy.has(id)) return;
    const running = this.#doRun(id, act);
    const before = this.#running;
    this.#running = Promise.all([before, running]).then(() => {});
    return running;
  }

  async #doRun(id: string, act: () => Promise<void>): Promise<void> {
    this.#acting++;
    this.busy.add(id);
    this.#changed();
    try {
      await act();
    } catch (error) {
      const failure = failureOf(error);
      if (failure.reason !== 'cancelled') this.#report({ failure });
    }
    // Also after a conflict: what is shown was old.
    const read = this.read(true);
    const acted = this.#acted();
    await read;
    this.busy.delete(id);
    this.#changed();
    await acted;
    this.#acting--;
  }

  #arrange(): void {
    this.sections = sectionsOf(this.staged.files, this.changes.files);
    const before = this.place;
    // While lists are still read for the first time, what was chosen before a reload may yet come.
    if (this.listed || before === undefined || this.file !== undefined) {
      const next = placeAfter(this.sections, before, this.#index);
      const same = next !== undefined && before !== undefined && placeId(next) === placeId(before);
      this.place = next;
      if (next !== undefined)
        this.#index = this.sections.find(({ name }) => name === next.section)?.files.findIndex((file) => fileKey(file) === next.key) ?? 0;
      if (!same) {
        this.hunk = 0;
        this.#limit = firstLimit;
        void this.#load();
      }
    }
    this.rows = rowsOf(this.sections, this.closed);
    this.#changed();
  }

  /** What is shown once the difference of a place was read; undefined when another one is by then. */
  async #loaded(of: string): Promise<Body | undefined> {
    for (let latest: Promise<void> | undefined; latest !== this.#latestLoad; ) {
      latest = this.#latestLoad;
      await latest;
    }
    const { body } = this;
    return body.kind === 'loaded' && body.of === of ? body : undefined;
  }

  #load(again = false): Promise<void> {
    const latest = this.#loadNow(again);
    this.#latestLoad = latest;
    return latest;
  }

  async #loadNow(again: boolean): Promise<void> {
    const { file, place } = this;
    if (file === undefined || place === undefined) {
      this.#loading?.abort();
      this.body = { kind: 'none' };
      this.#changed();
      return;
    }
    const of = placeId(place);
    const shown = this.body.kind === 'loaded' && this.body.of === of ? this.body : undefined;
    if (shown !== undefined && !again) return;
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    if (shown === undefined) this.body = { kind: 'loading', of };
    this.#changed();
    try {
      const diff = await this.#ask(
        'file',
        { area: areaOf(place.section), file: place.key, limit: this.#limit },
        { signal: loading.signal },
      );
      if (loading.signal.aborted) return;
      if (shown === undefined || JSON.stringify(shown.diff) !== JSON.stringify(diff)) {
        this.body = { kind: 'loaded', of, file, diff, view: undefined, colours: undefined };
        const count = 'patch' in diff ? hunkTexts(diff.patch).length : 0;
        this.hunk = Math.max(0, Math.min(this.hunk, count - 1));
      }
    } catch (error) {
      const failure = failureOf(error);
      if (loading.signal.aborted || failure.reason === 'cancelled' || failure.reason === 'disconnected') return;
      this.body = { kind: 'failed', of, failure };
    }
    this.#changed();
  }
}

function fits(action: Action, section: SectionName): boolean {
  switch (action) {
    case 'stage':
      return section !== 'staged';
    case 'unstage':
      return section === 'staged';
    case 'discard':
      return section === 'changes';
  }
}
