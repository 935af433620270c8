import { expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import { request } from '../../../server/protocol/message.ts';
import { Failure } from '../../../server/rpc/failure.ts';
import { type Call, handle, Router } from '../../../server/rpc/router.ts';
import { Session } from '../../../server/rpc/session.ts';

const rows = request({
  method: 'test/rows',
  purpose: 'Stream rows.',
  params: z.strictObject({ upTo: z.int() }),
  partial: z.object({ rows: z.array(z.int()), columns: z.object({ a: z.array(z.int()) }) }),
  result: z.object({ rows: z.optional(z.array(z.int())), columns: z.optional(z.object({ a: z.array(z.int()) })), more: z.boolean() }),
});
const guarded = request({
  method: 'test/guarded',
  purpose: 'Needs trust.',
  trust: true,
  params: z.strictObject({ repository: z.string() }),
  result: z.object({}),
});
const careful = request({
  method: 'test/careful',
  purpose: 'Needs a yes.',
  confirm: 'The branch would be lost.',
  params: z.strictObject({}),
  result: z.object({}),
});
const lasting = request({
  method: 'test/lasting',
  purpose: 'Stays done.',
  params: z.strictObject({ well: z.boolean() }),
  result: z.object({ made: z.boolean() }),
});
const slow = request({ method: 'test/slow', purpose: 'Ends when cancelled.', params: z.strictObject({}), result: z.object({}) });

let slowEnded = false;
const router = new Router(
  [
    handle(rows, async ({ upTo }, { emit }) => {
      for (let row = 0; row < upTo; row++) emit({ rows: [row], columns: { a: [row * 2] } });
      return { more: false };
    }),
    handle(guarded, async () => ({})),
    handle(careful, async () => ({})),
    handle(lasting, async ({ well }, { signal, happened }) => {
      happened();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      if (!well) throw new Failure('io', 'It is made, but nobody could be told.');
      return { made: true };
    }),
    handle(slow, async (_params, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await new Promise((resolve) => setImmediate(resolve));
      slowEnded = true;
      throw new Error('the child died');
    }),
  ],
  () => {},
  true,
);

function call(more: Partial<Call> = {}): Call {
  return { signal: new AbortController().signal, session: new Session(false), ...more };
}

test('without a token the rows are in the result; with one they travel as partials, in order', async () => {
  expect(await router.dispatch('test/rows', { upTo: 3 }, call())).toEqual({ rows: [0, 1, 2], columns: { a: [0, 2, 4] }, more: false });
  const partials: unknown[] = [];
  expect(
    await router.dispatch('test/rows', { upTo: 2, partialResultToken: 7 }, call({ partial: (value) => partials.push(value) })),
  ).toEqual({ more: false });
  expect(partials).toEqual([
    { rows: [0], columns: { a: [0] } },
    { rows: [1], columns: { a: [2] } },
  ]);
});

test('unknown methods, unknown and wrong parameters are refused at the border', async () => {
  await expect(router.dispatch('test/none', {}, call())).rejects.toMatchObject({ reason: 'invalid' });
  await expect(router.dispatch('test/rows', { upTo: 'x' }, call())).rejects.toMatchObject({
    reason: 'invalid',
    message: expect.stringContaining('upTo'),
  });
  await expect(router.dispatch('test/rows', { upTo: 1, extra: 1 }, call())).rejects.toMatchObject({ reason: 'invalid' });
});

test('trust and confirmation are checked before the handler', async () => {
  await expect(router.dispatch('test/guarded', { repository: '/x' }, call())).rejects.toMatchObject({ reason: 'untrusted' });
  expect(await router.dispatch('test/guarded', { repository: '/x' }, call({ session: new Session(true) }))).toEqual({});
  await expect(router.dispatch('test/careful', {}, call())).rejects.toMatchObject({
    reason: 'precondition',
    message: 'The branch would be lost.',
  });
  expect(await router.dispatch('test/careful', { confirmed: true }, call())).toEqual({});
  await expect(router.dispatch('test/rows', { upTo: 1, confirmed: true }, call())).rejects.toMatchObject({ reason: 'invalid' });
});

test('a cancelled request answers "cancelled", and only after its work has ended', async () => {
  const controller = new AbortController();
  const answer = router.dispatch('test/slow', {}, call({ signal: controller.signal }));
  controller.abort();
  await expect(answer).rejects.toMatchObject({ reason: 'cancelled', code: -32800 });
  expect(slowEnded).toBe(true);
});

test('what has happened is answered, also when it is cancelled afterwards', async () => {
  for (const well of [true, false]) {
    const controller = new AbortController();
    const answer = router.dispatch('test/lasting', { well }, call({ signal: controller.signal }));
    controller.abort();
    if (well) expect(await answer).toEqual({ made: true });
    else await expect(answer).rejects.toMatchObject({ reason: 'io' });
  }
});

test('every failure is a Failure and is counted', async () => {
  const failure = await router.dispatch('test/none', {}, call()).catch((error) => error);
  expect(failure).toBeInstanceOf(Failure);
  expect(router.timings.find(({ method }) => method === 'test/slow')).toMatchObject({ count: 1, cancelled: 1, failed: 0 });
});

test('a process that is started later has other correlation ids, also under the process id of an earlier one', async () => {
  const began = vi.spyOn(performance, 'timeOrigin', 'get');
  const idsOf = async (started: number): Promise<string[]> => {
    vi.resetModules();
    began.mockReturnValue(started);
    const { Router: Fresh } = await import('../../../server/rpc/router.ts');
    const ids: string[] = [];
    const answering = handle(careful, async (_params, { correlationId }) => {
      ids.push(correlationId);
      return {};
    });
    const own = new Fresh([answering], () => {});
    for (let time = 0; time < 2; time++) await own.dispatch('test/careful', { confirmed: true }, call());
    return ids;
  };
  const [before, after] = [await idsOf(1_700_000_000_000), await idsOf(1_700_000_060_000)];
  began.mockRestore();
  expect(new Set([...before, ...after]).size).toBe(4);
  for (const id of [...before, ...after]) expect(id).toMatch(new RegExp(`^${process.pid}-[0-9a-z]+-[12]$`));
});
