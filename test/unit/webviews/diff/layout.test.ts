import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Loader } from '../../../../webviews/diff/loader.ts';
import { columnsOf, Offsets, windowOf, wrappedRows } from '../../../../webviews/ui/code/layout.ts';

test('every position belongs to the item that covers it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 2000 }),
      (heights, position) => {
        const offsets = new Offsets(heights);
        expect(offsets.total).toBe(heights.reduce((a, b) => a + b, 0));
        const at = offsets.at(position);
        if (position < offsets.total) {
          expect(offsets.start(at)).toBeLessThanOrEqual(position);
          expect(offsets.end(at)).toBeGreaterThan(position);
        } else expect(at).toBe(heights.length - 1);
      },
    ),
  );
});

test('a window has everything that is seen, in whole groups', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: -200, max: 3000 }),
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 8 }),
      (heights, top, height, step) => {
        const offsets = new Offsets(heights);
        const { first, end } = windowOf(offsets, top, top + height, step);
        if (top >= offsets.total || top + height <= 0) {
          expect(end - first).toBe(0);
          return;
        }
        expect(offsets.start(first)).toBeLessThanOrEqual(Math.max(0, top));
        expect(offsets.end(end - 1)).toBeGreaterThanOrEqual(Math.min(offsets.total, top + height));
        expect(first % step).toBe(0);
      },
    ),
  );
});

test('columns: tabs to the next stop, wide characters twice', () => {
  expect(columnsOf('abc', 4)).toBe(3);
  expect(columnsOf('\tab\tc', 4)).toBe(9);
  expect(columnsOf('日本', 4)).toBe(4);
  expect(columnsOf('🙂', 4)).toBe(2);
  expect(wrappedRows('', 80, 4)).toBe(1);
  expect(wrappedRows('x'.repeat(161), 80, 4)).toBe(3);
});

test('the loader: a few at a time, wanted first, unwanted cancelled', async () => {
  const started: string[] = [];
  const cancelled: string[] = [];
  const finish = new Map<string, () => void>();
  const loader = new Loader((key, signal) => {
    started.push(key);
    return new Promise<void>((done) => {
      finish.set(key, done);
      signal.addEventListener('abort', () => {
        cancelled.push(key);
        done();
      });
    });
  }, 2);
  loader.want(['a', 'b', 'c']);
  expect(started).toEqual(['a', 'b']);
  loader.want(['d', 'b']);
  expect(cancelled).toEqual(['a']);
  expect(started).toEqual(['a', 'b', 'd']);
  finish.get('b')?.();
  await Promise.resolve();
  loader.want(['b', 'e']);
  expect(started).toEqual(['a', 'b', 'd', 'b', 'e']);
  loader.clear();
  expect(cancelled).toEqual(['a', 'd', 'b', 'e']);
});
