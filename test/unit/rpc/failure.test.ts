import { expect, test } from 'vitest';
import { errorCodes, reasons } from '../../../server/protocol/errors.ts';
import { asFailure, cancelled, Failure, throwIfCancelled } from '../../../server/rpc/failure.ts';

const system = (code: string) => Object.assign(new Error(`${code}: something`), { code });

test.each([
  ['ENOENT', 'not-found'],
  ['ENOSPC', 'io'],
  ['EACCES', 'io'],
  ['EROFS', 'io'],
  ['EMFILE', 'io'],
])('a system error %s is %s', (code, reason) => {
  expect(asFailure(system(code))).toMatchObject({ reason });
});

test('a mistake of ours is internal, with its cause; an aborted wait is cancelled; a failure stays itself', () => {
  const mistake = new TypeError('x is undefined');
  expect(asFailure(mistake)).toMatchObject({ reason: 'internal', cause: mistake });
  expect(asFailure('thrown text')).toMatchObject({ reason: 'internal' });
  expect(asFailure(new DOMException('aborted', 'AbortError'))).toMatchObject({ reason: 'cancelled' });
  const failure = new Failure('locked', 'Held.');
  expect(asFailure(failure)).toBe(failure);
});

test('codes tell the protocol’s own cases apart; data leaves out what is not known', () => {
  for (const reason of reasons) {
    const expected = reason === 'cancelled' ? errorCodes.cancelled : reason === 'invalid' ? errorCodes.invalid : errorCodes.failed;
    expect(new Failure(reason, 'x').code, reason).toBe(expected);
  }
  expect(new Failure('io', 'x').data()).toEqual({ reason: 'io' });
  expect(new Failure('io', 'x', { hint: 'y', detail: 'z' }).data('id')).toEqual({
    reason: 'io',
    hint: 'y',
    detail: 'z',
    correlationId: 'id',
  });
});

test('throwIfCancelled', () => {
  const controller = new AbortController();
  throwIfCancelled(controller.signal);
  controller.abort();
  expect(() => throwIfCancelled(controller.signal)).toThrow(cancelled().message);
});
