import type * as z from 'zod/mini';

type Schema = z.ZodMiniType;

/**
 * One request of the contract. `where` says which process answers, `trust` whether the repository must be trusted,
 * `confirm` names what would be lost when the caller must say yes first (`confirmed: true`); with `confirmWhen: 'needed'` the handler decides
 * whether it must.
 * `partial` is an object of arrays and records: with a `partialResultToken` all rows travel as partials, in order, and the result is the
 * summary; without a token the router concatenates the arrays, merges the records, and adds both to the result.
 */
export interface RequestDefinition<
  P extends Schema = Schema,
  R extends Schema = Schema,
  Q extends Schema | undefined = Schema | undefined,
> {
  readonly kind: 'request';
  readonly method: string;
  readonly purpose: string;
  readonly where: 'local' | 'hub';
  readonly trust: boolean;
  readonly confirm?: string;
  readonly confirmWhen: 'always' | 'needed';
  readonly params: P;
  readonly result: R;
  readonly partial: Q;
}

/** One notification of the contract; `direction` says who sends it. */
export interface NotificationDefinition<P extends Schema = Schema> {
  readonly kind: 'notification';
  readonly method: string;
  readonly purpose: string;
  readonly direction: 'toServer' | 'toClient';
  readonly params: P;
}

export type ParamsOf<D extends { params: Schema }> = z.output<D['params']>;
/** What a caller writes: defaults may be left out. */
export type InputOf<D extends { params: Schema }> = z.input<D['params']>;
export type ResultOf<D extends { result: Schema }> = z.output<D['result']>;
export type PartialOf<D extends { partial: Schema | undefined }> = D['partial'] extends Schema ? z.output<D['partial']> : never;

interface RequestInput<P, R, Q> {
  method: string;
  purpose: string;
  where?: 'local' | 'hub';
  trust?: boolean;
  confirm?: string;
  confirmWhen?: 'needed';
  params: P;
  result: R;
  partial?: Q;
}

/** Defines a request; local and usable without trust unless said otherwise. */
export function request<P extends Schema, R extends Schema, Q extends Schema | undefined = undefined>(
  input: RequestInput<P, R, Q>,
): RequestDefinition<P, R, Q> {
  return {
    kind: 'request',
    method: input.method,
    purpose: input.purpose,
    where: input.where ?? 'local',
    trust: input.trust ?? false,
    ...(input.confirm === undefined ? {} : { confirm: input.confirm }),
    confirmWhen: input.confirmWhen ?? 'always',
    params: input.params,
    result: input.result,
    partial: input.partial as Q,
  };
}

export function notification<P extends Schema>(input: Omit<NotificationDefinition<P>, 'kind'>): NotificationDefinition<P> {
  return { kind: 'notification', ...input };
}
