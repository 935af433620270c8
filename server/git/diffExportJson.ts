import type { ChangedFile } from '../protocol/gitTypes.ts';
import type { ListedFile } from './diffListParser.ts';
import { type DocumentWriter, latin1, type Overview } from './diffPatchWalk.ts';

/** A changed file as other tools may rely on it: without what only the panels need. */
export function publicRow(row: ChangedFile): Omit<ChangedFile, 'oldId' | 'newId' | 'counted'> {
  const { oldId: _old, newId: _new, counted: _counted, ...rest } = row;
  return rest;
}

/** `{from, to, files: [{…, hunks: [{header, oldStart, newStart, lines}]}], totals}`; each line starts with its sign. */
export class JsonWriter implements DocumentWriter {
  #text = '';
  #overview: Overview | undefined;
  #hunks = 0;
  #lines = 0;

  get waiting(): number {
    return this.#text.length;
  }

  begin(overview: Overview): void {
    this.#overview = overview;
    this.#text += latin1(`{"from":${JSON.stringify(overview.from)},"to":${JSON.stringify(overview.to)},"files":[`);
  }

  file({ row }: ListedFile, index: number): void {
    this.#hunks = 0;
    this.#text += `${index === 0 ? '' : ','}\n${latin1(JSON.stringify(publicRow(row))).slice(0, -1)},"hunks":[`;
  }

  hunk(header: string, oldStart: number, newStart: number): void {
    this.#text += `${this.#hunks++ === 0 ? '' : ']},'}{"header":${JSON.stringify(header)},"oldStart":${oldStart},"newStart":${newStart},"lines":[`;
    this.#lines = 0;
  }

  line(sign: string, text: string): void {
    this.#text += `${this.#lines++ === 0 ? '' : ','}${JSON.stringify(sign + text)}`;
  }

  openEnd(): void {
    this.line('\\', ' No newline at end of file');
  }

  endFile(): void {
    this.#text += this.#hunks === 0 ? ']}' : ']}]}';
  }

  end(): void {
    this.#text += `],"totals":${JSON.stringify(this.#overview?.totals)}}\n`;
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
