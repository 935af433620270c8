// What a person chooses and writes in an item panel faster than the store answers.
import { expect, test } from 'vitest';
import { ItemModel } from '../../../../webviews/item/model.ts';
import { PanelError } from '../../../../webviews/ui/bridge.ts';

/** A store that answers when it is told to, and refuses a change that does not start from what it has. */
function panel() {
  let due: string | null = '2026-01-01';
  const waiting: (() => void)[] = [];
  const asked: string[] = [];
  const listeners = new Map<string, (value: unknown) => void>();
  const item = () => ({ id: 1, title: 'Faster', notes: '', assignee: null, due, checklist: [], checks: {}, commentList: [] });
  const answer = (method: string, params: { due?: { from: string | null; to: string | null } }): unknown => {
    if (method === 'load') return { item: item(), current: false };
    if (method === 'addEntry') return { path: 'changes/1.md' };
    if (params.due !== undefined) {
      if (params.due.from !== due) throw new PanelError({ reason: 'conflict', message: 'Somebody has changed the due date.' });
      due = params.due.to;
    }
    return item();
  };
  const bridge = {
    kept: undefined,
    keep: () => {},
    on: (name: string, listener: (value: unknown) => void) => listeners.set(name, listener),
    ask: (method: string, params: object) =>
      new Promise((resolve, reject) => {
        asked.push(method);
        waiting.push(() => {
          try {
            resolve(answer(method, params));
          } catch (error) {
            reject(error);
          }
        });
      }),
  };
  const model = new ItemModel(bridge as unknown as ConstructorParameters<typeof ItemModel>[0]);
  const settle = async () => {
    while (waiting.length > 0) {
      waiting.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  const open = async () => {
    listeners.get('opened')?.({});
    await settle();
  };
  return { model, open, settle, count: (method: string) => asked.filter((each) => each === method).length, stored: () => due };
}

test('a day that is typed key by key is stored whole: each change starts from the one before', async () => {
  const { model, open, settle, stored, count } = panel();
  await open();
  for (const typed of ['0002-01-01', '0020-01-01', '0202-01-01', '2027-01-01']) void model.choose('due', typed);
  expect(model.chosen('due', stored())).toBe('2027-01-01');
  await settle();
  expect([stored(), model.item?.due, model.problem]).toEqual(['2027-01-01', '2027-01-01', undefined]);
  expect(count('edit'), 'what was overtaken is not sent').toBe(2);
  expect(model.chosen('due', 'what is stored')).toBe('what is stored');
});

test('a change entry is written once, however often it is sent, and what is typed meanwhile stays', async () => {
  const { model, open, settle, count } = panel();
  await open();
  const entry = { kind: 'entry', category: 'Added', text: 'Faster lists' } as const;
  model.openEntry(true);
  model.drafts.type('newEntry', '', 'Faster lists');
  void model.addEntry(entry);
  void model.addEntry(entry);
  model.drafts.type('newEntry', '', 'Faster lists and trees');
  await settle();
  expect([count('addEntry'), model.drafts.text('newEntry'), model.entryOpen]).toEqual([1, 'Faster lists and trees', true]);
  void model.addEntry(entry);
  await settle();
  expect([count('addEntry'), model.drafts.text('newEntry'), model.entryOpen]).toEqual([2, '', false]);
});
