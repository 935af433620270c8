// What is told while a view is being read: its answer may be older than that.
import { expect, test, vi } from 'vitest';
import { appended, list as listEvents } from '../../../server/protocol/events.ts';
import { gone } from '../../../server/protocol/hub.ts';
import { list as listProjects } from '../../../server/protocol/project.ts';
import { list as listItems } from '../../../server/protocol/work.ts';
import { ViewWorld } from '../../support/vscodeViews.ts';

vi.mock('vscode', async () => (await import('../../support/vscodeViews.ts')).vscodeViews);

const { ActivityView } = await import('../../../extension/activity/activityView.ts');
const { WorkView } = await import('../../../extension/work/workView.ts');

const event = (sequence: number) => ({ sequence, time: sequence, kind: 'noted', entity: 'note', entityId: String(sequence), project: 'p' });

test('the log has what was written while it was read for the first time', async () => {
  const world = new ViewWorld();
  const view = new ActivityView(world.shell);
  const first = view.tree.getChildren();
  (await world.next(listEvents)).resolve({ events: [event(1)], more: false });
  const projects = await world.next(listProjects);
  world.tell(appended, { last: 2 });
  projects.resolve({ projects: [{ id: 'p', name: 'shop' }] });
  await first;
  (await world.next(listEvents)).resolve({ events: [event(1), event(2)], more: false });
  await vi.waitFor(() => expect(view.events.map(({ sequence }) => sequence)).toEqual([2, 1]), 30_000);
  view.dispose();
});

function workView(world: ViewWorld) {
  const current = { onDidChange: () => ({ dispose: () => {} }), get: async () => undefined, of: () => undefined };
  const view = new WorkView(world.shell, current as never);
  const changed = vi.fn();
  view.tree.onDidChangeTreeData(changed);
  const answer = async (): Promise<void> => {
    for (let states = 0; states < 5; states++) (await world.next(listItems)).resolve({ items: [], total: 0, counts: {}, interrupted: [] });
  };
  return { view, changed, answer };
}

test('items are read again when something happened while they were read for the first time', async () => {
  const world = new ViewWorld();
  const { view, changed, answer } = workView(world);
  world.tell(appended, { last: 1 });
  const first = view.tree.getChildren();
  await vi.waitFor(() => expect(world.asked).toHaveLength(5), 30_000);
  world.tell(appended, { last: 2 });
  await answer();
  await first;
  await vi.waitFor(() => expect(changed).toHaveBeenCalled(), 30_000);
  const again = view.tree.getChildren();
  await answer();
  await again;
  view.dispose();
});

test('a view that was being read when the hub was stopped says that it stopped', async () => {
  const world = new ViewWorld();
  const { view, changed, answer } = workView(world);
  const first = view.tree.getChildren();
  await answer();
  await first;
  world.tell(appended, { last: 1 });
  await vi.waitFor(() => expect(changed).toHaveBeenCalled(), 30_000);
  const second = view.tree.getChildren();
  await vi.waitFor(() => expect(world.asked).toHaveLength(5), 30_000);
  world.tell(gone, { why: 'stopped' });
  await answer();
  await second;
  expect((await view.tree.read()).map(({ label }) => label)).toEqual(['The hub stopped.']);
  view.dispose();
});
