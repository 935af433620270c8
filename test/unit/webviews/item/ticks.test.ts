// A tick is shown at once, and stays until its own answer comes: that of another change must not take it back for a moment.
import { expect, test } from 'vitest';
import { ItemModel } from '../../../../webviews/item/model.ts';
import { PanelError } from '../../../../webviews/ui/bridge.ts';

const item = (notes: string, done: boolean) => ({
  id: 1,
  title: 'Faster',
  notes,
  assignee: null,
  checklist: [{ id: 'a', text: 'Measure', done }],
  checks: { done: done ? 1 : 0, total: 1 },
  commentList: [],
});

const listed = (...ids: string[]) => ({ ...item('', false), checklist: ids.map((id) => ({ id, text: id, done: false })) });

function panel() {
  const asked: { method: string; answer(value: unknown): void; refuse(error: unknown): void }[] = [];
  const listeners = new Map<string, (value: unknown) => void>();
  const bridge = {
    kept: undefined,
    keep: () => {},
    on: (name: string, listener: (value: unknown) => void) => listeners.set(name, listener),
    ask: (method: string) => new Promise((answer, refuse) => asked.push({ method, answer, refuse })),
  };
  const model = new ItemModel(bridge as unknown as ConstructorParameters<typeof ItemModel>[0]);
  listeners.get('opened')?.({});
  const count = (method: string) => asked.filter((each) => each.method === method).length;
  const next = async (method: string, act: (asked: { answer(value: unknown): void; refuse(error: unknown): void }) => void) => {
    const at = asked.findIndex((each) => each.method === method);
    expect(at, `${method} is asked`).toBeGreaterThanOrEqual(0);
    const [each] = asked.splice(at, 1);
    if (each !== undefined) act(each);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  const order = () => model.item?.checklist.map(({ id }) => id).join(' ');
  const tell = (event: string) => listeners.get(event)?.(null);
  return { model, tell, next, count, order, ticked: () => model.item?.checklist[0]?.done, done: () => model.item?.checks.done };
}

test('the answer to another change does not take a tick back', async () => {
  const { model, next, ticked, done } = panel();
  await next('load', ({ answer }) => answer({ item: item('', false), current: false }));
  void model.edit({ notes: { from: '', to: 'Slow' } });
  void model.tick('a', true);
  expect([ticked(), done()]).toEqual([true, 1]);
  await next('edit', ({ answer }) => answer(item('Slow', false)));
  expect([ticked(), done()]).toEqual([true, 1]);
  await next('check', ({ answer }) => answer(item('Slow', true)));
  expect(ticked()).toBe(true);
});

test('what was read before a change does not take it back, whichever is answered first', async () => {
  const { model, tell, next, order } = panel();
  await next('load', ({ answer }) => answer({ item: listed('a', 'b'), current: false }));
  tell('changed');
  void model.moveCheck('a', 1);
  await next('load', ({ answer }) => answer({ item: listed('a', 'b'), current: false }));
  expect(order(), 'while it is on its way').toBe('b a');
  tell('changed');
  await next('check', ({ answer }) => answer(listed('b', 'a')));
  await next('load', ({ answer }) => answer({ item: listed('a', 'b'), current: false }));
  expect(order(), 'after it').toBe('b a');
  await next('load', ({ answer }) => answer({ item: listed('c', 'b', 'a'), current: true }));
  expect(order(), 'what is read after it counts').toBe('c b a');
});

test('the answer to an older move does not take a newer one back: keys go on from where the entry stands', async () => {
  const { model, next, order } = panel();
  await next('load', ({ answer }) => answer({ item: listed('a', 'b', 'c'), current: false }));
  void model.moveCheck('a', 1);
  void model.moveCheck('a', model.indexOf('a') + 1);
  expect(order()).toBe('b c a');
  await next('check', ({ answer }) => answer(listed('b', 'a', 'c')));
  expect(order(), 'the second is still on its way').toBe('b c a');
  await next('check', ({ answer }) => answer(listed('b', 'c', 'a')));
  expect(order()).toBe('b c a');
});

test('the answer to an older tick does not take a newer one back', async () => {
  const { model, next, ticked } = panel();
  await next('load', ({ answer }) => answer({ item: item('', false), current: false }));
  void model.tick('a', true);
  void model.tick('a', false);
  await next('check', ({ answer }) => answer(item('', true)));
  expect(ticked()).toBe(false);
  await next('check', ({ answer }) => answer(item('', false)));
  expect(ticked()).toBe(false);
});

test('what is typed while a comment or a new entry is on its way stays', async () => {
  const { model, next } = panel();
  await next('load', ({ answer }) => answer({ item: item('', false), current: false }));
  model.drafts.type('newComment', '', 'First');
  void model.addComment();
  model.drafts.type('newComment', '', 'Second');
  await next('comment', ({ answer }) => answer(item('', false)));
  expect(model.drafts.text('newComment')).toBe('Second');
  void model.addComment();
  await next('comment', ({ answer }) => answer(item('', false)));
  expect(model.drafts.text('newComment')).toBe('');

  model.drafts.type('newCheck', '', 'one');
  void model.addCheck();
  model.drafts.type('newCheck', '', 'two');
  await next('check', ({ refuse }) => refuse(new PanelError({ reason: 'io', message: 'The disk is full.' })));
  await next('load', ({ answer }) => answer({ item: item('', false), current: false }));
  expect(model.drafts.text('newCheck')).toBe('one two');
});

test('a tick that is refused goes back', async () => {
  const { model, next, ticked } = panel();
  await next('load', ({ answer }) => answer({ item: item('', false), current: false }));
  void model.tick('a', true);
  await next('check', ({ refuse }) => refuse(new PanelError({ reason: 'io', message: 'The disk is full.' })));
  await next('load', ({ answer }) => answer({ item: item('', false), current: false }));
  expect(ticked()).toBe(false);
  expect(model.problem?.reason).toBe('io');
});

test('answers to two changes that overtake each other: the older item does not come back', async () => {
  const { model, next, count } = panel();
  await next('load', ({ answer }) => answer({ item: { ...item('', false), updated: 1 }, current: true }));
  void model.edit({ notes: { from: '', to: 'Slow' } });
  void model.tick('a', true);
  await next('check', ({ answer }) => answer({ ...item('Slow', true), updated: 3 }));
  await next('edit', ({ answer }) => answer({ ...item('Slow', false), updated: 2 }));
  expect([model.item?.checklist[0]?.done, model.item?.notes]).toEqual([true, 'Slow']);
  expect(count('load'), 'read again to be sure').toBe(1);
  await next('load', ({ answer }) => answer({ item: { ...item('Slow', true), updated: 3 }, current: true }));
  expect([model.item?.checklist[0]?.done, model.loaded.value?.current]).toEqual([true, true]);
});

test('a slow change that the store made after a newer one is taken all the same; in the same millisecond the item is read again', async () => {
  const { model, next } = panel();
  await next('load', ({ answer }) => answer({ item: { ...item('', false), updated: 1 }, current: false }));
  void model.edit({ notes: { from: '', to: 'Slow' } });
  void model.tick('a', true);
  await next('check', ({ answer }) => answer({ ...item('', true), updated: 2 }));
  await next('edit', ({ answer }) => answer({ ...item('Slow', true), updated: 3 }));
  expect([model.item?.checklist[0]?.done, model.item?.notes]).toEqual([true, 'Slow']);
  void model.edit({ notes: { from: 'Slow', to: 'Slower' } });
  void model.tick('a', false);
  await next('check', ({ answer }) => answer({ ...item('Slow', false), updated: 4 }));
  await next('edit', ({ answer }) => answer({ ...item('Slower', false), updated: 4 }));
  await next('load', ({ answer }) => answer({ item: { ...item('Slower', false), updated: 4 }, current: false }));
  expect([model.item?.checklist[0]?.done, model.item?.notes]).toEqual([false, 'Slower']);
});

test('a new comment is added once, however often it is sent before the store has it', async () => {
  const { model, next, count } = panel();
  await next('load', ({ answer }) => answer({ item: item('', false), current: false }));
  model.drafts.type('newComment', '', 'Said');
  void model.addComment();
  void model.addComment();
  expect(count('comment')).toBe(1);
  await next('comment', ({ refuse }) => refuse(new PanelError({ reason: 'io', message: 'The disk is full.' })));
  await next('load', ({ answer }) => answer({ item: item('', false), current: false }));
  expect(model.drafts.text('newComment')).toBe('Said');
  void model.addComment();
  await next('comment', ({ answer }) => answer(item('', false)));
  expect([count('comment'), model.drafts.text('newComment')]).toEqual([0, '']);
});
