import { once } from 'node:events';
import { createServer } from 'node:net';

/** What was given, and the one here to which neither `fetch` nor a browser goes. */
const given = new Set([10_080]);

/**
 * A port of the loopback that nobody listens on now. Not one that the system gives: what connects to somewhere in the meantime would get it
 * before the test has used it. Never the same one twice: who asks for two uses neither before it has both.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    if (given.has(port)) continue;
    const server = createServer().listen(port, '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    given.add(port);
    return port;
  }
}
