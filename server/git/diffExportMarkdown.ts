import type { ListedFile } from './diffListParser.ts';
import { type DocumentWriter, latin1, type Overview } from './diffPatchWalk.ts';
import { quote } from './diffPath.ts';

/** A heading, a table of the files, then each file's difference in a fence that its content cannot close. */
export class MarkdownWriter implements DocumentWriter {
  #text = '';
  #lines: string[] = [];

  get waiting(): number {
    return this.#text.length;
  }

  begin({ from, to, files, totals }: Overview): void {
    this.#text += `# Changes from ${code(latin1(from.label))} to ${code(latin1(to.label))}\n\n`;
    this.#text += `${totals.files} ${totals.files === 1 ? 'file' : 'files'} changed, +${totals.additions} -${totals.deletions}\n\n`;
    if (files.length === 0) return;
    this.#text += '| File | Change | + | - |\n| --- | --- | ---: | ---: |\n';
    for (const { key, row } of files) {
      // In a table even code ends at a bar.
      const cells = `${code(named(key, row.oldPath)).replaceAll('|', '\\|')} | ${row.status}`;
      this.#text += row.binary ? `| ${cells} | binary | |\n` : `| ${cells} | ${row.additions} | ${row.deletions} |\n`;
    }
    this.#text += '\n';
  }

  file({ key, row }: ListedFile): void {
    this.#text += `## ${code(named(key, row.oldPath))}\n\n`;
    const facts: string[] = [row.similarity === undefined ? row.status : `${row.status}, ${row.similarity} % alike`];
    if (row.oldMode !== row.newMode && !/^0+$/.test(row.oldMode) && !/^0+$/.test(row.newMode))
      facts.push(`mode ${row.oldMode} to ${row.newMode}`);
    if (row.binary) facts.push('binary');
    this.#text += `${facts.join(', ')}\n\n`;
  }

  hunk(header: string): void {
    this.#lines.push(header);
  }

  line(sign: string, text: string): void {
    this.#lines.push(sign + text);
  }

  openEnd(): void {
    this.#lines.push('\\ No newline at end of file');
  }

  endFile(): void {
    if (this.#lines.length === 0) return;
    let longest = 2;
    for (const line of this.#lines)
      if (line.includes('```')) for (const run of line.match(/`{3,}/g) ?? []) longest = Math.max(longest, run.length);
    const fence = '`'.repeat(longest + 1);
    this.#text += `${fence}diff\n${this.#lines.join('\n')}\n${fence}\n\n`;
    this.#lines = [];
  }

  end(): void {}

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

function named(key: string, oldPath: string | undefined): string {
  return oldPath === undefined ? quote(key) : `${quote(latin1(oldPath))} -> ${quote(key)}`;
}

/** A code span that holds any text. */
function code(text: string): string {
  const flat = text.replace(/[\r\n]+/g, ' ');
  const ticks = '`'.repeat(Math.max(0, ...(flat.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  return ticks.length === 1 ? `\`${flat}\`` : `${ticks} ${flat} ${ticks}`;
}
