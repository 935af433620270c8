import type { ComposeProblem } from '../protocol/compose.ts';
import type { ComposePlace } from './types.ts';

const most = 500;

/** What is wrong, each once. */
export class ComposeProblems {
  readonly #found = new Map<string, ComposeProblem>();

  error(code: string, place: ComposePlace, message: string): void {
    this.#add(place, { severity: 'error', code, message });
  }

  warning(code: string, place: ComposePlace, message: string): void {
    this.#add(place, { severity: 'warning', code, message });
  }

  /** By file (in the order given), then by line. */
  inOrder(files: readonly string[]): ComposeProblem[] {
    const rank = (file: string) => (files.includes(file) ? files.indexOf(file) : files.length);
    return [...this.#found.values()].sort(
      (a, b) => rank(a.file) - rank(b.file) || (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line,
    );
  }

  #add({ file, line }: ComposePlace, found: Pick<ComposeProblem, 'severity' | 'code' | 'message'>): void {
    const name = `${file}\0${line}\0${found.message}`;
    if (this.#found.size < most && !this.#found.has(name)) this.#found.set(name, { file, line, ...found });
  }
}

/** A way through names; of a long one its beginning and its end. */
export function wayText(names: readonly string[]): string {
  const shown = names.length <= 8 ? names.map(named) : [...names.slice(0, 6).map(named), '…', named(names.at(-1) ?? '')];
  return shown.join(' → ');
}

/** A name of a file in a message: one line, not too long, nothing that steers a terminal or turns the direction of text. */
export function named(name: string): string {
  const plain = name.replaceAll(/\p{C}/gu, '\ufffd');
  return `\`${plain.length > 80 ? `${plain.slice(0, 79)}…` : plain}\``;
}
