import { codeOf, type ErrorData, type Reason } from '../protocol/errors.ts';

/** The one error of the server: a sentence for a person, a reason for a program, a hint that says what to do next. */
export class Failure extends Error {
  readonly reason: Reason;
  readonly hint: string | undefined;
  readonly detail: string | undefined;

  constructor(reason: Reason, message: string, more: { hint?: string | undefined; detail?: string | undefined; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'Failure';
    this.reason = reason;
    this.hint = more.hint;
    this.detail = more.detail;
  }

  /** The JSON-RPC code that goes with the reason. */
  get code(): number {
    return codeOf(this.reason);
  }

  data(correlationId?: string): ErrorData {
    return {
      reason: this.reason,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      ...(correlationId === undefined ? {} : { correlationId }),
    };
  }
}

export function cancelled(): Failure {
  return new Failure('cancelled', 'Cancelled.');
}

/** Throws `cancelled` when the signal has fired; for use between steps of long work. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}

/** Anything thrown, as a `Failure`. System errors keep their code in the hint; programming errors become `internal`. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof Error) {
    if (error.name === 'AbortError') return cancelled();
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return new Failure('not-found', `${error.message}.`, { cause: error });
    if (code === 'ENOSPC')
      return new Failure('io', 'The disk is full.', { hint: 'Free some space and try again; nothing was changed.', cause: error });
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      return new Failure('io', `${error.message}.`, { hint: 'Check the permissions of that path.', cause: error });
    }
    if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) return new Failure('io', `${error.message}.`, { cause: error });
    return new Failure('internal', `Something went wrong inside Hearth: ${error.message}`, {
      hint: 'The log has the details.',
      cause: error,
    });
  }
  return new Failure('internal', `Something went wrong inside Hearth: ${String(error)}`);
}
