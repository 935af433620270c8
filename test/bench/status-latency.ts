// From the end of a look that finds something else than before to the status item of a real VS Code window, painted.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openVscode } from '../host/page.ts';
import { send } from '../host/workStory.ts';
import { endHub } from '../support/hubProcess.ts';
import { createRepository } from '../support/repositories/repository.ts';
import { type Bench, percentile, summarise, valueAtMost } from './harness.ts';

export const bench: Bench = {
  name: 'status-latency',
  target: 'look ended → status item painted < 1 s',
  async run(ctx) {
    const endpoint = await Endpoint.start();
    ctx.cleanup(() => endpoint.close());
    const repository = createRepository();
    ctx.cleanup(() => repository.dispose());
    repository.write('README.md', 'Watched\n');
    repository.commit('First');
    const code = await openVscode({ folder: repository.root });
    ctx.cleanup(async () => {
      await code.close();
      await endHub(code.home);
    });
    const settings = { interval: 1000, timeout: 1000, retryInterval: 1000, failures: 1, successes: 1 };
    await send(code, 'monitor/add', {
      repository: repository.root,
      name: 'home',
      check: { kind: 'http', url: endpoint.address },
      settings: { ...settings, assert: ['status == 200'] },
    });
    const shows = (text: string): Promise<number> => code.page.evaluate(whenShown, text);
    await shows('monitors 1/1');
    const latencies: number[] = [];
    for (let round = 0; round < ctx.size(40, 4); round++) {
      const down = round % 2 === 0;
      const painted = shows(down ? 'monitors down' : 'monitors 1/1');
      const ended = await endpoint.answer(down ? 500 : 200);
      latencies.push((await painted) - ended);
    }
    return [
      valueAtMost('look ended → painted, median', 'ms', summarise(latencies), 1000),
      valueAtMost(
        'look ended → painted, p99',
        'ms',
        summarise([
          percentile(
            [...latencies].sort((a, b) => a - b),
            99,
          ),
        ]),
        1000,
        'of the slowest',
      ),
    ];
  },
};

/** Runs in the page: resolves with the time when a status item says so. */
function whenShown(text: string): Promise<number> {
  const found = (): boolean => [...document.querySelectorAll('.statusbar-item')].some((item) => item.textContent?.includes(text));
  return new Promise((resolve) => {
    const look = (): void => {
      if (found()) resolve(Date.now());
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** What is watched: answers what it was told to, and says when it first did. */
class Endpoint {
  readonly #server = createServer();
  #status = 200;
  #answered: (time: number) => void = () => {};

  static async start(): Promise<Endpoint> {
    const endpoint = new Endpoint();
    endpoint.#server.on('request', (_, response) => {
      const status = endpoint.#status;
      response.on('finish', () => status === endpoint.#status && endpoint.#answered(Date.now()));
      response.writeHead(status, { 'content-length': 0 }).end();
    });
    endpoint.#server.listen(0, '127.0.0.1');
    await once(endpoint.#server, 'listening');
    return endpoint;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** From now on this; the time when it was first answered, in milliseconds since the epoch. */
  answer(status: number): Promise<number> {
    this.#status = status;
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
