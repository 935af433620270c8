// What passes between a window or a terminal and the hub: rows, notifications, trust, cancellation, who did it.
import { afterEach, expect, test } from 'vitest';
import { appended, exportLog, list, note } from '../../../server/protocol/events.ts';
import { ensure } from '../../../server/protocol/project.ts';
import { trust } from '../../../server/protocol/session.ts';
import { HubHome } from '../../support/hub.ts';
import { until } from '../../support/processes.ts';
import { createRepository } from '../../support/repositories/repository.ts';
import { startServer } from '../../support/server.ts';

const disposables: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0)) await each.dispose();
});

function home(): HubHome {
  const made = new HubHome();
  disposables.push(made);
  return made;
}

test('what one client does the others hear at once, and the log names who did it', async () => {
  const place = home();
  const [first, second] = await Promise.all([place.window(), place.window()]);
  const heard: number[] = [];
  second.onNotification(appended, ({ last }) => heard.push(last));
  await second.send(list, {});
  await first.send(note, { text: 'from a window' });
  await place.rpc('events/note', { text: 'from a terminal' });
  const { events, last } = await second.send(list, {});
  expect(events.map(({ actor, payload }) => [actor, payload['text']])).toEqual([
    ['cli', 'from a terminal'],
    ['window', 'from a window'],
  ]);
  await until(() => heard.at(-1) === last);
  const logged = place.logLines().map(({ correlation }) => correlation);
  for (const { correlationId } of events) expect(logged).toContain(correlationId);
});

test('rows stream through, or come with the answer', async () => {
  const place = home();
  const window = await place.window();
  for (let number = 0; number < 20; number++) await window.send(note, { text: `${number}` });
  const rows: unknown[] = [];
  const streamed = await window.send(exportLog, {}, { onPartial: (partial) => rows.push(...partial.rows) });
  expect(streamed).toEqual({ count: 20 });
  const whole = await window.send(exportLog, {});
  expect(whole).toEqual({ count: 20, rows });
});

test('trust follows the window, also while it is connected', async () => {
  const place = home();
  const repository = createRepository();
  disposables.push(repository);
  repository.commit('One');
  const window = await startServer({ trusted: false, env: place.env });
  disposables.push({ dispose: () => window.close() });
  await window.send(list, {});
  const params = { repository: repository.root };
  await expect(window.send(ensure, params)).rejects.toMatchObject({ data: { reason: 'untrusted' } });
  await window.connection.sendNotification(trust.method, { trusted: true });
  expect(await window.send(ensure, params)).toMatchObject({ created: true });
});

test('a refusal of the hub arrives with its reason and hint, and a yes is passed on', async () => {
  const place = home();
  const window = await place.window();
  await expect(window.request('backup/restore', { source: { name: 'x' }, identity: 'move' })).rejects.toMatchObject({
    data: { reason: 'precondition', hint: expect.stringContaining('--yes') },
  });
  await expect(window.request('backup/restore', { source: { name: 'none' }, identity: 'move', confirmed: true })).rejects.toMatchObject({
    data: { reason: 'not-found' },
  });
});

test('a change that was cancelled is done or not, and said to be so; the hub goes on', async () => {
  const place = home();
  const window = await place.window();
  await window.send(list, {});
  for (let round = 0; round < 20; round++) {
    const controller = new AbortController();
    const asked = window.send(note, { text: `${round}` }, { signal: controller.signal }).then(
      () => 'done',
      (error) => error.data.reason,
    );
    if (round % 2 === 0) controller.abort();
    else setTimeout(() => controller.abort(), round % 5);
    expect(['done', 'cancelled']).toContain(await asked);
  }
  expect((await window.send(list, {})).events.length).toBeLessThanOrEqual(20);
});
