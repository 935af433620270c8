import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where a command prints. Standard output is the answer, standard error everything else; a closed pipe (`| head`) ends quietly. */
export class Output {
  readonly #json: boolean;
  #pager: ChildProcess | undefined;
  #pagerEnded: Promise<void> | undefined;
  #closed = false;
  #stopWaiting: () => void = () => {};
  #progress = false;
  /** Colours only on a terminal, as git does; NO_COLOR wins. */
  readonly colour: boolean;

  constructor(json: boolean) {
    this.#json = json;
    this.colour = !json && process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') this.#closed = true;
      else throw error;
    });
  }

  /** True when nobody reads any more: a command may stop early. */
  get closed(): boolean {
    return this.#closed;
  }

  style(style: Style, text: string): string {
    return this.colour ? styleText(style, text, { validateStream: false }) : text;
  }

  /** Sends what follows through the user's pager when standard output is a terminal, as git does. */
  page(): void {
    if (process.stdout.isTTY !== true || this.#json || this.#pager !== undefined) return;
    const command = process.env['GIT_PAGER'] ?? process.env['PAGER'] ?? 'less';
    if (command === '' || command === 'cat') return;
    const pager = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env: { LESS: 'FRX', LV: '-c', ...process.env } });
    pager.stdin?.on('error', () => {
      this.#closed = true;
    });
    this.#pager = pager;
    this.#pagerEnded = new Promise((resolve) => {
      const ended = () => {
        this.#closed = true;
        resolve();
      };
      pager.once('close', ended);
      pager.once('error', ended);
    });
  }

  /** Writes text to standard output, waiting when the reader is slow. */
  async write(text: string | Uint8Array): Promise<void> {
    if (this.#closed) return;
    const stream = this.#pager?.stdin ?? process.stdout;
    if (!stream.write(text)) {
      // A stream that is gone says nothing any more.
      if (stream.destroyed) return;
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#stopWaiting = () => {};
          stream.off('drain', done);
          stream.off('close', done);
          stream.off('error', done);
          resolve();
        };
        stream.once('drain', done);
        stream.once('close', done);
        stream.once('error', done);
        this.#stopWaiting = done;
      });
    }
  }

  /** The user interrupted: nothing more is written, and a reader that does not read is waited for no longer. */
  abandon(): void {
    this.#closed = true;
    this.#stopWaiting();
  }

  async line(text = ''): Promise<void> {
    await this.write(`${text}\n`);
  }

  /** One JSON document on one line. */
  async json(value: unknown): Promise<void> {
    await this.write(`${JSON.stringify(value)}\n`);
  }

  /** A line that replaces itself, on standard error, only on a terminal. */
  progress(text: string): void {
    if (process.stderr.isTTY !== true) return;
    process.stderr.write(`\r\x1b[K${text}`);
    this.#progress = true;
  }

  error(text: string): void {
    this.clearProgress();
    process.stderr.write(`${text}\n`);
  }

  clearProgress(): void {
    if (this.#progress) process.stderr.write('\r\x1b[K');
    this.#progress = false;
  }

  /** Ends the pager and waits until the user has left it. */
  async end(): Promise<void> {
    this.clearProgress();
    this.#pager?.stdin?.end();
    await this.#pagerEnded;
  }
}

/** On a raw terminal: line ends stay as another terminal has made them. Node's raw mode still changes them, which garbles what fills the screen. */
export function leaveLineEnds(): void {
  if (process.platform !== 'win32') spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}
