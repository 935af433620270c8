// A believable log for the picture of the view "Activity": written through the real store, at moments of the last days, before the hub starts.
import { randomUUID } from 'node:crypto';
import { Store } from '../../server/store/store.ts';
import type { NewEvent } from '../../server/store/types.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Writes the story into a home that no hub has used yet. */
export async function writeActivity(home: string): Promise<void> {
  const now = Date.now();
  // So that "today" begins before the first row of today, whatever time it is.
  const noon = Math.min(now, new Date(now).setHours(12, 0, 0, 0));
  let clock = now;
  const store = await Store.open({ home, fence: { number: 0, check: () => {} }, log: () => {}, clock: () => clock });
  const shop = randomUUID();
  const at = (time: number, actor: string, event: NewEvent): Promise<number> => {
    clock = time;
    return store.write({ actor, correlationId: `${actor}-${time}` }, (transaction) => transaction.event({ project: shop, ...event }));
  };
  const note = (time: number, actor: string, text: string): Promise<number> =>
    at(time, actor, { entity: 'note', entityId: randomUUID(), kind: 'noted', payload: { text } });
  const project = (time: number, kind: string): Promise<number> =>
    at(time, 'window', { entity: 'project', entityId: shop, kind, payload: { name: 'shop' } });
  clock = noon - 3 * day;
  await store.write({ actor: 'window', correlationId: 'story' }, (transaction) =>
    transaction.run('insert into projects (id, name, root_commit, remote, created) values (?, ?, null, null, ?)', [shop, 'shop', clock]),
  );
  await project(noon - 3 * day - 2 * hour, 'created');
  await note(noon - 3 * day - hour, 'window', 'Gift cards go live on Thursday');
  await note(noon - 3 * day + 3 * hour, 'cli', 'Load test: 400 orders a minute, no error');
  await note(noon - day - 2 * hour, 'window', 'The carrier has new rates from Monday on');
  await project(noon - day, 'adopted');
  await note(noon - day + 2 * hour, 'cli', 'Slow search: the index was missing, see fix/slow-search');
  await note(now - 3 * hour, 'window', 'Cancelled orders: tell accounting about the new e-mail');
  await note(now - 50 * minute, 'cli', 'Release 1.1.0 is announced');
  await note(now - 4 * minute, 'window', 'Gift cards: ready for review');
  await store.close();
}
