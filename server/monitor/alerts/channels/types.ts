import type { NotificationConfig } from '../../../config/hearthTypes.ts';
import type { Letter } from '../payload.ts';

/** What is sent, and through what. */
export interface Delivery {
  readonly channel: NotificationConfig;
  /** Value of its secret; undefined when it names none. */
  readonly secret: string | undefined;
  readonly letter: Letter;
  /** The same for each attempt: who understands it takes what is sent twice once. */
  readonly key: string;
  readonly signal: AbortSignal;
}

/** What the other side said, in a sentence. It may hold a secret: whoever keeps it masks it first. */
export type Answer =
  | { readonly kind: 'accepted'; readonly answer: string }
  /** It was certainly not taken. `permanent`: nor will it ever be. `retryAfter` is milliseconds. */
  | { readonly kind: 'refused'; readonly answer: string; readonly permanent: boolean; readonly retryAfter?: number | undefined }
  /** Nobody knows whether it was taken. */
  | { readonly kind: 'unknown'; readonly answer: string };

/** One kind of notification. */
export interface Sender {
  /** Sent twice under one key it arrives once. */
  readonly idempotent: boolean;
  /** Never rejects: what goes wrong is an answer. */
  send(delivery: Delivery): Promise<Answer>;
}
