// When what is looked at: on a clock that the test holds in its hand.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Connectivity } from '../../../server/monitor/schedule/connectivity.ts';
import { DueHeap } from '../../../server/monitor/schedule/heap.ts';
import { Scheduler } from '../../../server/monitor/schedule/scheduler.ts';
import { HandClock } from '../../support/monitorWorld.ts';

const minute = 60_000;

interface LookAt {
  readonly id: string;
  readonly at: number;
}

function scheduling(
  given: { took?: (id: string) => number; random?: () => number; limit?: number; wanted?: (id: string) => number | undefined } = {},
) {
  const clock = new HandClock(0);
  const looks: LookAt[] = [];
  const gaps: number[] = [];
  const hosts = new Map<string, string>();
  let running: string[] = [];
  let most = 0;
  const atOnce = new Map<string, number>();
  const scheduler = new Scheduler({
    clock,
    gap: (length) => gaps.push(length),
    ...(given.random === undefined ? {} : { random: given.random }),
    ...(given.limit === undefined ? {} : { limit: given.limit }),
    look: async (id) => {
      looks.push({ id, at: clock.monotonic() });
      running = [...running, id];
      most = Math.max(most, running.length);
      const host = hosts.get(id) ?? id;
      const here = running.filter((each) => (hosts.get(each) ?? each) === host).length;
      atOnce.set(host, Math.max(atOnce.get(host) ?? 0, here));
      await new Promise<void>((resolve) => clock.timer(given.took?.(id) ?? 0, resolve));
      running = running.filter((each) => each !== id);
      return given.wanted?.(id);
    },
  });
  const settle = async () => {
    await setImmediate();
    await setImmediate();
  };
  return {
    ...{ clock, looks, gaps, scheduler, hosts, atOnce },
    most: () => most,
    of: (id: string) => looks.filter((each) => each.id === id).map(({ at }) => at),
    advance: async (milliseconds: number) => {
      await settle();
      await clock.advance(milliseconds, settle);
    },
  };
}

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `monitor${index}`);

describe('the scheduler', () => {
  it('looks at each once an interval, give or take 5 %, spread over the interval, without drifting', async () => {
    const { scheduler, advance, of, looks } = scheduling();
    const all = ids(40);
    for (const id of all) scheduler.set({ id, interval: minute, host: undefined }, undefined);
    await advance(20 * minute);
    for (const id of all) {
      const times = of(id).slice(2);
      expect(of(id).length).toBeGreaterThanOrEqual(19);
      expect(of(id).length).toBeLessThanOrEqual(22);
      const [first = 0] = times;
      for (const [index, time] of times.entries()) expect(Math.abs(time - first - index * minute)).toBeLessThanOrEqual(0.12 * minute);
    }
    const seconds = new Set(looks.filter(({ at }) => at > 10 * minute).map(({ at }) => Math.floor((at % minute) / 5000)));
    expect(seconds.size).toBe(12);
  });

  it('begins with all of them within seconds, however many there are', async () => {
    const { scheduler, advance, of } = scheduling({ limit: 1000 });
    const all = ids(300);
    for (const id of all) scheduler.set({ id, interval: minute, host: undefined }, undefined);
    await advance(7000);
    expect(all.every((id) => of(id).length === 1)).toBe(true);
  });

  it('resumes where the last hub stopped: what is not due yet waits for it', async () => {
    const { scheduler, advance, of } = scheduling();
    scheduler.set({ id: 'fresh', interval: minute, host: undefined }, 10_000);
    scheduler.set({ id: 'overdue', interval: minute, host: undefined }, 10 * minute);
    await advance(5000);
    expect([of('fresh').length, of('overdue').length]).toEqual([0, 1]);
    await advance(46_000);
    expect(of('fresh')).toHaveLength(1);
  });

  it('does not begin a look that still runs, nor more than two at a host or fifty in all', async () => {
    const { scheduler, advance, of, atOnce, hosts, most } = scheduling({ took: () => 150_000, limit: 10 });
    for (const id of ids(30)) {
      hosts.set(id, Number(id.slice(7)) < 10 ? 'busy' : id);
      scheduler.set({ id, interval: minute, host: hosts.get(id) }, undefined);
    }
    await advance(20 * minute);
    expect(atOnce.get('busy')).toBe(2);
    expect(Math.max(...[...atOnce].filter(([host]) => host !== 'busy').map(([, count]) => count))).toBe(1);
    expect(most()).toBe(10);
    // Nobody is forgotten meanwhile.
    for (const id of ids(30)) expect(of(id).length).toBeGreaterThan(0);
  });

  it('looks again when it was asked to, and then goes on as usual', async () => {
    let retry: number | undefined = 5000;
    const { scheduler, advance, of } = scheduling({ wanted: () => retry, random: () => 0.5 });
    scheduler.set({ id: 'one', interval: minute, host: undefined }, undefined);
    await advance(20_000);
    expect(of('one').length).toBeGreaterThanOrEqual(4);
    retry = undefined;
    await advance(10_000);
    const before = of('one').length;
    await advance(10 * minute);
    expect(of('one').length - before).toBeGreaterThanOrEqual(9);
    expect(of('one').length - before).toBeLessThanOrEqual(11);
  });

  it('makes up for nothing after it stood still, and spreads what is due', async () => {
    const { scheduler, clock, advance, looks, gaps, of } = scheduling({ limit: 1000 });
    const all = ids(100);
    for (const id of all) scheduler.set({ id, interval: minute, host: undefined }, undefined);
    await advance(5 * minute);
    const before = looks.length;
    clock.stand(60 * minute);
    await advance(1);
    expect(gaps.some((length) => length > 58 * minute)).toBe(true);
    expect(looks.length - before).toBeLessThan(20);
    await advance(minute);
    for (const id of all) expect(of(id).filter((at) => at > 64 * minute).length).toBeLessThanOrEqual(2);
    expect(looks.length - before).toBeGreaterThanOrEqual(100);
  });

  it('has one timer for all, and none when nothing is watched', async () => {
    const { scheduler, clock, advance } = scheduling();
    expect(clock.timers).toBe(0);
    for (const id of ids(50)) scheduler.set({ id, interval: minute, host: undefined }, 0);
    expect(clock.timers).toBe(1);
    await advance(5 * minute);
    expect(clock.timers).toBeLessThanOrEqual(2);
    for (const id of ids(50)) scheduler.delete(id);
    await advance(1000);
    expect(clock.timers).toBe(0);
  });

  it('is not confused by clocks that are set', async () => {
    const { scheduler, clock, advance, of } = scheduling();
    scheduler.set({ id: 'one', interval: minute, host: undefined }, undefined);
    await advance(5 * minute);
    const before = of('one').length;
    clock.setWall(60 * minute);
    await advance(5 * minute);
    clock.setWall(-120 * minute);
    await advance(5 * minute);
    expect(of('one').length - before).toBeGreaterThanOrEqual(9);
    expect(of('one').length - before).toBeLessThanOrEqual(11);
  });
});

describe('what is due', () => {
  it('comes in order, whatever was moved and taken out', () => {
    const heap = new DueHeap();
    const due = new Map<string, number>();
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    for (let step = 0; step < 1000; step++) {
      const id = `m${random(40)}`;
      if (random(4) === 0) {
        heap.delete(id);
        due.delete(id);
      } else {
        const at = random(1000);
        heap.set(id, at);
        due.set(id, at);
      }
      expect(heap.size).toBe(due.size);
      expect(heap.first?.due).toBe(due.size === 0 ? undefined : Math.min(...due.values()));
    }
  });
});

describe('the connectivity guard', () => {
  const guard = (outside: boolean | undefined) => {
    const clock = new HandClock(0);
    return { clock, connectivity: new Connectivity(clock, async () => outside) };
  };

  it('believes one host alone unless it is known that nothing else answers', async () => {
    for (const [outside, wanted] of [
      [true, true],
      [undefined, true],
      [false, false],
    ] as const) {
      const { clock, connectivity } = guard(outside);
      connectivity.note('a', false);
      expect(await connectivity.believes('a', clock.monotonic())).toBe(wanted);
    }
  });

  it('believes any host when another has answered since', async () => {
    const { clock, connectivity } = guard(false);
    connectivity.note('a', false);
    connectivity.note('b', true);
    expect(await connectivity.believes('a', clock.monotonic())).toBe(true);
    expect(await connectivity.believes('a', clock.monotonic() + 1)).toBe(false);
  });

  it('believes none when nothing beyond this machine has answered since it fails, unless a name server does', async () => {
    for (const [outside, wanted] of [
      [false, false],
      [undefined, false],
      [true, true],
    ] as const) {
      const { clock, connectivity } = guard(outside);
      connectivity.note('a', true);
      connectivity.note('b', true);
      clock.stand(1000);
      const since = clock.monotonic();
      connectivity.note('a', false);
      connectivity.note('b', false);
      expect(await connectivity.believes('a', since)).toBe(wanted);
    }
  });

  it('forgets hosts that nobody looks at', async () => {
    const { clock, connectivity } = guard(undefined);
    connectivity.note('a', false);
    connectivity.note('b', false);
    expect(await connectivity.believes('a', clock.monotonic() + 1)).toBe(false);
    connectivity.keep(new Set(['a']));
    expect(await connectivity.believes('a', clock.monotonic() + 1)).toBe(true);
  });
});
