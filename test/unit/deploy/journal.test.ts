// Deployments that wait, and those that are asked to stop, in a real store.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { begin, enqueue, promote } from '../../../server/deploy/journal.ts';
import { newDeploymentId } from '../../../server/deploy/names.ts';
import { readDeployment } from '../../../server/deploy/records.ts';
import { cancelDeployments } from '../../../server/deploy/requests.ts';
import { author, openState, type TestState } from '../../support/stateStore.ts';

const project = 'p';

let state: TestState;
beforeEach(async () => {
  state = await openState();
  await state.store.write(author, (tx) => tx.run("insert into projects (id, name, created) values ('p', 'shop', 0)"));
});
afterEach(() => state.close());

function queue(id: string, service = 'web') {
  return state.store.write(author, (transaction) =>
    enqueue(transaction, {
      ...{ id, run: id, project, projectName: 'shop', environment: 'production', service, engine: 'local', repository: '/nowhere' },
      ...{ commit: 'a'.repeat(40), subject: 'A change', config: { project: 'shop' } as never, overrides: {}, specHash: 'none' },
      ...{ image: null, imageId: null, digest: null, actor: 'test', rollbackTo: null, fence: 1, url: null },
    }),
  );
}

const record = (id: string) => state.store.read((reader) => readDeployment(reader, id));
const stateOf = async (id: string) => (await record(id))?.state;
const superseded = () =>
  state.store.read((reader) =>
    reader
      .all<{ id: string; payload: string }>("select entity_id as id, payload from events where kind = 'superseded' order by sequence")
      .map(({ id, payload }) => ({ id, by: (JSON.parse(payload) as { by: string }).by })),
  );

describe('of those that wait', () => {
  const ids = [newDeploymentId(1_795_282_218_774), newDeploymentId(1_795_282_218_775)] as const;

  test.each([
    ['in the order of their ids', ids],
    ['though the clock was set back', [ids[1], ids[0]] as const],
  ])('the last one that was asked for is kept, and the other is ended once: %s', async (_, [first, second]) => {
    await queue(first);
    const kept = await queue(second);
    expect(kept).toMatchObject({ id: second, state: 'running', phase: 'queued', ended: null });
    expect([await stateOf(first), await stateOf(second)]).toEqual(['superseded', 'running']);
    expect(await superseded()).toEqual([{ id: first, by: second }]);
    expect((await record(first))?.phaseTimes.map(({ phase }) => phase)).toEqual(['queued', 'superseded']);
    expect((await record(second))?.phaseTimes.map(({ phase }) => phase)).toEqual(['queued']);
  });

  test('one that had begun, and one of another service, stay', async () => {
    await queue(ids[0]);
    await state.store.write(author, (tx) => begin(tx, ids[0], 1));
    await queue(newDeploymentId(5), 'api');
    await queue(ids[1]);
    expect(await superseded()).toEqual([]);
  });
});

describe('to cancel several', () => {
  const [live, coming, waiting] = [1, 2, 3].map((time) => newDeploymentId(time)) as [string, string, string];
  const stopped: string[] = [];
  const cancel = (ids: readonly string[]) =>
    cancelDeployments(
      { store: state.store, happenings: { tell: () => {} } } as never,
      { consider: async () => {}, stop: async (id: string) => void stopped.push(id) } as never,
      project,
      ids,
      { session: { actor: 'test' }, correlationId: 'test-2' } as never,
    );

  beforeEach(async () => {
    stopped.length = 0;
    await queue(live, 'db');
    // Live, and not ended: what was there before drains.
    await state.store.write(author, (tx) => {
      begin(tx, live, 1);
      promote(tx, live, null);
    });
    await queue(coming, 'web');
    await state.store.write(author, (tx) => begin(tx, coming, 1));
    await queue(waiting, 'api');
  });

  test('those that had been switched to go on, the others are stopped', async () => {
    const answer = await cancel([live, coming, waiting]);
    expect(answer.map(({ service, state: now }) => `${service} ${now}`)).toEqual(['db live', 'web running', 'api canceled']);
    expect(await record(coming)).toMatchObject({ canceling: true });
    expect(await record(live)).toMatchObject({ state: 'live', canceling: false, ended: null });
    expect(stopped).toEqual([coming, waiting]);
  });

  test('nothing but such a one is refused', async () => {
    await expect(cancel([live])).rejects.toMatchObject({
      reason: 'precondition',
      message: expect.stringContaining('db has been switched'),
    });
    expect(stopped).toEqual([]);
  });
});
