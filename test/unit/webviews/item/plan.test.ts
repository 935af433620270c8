// The order of a checklist, and the words of a plan.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { precondition } from '../../../../server/protocol/workFlow.ts';
import type { Plan, Precondition } from '../../../../webviews/item/messages.ts';
import { dropIndex, moved, after as neighbourOf } from '../../../../webviews/item/reorder.ts';
import { fixWords, inOrder, mark, planSummary } from '../../../../webviews/item/words.ts';
import { ago } from '../../../../webviews/ui/times.ts';

const list = ['a', 'b', 'c', 'd'].map((id) => ({ id }));
const ids = (entries: readonly { id: string }[]): string => entries.map(({ id }) => id).join('');

describe('moving an entry', () => {
  test('to an index, and not over the ends', () => {
    expect(ids(moved(list, 'a', 2))).toBe('bcad');
    expect(ids(moved(list, 'd', 0))).toBe('dabc');
    expect(ids(moved(list, 'a', -1))).toBe('abcd');
    expect(ids(moved(list, 'b', 99))).toBe('acdb');
    expect(ids(moved(list, 'gone', 1))).toBe('abcd');
  });

  test('`after` names its neighbour as the server wants it', () => {
    expect(neighbourOf(list, 'a')).toBeNull();
    expect(neighbourOf(list, 'c')).toBe('b');
  });

  test('telling the server "after that one" gives the list that is shown', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        fc.integer(),
        (names, which, to) => {
          const entries = names.map((id) => ({ id }));
          const id = names[which % names.length] ?? '';
          const shown = moved(entries, id, to);
          const neighbour = neighbourOf(shown, id);
          const rest = entries.filter((each) => each.id !== id);
          rest.splice(neighbour === null ? 0 : rest.findIndex((each) => each.id === neighbour) + 1, 0, { id });
          expect(ids(rest)).toBe(ids(shown));
        },
      ),
    );
  });

  test('dropped above the middle of a row it goes before it, below the last one to the end', () => {
    expect(dropIndex([10, 30, 50], 5)).toBe(0);
    expect(dropIndex([10, 30, 50], 29)).toBe(1);
    expect(dropIndex([10, 30, 50], 51)).toBe(3);
    expect(dropIndex([], 5)).toBe(0);
  });
});

describe('the plan', () => {
  const condition = (state: Precondition['state'], id: Precondition['id'] = 'notes'): Precondition => ({
    id,
    state,
    text: `${id} ${state}`,
  });
  const planOf = (preconditions: Precondition[], ready: boolean): Plan => ({
    ready,
    preconditions,
    targets: ['main'],
    how: 'merge',
    possible: ['merge'],
    message: '',
    entry: { state: 'missing', problems: [] },
    ...(ready
      ? {
          source: { branch: 'work/1', commit: 'a'.repeat(40), ahead: 1, behind: 0 },
          target: { branch: 'main', commit: 'b'.repeat(40) },
        }
      : {}),
  });

  test('what is in the way is first, the rest keeps its order', () => {
    const rows = [condition('ok', 'state'), condition('warning', 'upstream'), condition('failed', 'notes'), condition('ok', 'branch')];
    expect(inOrder(rows).map(({ id }) => id)).toEqual(['notes', 'upstream', 'state', 'branch']);
  });

  test('says how many things are in the way, or what goes where', () => {
    expect(planSummary(planOf([condition('failed')], false))).toBe('One thing is in the way.');
    expect(planSummary(planOf([condition('failed'), condition('failed', 'entry'), condition('ok', 'state')], false))).toBe(
      '2 things are in the way.',
    );
    expect(planSummary(planOf([], true))).toBe('Ready: work/1 goes into main. Nothing is pushed.');
  });

  test('every state has an icon of its own and a word, every fix of the contract a button or a sentence', () => {
    const marks = (['ok', 'failed', 'warning'] as const).map(mark);
    expect(new Set(marks.map(({ icon }) => icon)).size).toBe(3);
    expect(new Set(marks.map(({ word }) => word)).size).toBe(3);
    const fixes = precondition.shape.fix.def.innerType.options;
    expect(fixes.length).toBeGreaterThan(8);
    for (const fix of fixes) expect(Object.values(fixWords(fix)).join('')).not.toBe('');
  });
});

test('ages', () => {
  const now = Date.UTC(2026, 10, 21);
  expect(ago(now - 5_000, now)).toBe('now');
  expect(ago(now - 3 * 3_600_000, now)).toBe('3 hours ago');
  expect(ago(now - 40 * 86_400_000, now)).toBe('1 month ago');
});
