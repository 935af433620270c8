// What was typed into an item panel, while others write too: nothing is lost, nothing is overwritten.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Draft, rebase, resolved, saved, typed } from '../../../../webviews/item/drafts.ts';
import { ItemDrafts, problemOf } from '../../../../webviews/item/itemDrafts.ts';

describe('one draft', () => {
  test('typing what is stored is no draft; anything else is, from what was stored', () => {
    expect(typed(undefined, 'a', 'a')).toBeUndefined();
    expect(typed(undefined, 'a', 'ab')).toEqual({ base: 'a', text: 'ab' });
    expect(typed({ base: 'a', text: 'ab' }, 'later', 'abc')).toEqual({ base: 'a', text: 'abc' });
    expect(typed({ base: 'a', text: 'ab' }, 'a', 'a')).toBeUndefined();
  });

  test('another stored text is a conflict only when both changed, to different texts', () => {
    expect(rebase({ base: 'a', text: 'mine' }, 'a')).toEqual({ base: 'a', text: 'mine' });
    expect(rebase({ base: 'a', text: 'same' }, 'same')).toBeUndefined();
    expect(rebase({ base: 'a', text: 'mine' }, 'theirs')).toEqual({ base: 'a', text: 'mine', theirs: 'theirs' });
    // What mine began with was typed again: still another text than theirs.
    expect(rebase({ base: 'a', text: 'a', theirs: 'theirs' }, 'third')).toEqual({ base: 'a', text: 'a', theirs: 'third' });
    // They took it back: nothing to decide any more.
    expect(rebase({ base: 'a', text: 'mine', theirs: 'theirs' }, 'a')).toEqual({ base: 'a', text: 'mine' });
  });

  test('keeping mine starts from theirs, so that the store sees that it was seen', () => {
    const draft: Draft = { base: 'a', text: 'mine', theirs: 'theirs' };
    expect(resolved(draft, 'mine')).toEqual({ base: 'theirs', text: 'mine' });
    expect(resolved(draft, 'theirs')).toBeUndefined();
  });

  test('what was typed while it was saved stays, from what was saved', () => {
    expect(saved({ base: 'a', text: 'ab' }, 'ab')).toBeUndefined();
    expect(saved({ base: 'a', text: 'abc' }, 'ab')).toEqual({ base: 'ab', text: 'abc' });
  });
});

/** A store that answers as `work/edit` does: another text than the caller started from is refused. */
class Store {
  text = 'begin';
  /** Answers come when this resolves. */
  answers: Promise<void> = Promise.resolve();
  asked = 0;
  drafts = new ItemDrafts(
    {},
    {
      send: async (_key, { base, text }, kept) => {
        this.asked++;
        await this.answers;
        if (base === this.text) {
          this.text = text;
          kept();
        }
        this.drafts.stored(new Map([['notes', this.text]]));
      },
      changed: () => {},
    },
  );

  /** Somebody else writes. */
  other(text: string): void {
    this.text = text;
    this.drafts.stored(new Map([['notes', text]]));
  }
}

test('whatever two writers do in turn, neither text disappears without a decision', async () => {
  const word = fc.string({ minLength: 1, maxLength: 4 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('type' as const), text: word }),
    fc.record({ kind: fc.constant('save' as const) }),
    fc.record({ kind: fc.constant('other' as const), text: word }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const store = new Store();
      /** What was stored when I began to type what is not saved. */
      let began: string | undefined;
      for (const each of steps) {
        const before = store.text;
        const draft = store.drafts.get('notes');
        if (each.kind === 'type') {
          if (draft === undefined) began = before;
          store.drafts.type('notes', before, each.text);
        } else if (each.kind === 'other') {
          store.other(each.text);
          // What I typed and did not save is still in the field.
          if (draft !== undefined) expect(store.drafts.text('notes', store.text)).toBe(draft.text);
        } else {
          await store.drafts.save('notes');
          // It replaced only what I had seen.
          if (store.text !== before) expect(began).toBe(before);
        }
      }
      store.drafts.revert('notes');
    }),
  );
});

test('a text that is saved and stored under way is no conflict with what is typed meanwhile', async () => {
  const store = new Store();
  store.drafts.type('notes', 'begin', 'begin one');
  let answer = (): void => {};
  store.answers = new Promise((resolve) => {
    answer = resolve;
  });
  const saving = store.drafts.save('notes');
  while (store.asked === 0) await Promise.resolve();
  store.drafts.type('notes', 'begin', 'begin one two');
  // The event about the change may be here before the answer.
  store.drafts.stored(new Map([['notes', 'begin one']]));
  expect(store.drafts.inConflict).toBe(false);
  store.text = 'begin';
  answer();
  await saving;
  expect(store.text).toBe('begin one');
  expect(store.drafts.get('notes')).toEqual({ base: 'begin one', text: 'begin one two' });
  await store.drafts.save('notes');
  expect(store.text).toBe('begin one two');
  expect(store.drafts.all).toEqual({});
});

test('what cannot be saved says why', () => {
  expect(problemOf('notes', 'x'.repeat(2000))).toBeUndefined();
  expect(problemOf('notes', 'x'.repeat(2003))).toMatch(/^3 characters too many/);
  expect(problemOf('notes', '')).toBeUndefined();
  expect(problemOf('title', ' ')).toMatch(/title/);
  expect(problemOf('title', 'x'.repeat(301))).toMatch(/300/);
  expect(problemOf('check:1', '')).toMatch(/empty/);
  expect(problemOf('assignee', '')).toBeUndefined();
});
