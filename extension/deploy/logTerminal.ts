import { CancellationTokenSource, EventEmitter, l10n, type Pseudoterminal } from 'vscode';
import { log } from '../../server/protocol/deploy.ts';
import type { LogLine } from '../../server/protocol/deployTypes.ts';
import type { ServerConnection } from '../server.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import type { DeploymentTarget } from './deployTargets.ts';
import { plainText, terminalLine } from './logText.ts';

/** Lines that are there already and shown first. */
const tail = 500;

/**
 * The log of a deployment in a terminal, for as long as it is open. What containers print is hostile: of their control characters none
 * reaches the terminal, so they can neither move the cursor nor write to the clipboard.
 */
export class LogTerminal extends Registered implements Pseudoterminal {
  readonly #server: Pick<ServerConnection, 'send'>;
  readonly #target: DeploymentTarget;
  readonly #reading = this.register(new CancellationTokenSource());
  readonly #wrote = this.register(new EventEmitter<string>());
  readonly onDidWrite = this.#wrote.event;

  constructor(server: Pick<ServerConnection, 'send'>, target: DeploymentTarget) {
    super();
    this.#server = server;
    this.#target = target;
  }

  open(): void {
    void this.#follow();
  }

  close(): void {
    this.#reading.cancel();
    this.dispose();
  }

  /** Ctrl+C ends the reading; the text stays. */
  handleInput(data: string): void {
    if (data === '\x03') this.#reading.cancel();
  }

  async #follow(): Promise<void> {
    const { repository, deployment: id } = this.#target;
    try {
      const { ended, kept } = await this.#server.send(
        log,
        { repository, id, tail, follow: true },
        { token: this.#reading.token, onPartial: ({ lines }) => this.#write(lines) },
      );
      if (!kept) this.#say(l10n.t('The log of this deployment is not kept any more.'));
      else if (ended) this.#say(l10n.t('End of the log.'));
    } catch (error) {
      const { reason, message, hint } = asRequestFailure(error);
      this.#say(reason === 'cancelled' ? l10n.t('Not followed any more.') : [message, hint ?? ''].join(' ').trim());
    }
  }

  #write(lines: readonly LogLine[]): void {
    if (this.disposed) return;
    this.#wrote.fire(lines.map((line) => `${terminalLine(line)}\r\n`).join(''));
  }

  #say(sentence: string): void {
    if (!this.disposed) this.#wrote.fire(`\x1b[2m— ${plainText(sentence)}\x1b[0m\r\n`);
  }
}
