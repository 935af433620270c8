// The handlers as the hub serves them: through the router, with keys and confirmation.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contract } from '../../../server/protocol/index.ts';
import { Router } from '../../../server/rpc/router.ts';
import { Session } from '../../../server/rpc/session.ts';
import { stateHandlers } from '../../../server/store/index.ts';
import { openState, type TestState } from '../../support/stateStore.ts';

let state: TestState;
let ask: (method: string, params?: object, key?: string) => Promise<Record<string, never>>;
beforeEach(async () => {
  state = await openState();
  const router = new Router(stateHandlers(state.keeping), () => {}, true);
  const session = new Session(true, 'window');
  ask = (method, params = {}, key = 'none') =>
    router.dispatch(method, params, {
      signal: new AbortController().signal,
      session,
      key: key === 'none' ? crypto.randomUUID() : key,
    }) as Promise<Record<string, never>>;
});
afterEach(() => state.close());

test('every method of event log, audit and backups has an answer that keeps to the contract', async () => {
  const answered = new Set(stateHandlers(state.keeping).map(({ definition }) => definition.method));
  const expected = contract.filter(
    ({ method, kind }) => kind === 'request' && /^(events|audit|backup)\/|^store\/(export|import|info)$/.test(method),
  );
  expect([...answered].sort()).toEqual(expected.map(({ method }) => method).sort());
  await ask('events/note', { text: 'a note', project: 'p' });
  expect(await ask('events/list', { text: 'A NOTE' })).toMatchObject({
    events: [{ actor: 'window', entity: 'note', kind: 'noted', project: 'p' }],
    last: 1,
  });
  expect(await ask('audit/verify')).toMatchObject({ events: 1, problems: [] });
  expect(await ask('audit/export')).toMatchObject({ count: 1, rows: [{ payload: '{"text":"a note"}' }] });
  const { backup } = await ask('backup/create');
  expect(await ask('backup/list')).toMatchObject({ backups: [backup], span: { from: expect.any(Number) } });
});

test('a restore and an import ask for a yes', async () => {
  await ask('events/note', { text: 'a note' });
  const { name } = (await ask('backup/create'))['backup'] as unknown as { name: string };
  const restore = { source: { name }, identity: 'move' };
  await expect(ask('backup/restore', restore)).rejects.toMatchObject({ reason: 'precondition' });
  await expect(ask('store/import', { path: '/x', identity: 'copy' })).rejects.toMatchObject({ reason: 'precondition' });
  expect(await ask('backup/restore', { ...restore, confirmed: true })).toMatchObject({ eventsUndone: 0 });
});

test('what is asked again because its answer was lost is done once', async () => {
  const [first, again] = [await ask('events/note', { text: 'once' }, 'note'), await ask('events/note', { text: 'once' }, 'note')];
  expect(again).toEqual(first);
  const copy = path.join(state.home, 'copy');
  const created = await ask('backup/create', { path: copy }, 'backup');
  expect(await ask('backup/create', { path: copy }, 'backup')).toEqual(created);
  expect(readdirSync(path.join(state.home, 'backups'))).toHaveLength(1);
  await expect(ask('backup/create', { path: copy }, 'another')).rejects.toMatchObject({ reason: 'conflict' });
  const archive = path.join(state.home, 'archive.jsonl');
  const exported = await ask('store/export', { path: archive }, 'export');
  const bytes = readFileSync(archive);
  expect(await ask('store/export', { path: archive }, 'export')).toEqual(exported);
  expect(readFileSync(archive)).toEqual(bytes);
  const imported = await ask('store/import', { path: archive, identity: 'move', confirmed: true }, 'import');
  expect(await ask('store/import', { path: archive, identity: 'move', confirmed: true }, 'import')).toEqual(imported);
  expect(await ask('events/list')).toMatchObject({ events: [{ kind: 'imported' }, { kind: 'noted' }] });
});
