import { cancelled, Failure } from '../../rpc/failure.ts';
import type { Log } from '../../rpc/log.ts';
import { addressKey, dockerHost, type EngineAddress, parseAddress } from './address.ts';
import { DockerEngine } from './dockerEngine.ts';
import { endPrograms } from './program.ts';
import type { Engine } from './types.ts';

export type * from './types.ts';

/** Milliseconds until an engine must have said who it is. Over SSH a connection is made first. */
const patience = { socket: 10_000, tcp: 15_000, ssh: 30_000 };

/** The engines in use, one connection an address. Nothing is connected until it is asked for. */
export class Engines {
  readonly #home: string;
  readonly #log: Log;
  readonly #known = new Map<string, Promise<DockerEngine>>();
  #disposed = false;

  constructor({ home, log }: { home: string; log: Log }) {
    this.#home = home;
    this.#log = log;
  }

  /**
   * The engine at an address, connected: it has answered now or a while ago. One that fails later is asked anew at the next `get`. Rejects with
   * `docker-unavailable`, `invalid` (no address), `unsupported` (too old), `precondition` (TCP without certificates).
   */
  async get(address: string, signal: AbortSignal): Promise<Engine> {
    if (this.#disposed || signal.aborted) throw cancelled();
    const at = parseAddress(address);
    const key = addressKey(at);
    const known = this.#known.get(key);
    if (known !== undefined) {
      const engine = await abortable(known, signal);
      if (await answers(engine, signal)) return engine;
      this.#drop(key, known);
    }
    let connecting = this.#known.get(key);
    if (connecting === undefined) {
      connecting = this.#connect(at, key);
      this.#known.set(key, connecting);
    }
    return abortable(connecting, signal);
  }

  /** Closes all connections; programs that were started for them end. */
  dispose(): void {
    this.#disposed = true;
    for (const engine of this.#known.values())
      engine.then(
        (each) => each.close(),
        () => {},
      );
    this.#known.clear();
    endPrograms();
  }

  #connect(at: EngineAddress, key: string): Promise<DockerEngine> {
    const deadline = AbortSignal.timeout(patience[at.kind]);
    const connecting: Promise<DockerEngine> = DockerEngine.connect(at, this.#home, deadline).catch((error: unknown) => {
      if (this.#known.get(key) === connecting) this.#known.delete(key);
      if (!deadline.aborted) throw error;
      throw new Failure('docker-unavailable', `Docker at ${dockerHost(at)} did not answer within ${patience[at.kind] / 1000} s.`, {
        hint: 'Is it running, and can it be reached from here?',
      });
    });
    connecting.then(
      (engine) => this.#log('info', 'engine', { address: engine.address, version: engine.info.version, buildkit: engine.info.buildkit }),
      (error: unknown) => this.#log('warn', 'engine', { address: dockerHost(at), error: String(error) }),
    );
    return connecting;
  }

  /** Who uses it still may go on: one late answer must not end a build. */
  #drop(key: string, engine: Promise<DockerEngine>): void {
    if (this.#known.get(key) === engine) this.#known.delete(key);
    engine.then(
      (each) => each.retire(),
      () => {},
    );
  }
}

/** Whether it is still there, and still the same version: an engine may be updated under a hub that runs for weeks. */
async function answers(engine: DockerEngine, signal: AbortSignal): Promise<boolean> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(5000)]);
    const { Version } = await engine.transport.json<{ Version: string }>({ path: '/version', doing: 'say its version' }, limit);
    return Version === engine.info.version;
  } catch {
    if (signal.aborted) throw cancelled();
    return false;
  }
}

/** What others wait for as well is not ended by one who leaves. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(cancelled());
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
