import { type CancellationToken, ResponseError } from 'vscode-languageserver/node';
import type { ErrorData } from '../protocol/errors.ts';
import type { Failure } from './failure.ts';
import type { Call } from './router.ts';

/** Whoever asks over JSON-RPC: a window of its server, a client of the hub. */
interface Peer {
  sendNotification(method: string, params: unknown): Promise<void>;
}

interface Asked extends Omit<Call, 'signal' | 'partial' | 'progress'> {
  readonly method: string;
  readonly params: unknown;
  readonly token: CancellationToken;
}

/** Answers one request of JSON-RPC: its tokens become a signal and callbacks, a `Failure` becomes a `ResponseError` with reason and hint. */
export async function answer(
  peer: Peer,
  dispatch: (method: string, params: unknown, call: Call) => Promise<unknown>,
  { method, params, token, ...call }: Asked,
): Promise<unknown> {
  const { partialResultToken, workDoneToken } = (params ?? {}) as Record<string, string | number | undefined>;
  const send = (to: string | number, value: object) =>
    peer.sendNotification('$/progress', { token: to, value }).catch(() => {
      // Nobody is left to read it.
    });
  let reported = false;
  try {
    return await dispatch(method, params, {
      ...call,
      signal: signalOf(token),
      partial: partialResultToken === undefined ? undefined : (value) => send(partialResultToken, value as object),
      progress:
        workDoneToken === undefined
          ? undefined
          : ({ message, done, total }) => {
              const percentage = done !== undefined && total ? { percentage: Math.min(100, Math.round((done / total) * 100)) } : {};
              void send(
                workDoneToken,
                reported ? { kind: 'report', message, ...percentage } : { kind: 'begin', title: message, cancellable: true, ...percentage },
              );
              reported = true;
            },
    });
  } catch (error) {
    throw asResponse(error as Failure);
  } finally {
    if (reported && workDoneToken !== undefined) void send(workDoneToken, { kind: 'end' });
  }
}

/** A failure as it travels: the code of its kind, and what it means in `data`. */
export function asResponse(failure: Failure): ResponseError<ErrorData> {
  return new ResponseError(failure.code, failure.message, failure.data());
}

export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
