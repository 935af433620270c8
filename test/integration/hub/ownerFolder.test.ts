// The folder `owner` says whose turn it is; a home that has lost it loses nothing else.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Event } from '../../../server/protocol/events.ts';
import { HubHome } from '../../support/hub.ts';
import { isAlive, until } from '../../support/processes.ts';

const homes: HubHome[] = [];
afterEach(async () => {
  for (const each of homes.splice(0)) await each.dispose();
});

test('what is written after the folder of owners was deleted outlives the next hub', async () => {
  const place = new HubHome();
  homes.push(place);
  const note = (text: string) => place.rpc('events/note', { text });
  const notes = async () => (await place.rpc<{ events: Event[] }>('events/list')).events.map(({ payload }) => payload['text']).reverse();
  await note('by the first');
  await place.cli(['hub', 'stop']);
  // The second one only reads, and so leaves no journal.
  await notes();
  await place.cli(['hub', 'stop']);
  await note('by the third');
  await place.cli(['hub', 'stop']);
  rmSync(path.join(place.path, 'owner'), { recursive: true });
  await notes();
  await place.cli(['hub', 'stop']);
  await note('after the loss');
  const { pid } = place.owner();
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(pid));
  expect(await notes()).toEqual(['by the first', 'by the third', 'after the loss']);
  expect((await place.rpc('audit/verify'))['problems']).toEqual([]);
});
