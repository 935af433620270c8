/** Why a request failed. A closed union: clients switch on it and never match message text; an unknown reason shows as "failed". */
export const reasons = [
  'not-found',
  'invalid',
  'conflict',
  'precondition',
  'git-failed',
  'git-missing',
  'git-too-old',
  'unsafe-repository',
  'docker-unavailable',
  'untrusted',
  'unsupported',
  'too-large',
  'timeout',
  'cancelled',
  'locked',
  'io',
  'internal',
] as const;
export type Reason = (typeof reasons)[number];

/** JSON-RPC error codes: the code only separates the protocol's own cases, the meaning is `data.reason` (DESIGN §12). */
export const errorCodes = { cancelled: -32800, invalid: -32602, unknownMethod: -32601, failed: -32803 } as const;

/** What travels in `ResponseError.data`. `hint` says what to do next, in one sentence. */
export interface ErrorData {
  reason: Reason;
  hint?: string;
  correlationId?: string;
  /** Offered only where it helps: what git printed, already redacted. */
  detail?: string;
}

export function codeOf(reason: Reason): number {
  if (reason === 'cancelled') return errorCodes.cancelled;
  if (reason === 'invalid') return errorCodes.invalid;
  return errorCodes.failed;
}
