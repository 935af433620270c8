// Sealing moves events from memory into a file while somebody reads the log in parts: every event is read once.
import { afterEach, expect, test } from 'vitest';
import { exportEvents, verifyLog } from '../../../server/store/audit.ts';
import { listEvents } from '../../../server/store/eventList.ts';
import type { StateStore } from '../../../server/store/types.ts';
import { calm, day, openState, type TestState } from '../../support/stateStore.ts';

const count = 4500;
const states: TestState[] = [];
afterEach(async () => {
  for (const state of states.splice(0)) await state.close();
});

/** Two sealings' worth of events; the second one happens before the read of that number. */
async function sealedBefore(read: number): Promise<{ state: TestState; store: StateStore; reads: () => number }> {
  const state = await openState();
  states.push(state);
  const seal = () => state.keeping.segments.seal(state.store, state.clock);
  for (let part = 0; part < 2; part++) {
    await Promise.all(Array.from({ length: count / 2 }, (_, each) => state.happen('kind', { part, each })));
    state.clock += 100 * day;
    if (part === 0) await seal();
  }
  let reads = 0;
  const store: StateStore = {
    write: (author, change) => state.store.write(author, change),
    read: async (query) => {
      if (++reads === read) await seal();
      return state.store.read(query);
    },
    onAppended: (listener) => state.store.onAppended(listener),
  };
  return { state, store, reads: () => reads };
}

/** In order, each at most once, none left out. */
function expectAll(sequences: readonly number[], direction: 1 | -1): void {
  const sorted = direction === 1 ? sequences : [...sequences].reverse();
  expect(sorted).toEqual(Array.from({ length: sorted.length }, (_, at) => at + 1));
  expect(sorted.length).toBeGreaterThanOrEqual(count);
}

const readers: readonly [string, (state: TestState, store: StateStore) => Promise<void>][] = [
  [
    'a list, newest first',
    async (state, store) => {
      const { events } = await listEvents(store, state.keeping.segments, { limit: 2 * count, sealed: true }, calm.signal);
      expectAll(
        events.map(({ sequence }) => sequence),
        -1,
      );
    },
  ],
  [
    'a list, oldest first',
    async (state, store) => {
      const { events } = await listEvents(store, state.keeping.segments, { limit: 2 * count, sealed: true, after: 0 }, calm.signal);
      expectAll(
        events.map(({ sequence }) => sequence),
        1,
      );
    },
  ],
  [
    'an export',
    async (state, store) => {
      const sequences: number[] = [];
      const emit = async ({ rows }: { rows: { sequence: number }[] }) => void sequences.push(...rows.map(({ sequence }) => sequence));
      await exportEvents(store, state.keeping.segments, {}, { ...calm, emit });
      expectAll(sequences, 1);
    },
  ],
  [
    'a verification',
    async (state, store) => {
      const { events, problems } = await verifyLog(store, state.keeping.segments, calm);
      expect(problems).toEqual([]);
      expect(events).toBeGreaterThanOrEqual(count);
    },
  ],
];

test.each(readers)('%s', { timeout: 120_000 }, async (_, run) => {
  for (let read = 1, reads = 1; read <= reads; read++) {
    const { state, store, reads: done } = await sealedBefore(read);
    await run(state, store);
    reads = Math.max(reads, done());
  }
});
