// What belongs to an item: checklist, comments, templates, links to branches and commits, the journal of Merge & Completes, the timeline.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod/mini';
import { ownIdentity } from '../../../server/hub/identity.ts';
import type { InputOf } from '../../../server/protocol/message.ts';
import {
  beginCompletion,
  checkItem,
  commentItem,
  completions,
  create,
  endCompletion,
  type holder,
  link,
  list,
  move,
  recordStep,
  takeCompletion,
  templates,
  timeline,
} from '../../../server/protocol/work.ts';
import type { Repository } from '../../support/repositories/repository.ts';
import type { TestServer } from '../../support/server.ts';
import { refusal, type WorkPlace, workPlace } from '../../support/workItems.ts';

let place: WorkPlace;
beforeAll(async () => {
  place = await workPlace();
});
afterAll(() => place.dispose());

const kindsOf = async ({ root }: Repository, id = 1) =>
  (await place.server.send(timeline, { repository: root, id, limit: 1000 })).events.map(({ kind }) => kind).reverse();

describe('a checklist', () => {
  const change = async ({ root }: Repository, action: InputOf<typeof checkItem>['action'], through: TestServer = place.server) =>
    (await through.send(checkItem, { repository: root, id: 1, action })).item;
  const texts = async (repository: Repository) =>
    (await place.show(repository, 1)).checklist.map(({ text, done }) => `${text}${done ? '!' : ''}`);

  test('is ticked, added to, edited, sorted and shortened; each is one event, nothing is none', async () => {
    const repository = place.repository();
    const { checklist } = await place.create(repository, 'Lists', { checklist: ['a', 'b', 'c'] });
    const [a = '', b = '', c = ''] = checklist.map(({ id }) => id);
    await change(repository, { kind: 'tick', check: b, done: true });
    await change(repository, { kind: 'tick', check: b, done: true });
    await change(repository, { kind: 'add', text: ' last ' });
    await change(repository, { kind: 'add', text: 'first', after: null });
    await change(repository, { kind: 'add', text: 'after a', after: a });
    expect(await texts(repository)).toEqual(['first', 'a', 'after a', 'b!', 'c', 'last']);
    await change(repository, { kind: 'move', check: c, after: null });
    await change(repository, { kind: 'move', check: c, after: null });
    await change(repository, { kind: 'move', check: a, after: b });
    await change(repository, { kind: 'move', check: a, after: a });
    expect(await texts(repository)).toEqual(['c', 'first', 'after a', 'b!', 'a', 'last']);
    await change(repository, { kind: 'edit', check: a, text: { from: 'a', to: 'A' } });
    await change(repository, { kind: 'edit', check: a, text: { from: 'a', to: 'A' } });
    const item = await change(repository, { kind: 'remove', check: b });
    expect(item.checks).toEqual({ done: 0, total: 5 });
    expect(await texts(repository)).toEqual(['c', 'first', 'after a', 'A', 'last']);
    expect(await kindsOf(repository)).toEqual([
      'created',
      'checked',
      'check-added',
      'check-added',
      'check-added',
      'check-moved',
      'check-moved',
      'check-edited',
      'check-removed',
    ]);
  });

  test('that another window has changed: what was done to other checks stays, what is gone is said', async () => {
    const repository = place.repository();
    const { checklist } = await place.create(repository, 'Together', { checklist: ['a', 'b', 'c'] });
    const [a = '', b = '', c = ''] = checklist.map(({ id }) => id);
    const other = await place.home.window();
    await Promise.all([
      change(repository, { kind: 'tick', check: a, done: true }),
      change(repository, { kind: 'edit', check: b, text: { from: 'b', to: 'B' } }, other),
      change(repository, { kind: 'add', text: 'd' }, other),
      change(repository, { kind: 'move', check: c, after: null }),
      change(repository, { kind: 'tick', check: b, done: true }, other),
    ]);
    expect(await texts(repository)).toEqual(['c', 'a!', 'B!', 'd']);
    await change(repository, { kind: 'remove', check: b }, other);
    expect((await refusal(change(repository, { kind: 'tick', check: b, done: false }))).reason).toBe('not-found');
    expect((await refusal(change(repository, { kind: 'move', check: a, after: b }))).reason).toBe('conflict');
    expect((await refusal(change(repository, { kind: 'add', text: 'x', after: b }))).reason).toBe('conflict');
    const refused = await refusal(change(repository, { kind: 'edit', check: a, text: { from: 'stale', to: 'x' } }));
    expect(refused).toMatchObject({ reason: 'conflict', message: expect.stringContaining('“a”') });
    expect(await texts(repository)).toEqual(['c', 'a!', 'd']);
  });

  test('has at most 200 checks', async () => {
    const repository = place.repository();
    await place.create(repository, 'Long', { checklist: Array.from({ length: 100 }, (_, index) => `${index}`) });
    await Promise.all(Array.from({ length: 100 }, (_, index) => change(repository, { kind: 'add', text: `more ${index}` })));
    expect((await refusal(change(repository, { kind: 'add', text: 'one too many' }))).reason).toBe('too-large');
    expect(await texts(repository)).toHaveLength(200);
  });
});

test('comments are added, edited and removed, under the name that git knows', async () => {
  const repository = place.repository();
  await place.create(repository, 'Talk');
  const change = async (action: InputOf<typeof commentItem>['action']) =>
    (await place.server.send(commentItem, { repository: repository.root, id: 1, action })).item;
  const long = `${'words '.repeat(200)}\nand <script>`;
  const { commentList } = await change({ kind: 'add', text: long });
  expect(commentList).toMatchObject([{ author: 'Ada Lovelace', text: long }]);
  expect(commentList[0]).not.toHaveProperty('edited');
  const comment = commentList[0]?.id ?? '';
  await change({ kind: 'add', text: 'second\0' });
  const edited = await change({ kind: 'edit', comment, text: { from: long, to: 'short' } });
  expect(edited.commentList).toMatchObject([{ text: 'short', edited: expect.any(Number) }, { text: 'second\ufffd' }]);
  expect((await refusal(change({ kind: 'edit', comment, text: { from: long, to: 'x' } }))).message).toContain('“short”');
  expect((await change({ kind: 'remove', comment })).comments).toBe(1);
  expect((await refusal(change({ kind: 'remove', comment }))).reason).toBe('not-found');
  const { events } = await place.server.send(timeline, { repository: repository.root, id: 1 });
  expect(events.map(({ kind }) => kind)).toEqual(['comment-removed', 'comment-edited', 'commented', 'commented', 'created']);
  expect([...String(events[3]?.payload['text'])].length).toBeLessThanOrEqual(300);
});

describe('templates', () => {
  test('of the repository are used; others are built in; what is wrong is said with its line', async () => {
    const repository = place.repository();
    const folder = '.hearth/templates';
    repository.write(`${folder}/fix.md`, 'tags: bug\n\nWhat happened:\n\n- [ ] Test shows it\n- [ ] Fixed\n');
    repository.write(`${folder}/feature.md`, '- [ ] Good\n- [x] Bad\n');
    repository.write(`${folder}/spike.md`, Buffer.from([0xff, 0xfe, 0x41]));
    repository.write(`${folder}/chore.md`, 'x'.repeat(70_000));
    repository.write(`${folder}/epic.md`, '- [ ] a\n');
    repository.write(`${folder}/README.md`, 'How to use these\n');
    repository.write('outside.md', '- [ ] secret\n');
    symlinkSync('/etc/passwd', join(repository.root, folder, 'incident.md'));
    mkdirSync(join(repository.root, folder, 'deployment.md'));
    const found = await place.server.send(templates, { repository: repository.root });
    const of = (type: string) => found.templates.find((each) => each.type === type);
    expect(of('fix')).toEqual({
      type: 'fix',
      path: `${folder}/fix.md`,
      tags: ['bug'],
      notes: 'What happened:',
      checklist: ['Test shows it', 'Fixed'],
      problems: [],
    });
    expect(of('documentation')).toMatchObject({ problems: [] });
    expect(of('documentation')).not.toHaveProperty('path');
    expect(of('feature')?.problems).toEqual([{ path: `${folder}/feature.md`, line: 2, problem: expect.stringContaining('- [x]') }]);
    for (const type of ['spike', 'chore', 'incident', 'deployment']) expect(of(type)?.problems, type).toHaveLength(1);
    expect(found.problems.map(({ path }) => path)).toEqual([`${folder}/epic.md`]);
    expect(JSON.stringify(found)).not.toContain('root:');

    const fix = await place.create(repository, 'A fix', { type: 'fix' });
    expect(fix).toMatchObject({ tags: ['bug'], notes: 'What happened:', checks: { total: 2 } });
    const own = await place.create(repository, 'Own', { type: 'fix', tags: [], notes: '', checklist: [] });
    expect(own).toMatchObject({ tags: [], notes: '', checks: { total: 0 } });
    const { item, warnings } = await place.server.send(create, { repository: repository.root, title: 'Warned' });
    expect(warnings).toEqual([expect.stringMatching(/feature\.md:2: .*built-in/)]);
    expect(item.checklist.map(({ text }) => text)).not.toContain('Good');
  });

  test('behind a folder that is a link are not read', async () => {
    const [repository, other] = [place.repository(), place.repository()];
    other.write('templates/fix.md', '- [ ] From elsewhere\n');
    mkdirSync(join(repository.root, '.hearth'));
    symlinkSync(join(other.root, 'templates'), join(repository.root, '.hearth/templates'));
    const { templates: found } = await place.server.send(templates, { repository: repository.root });
    expect(JSON.stringify(found)).not.toContain('From elsewhere');
    expect(found.find(({ type }) => type === 'fix')?.problems).toHaveLength(1);
  });
});

describe('a link', () => {
  const commit = (number: number) => ({
    id: `${number}`.padStart(40, 'a'),
    subject: `Commit ${number}`,
    author: 'Bob',
    authorTime: number,
    source: 'branch' as const,
  });
  const tell = async ({ root }: Repository, id: number, more: Partial<InputOf<typeof link>>) =>
    place.server.send(link, { repository: root, id, ...more });

  test('starts what was planned, keeps commits, and is one event when something is new', async () => {
    const repository = place.repository();
    await place.create(repository, 'Linked');
    const first = await tell(repository, 1, { branch: 'work/1-linked', base: 'main', commits: [commit(1), commit(2)] });
    expect(first).toMatchObject({ changed: true, item: { state: 'started', branch: 'work/1-linked', base: 'main', commits: 2 } });
    expect(first.item.commitList.map(({ subject }) => subject)).toEqual(['Commit 2', 'Commit 1']);
    expect(await tell(repository, 1, { branch: 'work/1-linked', commits: [commit(2)] })).toMatchObject({ changed: false });
    const second = await tell(repository, 1, { commits: [commit(3)], gone: [commit(1).id, 'b'.repeat(40)] });
    expect(second.item.commitList.map(({ authorTime }) => authorTime)).toEqual([3, 2]);
    await place.server.send(move, { repository: repository.root, id: 1, to: 'review' });
    expect((await tell(repository, 1, { branch: 'renamed' })).item).toMatchObject({ state: 'review', branch: 'renamed' });
    expect((await tell(repository, 1, { branch: null })).item).toMatchObject({ branch: null, base: 'main' });
    expect(await kindsOf(repository)).toEqual(['created', 'linked', 'linked', 'moved', 'linked', 'linked']);
  });

  test('that starts opens again what was canceled, and takes a branch from another item', async () => {
    const repository = place.repository();
    for (const title of ['One', 'Two']) await place.create(repository, title);
    await tell(repository, 1, { branch: 'shared', start: true });
    await place.server.send(move, { repository: repository.root, id: 2, to: 'canceled' });
    expect((await tell(repository, 2, { branch: 'shared' })).item.state).toBe('canceled');
    expect((await tell(repository, 2, { branch: 'shared', start: true })).item).toMatchObject({
      state: 'started',
      closed: null,
      started: expect.any(Number),
    });
    expect((await place.list(repository)).map(({ id, branch }) => [id, branch])).toEqual([
      [2, 'shared'],
      [1, null],
    ]);
  });
});

describe('the journal of Merge & Completes', () => {
  type Holder = z.output<typeof holder>;
  const alive: Holder = ownIdentity();
  const dead: Holder = { ...alive, startTime: '1' };
  const commit = 'c'.repeat(40);
  const begin = ({ root }: Repository, by: Holder) =>
    place.server.send(beginCompletion, { repository: root, id: 1, holder: by, plan: { how: 'merge' } });
  const interrupted = async ({ root }: Repository) => (await place.server.send(list, { repository: root })).interrupted;
  const open = async ({ root }: Repository) => (await place.server.send(completions, { repository: root })).completions;

  test('has one open for an item; its holder records steps, and its end makes the item done', async () => {
    const repository = place.repository();
    const { root } = repository;
    await place.create(repository, 'Merged');
    await place.server.send(link, { repository: root, id: 1, branch: 'work/1-merged', start: true });
    const { completion } = await begin(repository, alive);
    expect(completion).toMatchObject({ item: 1, repository: root, holder: alive, plan: { how: 'merge' }, steps: [] });
    expect((await refusal(begin(repository, dead))).reason).toBe('locked');
    expect(await interrupted(repository)).toEqual([]);
    const at = { repository: root, id: 1, completion: completion.id, holder: alive };
    for (const state of ['intent', 'done'] as const) {
      await place.server.send(recordStep, { ...at, step: { name: 'merge', state, data: { commit } } });
    }
    expect((await open(repository))[0]?.steps).toMatchObject([
      { name: 'merge', state: 'intent', data: { commit } },
      { name: 'merge', state: 'done' },
    ]);
    const foreign = { ...at, holder: dead };
    expect((await refusal(place.server.send(recordStep, { ...foreign, step: { name: 'x', state: 'intent' } }))).reason).toBe('locked');
    expect((await refusal(place.server.send(endCompletion, { ...foreign, outcome: { kind: 'undone' } }))).reason).toBe('locked');
    // Nobody moves or removes it meanwhile; words may change.
    for (const [method, more] of [
      ['work/move', { to: 'canceled' }],
      ['work/remove', { confirmed: true }],
    ] as const) {
      expect((await refusal(place.server.request(method, { repository: root, id: 1, ...more }))).reason, method).toBe('locked');
    }
    await place.edit(repository, 1, { title: { from: 'Merged', to: 'Really merged' } });
    const { item } = await place.server.send(endCompletion, {
      ...at,
      outcome: { kind: 'completed', merged: { how: 'squash', commit, into: 'main' }, branchDeleted: true },
    });
    expect(item).toMatchObject({
      state: 'done',
      branch: null,
      closed: expect.any(Number),
      merged: { how: 'squash', commit, into: 'main', time: expect.any(Number) },
    });
    expect(await open(repository)).toEqual([]);
    expect((await refusal(place.server.send(recordStep, { ...at, step: { name: 'x', state: 'intent' } }))).reason).toBe('not-found');
    const { events } = await place.server.send(timeline, { repository: root, id: 1, limit: 1 });
    expect(events[0]).toMatchObject({
      kind: 'completed',
      payload: {
        name: 'Really merged',
        from: 'started',
        how: 'squash',
        commit,
        into: 'main',
        branch: 'work/1-merged',
        branchDeleted: true,
        steps: ['merge'],
      },
    });
    // Work goes on after all.
    expect((await place.server.send(link, { repository: root, id: 1, branch: 'again', start: true })).item).toMatchObject({
      state: 'started',
      merged: null,
      closed: null,
    });
  });

  test('is taken over only from the holder that was seen, and undone leaves the item as it was', async () => {
    const repository = place.repository();
    const { root } = repository;
    await place.create(repository, 'Interrupted');
    const { completion } = await begin(repository, dead);
    expect(await interrupted(repository)).toEqual([1]);
    const at = { repository: root, id: 1, completion: completion.id };
    expect((await refusal(place.server.send(takeCompletion, { ...at, from: alive, to: alive }))).reason).toBe('locked');
    const takers = [alive, { ...alive, pid: alive.pid + 1 }];
    const outcomes = await Promise.allSettled(takers.map((to) => place.server.send(takeCompletion, { ...at, from: dead, to })));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [{ holder: by } = completion] = await open(repository);
    const { item } = await place.server.send(endCompletion, { ...at, holder: by, outcome: { kind: 'undone' } });
    expect(item).toMatchObject({ state: 'planned', merged: null });
    expect(await interrupted(repository)).toEqual([]);
    expect(await kindsOf(repository)).toEqual(['created', 'completing', 'completion-taken', 'completion-undone']);
  });

  test('of another machine or boot: the other machine is never said to be interrupted, the other boot is', async () => {
    const repository = place.repository();
    await place.create(repository, 'Elsewhere');
    const { completion } = await begin(repository, { ...alive, bootId: 'another', machine: 'another', host: 'another' });
    expect(await interrupted(repository)).toEqual([]);
    const { root } = repository;
    await place.server.send(endCompletion, {
      repository: root,
      id: 1,
      completion: completion.id,
      holder: completion.holder,
      outcome: { kind: 'undone' },
    });
    await begin(repository, { ...alive, bootId: 'earlier' });
    expect(await interrupted(repository)).toEqual(alive.machine === '' ? [] : [1]);
  });
});

test('a timeline says whether there is more', async () => {
  const repository = place.repository();
  await place.create(repository, 'Busy');
  for (let round = 0; round < 5; round++) await place.edit(repository, 1, { tags: { add: [`t${round}`] } });
  const page = async (limit: number) => {
    const { events, more } = await place.server.send(timeline, { repository: repository.root, id: 1, limit });
    return [events.length, more];
  };
  expect([await page(5), await page(6), await page(100)]).toEqual([
    [5, true],
    [6, false],
    [6, false],
  ]);
});
