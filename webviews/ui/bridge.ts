import type { EventName, FromPanel, PanelContract, PanelFailure, Params, RequestName, Result, ToPanel } from './messages.ts';

interface VscodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VscodeApi;

/** A request that the shell refused or could not answer. Switch on `reason`. */
export class PanelError extends Error {
  readonly failure: PanelFailure;

  constructor(failure: PanelFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Why something failed, as it is to be shown. */
export function failureOf(error: unknown): PanelFailure {
  return error instanceof PanelError
    ? error.failure
    : { reason: 'internal', message: error instanceof Error ? error.message : String(error) };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: PanelError): void;
}

/** A panel's line to the shell: typed requests with cancellation, events, and the state that survives a reload. */
export class Bridge<C extends PanelContract, State> {
  readonly #api: VscodeApi;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<string, (value: never) => void>();
  #last = 0;

  constructor(api: VscodeApi = acquireVsCodeApi()) {
    this.#api = api;
    window.addEventListener('message', ({ data }: MessageEvent<string>) => this.#receive(JSON.parse(data)));
  }

  /** Says that events can be heard now. */
  ready(): void {
    this.#send({ kind: 'ready' });
  }

  ask<M extends RequestName<C>>(method: M, params: Params<C, M>, options: { signal?: AbortSignal } = {}): Promise<Result<C, M>> {
    const id = ++this.#last;
    return new Promise<unknown>((resolve, reject) => {
      if (options.signal?.aborted) return reject(new PanelError({ reason: 'cancelled', message: 'Cancelled.' }));
      this.#waiting.set(id, { resolve, reject });
      options.signal?.addEventListener('abort', () => {
        if (!this.#waiting.delete(id)) return;
        this.#send({ kind: 'cancel', id });
        reject(new PanelError({ reason: 'cancelled', message: 'Cancelled.' }));
      });
      this.#send({ kind: 'request', id, method, params });
    }) as Promise<Result<C, M>>;
  }

  on<N extends EventName<C>>(name: N, listener: (value: C['events'][N]) => void): void {
    this.#listeners.set(name, listener as (value: never) => void);
  }

  /** What was kept by `keep` before the page was last unloaded. */
  get kept(): State | undefined {
    return (this.#api.getState() ?? undefined) as State | undefined;
  }

  keep(state: State): void {
    this.#api.setState(state);
  }

  #send(message: FromPanel): void {
    this.#api.postMessage(message);
  }

  #receive(message: ToPanel): void {
    switch (message.kind) {
      case 'event':
        (this.#listeners.get(message.name) as ((value: unknown) => void) | undefined)?.(message.value);
        return;
      case 'reply':
        this.#take(message.id)?.resolve(message.value);
        return;
      case 'failure':
        this.#take(message.id)?.reject(new PanelError(message.failure));
        return;
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
