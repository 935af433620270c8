import { parsePatch } from '../ui/code/patch.ts';
import { cellsOf, type Row } from '../ui/code/rows.ts';
import type { Mark } from '../ui/code/wordDiff.ts';
import { fileKey } from './messages.ts';
import type { DiffModel } from './model.ts';
import type { Navigator } from './navigator.ts';

/** Files read for one search before the user is asked to go on: each costs the server a git process. */
const readAtOnce = 300;
const side = 4;
const mostHits = 10_000;

/** A search through the text of all files that the filter shows. */
export class Finder {
  readonly #model: DiffModel;
  readonly #navigator: Navigator;
  text = '';
  #version = 0;
  /** Keys of files with matches, in order, and how many lines match in each. */
  #hits = new Map<string, number>();
  #searched = 0;
  #read = 0;
  #total = 0;
  #at: { key: string; row: number } | undefined;
  #position = 0;
  #run: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #paused = false;

  constructor(model: DiffModel, navigator: Navigator) {
    this.#model = model;
    this.#navigator = navigator;
  }

  get canContinue(): boolean {
    return this.#paused;
  }

  get summary(): string {
    if (this.text === '') return '';
    const files = this.#model.shown.length;
    const done = this.#searched >= files;
    const found =
      this.#total === 0
        ? done
          ? 'no match'
          : 'no match yet'
        : `${this.#position > 0 ? `${this.#position} of ` : ''}${this.#total.toLocaleString('en')} lines`;
    return done ? found : `${found} · ${this.#searched.toLocaleString('en')} of ${files.toLocaleString('en')} files searched`;
  }

  /** Changes when the file has to be drawn anew because of the search. */
  versionFor(_key: string): number {
    return this.#version;
  }

  /** Where the text is in a line; no matter of case unless the text has a capital. */
  hitsIn(line: string): Mark[] {
    if (this.text === '') return [];
    const exact = /\p{Lu}/u.test(this.text);
    const [text, wanted] = exact ? [line, this.text] : [line.toLowerCase(), this.text.toLowerCase()];
    const hits: Mark[] = [];
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) hits.push([at, at + wanted.length]);
    return hits;
  }

  start(text: string): void {
    this.clear();
    this.text = text;
    this.#version++;
    clearTimeout(this.#timer);
    if (text !== '') this.#timer = setTimeout(() => void this.#search(true), 150);
    this.#model.changed();
  }

  goOn(): void {
    this.#paused = false;
    this.#read = 0;
    void this.#search(false);
  }

  clear(): void {
    this.#run?.abort();
    clearTimeout(this.#timer);
    this.text = '';
    this.#version++;
    this.#hits = new Map();
    this.#searched = 0;
    this.#read = 0;
    this.#total = 0;
    this.#at = undefined;
    this.#position = 0;
    this.#paused = false;
    this.#model.changed();
  }

  /** To the next or previous matching line. */
  go(step: 1 | -1): void {
    const keys = this.#model.shown.map(fileKey).filter((key) => this.#hits.has(key));
    if (keys.length === 0) return;
    const start = this.#at;
    let index = start === undefined ? 0 : keys.indexOf(start.key);
    if (index < 0) index = 0;
    let rows = this.#rowsOf(keys[index] ?? '');
    let next = start === undefined ? rows[0] : step > 0 ? rows.find((row) => row > start.row) : rows.findLast((row) => row < start.row);
    if (next === undefined) {
      index = (index + step + keys.length) % keys.length;
      rows = this.#rowsOf(keys[index] ?? '');
      next = step > 0 ? rows[0] : rows.at(-1);
    }
    const key = keys[index];
    if (key === undefined || next === undefined) return;
    this.#at = { key, row: next };
    this.#position = keys.slice(0, index).reduce((sum, each) => sum + (this.#hits.get(each) ?? 0), 0) + rows.indexOf(next) + 1;
    if (this.#model.isCollapsed(key)) this.#model.setCollapsed([key], false);
    this.#model.setCurrent(key);
    this.#navigator.scroller?.show(key, next);
    this.#model.changed();
  }

  #rowsOf(key: string): number[] {
    const rows = this.#navigator.scroller?.viewOf(key)?.rows ?? [];
    const found: number[] = [];
    rows.forEach((row: Row, index) => {
      if (cellsOf(row).some(({ line }) => this.hitsIn(line.text).length > 0)) found.push(index);
    });
    return found;
  }

  async #search(jump: boolean): Promise<void> {
    this.#run?.abort();
    const run = new AbortController();
    this.#run = run;
    const files = this.#model.shown;
    let first = jump;
    const one = async (): Promise<void> => {
      while (!run.signal.aborted && this.#total < mostHits) {
        if (this.#read >= readAtOnce) {
          this.#paused = this.#searched < files.length;
          return;
        }
        const file = files[this.#searched];
        if (file === undefined) return;
        this.#searched++;
        if (file.binary || file.additions + file.deletions === 0) continue;
        const key = fileKey(file);
        if (this.#model.body(key).kind !== 'loaded') this.#read++;
        const body = await this.#model.bodies.read(file, run.signal);
        if (run.signal.aborted) return;
        if (body.kind !== 'loaded' || !('patch' in body.diff)) continue;
        const view = this.#navigator.scroller?.viewOf(key);
        const count = view === undefined ? countLines(body.diff.patch, (text) => this.hitsIn(text).length > 0) : this.#rowsOf(key).length;
        if (count === 0) continue;
        this.#hits.set(key, count);
        this.#total += count;
        this.#version++;
        if (first) {
          first = false;
          this.go(1);
        }
        this.#model.changed();
      }
    };
    await Promise.all(Array.from({ length: side }, one));
    if (!run.signal.aborted) this.#model.changed();
  }
}

function countLines(patch: string, matches: (text: string) => boolean): number {
  return parsePatch(patch).hunks.reduce((sum, { lines }) => sum + lines.filter(({ text }) => matches(text)).length, 0);
}
