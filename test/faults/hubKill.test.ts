// The hub is killed −9 again and again while two windows and a terminal write notes: each acknowledged one is in the log once.
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, test } from 'vitest';
import { isRunning } from '../../server/hub/identity.ts';
import { readOwner } from '../../server/hub/owner.ts';
import { HubHome } from '../support/hub.ts';
import { kill as killProcess, until } from '../support/processes.ts';
import { Random } from '../support/repositories/random.ts';
import { cliWriter, LinkClient, Notes, windowWriter } from './support/notes.ts';
import { seeds } from './support/seeds.ts';
import { Invariants, survived } from './support/tally.ts';

const disposables: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0).reverse()) await each.dispose();
});

test('killed at random moments under load', { timeout: 1_800_000 }, async () => {
  const invariants = new Invariants();
  const home = new HubHome();
  disposables.push(home);
  const notes = new Notes();
  disposables.push(notes);
  notes.keepWriting('window one', windowWriter(await home.window()));
  notes.keepWriting('window two', windowWriter(await home.window()));
  notes.keepWriting('terminal', cliWriter(home));
  const link = new LinkClient(home.path);
  disposables.push(link);
  for (let each = 0; each < 4; each++) notes.keepWriting(`writer ${each}`, link.write);

  const random = new Random(8);
  let before = 0;
  for (let kill = 0; kill < (seeds > 0 ? 100 : 8); kill++) {
    // A hub that ends again and again before it answers is given up by its clients: most get to work.
    const owner = await until(() => {
      const found = readOwner(home.path);
      return found !== undefined && found.fence > before && isRunning(found) && found;
    });
    before = owner.fence;
    const known = notes.acknowledged;
    if (random.chance(0.8)) await until(() => notes.acknowledged > known);
    await wait(random.between(0, 150));
    // It may have given up by itself: what two clients started at once.
    if (isRunning(owner)) killProcess(owner.pid);
    survived('kills');
  }
  const known = notes.acknowledged;
  await until(() => notes.acknowledged > known + 20);
  await notes.stop();
  invariants.report(await notes.check(home));
  invariants.that(
    home.owners().every(({ fence }, index, all) => index === 0 || fence === (all[index - 1]?.fence ?? 0) + 1),
    'a fence was left out',
  );
  invariants.check();
});
