import type { TextView } from '../ui/code/measure.ts';
import { visibleName } from '../ui/visibleText.ts';
import { type ChangedFile, fileKey } from './messages.ts';
import type { DiffModel } from './model.ts';

/** What the list of files can do for those who want to go somewhere in it. */
export interface Scroller {
  /** Shows a file's header at the top, or one of its rows a little below. */
  show(key: string, row?: number): void;
  /** Gives the keyboard to a file's header. */
  focus(key: string): void;
  viewOf(key: string): TextView | undefined;
  /** The row (of the file at the top) that is first seen. */
  place(): { key: string; row: number } | undefined;
}

/** Moves through files and changes. */
export class Navigator {
  readonly #model: DiffModel;
  scroller: Scroller | undefined;
  /** What a screen reader is told after a move. */
  announcement = '';
  #changing: Promise<void> = Promise.resolve();
  /** Where `change` stands or has gone to. */
  #at: DiffModel['current'];

  constructor(model: DiffModel) {
    this.#model = model;
  }

  get currentFile(): ChangedFile | undefined {
    const { current, index, shown } = this.#model;
    return shown[index.get((current ?? this.scroller?.place())?.key ?? '') ?? 0];
  }

  /** To the next or previous file. Without a current one: to the first. */
  file(step: 1 | -1): void {
    const { current, index, shown } = this.#model;
    const place = current ?? this.scroller?.place();
    const at = index.get(place?.key ?? '');
    // At the very top nothing was gone to yet: the first file is next.
    const start = current === undefined && this.scroller?.place()?.row === -1;
    const next = shown[at === undefined || (start && step > 0) ? 0 : at + step];
    if (next !== undefined) this.go(fileKey(next));
  }

  go(key: string, focus = true): void {
    const { index, shown } = this.#model;
    const at = index.get(key);
    const file = shown[at ?? -1];
    if (at === undefined || file === undefined) return;
    this.#say(`File ${at + 1} of ${shown.length}: ${visibleName(file.path)}, ${file.status}`);
    this.#model.setCurrent(key);
    this.scroller?.show(key);
    if (focus) this.scroller?.focus(key);
  }

  /** To the next or previous change, over the borders of files; files that are folded or not text are one stop each. */
  change(step: 1 | -1): Promise<void> {
    const go = (): Promise<void> => this.#change(step);
    // Keys come faster than differences are read; who has gone elsewhere does not wait for what is read there.
    this.#changing = this.#model.current === this.#at ? this.#changing.then(go, go) : go();
    return this.#changing;
  }

  async #change(step: 1 | -1): Promise<void> {
    const model = this.#model;
    const from = model.current;
    this.#at = from;
    const start = model.current ?? this.#top();
    let at = model.index.get(start?.key ?? '') ?? 0;
    let change = start?.change ?? -1;
    const here = model.shown[at];
    if (here === undefined) return;
    const changes = await this.#changesOf(here);
    if (model.current !== from) return;
    if (change + step >= 0 && change + step < changes.length) {
      this.#showChange(here, change + step, changes);
      this.#at = model.current;
      return;
    }
    at += step;
    const next = model.shown[at];
    if (next === undefined) {
      this.#say(step > 0 ? 'No further change' : 'No earlier change');
      return;
    }
    const found = await this.#changesOf(next);
    if (model.current !== from) return;
    change = step > 0 ? 0 : found.length - 1;
    if (found.length === 0) this.go(fileKey(next), false);
    else this.#showChange(next, change, found);
    this.#at = model.current;
  }

  toggleViewed(): void {
    const file = this.currentFile;
    if (file === undefined) return;
    const key = fileKey(file);
    const viewed = !this.#model.viewed.has(key);
    if (this.#model.current === undefined) this.#model.setCurrent(key);
    this.#model.toggleViewed(key);
    this.#say(viewed ? 'Viewed' : 'Not viewed');
  }

  toggleCollapsed(): void {
    const file = this.currentFile;
    if (file === undefined) return;
    const key = fileKey(file);
    this.#model.setCollapsed([key], !this.#model.isCollapsed(key));
  }

  open(how: 'openNative' | 'openFile', file = this.currentFile): void {
    if (file === undefined) return;
    const line = this.#lineOf(file);
    void this.#model.bridge.ask(how, { file: fileKey(file), ...(line === undefined ? {} : { line }) });
  }

  /** All files, or those that the filter shows. */
  export(): void {
    const { shown, files, options, layout, bridge } = this.#model;
    const some = shown.length < files.size ? shown : [];
    void bridge.ask('export', {
      options,
      layout,
      files: some.map(({ path, pathBytes }) => (pathBytes === undefined ? { path } : { pathBytes })),
    });
  }

  #top(): { key: string; change: number } | undefined {
    const place = this.scroller?.place();
    if (place === undefined) return undefined;
    const changes = this.scroller?.viewOf(place.key)?.changes ?? [];
    const next = changes.findIndex((row) => row >= place.row);
    return { key: place.key, change: next < 0 ? changes.length - 1 : next - 1 };
  }

  async #changesOf(file: ChangedFile): Promise<readonly number[]> {
    const key = fileKey(file);
    const model = this.#model;
    if (model.isCollapsed(key)) return [];
    const { kind } = model.body(key);
    if (kind === 'gated') return [];
    if (kind !== 'loaded') await model.bodies.read(file, new AbortController().signal);
    return this.scroller?.viewOf(key)?.changes ?? [];
  }

  #showChange(file: ChangedFile, change: number, changes: readonly number[]): void {
    const key = fileKey(file);
    this.#model.setCurrent(key, change);
    this.scroller?.show(key, changes[change]);
    this.#say(`Change ${change + 1} of ${changes.length} in ${visibleName(file.path)}`);
  }

  /** The line of the newer side at the current change. */
  #lineOf(file: ChangedFile): number | undefined {
    const { current } = this.#model;
    if (current?.key !== fileKey(file)) return undefined;
    const view = this.scroller?.viewOf(current.key);
    const row = view?.rows[view.changes[Math.max(0, current.change)] ?? -1];
    if (view === undefined || row === undefined || row.kind === 'hunk') return undefined;
    const cell = row.kind === 'split' ? row.right : row.cell;
    return cell?.line.newNumber ?? view.patch.hunks[row.hunk]?.newStart;
  }

  #say(text: string): void {
    this.announcement = text;
    this.#model.changed();
  }
}
