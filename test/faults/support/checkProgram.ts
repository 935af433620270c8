// Looks in a process of its own, which is made to be at fault. `checkProgram.ts descriptors | resolver ADDRESS`; prints one line of JSON.

import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import type { CheckResult } from '../../../server/monitor/types.ts';
import { calmLook, lookAt } from '../../support/checks.ts';
import { data, TestDnsServer } from '../../support/dnsServer.ts';

type Looks = Record<string, Pick<CheckResult, 'ok' | 'message'>>;

/** Without file descriptors, and again with them. */
async function descriptors(): Promise<{ without: Looks; freed: Looks; again: Looks }> {
  const server = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const dns = await TestDnsServer.start(() => [data.address('192.0.2.1')]);
  const looks = () => ({
    http: lookAt({ kind: 'http', url: `http://127.0.0.1:${port}/` }),
    name: lookAt({ kind: 'tcp', host: 'localhost', port, family: 4 }),
    dns: lookAt({ kind: 'dns', name: 'shop.example.test', server: `127.0.0.1:${dns.port}` }),
    resolver: lookAt({ kind: 'dns', name: 'localhost' }, { timeout: 1000 }),
    snmp: lookAt({ kind: 'snmp', host: '127.0.0.1', port, oid: '1.3' }, { timeout: 400 }),
    command: lookAt({ kind: 'command', command: ['true'] }, {}, { trusted: true, folder: '/' }),
    ping: lookAt({ kind: 'ping', host: '127.0.0.1' }),
  });
  // What is loaded on first use is there.
  await all(looks());
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    // Now there are none left.
  }
  const without = await all(looks());
  // Enough to begin with, too few to start a program.
  closeSync(taken.pop() ?? 0);
  const program = await all({ program: lookAt({ kind: 'command', command: ['true'] }, {}, { trusted: true, folder: '/' }) });
  taken.push(openSync('/dev/null', 'r'));
  const looking = looks();
  for (const each of taken) closeSync(each);
  const freed = await all(looking);
  const again = await all(looks());
  server.close();
  dns.close();
  return { without: { ...without, ...program }, freed, again };
}

/** The machine's resolver is `address`: nobody there, then one that knows the root but not what servers of one name say. */
async function resolver(address: string): Promise<{ down: Looks; up: Looks }> {
  const looks = () => ({
    lookup: calmLook({ kind: 'tcp', host: 'broken.example.test', port: 1 }),
    query: calmLook({ kind: 'dns', name: 'broken.example.test' }),
    gone: calmLook({ kind: 'tcp', host: 'gone.example.test', port: 1 }),
  });
  const down = await all(looks());
  const answers = (name: string) => (name === '' ? [data.name('a.root.example.test')] : name.startsWith('broken') ? 2 : 3);
  const server = await TestDnsServer.start(answers, address, 53);
  const up = await all(looks());
  server.close();
  return { down, up };
}

async function all(looks: Record<string, Promise<CheckResult>>): Promise<Looks> {
  const results = Object.entries(looks).map(async ([name, look]) => {
    const { ok, message } = await look;
    return [name, { ok, message }] as const;
  });
  return Object.fromEntries(await Promise.all(results));
}

const [mode, address = ''] = process.argv.slice(2);
console.log(JSON.stringify(mode === 'resolver' ? await resolver(address) : await descriptors()));
