import type * as z from 'zod/mini';
import type { ParamsOf, PartialOf, RequestDefinition, ResultOf } from '../protocol/message.ts';
import { asFailure, cancelled, Failure } from './failure.ts';
import { type Log, withFields } from './log.ts';
import type { Session } from './session.ts';

/** What happens now, for a progress line. `total` absent means unknown. */
export interface ProgressReport {
  message: string;
  done?: number;
  total?: number;
}

/** What a handler is given beside its parameters. */
export interface Context<Q = unknown> {
  readonly signal: AbortSignal;
  readonly session: Session;
  readonly log: Log;
  readonly correlationId: string;
  /** Idempotency key of a request to the hub: asked again under the same key, a change is done once. */
  readonly key: string | undefined;
  /** Whether the caller has said yes to what the definition's `confirm` names. */
  readonly confirmed: boolean;
  /** Whether `emit` reaches the caller now; otherwise the router collects and adds the rows to the result. */
  readonly streaming: boolean;
  /** Answers a promise while the reader is busy: who streams much waits for it, or rows pile up in memory. */
  emit(partial: Q): unknown;
  progress(report: ProgressReport): void;
  /** Says that what was asked for is done and stays: from now on the answer counts, or why the rest failed, also when it is cancelled. */
  happened(): void;
}

/** What the transport knows of one call. */
export interface Call {
  signal: AbortSignal;
  session: Session;
  /** May answer a promise, which is handed to the handler. */
  partial?: ((value: unknown) => unknown) | undefined;
  progress?: ((report: ProgressReport) => void) | undefined;
  correlationId?: string | undefined;
  key?: string | undefined;
}

export interface Registration {
  readonly definition: RequestDefinition;
  readonly run: (params: unknown, context: Context<unknown>) => Promise<unknown>;
}

/** Pairs a definition of the contract with what answers it; types are inferred from the schemas. */
export function handle<P extends z.ZodMiniType, R extends z.ZodMiniType, Q extends z.ZodMiniType | undefined>(
  definition: RequestDefinition<P, R, Q>,
  run: (
    params: ParamsOf<RequestDefinition<P, R, Q>>,
    context: Context<PartialOf<RequestDefinition<P, R, Q>>>,
  ) => Promise<ResultOf<RequestDefinition<P, R, Q>>>,
): Registration {
  return { definition: definition as unknown as RequestDefinition, run: run as Registration['run'] };
}

export interface Timing {
  method: string;
  count: number;
  failed: number;
  cancelled: number;
  totalMs: number;
  maxMs: number;
}

/** Begins the correlation ids of this process: in a container the next one may have the same process id. */
const thisProcess = `${process.pid}-${Math.floor(performance.timeOrigin / 1000).toString(36)}`;

/** Validates, checks trust and confirmation, correlates, times, maps errors. The only door to the handlers, for LSP, CLI and tests alike. */
export class Router {
  readonly #registrations: ReadonlyMap<string, Registration>;
  readonly #timings = new Map<string, Timing>();
  readonly #log: Log;
  /** Requests so far. */
  #count = 0;
  readonly #checkResults: boolean;

  /** `checkResults` validates results and partials too (tests; DESIGN §12). */
  constructor(registrations: readonly Registration[], log: Log, checkResults = false) {
    this.#registrations = new Map(registrations.map((each) => [each.definition.method, each]));
    this.#log = log;
    this.#checkResults = checkResults;
  }

  get timings(): Timing[] {
    return [...this.#timings.values()].sort((a, b) => b.totalMs - a.totalMs);
  }

  get methods(): string[] {
    return [...this.#registrations.keys()];
  }

  /** Answers one request. Rejects with a `Failure`, always; every process the request started has ended by then. */
  async dispatch(method: string, raw: unknown, call: Call): Promise<unknown> {
    const registration = this.#registrations.get(method);
    if (registration === undefined) {
      throw new Failure('invalid', `There is no method "${method}".`, { hint: '`hearth api` lists the methods.' });
    }
    const correlationId = call.correlationId ?? `${thisProcess}-${++this.#count}`;
    const log = withFields(this.#log, { id: correlationId, method });
    const timing = this.#timingOf(method);
    const start = performance.now();
    let happened = false;
    const cancels = () => call.signal.aborted && !happened;
    try {
      const { definition } = registration;
      const { params, partialToken, confirmed } = validate(definition, raw, call.session);
      if (call.signal.aborted) throw cancelled();
      const collected = new Collector();
      const streaming = call.partial !== undefined || partialToken !== undefined;
      const context: Context = {
        signal: call.signal,
        session: call.session,
        log,
        correlationId,
        key: call.key,
        confirmed,
        streaming,
        emit: (value) => {
          if (call.signal.aborted) return undefined;
          if (this.#checkResults) check(definition.partial, value, `partial result of ${method}`);
          if (call.partial !== undefined) return call.partial(value);
          return collected.add(value);
        },
        progress: (report) => call.progress?.(report),
        happened: () => {
          happened = true;
        },
      };
      const summary = await registration.run(params, context);
      if (cancels()) throw cancelled();
      const result = collected.mergeInto(summary);
      if (this.#checkResults) check(definition.result, result, `result of ${method}`);
      return result;
    } catch (error) {
      // After a cancellation whatever a dying process said is noise.
      const failure = cancels() ? cancelled() : asFailure(error);
      if (failure.reason === 'cancelled') timing.cancelled++;
      else {
        timing.failed++;
        log(failure.reason === 'internal' ? 'error' : 'info', failure.message, {
          reason: failure.reason,
          detail: failure.detail,
          stack: failure.reason === 'internal' ? String((failure.cause as Error)?.stack) : undefined,
        });
      }
      throw failure;
    } finally {
      const elapsed = performance.now() - start;
      timing.count++;
      timing.totalMs += elapsed;
      timing.maxMs = Math.max(timing.maxMs, elapsed);
      log('debug', 'answered', { ms: Math.round(elapsed * 10) / 10 });
    }
  }

  #timingOf(method: string): Timing {
    let timing = this.#timings.get(method);
    if (timing === undefined) {
      timing = { method, count: 0, failed: 0, cancelled: 0, totalMs: 0, maxMs: 0 };
      this.#timings.set(method, timing);
    }
    return timing;
  }
}

/** Takes LSP's tokens off, checks the parameters against the schema, then trust and confirmation. */
function validate(
  definition: RequestDefinition,
  raw: unknown,
  session: Session,
): { params: unknown; partialToken: unknown; confirmed: boolean } {
  const given: Record<string, unknown> = { ...((raw ?? {}) as Record<string, unknown>) };
  const { partialResultToken: partialToken, workDoneToken: _work, confirmed, ...rest } = given;
  const parsed = definition.params.safeParse(definition.confirm === undefined && confirmed !== undefined ? { ...rest, confirmed } : rest);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.join('.') ?? '';
    throw new Failure('invalid', `${definition.method}: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'invalid parameters'}.`, {
      hint: '`hearth api` shows what this method takes.',
    });
  }
  const params = parsed.data as { repository?: string };
  if (definition.trust && !session.trusts(params.repository ?? '')) {
    throw new Failure('untrusted', 'This needs a trusted workspace.', {
      hint: 'Trust the folder first (Workspaces: Manage Workspace Trust).',
    });
  }
  if (definition.confirm !== undefined && definition.confirmWhen === 'always' && confirmed !== true) {
    throw new Failure('precondition', definition.confirm, { hint: 'Say yes to go on (`--yes` in the terminal).' });
  }
  return { params, partialToken, confirmed: confirmed === true };
}

function check(schema: z.ZodMiniType | undefined, value: unknown, what: string): void {
  if (schema === undefined) throw new Failure('internal', `${what}: the contract has none`);
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Failure('internal', `${what} breaks the contract: ${JSON.stringify(parsed.error.issues.slice(0, 3))}`);
}

/** Rows of a call without a token: arrays are concatenated, records merged, one level of nesting (columns) likewise. */
class Collector {
  #rows: Record<string, unknown> | undefined;

  add(value: unknown): void {
    this.#rows ??= {};
    mergeRows(this.#rows, value as Record<string, unknown>);
  }

  mergeInto(summary: unknown): unknown {
    return this.#rows === undefined ? summary : { ...this.#rows, ...(summary as Record<string, unknown>) };
  }
}

function mergeRows(target: Record<string, unknown>, more: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(more)) {
    const existing = target[key];
    if (Array.isArray(value)) {
      // Not push(...value): a page can hold more rows than a call takes arguments.
      const rows = Array.isArray(existing) ? existing : [];
      for (const row of value) rows.push(row);
      target[key] = rows;
    } else if (typeof value === 'object' && value !== null) {
      const record = (existing ?? {}) as Record<string, unknown>;
      mergeRows(record, value as Record<string, unknown>);
      target[key] = record;
    } else target[key] = value;
  }
}
