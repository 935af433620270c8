// The owner is stopped in the middle of a burst of writes until another hub has taken over, and goes on: it never acknowledges anything
// again and ends; what was sent to it meanwhile is done once by the new one.
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, test } from 'vitest';
import { hubFileOf } from '../../server/hub/connect.ts';
import { dial, type Outcome } from '../../server/hub/line.ts';
import { highestFence, readOwner } from '../../server/hub/owner.ts';
import * as events from '../../server/protocol/events.ts';
import { HubHome } from '../support/hub.ts';
import { isAlive, until } from '../support/processes.ts';
import { Random } from '../support/repositories/random.ts';
import { LinkClient, Notes, windowWriter } from './support/notes.ts';
import { seeds } from './support/seeds.ts';
import { Invariants, survived } from './support/tally.ts';

// Ten seconds of silence are less here, but more than a hub that starts on a busy machine is silent.
const env = { HEARTH_HUB_SILENCE_MS: '6000' };

/** No limit on speed: it only lets a test end whose hub never does. */
const patience = 60_000;

const disposables: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0).reverse()) await each.dispose();
});

test('stopped past the take-over, then resumed, during a burst of writes', { timeout: 3_600_000 }, async () => {
  Object.assign(process.env, env);
  const invariants = new Invariants();
  const random = new Random(3);
  const home = new HubHome(env);
  disposables.push(home);
  const notes = new Notes();
  disposables.push(notes);
  notes.keepWriting('window', windowWriter(await home.window()));
  const link = new LinkClient(home.path);
  disposables.push(link);
  for (let each = 0; each < 6; each++) notes.keepWriting(`writer ${each}`, link.write);
  for (let round = 0; round < (seeds > 0 ? 40 : 3); round++) {
    const known = notes.acknowledged;
    await until(() => notes.acknowledged > known + 5);
    // The owner, with a line to it; one that has just taken over may not listen yet.
    const { pid, fence, line } = await until(async () => {
      const owner = readOwner(home.path);
      const file = owner === undefined ? undefined : hubFileOf(home.path, owner);
      const dialled = file === undefined ? undefined : await dial(file, { client: 'test', trusted: true, patience: 5000 });
      return owner !== undefined && dialled?.kind === 'line' && { ...owner, line: dialled.line };
    });
    await wait(random.between(0, 30));
    process.kill(pid, 'SIGSTOP');
    // Sent to the stopped one, read by it only when it goes on.
    const text = `round ${round}`;
    const key = `key-${round}`;
    const late: Promise<Outcome> = line.ask(events.note.method, { text, idempotencyKey: key });
    await until(() => highestFence(home.path) > fence);
    const early = random.chance(0.5);
    if (early) await notes.write(async () => (await link.ask(events.note, { text }, key)).event.sequence, text);
    if (random.chance(0.5)) await wait(random.between(0, 300));
    process.kill(pid, 'SIGCONT');
    const outcome = await late.catch((error: unknown) => ({ kind: 'rejected', error: String(error) }));
    invariants.that(outcome.kind === 'lost', `round ${round}: the replaced owner answered: ${JSON.stringify(outcome)}`);
    const ended = await Promise.race([until(() => !isAlive(pid)).then(() => true), wait(patience, false, { ref: false })]);
    invariants.that(ended, `round ${round}: the replaced owner goes on`);
    if (!ended) {
      process.kill(pid, 'SIGKILL');
      break;
    }
    if (!early) await notes.write(async () => (await link.ask(events.note, { text }, key)).event.sequence, text);
    line.end();
    survived('pauses');
  }
  await notes.stop();
  invariants.report(await notes.check(home));
  invariants.check();
});
