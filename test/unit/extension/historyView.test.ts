// A history that is read again while it is read, or shown.
import { expect, test, vi } from 'vitest';
import { history } from '../../../server/protocol/git.ts';
import { ViewWorld } from '../../support/vscodeViews.ts';

vi.mock('vscode', async () => (await import('../../support/vscodeViews.ts')).vscodeViews);

const { HistoryView } = await import('../../../extension/git/historyView.ts');

const rows = (...ids: string[]) => ({ revisions: ids.map((id) => ({ id, path: 'a.txt' })) });
const head = { repository: '/r', what: ['head'] };

test('HEAD moves while a history is read: it is shown when the later reading is there, and not emptied by the next', async () => {
  const world = new ViewWorld();
  const view = new HistoryView(world.shell);
  const shown = async () => (await view.tree.getChildren()).map((node) => (node as unknown as { revision: string }).revision);
  let ended = false;
  const showing = view.show({ kind: 'file', repository: '/r', path: 'a.txt' }).then(() => {
    ended = true;
  });
  await vi.waitFor(() => expect(world.asked).toHaveLength(1), 30_000);
  world.moved.fire(head);
  const second = await world.next(history);
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe(false);
  second.onPartial?.(rows('one', 'two'));
  second.resolve({ more: false });
  await showing;
  expect(await shown()).toEqual(['one', 'two']);

  world.moved.fire(head);
  const third = await world.next(history);
  third.onPartial?.(rows('new'));
  expect(await shown()).toEqual(['new', 'one', 'two']);
  third.onPartial?.(rows('one'));
  third.resolve({ more: false });
  await vi.waitFor(async () => expect(await shown()).toEqual(['new', 'one']), 30_000);
  view.dispose();
});
