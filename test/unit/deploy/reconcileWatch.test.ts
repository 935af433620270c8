import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Engine, EngineEvent } from '../../../server/deploy/engine/types.ts';
import { Backoff } from '../../../server/deploy/reconcile/backoff.ts';
import { EngineWatch } from '../../../server/deploy/reconcile/engineWatch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const hour = 3600_000;

test('a clock that is set back keeps nobody from looking, after an event or without', async () => {
  let hear: (event: EngineEvent) => void = () => {};
  const engine = {
    events: (_since: number, _labels: object, heard: (event: EngineEvent) => void, signal: AbortSignal) => {
      hear = heard;
      return new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  } as unknown as Engine;
  let looks = 0;
  const watch = new EngineWatch({
    address: 'unix:///engine',
    get: async () => engine,
    look: async () => {
      looks += 1;
      return undefined;
    },
    heard: () => true,
    log: () => {},
  });
  try {
    await vi.advanceTimersByTimeAsync(0);
    expect(looks).toBe(1);
    vi.setSystemTime(Date.now() - hour);
    hear({ time: Date.now(), kind: 'container', action: 'die', id: '1', labels: {} });
    await vi.advanceTimersByTimeAsync(499);
    expect(looks).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(looks).toBe(2);
    await vi.advanceTimersByTimeAsync(33_000);
    expect(looks).toBe(3);
  } finally {
    await watch.stop();
  }
});

test('a clock that is set back makes nothing wait longer to be healed', () => {
  const backoff = new Backoff();
  backoff.attempted('web');
  vi.setSystemTime(Date.now() - hour);
  expect(backoff.wait(['web'])).toBe(5_000);
  vi.advanceTimersByTime(5_000);
  expect(backoff.allows('web')).toBe(true);
});
