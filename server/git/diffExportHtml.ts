import { pageStyle } from './diffExportHtmlStyle.ts';
import type { FileDiff } from './diffFile.ts';
import type { ListedFile } from './diffListParser.ts';
import { type DocumentWriter, latin1, type Overview } from './diffPatchWalk.ts';
import { quote } from './diffPath.ts';
import { wordDiff } from './diffWords.ts';

export type Layout = 'side-by-side' | 'unified';

/*
 * Closing tags of cells and rows are left out, as HTML allows: they would be a third of the page. A row breaks its line inside its tag,
 * where it is no part of a cell's text.
 */

/**
 * One self-contained page: no script, nothing loaded, every byte of the repository escaped. Ids are numbers, so no name becomes markup.
 * Rows are written as they come; only a run of removed and added lines is held, to put the two beside each other.
 */
export class HtmlWriter implements DocumentWriter {
  readonly #split: boolean;
  /** What is known of files that have no lines: sizes, images, submodule logs; by path (latin1). */
  readonly #specials: ReadonlyMap<string, FileDiff>;
  #text = '';
  #old = 0;
  #new = 0;
  #removed: string[] = [];
  #added: string[] = [];
  #rows = 0;

  constructor(layout: Layout, specials: ReadonlyMap<string, FileDiff>) {
    this.#split = layout === 'side-by-side';
    this.#specials = specials;
  }

  get waiting(): number {
    return this.#text.length;
  }

  begin({ from, to, files, totals }: Overview): void {
    const title = `${escapeHtml(latin1(from.label))} &rarr; ${escapeHtml(latin1(to.label))}`;
    this.#text += `<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title><style>${pageStyle}</style></head><body class="${this.#split ? 'split' : 'unified'}">
<header><h1>${title}</h1><p>${totals.files} ${totals.files === 1 ? 'file' : 'files'} changed, <span class="plus">+${totals.additions}</span> <span class="minus">&minus;${totals.deletions}</span></p></header>\n`;
    if (files.length === 0) return;
    this.#text += '<nav aria-label="Files"><ul>\n';
    for (const [index, file] of files.entries()) this.#text += `<li><a href="#f${index}">${summaryOf(file)}</a>\n`;
    this.#text += '</ul></nav>\n<main>\n';
  }

  file(file: ListedFile, index: number): void {
    this.#rows = 0;
    this.#text += `<details open id="f${index}"><summary>${summaryOf(file)}</summary>\n${notesOf(file)}${specialOf(this.#specials.get(file.key))}`;
  }

  hunk(header: string, oldStart: number, newStart: number): void {
    this.#flush();
    if (this.#rows++ === 0) this.#text += `<table>${this.#split ? '<colgroup><col class="g"><col><col class="g"><col></colgroup>' : ''}\n`;
    this.#old = oldStart;
    this.#new = newStart;
    this.#text += this.#split
      ? `<tr\n class="h"><td><td colspan="3">${escapeHtml(header)}`
      : `<tr\n class="h"><td><td><td>${escapeHtml(header)}`;
  }

  line(sign: ' ' | '-' | '+', text: string): void {
    if (sign === '-') {
      // An addition before a removal belongs to the run before.
      if (this.#added.length > 0) this.#flush();
      this.#removed.push(text);
    } else if (sign === '+') this.#added.push(text);
    else {
      if (this.#removed.length > 0 || this.#added.length > 0) this.#flush();
      const content = escapeHtml(text);
      this.#text += this.#split
        ? `<tr\n><td>${this.#old++}<td>${content}<td>${this.#new++}<td>${content}`
        : `<tr\n><td>${this.#old++}<td>${this.#new++}<td> ${content}`;
    }
  }

  openEnd(): void {
    const run = this.#added.length > 0 ? this.#added : this.#removed;
    if (run.length > 0) run[run.length - 1] += noNewline;
    else this.#text += noNewlineMark;
  }

  endFile(): void {
    this.#flush();
    this.#text += this.#rows > 0 ? '</table></details>\n' : '</details>\n';
  }

  end(): void {
    this.#text += '</main></body></html>\n';
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  /** Writes a run of removed and added lines: the n-th removed one is compared with the n-th added one. */
  #flush(): void {
    const removed = this.#removed;
    const added = this.#added;
    if (removed.length === 0 && added.length === 0) return;
    this.#removed = [];
    this.#added = [];
    const pairs = Math.min(removed.length, added.length);
    const oldCells: string[] = new Array(removed.length);
    const newCells: string[] = new Array(added.length);
    for (let index = 0; index < pairs; index++) {
      const a = removed[index] as string;
      const b = added[index] as string;
      const words = wordDiff(a, b);
      oldCells[index] = words === undefined ? escapeHtml(a) : marked(a, words.old);
      newCells[index] = words === undefined ? escapeHtml(b) : marked(b, words.new);
    }
    for (let index = pairs; index < removed.length; index++) oldCells[index] = escapeHtml(removed[index] as string);
    for (let index = pairs; index < added.length; index++) newCells[index] = escapeHtml(added[index] as string);
    if (this.#split) this.#writeSplit(oldCells, newCells, pairs);
    else this.#writeUnified(oldCells, newCells);
  }

  #writeSplit(oldCells: readonly string[], newCells: readonly string[], pairs: number): void {
    let text = '';
    for (let index = 0; index < pairs; index++)
      text += `<tr\n class="c"><td>${this.#old++}<td>${oldCells[index]}<td>${this.#new++}<td>${newCells[index]}`;
    for (let index = pairs; index < oldCells.length; index++) text += `<tr\n class="d"><td>${this.#old++}<td>${oldCells[index]}<td><td>`;
    for (let index = pairs; index < newCells.length; index++) text += `<tr\n class="i"><td><td><td>${this.#new++}<td>${newCells[index]}`;
    this.#text += text;
  }

  #writeUnified(oldCells: readonly string[], newCells: readonly string[]): void {
    let text = '';
    for (const cell of oldCells) text += `<tr\n class="d"><td>${this.#old++}<td><td>-${cell}`;
    for (const cell of newCells) text += `<tr\n class="i"><td><td>${this.#new++}<td>+${cell}`;
    this.#text += text;
  }
}

/** Cannot be part of a line of a file: it holds a newline. */
const noNewline = '\n';
const noNewlineMark = '<i>no newline at end of file</i>';

const special = /[&<>"'\n]/;
const specials = /[&<>"'\n]/g;
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\n': noNewlineMark,
};

export function escapeHtml(text: string): string {
  return special.test(text) ? text.replace(specials, (each) => entities[each] as string) : text;
}

function marked(text: string, ranges: readonly (readonly [number, number])[]): string {
  let html = '';
  let at = 0;
  for (const [start, end] of ranges) {
    html += `${escapeHtml(text.slice(at, start))}<b>${escapeHtml(text.slice(start, end))}</b>`;
    at = end;
  }
  return html + escapeHtml(text.slice(at));
}

const letters: Readonly<Record<string, string>> = {
  added: 'A',
  modified: 'M',
  deleted: 'D',
  renamed: 'R',
  copied: 'C',
  type: 'T',
  unmerged: 'U',
  untracked: '?',
};

function summaryOf({ key, row }: ListedFile): string {
  const old = row.oldPath === undefined ? '' : `${escapeHtml(quote(latin1(row.oldPath)))} &rarr; `;
  const counts = row.binary
    ? '<small>binary</small>'
    : `<small><span class="plus">+${row.additions}</span> <span class="minus">&minus;${row.deletions}</span></small>`;
  return `<abbr title="${row.status}">${letters[row.status]}</abbr> <span class="path">${old}${escapeHtml(quote(key))}</span> ${counts}`;
}

function notesOf({ row }: ListedFile): string {
  const notes: string[] = [];
  if (row.similarity !== undefined) notes.push(`${row.similarity} % alike`);
  if (row.oldMode !== row.newMode && !/^0+$/.test(row.oldMode) && !/^0+$/.test(row.newMode))
    notes.push(`mode ${row.oldMode} &rarr; ${row.newMode}`);
  return notes.length === 0 ? '' : `<p>${notes.join(', ')}</p>\n`;
}

function specialOf(diff: FileDiff | undefined): string {
  if (diff === undefined) return '';
  if (diff.kind === 'binary') return `<p>Binary, ${diff.oldSize} &rarr; ${diff.newSize} bytes</p>\n`;
  if (diff.kind === 'submodule') return submoduleLog(diff.log);
  if (diff.kind !== 'image') return '';
  const image = (base64: string | undefined, name: string) =>
    base64 === undefined
      ? ''
      : `<figure><img alt="${name}" src="data:${diff.mime};base64,${base64}"><figcaption>${name}</figcaption></figure>`;
  return `<div class="images">${image(diff.old, 'before')}${image(diff.new, 'after')}</div><p>Image, ${diff.oldSize} &rarr; ${diff.newSize} bytes</p>\n`;
}

/** The subjects between both commits of a submodule, `> new` and `< gone`; the ids are the lines of the patch. */
function submoduleLog(log: readonly string[]): string {
  return log.length === 0 ? '' : `<ul class="log">${log.map((line) => `<li>${escapeHtml(latin1(line))}`).join('\n')}</ul>\n`;
}
