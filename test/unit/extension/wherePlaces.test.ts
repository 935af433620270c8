// What the window remembers of where commits run, over a connection that answers as the server does.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RepositoryTracker } from '../../../extension/git/repositoryTracker.ts';
import type { ServerConnection } from '../../../extension/server.ts';
import type { InputOf, ResultOf } from '../../../server/protocol/message.ts';
import type { placed, Release } from '../../../server/protocol/where.ts';

type Listener = (value: never) => void;

class Emitter {
  readonly #listeners = new Set<Listener>();
  readonly event = (listener: Listener) => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };
  fire(value: unknown): void {
    for (const listener of this.#listeners) listener(value as never);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}
vi.mock('vscode', async () => ({ ...(await import('../../support/vscodeRows.ts')).vscodeRows, EventEmitter: Emitter }));

const { LivePlaces } = await import('../../../extension/deploy/wherePlaces.ts');

const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
const release = (more: Partial<Release> = {}): Release => ({
  environment: 'production',
  service: 'web',
  deployment: '0mf0000000000000',
  commit: a,
  since: 0,
  health: { state: 'healthy', since: 0 },
  paths: [],
  known: true,
  concerned: true,
  running: false,
  ...more,
});

/** A window: what the server was asked, what it answers, what it tells. */
function open() {
  const asked: InputOf<typeof placed>[] = [];
  const told = new Map<string, Emitter>();
  const [started, moved] = [new Emitter(), new Emitter()];
  const state = { releases: [release()], inside: new Set([a]), failing: false, hold: undefined as Promise<void> | undefined };
  const server = {
    send: async (_: unknown, params: InputOf<typeof placed>): Promise<ResultOf<typeof placed>> => {
      asked.push(params);
      const { releases, inside, failing, hold } = { ...state };
      await hold;
      if (failing) throw Object.assign(new Error('no'), { reason: 'io' });
      return { releases, contained: params.commits.map((commit) => (inside.has(commit) ? releases.map((_each, index) => index) : [])) };
    },
    on: ({ method }: { method: string }, listener: Listener) => {
      const emitter = told.get(method) ?? new Emitter();
      told.set(method, emitter);
      return emitter.event(listener);
    },
    onDidStart: started.event,
  };
  const places = new LivePlaces(server as unknown as ServerConnection, { onDidMove: moved.event } as unknown as RepositoryTracker, {
    debug: () => {},
  });
  const news: string[][] = [];
  places.onDidLearn(({ commits }) => void news.push([...commits]));
  const states = (commit: string, path?: string) => places.of('/r', commit, path)?.map(({ contained }) => contained);
  return { places, asked, told: (method: string) => told.get(method)?.fire({}), started, moved, state, news, states };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a commit is asked about once, together with others, and again when its answer is old', async () => {
  const { places, asked, states, news } = open();
  expect(states(a)).toBeUndefined();
  await Promise.all([places.ask('/r', [a, b]), places.ask('/r', [b, a])]);
  expect(asked.map(({ commits }) => commits)).toEqual([[a, b]]);
  expect([states(a), states(b)]).toEqual([['in'], ['out']]);
  await places.ask('/r', [a]);
  expect(asked).toHaveLength(1);
  vi.advanceTimersByTime(61_000);
  expect(asked).toHaveLength(1);
  await places.ask('/r', [a]);
  expect(asked).toHaveLength(2);
  // The same again is no news.
  expect(news).toEqual([[a, b]]);
});

test('where nothing is deployed there is no news, and nothing is asked by itself', async () => {
  const { places, asked, state, news, states } = open();
  state.releases = [];
  await places.ask('/r', [a, b]);
  expect(states(a)).toEqual([]);
  vi.advanceTimersByTime(3_600_000);
  expect([asked.length, news]).toEqual([1, []]);
});

test('what changes is asked again for all that was asked, once for a burst; only what differs is news', async () => {
  const { places, asked, told, state, news, states } = open();
  await places.ask('/r', [a, b]);
  news.length = 0;
  state.inside = new Set([a, b]);
  for (let times = 0; times < 5; times++) told('deploy/changed');
  expect(asked).toHaveLength(1);
  // Shown until the answer is there.
  expect(states(b)).toEqual(['out']);
  await vi.advanceTimersByTimeAsync(300);
  expect(asked).toHaveLength(2);
  expect([states(b), news]).toEqual([['in'], [[b]]]);
  state.releases = [release({ health: { state: 'down', since: 1 } })];
  told('hub/gone');
  await vi.advanceTimersByTimeAsync(300);
  expect(news).toEqual([[b], [a, b]]);
});

test('an answer that was overtaken is not taken', async () => {
  const { places, told, state, states } = open();
  let release_ = () => {};
  state.hold = new Promise((resolve) => {
    release_ = resolve;
  });
  const slow = places.ask('/r', [a]);
  state.hold = undefined;
  state.inside = new Set();
  told('deploy/changed');
  await vi.advanceTimersByTimeAsync(300);
  expect(states(a)).toEqual(['out']);
  release_();
  await slow;
  expect(states(a)).toEqual(['out']);
});

test('a failure leaves what is known', async () => {
  const { places, state, told, states } = open();
  await places.ask('/r', [a]);
  state.failing = true;
  told('deploy/changed');
  await vi.advanceTimersByTimeAsync(300);
  expect(states(a)).toEqual(['in']);
  expect(await places.get('/r', b)).toBeUndefined();
});

test('a fetch is a reason to ask again only where a deployed commit was not there; a repository that is gone is forgotten', async () => {
  const { places, asked, moved, state, states } = open();
  await places.ask('/r', [a]);
  moved.fire({ repository: '/r', what: ['refs'] });
  await vi.advanceTimersByTimeAsync(300);
  expect(asked).toHaveLength(1);
  state.releases = [release({ known: false })];
  await places.ask('/r', [b]);
  moved.fire({ repository: '/other', what: ['refs'] });
  await vi.advanceTimersByTimeAsync(300);
  expect(asked).toHaveLength(2);
  moved.fire({ repository: '/r', what: ['refs'] });
  await vi.advanceTimersByTimeAsync(300);
  expect(asked).toHaveLength(3);
  moved.fire({ repository: '/r', what: ['gone'] });
  expect(states(a)).toBeUndefined();
});

test('files are asked about on their own; those that were looked at long ago are forgotten', async () => {
  const { places, asked, states } = open();
  await places.ask('/r', [a], 'web/a.ts');
  expect(asked[0]).toEqual({ repository: '/r', commits: [a], path: 'web/a.ts' });
  expect([states(a), states(a, 'web/a.ts')]).toEqual([undefined, ['in']]);
  await places.ask('/r', [a]);
  for (let file = 0; file < 25; file++) await places.ask('/r', [a], `other/${file}.ts`);
  expect([states(a), states(a, 'web/a.ts'), states(a, 'other/24.ts')]).toEqual([['in'], undefined, ['in']]);
});
