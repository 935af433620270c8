import { Redactor } from '../../environment/index.ts';

/** What may be the beginning of a secret is kept back so long, in milliseconds: a prompt must not wait for the next key. */
const patience = 25;
const lastCharacters = 500;

/** Masks secrets in the bytes of a terminal, whatever else they are. */
export class TerminalMask {
  readonly #redactor: Redactor;
  readonly #emit: (output: Buffer) => unknown;
  /** A character for each byte. */
  #kept = '';
  #timer: NodeJS.Timeout | undefined;
  /** The last of what was shown. */
  last = '';

  constructor(secrets: readonly string[], emit: (output: Buffer) => unknown) {
    this.#redactor = new Redactor([...secrets, ...secrets.map((each) => Buffer.from(each).toString('latin1'))]);
    this.#emit = emit;
  }

  /** How many secrets were masked so far. */
  get masked(): number {
    return this.#redactor.count;
  }

  /** Resolves when it was taken. */
  async push(piece: Buffer): Promise<void> {
    clearTimeout(this.#timer);
    const text = this.#redactor.redact(this.#kept + piece.toString('latin1'));
    const end = this.#redactor.begunAt(text);
    this.#kept = text.slice(end);
    if (this.#kept !== '') this.#timer = setTimeout(() => void this.end(), patience);
    await this.#show(text.slice(0, end));
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer);
    const rest = this.#kept;
    this.#kept = '';
    await this.#show(rest);
  }

  /** Nothing more is shown. */
  close(): void {
    clearTimeout(this.#timer);
  }

  async #show(text: string): Promise<void> {
    if (text === '') return;
    this.last = (this.last + text).slice(-lastCharacters);
    await this.#emit(Buffer.from(text, 'latin1'));
  }
}
