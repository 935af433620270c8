// An untrusted workspace is only read: one booby trap per configuration key that can run a program, every reading request of the server, and
// none springs. test/unit/support/boobyTraps.test.ts proves that the traps spring under plain git.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { broken, readEverything } from '../../support/readEverything.ts';
import { plantTrap, trapRepository, traps } from '../../support/repositories/boobyTraps.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ trusted: false });
});
afterAll(() => server.close());

test.each(traps)('$key does not spring', async ({ key }) => {
  using repository = trapRepository();
  const trap = plantTrap(repository, key);
  const outcomes = await readEverything(server, { root: trap.cwd, path: 'a.txt' });
  expect(trap.sprung(), 'a program of the repository ran').toBe(false);
  expect(broken(outcomes)).toEqual([]);
});

test('in a trusted workspace the same requests do run filters: this suite can fail', async () => {
  const trusted = await startServer({ trusted: true });
  try {
    using repository = trapRepository();
    const trap = plantTrap(repository, 'filter.trap.clean');
    await readEverything(trusted, { root: repository.root, path: 'a.txt' });
    expect(trap.sprung()).toBe(true);
  } finally {
    await trusted.close();
  }
});
