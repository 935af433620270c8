// Rows of the Work view, over a connection that answers as the hub does.
import { describe, expect, test, vi } from 'vitest';
import type { Marks } from '../../../extension/work/workNodes.ts';
import type { InputOf } from '../../../server/protocol/message.ts';
import type { Item, ItemRow, ItemState, list, show } from '../../../server/protocol/work.ts';

vi.mock('vscode', async () => (await import('../../support/vscodeRows.ts')).vscodeRows);

const { GroupNode, ItemNode } = await import('../../../extension/work/workNodes.ts');
const { WorkReader, pageSize } = await import('../../../extension/work/workReader.ts');
const { describeFilter, filterOf } = await import('../../../extension/work/workFilter.ts');
const { dueOf, tagsOf, titleProblem } = await import('../../../extension/work/editItem.ts');
const { itemKinds } = await import('../../../extension/work/itemEvents.ts');
const { shortReference } = await import('../../../extension/work/workWords.ts');

function rowOf(id: number, more: Partial<ItemRow> = {}): ItemRow {
  return {
    id,
    uid: `u${id}`,
    title: `Item ${id}`,
    type: 'feature',
    state: 'planned',
    branch: null,
    base: null,
    tags: [],
    assignee: null,
    due: null,
    checks: { done: 0, total: 0 },
    hasNotes: false,
    comments: 0,
    commits: 0,
    created: 0,
    updated: 0,
    started: null,
    closed: null,
    ...more,
  };
}

/** Answers `work/list` and `work/show` from rows, and counts what it was asked. */
function connection(rows: ItemRow[], interrupted: number[] = []) {
  const asked: string[] = [];
  const counts = Object.fromEntries(
    ['planned', 'started', 'review', 'done', 'canceled'].map((state) => [state, rows.filter((row) => row.state === state).length]),
  );
  const send = async (definition: { method: string }, params: unknown): Promise<unknown> => {
    asked.push(definition.method);
    if (definition.method === 'work/show') {
      const row = rows.find(({ id }) => id === (params as InputOf<typeof show>).id);
      const item = {
        ...row,
        notes: 'why',
        checklist: [{ id: 'c', text: 'do it', done: true }],
        commentList: [],
        commitList: [],
        merged: null,
      } as unknown as Item;
      return { item };
    }
    const { filter, limit = 0 } = params as InputOf<typeof list>;
    const found = rows.filter(
      ({ state, tags }) => filter?.states?.includes(state) && (filter.tags ?? []).every((tag) => tags.includes(tag)),
    );
    return { items: limit === 0 ? found : found.slice(0, limit), total: found.length, counts, interrupted };
  };
  return { asked, server: { send: send as never } };
}

const marks: Marks = { current: undefined, interrupted: new Set<number>() };
const nodeOf = (row: ItemRow, also: Partial<Marks> = {}) => {
  const { server } = connection([row]);
  const reader = new WorkReader(server, '/r');
  const group = new GroupNode(undefined, reader, { state: row.state, items: [], total: 0 }, marks, () => {});
  return new ItemNode(group, reader, row, { ...marks, ...also });
};

describe('rows', () => {
  test('an item says its number, title, progress and what is pressing, in words too', () => {
    const node = nodeOf(
      rowOf(12, {
        title: 'Faster login',
        state: 'started',
        branch: 'work/12',
        checks: { done: 3, total: 5 },
        due: '2020-01-02',
        assignee: 'Ada',
        tags: ['web'],
      }),
      {
        current: 12,
      },
    );
    const item = node.item();
    expect(item.label).toBe('#12 Faster login');
    expect(item.description).toBe('current · 3/5 · overdue 2020-01-02 · Ada · #web');
    expect(item.contextValue).toBe('item started branch current');
    expect(item.accessibilityInformation?.label).toBe(
      '#12 Faster login, Feature, current item, 3 of 5 done, overdue since 2020-01-02, Ada',
    );
  });

  test('a done item is not overdue, and an interrupted one says so', () => {
    expect(nodeOf(rowOf(1, { state: 'done', due: '2020-01-02' })).item().description).toBe('');
    const interrupted = nodeOf(rowOf(1, { state: 'review', branch: 'b' }), { interrupted: new Set([1]) }).item();
    expect(interrupted.description).toBe('interrupted');
    expect(interrupted.contextValue).toBe('item review branch interrupted');
  });

  test('a hostile title stays text: no line breaks, no markup in the hover', () => {
    const node = nodeOf(rowOf(1, { title: 'a\u202eb [x](command:quit) <b>' }));
    expect(node.item().label).toBe('#1 a b [x](command:quit) <b>');
    expect(node.tooltip().value).toContain('\\[x\\]\\(command:quit\\)');
  });

  test('below an item: its branch, checklist, notes and the next step', async () => {
    const node = nodeOf(rowOf(3, { state: 'review', branch: 'work/3', checks: { done: 1, total: 1 } }));
    const labels = (await node.children()).map((child) => child.item().label);
    expect(labels).toEqual(['work/3', 'Checklist', 'Notes', 'Merge & Complete']);
    const stopped = nodeOf(rowOf(3, { state: 'review', branch: 'work/3' }), { interrupted: new Set([3]) });
    expect((await stopped.children()).map((child) => child.item().label).slice(-2)).toEqual([
      'Finish Merge & Complete',
      'Undo Merge & Complete',
    ]);
  });

  test('ids are the same after a reload', () => {
    const row = rowOf(5);
    expect(nodeOf(row).id).toBe(nodeOf(row).id);
    expect(nodeOf(row).id).toContain('5');
  });
});

describe('reading', () => {
  const many = Array.from({ length: pageSize + 30 }, (_, at) => rowOf(at + 1, { state: at === 0 ? 'started' : 'planned' }));

  test('a page of each state, once, until something happens; the next page when asked', async () => {
    const { asked, server } = connection(many, [1]);
    const reader = new WorkReader(server, '/r');
    const stateOf = async (state: ItemState) => (await reader.overview()).groups.find((group) => group.state === state);
    expect((await stateOf('planned'))?.items.length).toBe(pageSize);
    expect((await stateOf('planned'))?.total).toBe(pageSize + 29);
    expect((await reader.overview()).all).toBe(pageSize + 30);
    expect([...(await reader.overview()).interrupted]).toEqual([1]);
    expect(asked.length).toBe(5);
    reader.more('planned');
    expect((await stateOf('planned'))?.items.length).toBe(pageSize + 29);
    reader.drop();
    await reader.overview();
    expect(asked.length).toBe(15);
  });

  test('a filter begins at the first page again', async () => {
    const { server } = connection([...many, rowOf(999, { tags: ['x'] })]);
    const reader = new WorkReader(server, '/r');
    reader.more('planned');
    reader.filter = { tags: ['x'] };
    const { groups } = await reader.overview();
    expect(groups.flatMap(({ items }) => items.map(({ id }) => id))).toEqual([999]);
  });
});

describe('words', () => {
  test('a filter is described, and read back from what was kept', () => {
    const filter = { types: ['fix' as const], tags: ['web'], assignee: 'Ada', text: 'login' };
    expect(describeFilter(filter)).toBe('Fix · #web · @Ada · “login”');
    expect(filterOf(JSON.parse(JSON.stringify(filter)))).toEqual(filter);
    expect(filterOf({ types: ['nonsense'], tags: [] })).toEqual({});
    expect(filterOf({ other: 1 })).toBeUndefined();
    expect(filterOf('x')).toBeUndefined();
  });

  test('due dates and tags as people type them', () => {
    const now = new Date(2026, 10, 29);
    expect(dueOf('', now)).toBeNull();
    expect(dueOf('2026-2-3', now)).toBe('2026-02-03');
    expect(dueOf('3', now)).toBe('2026-12-02');
    expect(dueOf('2026-02-30', now)).toBeUndefined();
    expect(dueOf('soon', now)).toBeUndefined();
    expect(tagsOf(' #web, api  web ')).toEqual(['web', 'api']);
    expect(titleProblem('  ')).toBeDefined();
    expect(titleProblem('x'.repeat(301))).toBeDefined();
    expect(titleProblem('fine')).toBeUndefined();
  });

  test('a title is cut between characters, never within one', () => {
    const family = '👩‍👩‍👧‍👦';
    expect(shortReference({ id: 1, title: family.repeat(5) }, 3)).toBe(`#1 ${family.repeat(3)}…`);
    expect(shortReference({ id: 1, title: 'short' })).toBe('#1 short');
  });

  test('what happened to an item is said whatever the payload is', () => {
    const kinds = itemKinds();
    expect(kinds['edited']?.words({ title: { from: 'a', to: 'b' }, tags: { added: ['x'], removed: [] } })).toBe('Title: b · Tag #x');
    expect(kinds['moved']?.words({ from: 'planned', to: 'review' })).toBe('Moved to Review');
    expect(kinds['linked']?.words({ branch: { from: null, to: 'work/1' }, commits: 2 })).toBe('Branch work/1 · 2 commits');
    for (const { words } of Object.values(kinds)) expect(words({})).not.toBe('');
  });
});
