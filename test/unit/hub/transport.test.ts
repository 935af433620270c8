// A peer that dies in the middle of a message must not keep this process alive.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

test('a process whose line was cut in the middle of a message ends', () => {
  const transport = path.resolve(import.meta.dirname, '../../../server/hub/transport.ts');
  const program = `
    const net = require('node:net');
    const { connectionOver } = require(${JSON.stringify(transport)});
    const server = net.createServer((socket) => {
      socket.write('Content-Length: 100\\r\\n\\r\\n{"jsonrpc":');
      setTimeout(() => socket.destroy(), 50);
    });
    server.listen(0, '127.0.0.1', () => {
      const connection = connectionOver(net.connect(server.address().port, '127.0.0.1'));
      connection.onClose(() => { connection.dispose(); server.close(); });
      connection.onError(() => {});
      connection.listen();
    });`;
  const { status, signal, stderr } = spawnSync(process.execPath, ['--no-warnings', '-e', program], { encoding: 'utf8', timeout: 30_000 });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
});
