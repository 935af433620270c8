import { CancellationError, commands, type LogOutputChannel, l10n, window } from 'vscode';
import type { ErrorData, Reason } from '../../server/protocol/errors.ts';
import { withoutLinks } from './iconText.ts';

/** A request that the server refused, or could not answer. Switch on `reason`, never on text. */
export class RequestFailure extends Error {
  readonly reason: Reason | 'disconnected';
  readonly hint: string | undefined;
  /** What git or a hook printed, where it helps. */
  readonly detail: string | undefined;

  constructor(reason: Reason | 'disconnected', message: string, hint?: string, detail?: string) {
    super(message);
    this.reason = reason;
    this.hint = hint;
    this.detail = detail;
  }
}

/** Reads what a request was rejected with: the server's answer, or the lack of one. */
export function asServerFailure(error: unknown): RequestFailure {
  const { message, data, code } = error as { message?: string; data?: ErrorData; code?: number };
  if (data?.reason !== undefined) return new RequestFailure(data.reason, message ?? '', data.hint, data.detail);
  if (code === -32800 || code === -32802) return new RequestFailure('cancelled', 'Cancelled.');
  return new RequestFailure(
    'disconnected',
    l10n.t('The Hearth server is not running.'),
    l10n.t('It restarts by itself; the log says why it stopped.'),
  );
}

/** Anything thrown in the shell. What did not come from the server (VS Code cannot open a file) says itself what is wrong. */
export function asRequestFailure(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  if (error instanceof CancellationError) return new RequestFailure('cancelled', 'Cancelled.');
  return new RequestFailure('internal', error instanceof Error ? error.message : String(error));
}

/** A failure of something the user started: one sentence, the hint, the log. Cancellation is silent. */
export async function showFailure(error: unknown, log: LogOutputChannel): Promise<void> {
  const failure = asRequestFailure(error);
  if (failure.reason === 'cancelled') return;
  log.error(failure.message, failure.reason);
  const showLog = l10n.t('Show Log');
  const restart = l10n.t('Restart Server');
  const buttons = failure.reason === 'disconnected' ? [restart, showLog] : [showLog];
  const picked = await window.showErrorMessage(
    withoutLinks(failure.hint === undefined ? failure.message : `${failure.message} ${failure.hint}`),
    ...buttons,
  );
  if (picked === showLog) log.show();
  if (picked === restart) await commands.executeCommand('hearth.server.restart');
}
