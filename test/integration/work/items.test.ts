// Work items through a window's server and the hub: made, listed, edited, moved, removed; numbers, projects, conflicts, hostile text.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adopt } from '../../../server/protocol/project.ts';
import { checkItem, commentItem, create, edit, list, move, remove, show, timeline } from '../../../server/protocol/work.ts';
import { temporaryFolder } from '../../support/repositories/repository.ts';
import { refusal, type WorkPlace, workPlace } from '../../support/workItems.ts';

let place: WorkPlace;
beforeAll(async () => {
  place = await workPlace();
});
afterAll(() => place.dispose());

describe('a new item', () => {
  test('makes the repository a project, has the checklist of its type, the next number, and one event', async () => {
    const repository = place.repository();
    expect(await place.server.send(list, { repository: repository.root })).toEqual({
      items: [],
      total: 0,
      counts: { planned: 0, started: 0, review: 0, done: 0, canceled: 0 },
      interrupted: [],
    });
    expect(repository.tryGit(['config', 'hearth.project']).status).toBe(1);
    const first = await place.create(repository, '  Faster login ', { tags: ['ui', 'auth', 'ui'], assignee: 'me', due: '2026-12-24' });
    expect(first).toMatchObject({ id: 1, title: 'Faster login', type: 'feature', state: 'planned', tags: ['auth', 'ui'] });
    expect(first).toMatchObject({ assignee: 'Ada Lovelace', due: '2026-12-24', branch: null, started: null, hasNotes: false });
    expect(first.checklist.length).toBeGreaterThan(2);
    expect(first.checklist.every(({ done }) => !done)).toBe(true);
    const second = await place.create(repository, 'Second', { type: 'spike', checklist: ['Only this'], notes: 'Why' });
    expect(second).toMatchObject({ id: 2, type: 'spike', notes: 'Why', hasNotes: true, checks: { done: 0, total: 1 } });
    const { project, items, total, counts } = await place.server.send(list, { repository: repository.root });
    expect(project).toBe(repository.git('config', 'hearth.project'));
    expect(items?.map(({ id }) => id)).toEqual([2, 1]);
    expect([total, counts.planned]).toEqual([2, 2]);
    expect(second.uid).not.toBe(first.uid);
    const { events } = await place.server.send(timeline, { repository: repository.root, id: 1 });
    expect(events.map(({ kind, actor, payload }) => [kind, actor, payload])).toEqual([
      ['created', 'window', { name: 'Faster login', type: 'feature', tags: ['ui', 'auth'], assignee: 'Ada Lovelace', due: '2026-12-24' }],
    ]);
  });

  test('has a number that no removed item had', async () => {
    const repository = place.repository();
    for (const title of ['a', 'b', 'c']) await place.create(repository, title);
    const refused = await refusal(place.server.send(remove, { repository: repository.root, id: 3 }));
    expect(refused.reason).toBe('precondition');
    const gone = await place.server.request('work/remove', { repository: repository.root, id: 3, confirmed: true });
    expect(gone).toEqual({ title: 'c' });
    expect((await place.create(repository, 'd')).id).toBe(4);
    expect((await place.list(repository)).map(({ id }) => id)).toEqual([4, 2, 1]);
    expect((await refusal(place.show(repository, 3))).reason).toBe('not-found');
    const { events } = await place.server.send(timeline, { repository: repository.root, id: 3 });
    expect(events.map(({ kind }) => kind)).toEqual(['removed', 'created']);
  });

  test('belongs to the project: worktrees and adopted clones share it, another repository does not', async () => {
    const repository = place.repository();
    const item = await place.create(repository, 'Shared');
    const worktree = repository.attach(join(temporaryFolder('worktree'), 'linked'));
    repository.git('worktree', 'add', '--quiet', worktree);
    const { items } = await place.server.send(list, { repository: worktree });
    expect(items?.map(({ uid }) => uid)).toEqual([item.uid]);
    const other = place.repository();
    expect((await place.create(other, 'Its own')).id).toBe(1);
    // What is remembered of a repository is forgotten when its configuration says something else.
    await place.server.send(adopt, { repository: other.root, project: repository.git('config', 'hearth.project') });
    expect((await place.list(other)).map(({ title }) => title)).toEqual(['Shared']);
    other.git('config', '--unset', 'hearth.project');
    expect(await place.list(other)).toEqual([]);
    expect((await refusal(place.show(other, 1))).reason).toBe('not-found');
  });

  test('planned by windows and a terminal at once in a new repository: one project, every number once', async () => {
    const repository = place.repository();
    const other = await place.home.window();
    const terminal = place.home.cli(['work', 'new', 'From a terminal', '--repo', repository.root, '--json']);
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? place.server : other).send(create, { repository: repository.root, title: `Item ${index}` }),
      ),
    );
    const { id } = JSON.parse((await terminal).stdout) as { id: number };
    const numbers = [...made.map(({ item }) => item.id), id].sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
    expect(await place.list(repository)).toHaveLength(13);
  });

  test('may be called anything on one line; what is no text, too long or empty is refused', async () => {
    const repository = place.repository();
    const names = [
      '👩‍🚀 emoji',
      'مرحبا \u202e rtl',
      '<img src=x onerror=alert(1)> **bold** [x](command:y)',
      '-x --yes',
      '$(rm -rf /) `id`',
      "'; drop table items; --",
      'x'.repeat(300),
    ];
    for (const name of names) {
      const { id } = await place.create(repository, name, {
        checklist: [name],
        notes: name,
        tags: [name.replace(/[\s,]+/g, '_').slice(0, 50)],
      });
      expect(await place.show(repository, id)).toMatchObject({ title: name, notes: name, checklist: [{ text: name }] });
    }
    const half = await place.create(repository, 'half \ud83d pair');
    expect(half.title).toBe('half \ufffd pair');
    expect(await place.edit(repository, half.id, { title: { from: half.title, to: 'whole' } })).toMatchObject({ title: 'whole' });
    for (const [field, value] of [
      ['title', ''],
      ['title', ' \u00a0 '],
      ['title', 'two\nlines'],
      ['title', 'nul\0'],
      ['title', 'x'.repeat(301)],
      ['notes', 'x'.repeat(2001)],
      ['due', '2026-02-30'],
      ['due', '2026-13-45'],
      ['type', 'epic'],
      ['tags', ['a b']],
    ] as const) {
      const params = { repository: repository.root, title: 'Fine', [field]: value };
      expect((await refusal(place.server.request(create.method, params))).reason, `${field} ${String(value)}`).toBe('invalid');
    }
  });

  test('of somebody whom git does not know by name is refused for `me`, and comments name the program', async () => {
    const repository = place.repository();
    repository.git('config', '--unset', 'user.name');
    const refused = await refusal(place.create(repository, 'Mine', { assignee: 'me' }));
    expect(refused).toMatchObject({ reason: 'precondition', hint: expect.stringContaining('user.name') });
    const { id } = await place.create(repository, 'Nobody', { assignee: '  ' });
    expect((await place.show(repository, id)).assignee).toBeNull();
    const { item } = await place.server.send(commentItem, { repository: repository.root, id, action: { kind: 'add', text: 'Hm' } });
    expect(item.commentList).toMatchObject([{ author: 'window', text: 'Hm' }]);
  });
});

describe('an edit', () => {
  test('changes what it names; the event says from what to what, of notes only lengths', async () => {
    const repository = place.repository();
    const { id } = await place.create(repository, 'Old', { tags: ['a'], notes: 'secret words' });
    const item = await place.edit(repository, id, {
      title: { from: 'Old', to: ' New ' },
      notes: { from: 'secret words', to: 'other words, more' },
      due: { from: null, to: '2027-01-01' },
      tags: { add: ['b', 'a'], remove: ['zzz'] },
    });
    expect(item).toMatchObject({ title: 'New', notes: 'other words, more', due: '2027-01-01', tags: ['a', 'b'] });
    const { events } = await place.server.send(timeline, { repository: repository.root, id });
    expect(events[0]).toMatchObject({
      kind: 'edited',
      payload: {
        name: 'New',
        title: { from: 'Old', to: 'New' },
        notes: { from: 12, to: 17 },
        due: { from: null, to: '2027-01-01' },
        tags: { added: ['b'], removed: [] },
      },
    });
    expect(JSON.stringify(events)).not.toContain('words');
    expect(await place.edit(repository, id, { due: { from: '2027-01-01', to: null } })).toMatchObject({ due: null });
  });

  test('of a field that somebody else has changed is a conflict that says how it is now, and changes nothing', async () => {
    const repository = place.repository();
    const { id } = await place.create(repository, 'Old', { notes: 'mine' });
    const other = await place.home.window();
    await other.send(edit, { repository: repository.root, id, title: { from: 'Old', to: 'Theirs' }, notes: { from: 'mine', to: '' } });
    const refused = await refusal(
      place.edit(repository, id, { title: { from: 'Old', to: 'Ours' }, due: { from: null, to: '2027-01-01' } }),
    );
    expect(refused).toMatchObject({ reason: 'conflict', message: expect.stringContaining('“Theirs”') });
    expect(await place.show(repository, id)).toMatchObject({ title: 'Theirs', due: null });
    expect((await refusal(place.edit(repository, id, { notes: { from: 'mine', to: 'x' } }))).message).toContain('empty');
    // Both wanted the same, or different fields: nothing is lost.
    expect(await place.edit(repository, id, { title: { from: 'Old', to: 'Theirs' }, type: { from: 'feature', to: 'fix' } })).toMatchObject({
      title: 'Theirs',
      type: 'fix',
    });
    const before = (await place.server.send(timeline, { repository: repository.root, id })).events.length;
    await place.edit(repository, id, { title: { from: 'Theirs', to: 'Theirs' }, tags: { add: [], remove: ['none'] } });
    expect((await place.server.send(timeline, { repository: repository.root, id })).events).toHaveLength(before);
  });

  test('of two windows at the same moment: one wins, the other hears of it', async () => {
    const repository = place.repository();
    const { id } = await place.create(repository, 'Start');
    const other = await place.home.window();
    for (let round = 0; round < 5; round++) {
      const { title: from } = await place.show(repository, id);
      const outcomes = await Promise.allSettled(
        [place.server, other, place.server, other].map((through, index) =>
          through.send(edit, { repository: repository.root, id, title: { from, to: `Round ${round} of ${index}` } }),
        ),
      );
      const won = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value.item.title] : []));
      expect(won).toHaveLength(1);
      expect((await place.show(repository, id)).title).toBe(won[0]);
    }
  });

  test('that gives more than 30 tags is refused as a whole', async () => {
    const repository = place.repository();
    const many = (count: number, letter: string) => Array.from({ length: count }, (_, index) => `${letter}${index}`);
    const { id } = await place.create(repository, 'Tagged', { tags: many(20, 'a') });
    const refused = await refusal(place.edit(repository, id, { tags: { add: many(11, 'b'), remove: [] } }));
    expect(refused.reason).toBe('too-large');
    expect((await place.edit(repository, id, { tags: { add: many(11, 'b'), remove: ['a0'] } })).tags).toHaveLength(30);
  });
});

describe('states', () => {
  const go = (root: string, id: number, to: string, from?: string) =>
    place.server.request(move.method, { repository: root, id, to, ...(from === undefined ? {} : { from }) }) as Promise<{
      item: { state: string; started: number | null; closed: number | null };
    }>;

  test('go to and fro among the open ones, to canceled, and back', async () => {
    const { root } = place.repository();
    const repository = { root };
    await place.server.send(create, { repository: root, title: 'Moving' });
    const times = async (to: string) => {
      const { item } = await go(repository.root, 1, to);
      return [item.state, item.started !== null, item.closed !== null];
    };
    expect(await times('started')).toEqual(['started', true, false]);
    expect(await times('review')).toEqual(['review', true, false]);
    expect(await times('planned')).toEqual(['planned', false, false]);
    expect(await times('review')).toEqual(['review', true, false]);
    expect(await times('canceled')).toEqual(['canceled', true, true]);
    expect((await refusal(go(root, 1, 'done'))).reason).toBe('precondition');
    expect(await times('started')).toEqual(['started', true, false]);
    expect(await refusal(go(root, 1, 'review', 'planned'))).toMatchObject({
      reason: 'conflict',
      message: expect.stringContaining('started'),
    });
    const { events } = await place.server.send(timeline, { repository: root, id: 1, limit: 1 });
    expect(events[0]).toMatchObject({ kind: 'moved', payload: { name: 'Moving', from: 'canceled', to: 'started' } });
  });

  test('done needs notes and every check, and no branch that could be merged', async () => {
    const repository = place.repository();
    const { root } = repository;
    const { id, checklist } = await place.create(repository, 'Nearly', { checklist: ['one', 'two'] });
    expect(await refusal(go(root, id, 'done'))).toMatchObject({
      reason: 'precondition',
      message: expect.stringContaining('2 of 2 checks'),
    });
    for (const { id: check } of checklist) {
      await place.server.send(checkItem, { repository: root, id, action: { kind: 'tick', check, done: true } });
    }
    expect((await refusal(go(root, id, 'done'))).message).toContain('no notes');
    await place.edit(repository, id, { notes: { from: '', to: 'It was the cache.' } });
    expect((await go(root, id, 'done')).item).toMatchObject({ state: 'done', closed: expect.any(Number) });
    expect((await refusal(go(root, id, 'canceled'))).reason).toBe('precondition');
    expect((await go(root, id, 'planned')).item).toMatchObject({ state: 'planned', closed: null });
    await place.server.request('work/link', { repository: root, id, branch: 'work/1-nearly' });
    await place.server.request('work/link', { repository: root, id, branch: null });
    expect(await refusal(go(root, id, 'done'))).toMatchObject({
      reason: 'precondition',
      hint: expect.stringContaining('Merge & Complete'),
    });
  });

  test('ask for what `.hearth/work.yaml` asks for', async () => {
    const repository = place.repository();
    repository.write('.hearth/work.yaml', 'complete:\n  notes: false\n  checklist: false\n');
    const { id } = await place.create(repository, 'Loose');
    expect((await go(repository.root, id, 'done')).item.state).toBe('done');
  });
});

describe('a list', () => {
  test('is filtered by every field, and counts them all', async () => {
    const repository = place.repository();
    await place.create(repository, 'Login ÉTÉ', { tags: ['ui', 'auth'], assignee: 'Bob', due: '2026-01-10' });
    await place.create(repository, '100% sure_thing', { type: 'fix', notes: 'the Needle is here', due: '2026-03-01' });
    await place.create(repository, 'Third', { tags: ['ui'], notes: 'größer' });
    await place.server.request('work/link', { repository: repository.root, id: 3, branch: 'work/3-third' });
    const ids = async (filter: Parameters<WorkPlace['list']>[1]) => (await place.list(repository, filter)).map(({ id }) => id).sort();
    expect(await ids({ states: ['started'] })).toEqual([3]);
    expect(await ids({ states: ['planned', 'started'], types: ['fix'] })).toEqual([2]);
    expect(await ids({ tags: ['ui'] })).toEqual([1, 3]);
    expect(await ids({ tags: ['ui', 'auth'] })).toEqual([1]);
    expect(await ids({ assignee: 'bob' })).toEqual([1]);
    expect(await ids({ assignee: '' })).toEqual([2, 3]);
    expect(await ids({ branch: 'work/3-third' })).toEqual([3]);
    expect(await ids({ due: '2026-02-01' })).toEqual([1]);
    for (const [text, expected] of [
      ['LOGIN', [1]],
      ['été', [1]],
      ['GRÖSSER', []],
      ['GRÖßER', [3]],
      ['needle', [2]],
      ['100%', [2]],
      ['e_t', [2]],
      ['%', [2]],
      ['#3', [3]],
      ['2', [2]],
      ["' or 1=1 --", []],
      ['x'.repeat(100_000), []],
    ] as const) {
      expect(await ids({ text }), text.slice(0, 20)).toEqual(expected);
    }
    expect(await ids({ states: [] })).toEqual([]);
    const page = await place.server.send(list, { repository: repository.root, limit: 1, skip: 1 });
    expect([page.items?.length, page.total, page.counts]).toEqual([1, 3, { planned: 2, started: 1, review: 0, done: 0, canceled: 0 }]);
    await place.edit(repository, 1, { assignee: { from: 'Bob', to: 'me' } });
    expect(await ids({ assignee: 'me' })).toEqual([1]);
  });

  test('is the same as what single items say, after every kind of change by anybody', async () => {
    const repository = place.repository();
    const other = await place.home.window();
    const { root } = repository;
    const agree = async () => {
      const rows = await place.list(repository);
      for (const row of rows) expect(await place.show(repository, row.id)).toMatchObject(row);
      expect(rows.map(({ updated }) => updated)).toEqual(rows.map(({ updated }) => updated).sort((a, b) => b - a));
      return rows.map(({ id }) => id);
    };
    for (const title of ['a', 'b', 'c', 'd']) await place.create(repository, title, { checklist: ['x'] });
    expect(await agree()).toEqual([4, 3, 2, 1]);
    await other.send(edit, { repository: root, id: 2, tags: { add: ['t'] } });
    expect((await agree())[0]).toBe(2);
    await other.send(commentItem, { repository: root, id: 1, action: { kind: 'add', text: 'x' } });
    const [check] = (await place.show(repository, 3)).checklist;
    await other.send(checkItem, { repository: root, id: 3, action: { kind: 'tick', check: check?.id ?? '', done: true } });
    await other.send(move, { repository: root, id: 4, to: 'canceled' });
    expect(await agree()).toEqual([4, 3, 1, 2]);
    await other.request('work/remove', { repository: root, id: 3, confirmed: true });
    expect(await agree()).toEqual([4, 1, 2]);
  });

  test('shows an older state after a restore', async () => {
    const own = await workPlace();
    try {
      const repository = own.repository();
      await own.create(repository, 'Kept');
      const { backup } = await own.home.rpc<{ backup: { name: string } }>('backup/create');
      await own.create(repository, 'Lost');
      await own.edit(repository, 1, { title: { from: 'Kept', to: 'Changed' } });
      expect(await own.list(repository)).toHaveLength(2);
      await own.home.rpc('backup/restore', { source: { name: backup.name }, identity: 'move', confirmed: true });
      expect((await own.list(repository)).map(({ title }) => title)).toEqual(['Kept']);
      expect((await own.create(repository, 'New')).id).toBe(2);
      expect((await own.list(repository)).map(({ title }) => title)).toEqual(['New', 'Kept']);
    } finally {
      await own.dispose();
    }
  });

  test('and everything in it outlives the hub, killed', async () => {
    const repository = place.repository();
    await place.create(repository, 'Kept', { tags: ['t'] });
    await place.server.send(commentItem, { repository: repository.root, id: 1, action: { kind: 'add', text: 'said' } });
    const before = await place.server.send(show, { repository: repository.root, id: 1 });
    await place.home.kill();
    expect(await place.server.send(show, { repository: repository.root, id: 1 })).toEqual(before);
  });
});
