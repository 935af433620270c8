import { CancellationTokenSource, EventEmitter, l10n, type Pseudoterminal, type TerminalDimensions } from 'vscode';
import { shell, shellInput } from '../../server/protocol/runtime.ts';
import type { ServiceTarget } from '../deploy/deployTargets.ts';
import { plainText } from '../deploy/logText.ts';
import type { ServerConnection } from '../server.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';

export interface ShellTarget extends ServiceTarget {
  readonly replica: number;
}

/**
 * A shell in a container as a terminal of VS Code. What the container prints goes to the terminal as it is, as with `docker exec -it`; closing
 * the terminal ends the shell. Keys are sent one request after the other, so they stay in order.
 */
export class ContainerShell extends Registered implements Pseudoterminal {
  readonly #server: Pick<ServerConnection, 'send'>;
  readonly #target: ShellTarget;
  readonly #terminal: string;
  readonly #running = this.register(new CancellationTokenSource());
  readonly #wrote = this.register(new EventEmitter<string>());
  readonly #closed = this.register(new EventEmitter<number | undefined>());
  readonly #decoder = new TextDecoder();
  readonly onDidWrite = this.#wrote.event;
  readonly onDidClose = this.#closed.event;
  #keys = '';
  #size: TerminalDimensions | undefined;
  #sending: Promise<void> | undefined;
  #opened = false;
  #ended = false;

  /** `terminal` names it for the hub: made up, and no other one's. */
  constructor(server: Pick<ServerConnection, 'send'>, target: ShellTarget, terminal: string) {
    super();
    this.#server = server;
    this.#target = target;
    this.#terminal = terminal;
  }

  open(dimensions: TerminalDimensions | undefined): void {
    this.#opened = true;
    void this.#run(dimensions);
    this.#send();
  }

  close(): void {
    this.#ended = true;
    this.#running.cancel();
    this.dispose();
  }

  handleInput(data: string): void {
    // What it was is there to be read; any key closes it.
    if (this.#ended) this.#close(undefined);
    else {
      this.#keys += data;
      this.#send();
    }
  }

  setDimensions(dimensions: TerminalDimensions): void {
    this.#size = dimensions;
    this.#send();
  }

  async #run(dimensions: TerminalDimensions | undefined): Promise<void> {
    const { repository, environment, service, replica } = this.#target;
    const size = dimensions === undefined ? {} : { rows: dimensions.rows, columns: dimensions.columns };
    try {
      const { exitCode } = await this.#server.send(
        shell,
        { repository, environment, service, replica, terminal: this.#terminal, ...size },
        {
          token: this.#running.token,
          onPartial: ({ output }) => this.#write(this.#decoder.decode(Buffer.from(output, 'base64'), { stream: true })),
        },
      );
      this.#close(exitCode ?? undefined);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Keys and size that wait, in one request at a time. */
  #send(): void {
    if (!this.#opened || this.#ended || (this.#keys === '' && this.#size === undefined)) return;
    this.#sending ??= this.#sendNext().finally(() => {
      this.#sending = undefined;
      this.#send();
    });
  }

  async #sendNext(): Promise<void> {
    const [keys, size] = [this.#keys, this.#size];
    this.#keys = '';
    this.#size = undefined;
    await this.#server
      .send(shellInput, {
        terminal: this.#terminal,
        ...(keys === '' ? {} : { input: Buffer.from(keys).toString('base64') }),
        ...(size === undefined ? {} : { size: { rows: size.rows, columns: size.columns } }),
      })
      .catch((error: unknown) => this.#fail(error));
  }

  #write(text: string): void {
    if (!this.disposed && text !== '') this.#wrote.fire(text);
  }

  /** The reason stays to be read, until a key is pressed. */
  #fail(error: unknown): void {
    const { reason, message, hint } = asRequestFailure(error);
    if (this.#ended || this.disposed || reason === 'cancelled') return;
    this.#ended = true;
    this.#running.cancel();
    const words = [message, hint ?? ''].map(plainText).join(' ').trim();
    this.#write(`\r\n\x1b[31m${words}\x1b[0m\r\n\x1b[2m${l10n.t('Press any key to close the terminal.')}\x1b[0m\r\n`);
  }

  #close(exitCode: number | undefined): void {
    this.#ended = true;
    if (!this.disposed) this.#closed.fire(exitCode);
  }
}
