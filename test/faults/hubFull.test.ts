// The disk of a home fills up under a running hub, and is freed again: every caller is told in a sentence, nobody has to restart anything.
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, test } from 'vitest';
import { HubHome } from '../support/hub.ts';
import { ensureBuilt } from '../support/server.ts';
import { cliWriter, LinkClient, Notes } from './support/notes.ts';
import { Invariants, survived } from './support/tally.ts';

const disposables: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0).reverse()) await each.dispose();
});
beforeAll(ensureBuilt);

test('a full disk under a running hub, one that starts, and one that ends', { timeout: 240_000 }, async (context) => {
  const home = new HubHome();
  mkdirSync(home.path, { mode: 0o700 });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', home.path]).status === 0;
  disposables.push({
    dispose: async () => {
      await home.cli(['hub', 'stop']);
      if (mounted) execFileSync('umount', ['-l', home.path]);
      await home.dispose();
    },
  });
  if (!mounted) return context.skip('needs the right to mount');
  const invariants = new Invariants();
  const notes = new Notes();
  const link = new LinkClient(home.path);
  disposables.push(link);
  const filler = path.join(home.path, 'filler');
  // The hub writes and removes files of its own meanwhile: what is free is found out by filling it.
  const fill = () => {
    try {
      for (;;) appendFileSync(filler, Buffer.alloc(4096));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  };
  const refusal = async (text: string, writer = link.write) => {
    const message = await notes.write(writer, text).then(
      () => undefined,
      (error: Error) => error.message,
    );
    invariants.that(message === undefined || /^(hearth: )?The disk is full|cannot write/.test(message), `${text} was told: ${message}`);
    return message !== undefined;
  };
  await notes.write(link.write, 'before');
  for (let round = 0; round < 3; round++) {
    let full = false;
    // What is left of the last page is used up first.
    for (let each = 0; each < 30 && !full; each++) {
      fill();
      full = await refusal(`full ${round} ${each} ${'x'.repeat(1500)}`);
    }
    fill();
    invariants.that(full, `round ${round}: it was never full`);
    invariants.that(await refusal(`full ${round} by a terminal ${'x'.repeat(1500)}`, cliWriter(home)), 'a terminal could write');
    if (round === 1) process.kill(home.owner().pid, 'SIGKILL');
    if (round === 2) await home.cli(['hub', 'stop']);
    if (round > 0) await refusal(`full ${round} with no hub ${'x'.repeat(1500)}`);
    rmSync(filler);
    await notes.write(link.write, `free ${round}`);
    survived('full');
  }
  invariants.report(await notes.check(home));
  invariants.check();
});
