import { describe, expect, test } from 'vitest';
import { Flights, Queue } from '../../../server/git/queue.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('Queue', () => {
  test('runs no more than its limit, and the next when one is done', async () => {
    const queue = new Queue(2);
    const first = await queue.acquire('visible');
    await queue.acquire('visible');
    let third = false;
    const waiting = queue.acquire('visible').then((release) => {
      third = true;
      return release;
    });
    await turn();
    expect([third, queue.waiting]).toEqual([false, 1]);
    first();
    (await waiting)();
    expect([third, queue.waiting]).toEqual([true, 0]);
  });

  test('visible work goes before background work that came earlier', async () => {
    const queue = new Queue(1);
    const release = await queue.acquire('visible');
    const order: string[] = [];
    const run = (name: string, priority: 'visible' | 'background') =>
      queue.acquire(priority).then((done) => {
        order.push(name);
        done();
      });
    const all = [
      run('background 1', 'background'),
      run('visible 1', 'visible'),
      run('background 2', 'background'),
      run('visible 2', 'visible'),
    ];
    release();
    await Promise.all(all);
    expect(order).toEqual(['visible 1', 'visible 2', 'background 1', 'background 2']);
  });

  test('background work never takes the last slots', async () => {
    const queue = new Queue(3, 1);
    await queue.acquire('background');
    let second = false;
    void queue.acquire('background').then(() => {
      second = true;
    });
    await queue.acquire('visible');
    await queue.acquire('visible');
    await turn();
    expect(second).toBe(false);
  });

  test('who gives up while waiting leaves no trace', async () => {
    const queue = new Queue(1);
    const release = await queue.acquire('visible');
    const controller = new AbortController();
    const given = Array.from({ length: 200 }, () => queue.acquire('visible', controller.signal));
    expect(queue.waiting).toBe(200);
    controller.abort();
    const outcomes = await Promise.allSettled(given);
    expect(outcomes.every((each) => each.status === 'rejected' && each.reason.reason === 'cancelled')).toBe(true);
    expect(queue.waiting).toBe(0);
    release();
    (await queue.acquire('visible'))();
  });

  test('releasing twice frees one slot only', async () => {
    const queue = new Queue(1);
    const release = await queue.acquire('visible');
    const second = queue.acquire('visible');
    release();
    release();
    await second;
    let third = false;
    void queue.acquire('visible').then(() => {
      third = true;
    });
    await turn();
    expect(third).toBe(false);
  });
});

describe('Flights', () => {
  test('equal requests share one piece of work', async () => {
    const flights = new Flights<number>();
    let started = 0;
    const work = async () => {
      started++;
      await turn();
      return started;
    };
    expect(
      await Promise.all([flights.join('a', undefined, work), flights.join('a', undefined, work), flights.join('b', undefined, work)]),
    ).toEqual([2, 2, 2]);
    expect(started).toBe(2);
    expect(flights.size).toBe(0);
    await flights.join('a', undefined, work);
    expect(started).toBe(3);
  });

  test('the work is cancelled only when the last rider leaves, who waits for its end', async () => {
    const flights = new Flights<number>();
    let ended = false;
    const work = (signal: AbortSignal) =>
      new Promise<number>((_, reject) =>
        signal.addEventListener('abort', () =>
          setTimeout(() => {
            ended = true;
            reject(new Error('stopped'));
          }, 20),
        ),
      );
    const [one, two] = [new AbortController(), new AbortController()];
    const first = flights.join('a', one.signal, work);
    const second = flights.join('a', two.signal, work);
    one.abort();
    await expect(first).rejects.toMatchObject({ reason: 'cancelled' });
    expect(ended).toBe(false);
    two.abort();
    await expect(second).rejects.toMatchObject({ reason: 'cancelled' });
    expect(ended).toBe(true);
  });

  test('a failure reaches every rider and is not kept', async () => {
    const flights = new Flights<number>();
    const failing = async () => {
      await turn();
      throw new Error('broken');
    };
    const outcomes = await Promise.allSettled([flights.join('a', undefined, failing), flights.join('a', undefined, failing)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await flights.join('a', undefined, async () => 1)).toBe(1);
  });

  test('a request that comes while a cancelled one still dies gets work of its own', async () => {
    const flights = new Flights<string>();
    const controller = new AbortController();
    const dying = flights.join(
      'a',
      controller.signal,
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => setTimeout(reject, 20, new Error('stopped')))),
    );
    controller.abort();
    expect(await flights.join('a', undefined, async () => 'fresh')).toBe('fresh');
    await expect(dying).rejects.toMatchObject({ reason: 'cancelled' });
  });
});
