import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../../rpc/failure.ts';
import type { Engine } from '../engine/types.ts';
import type { Route, Router, RouteTarget } from './types.ts';

const patience = 10_000;

/** No router: whoever calls the service finds it by its name in the network or at its published port. There is nothing to switch. */
export class NoRouter implements Router {
  readonly kind = 'none';
  readonly network = undefined;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async check(): Promise<void> {}

  async current(): Promise<undefined> {
    return undefined;
  }

  async look(): Promise<() => undefined> {
    return () => undefined;
  }

  async route(): Promise<void> {}

  /** Resolves when each upstream takes a connection. Where the engine cannot dial, health has said all there is to say. */
  async confirm(_target: RouteTarget, { upstreams }: Route, signal: AbortSignal): Promise<{ milliseconds: number; detail: string }> {
    const start = performance.now();
    if (this.#engine.reach !== 'containers') return { milliseconds: 0, detail: 'its health check has passed' };
    for (const upstream of upstreams) await this.#answers(upstream, start, signal);
    return { milliseconds: performance.now() - start, detail: upstreams.length === 0 ? 'no port' : `connected to ${upstreams.join(', ')}` };
  }

  async entry(): Promise<undefined> {
    return undefined;
  }

  async remove(): Promise<void> {}

  async #answers(upstream: string, start: number, signal: AbortSignal): Promise<void> {
    const { hostname, port } = new URL(`tcp://${upstream}`);
    for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
      try {
        const socket = await this.#engine.dial(hostname.replace(/^\[|\]$/g, ''), Number(port), signal);
        socket.on('error', () => {}).destroy();
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (performance.now() - start > patience) {
          throw new Failure('timeout', `Nothing takes connections at ${upstream}.`, { cause: error });
        }
        await wait(pause, undefined, { signal });
      }
    }
  }
}
