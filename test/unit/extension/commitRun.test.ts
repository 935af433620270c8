// A commit belongs to its panel: pages come and go while hooks run.
import { beforeEach, expect, test, vi } from 'vitest';
import { commit } from '../../../server/protocol/workFlow.ts';
import { emptyDraft } from '../../../webviews/commit/rules.ts';
import { ViewWorld } from '../../support/vscodeViews.ts';

vi.mock('vscode', async () => (await import('../../support/vscodeViews.ts')).vscodeViews);

const { CommitDrafts } = await import('../../../extension/git/commitDrafts.ts');
const { CommitRun } = await import('../../../extension/git/commitRun.ts');
const { RequestFailure } = await import('../../../extension/ui/failure.ts');

const sent = { ...emptyDraft, message: 'Now', allow: ['f1'] };
const committed = { commit: 'c'.repeat(40), subject: 'Now', totals: { files: 1, additions: 1, deletions: 1 }, output: '', undo: 'undo-1' };

let world: ViewWorld;
let drafts: InstanceType<typeof CommitDrafts>;
let run: InstanceType<typeof CommitRun>;
const tell = vi.fn();

beforeEach(() => {
  tell.mockClear();
  world = new ViewWorld();
  drafts = new CommitDrafts({ get: () => ({}), update: async () => {} } as never);
  drafts.set('/r', sent);
  run = new CommitRun(world.shell, '/r', drafts, tell);
});

test('there is one at a time, and its end waits until a page has heard it', async () => {
  expect(run.state).toEqual({ kind: 'none' });
  run.begin(sent, undefined);
  run.begin({ ...sent, message: 'Pressed twice' }, undefined);
  expect([run.state, world.asked.length]).toEqual([{ kind: 'committing' }, 1]);
  (await world.next(commit)).resolve(committed);
  const ended = { kind: 'committed', sent, committed };
  await vi.waitFor(() => expect(tell).toHaveBeenCalledExactlyOnceWith(ended), 30_000);
  expect(run.state).toEqual(ended);
  run.heard();
  expect(run.state).toEqual({ kind: 'none' });
});

test('the draft is emptied of what was committed, also when no page is there to do it', async () => {
  run.begin(sent, undefined);
  drafts.set('/r', { ...structuredClone(sent), entry: { ...sent.entry, text: 'Written meanwhile' } });
  (await world.next(commit)).resolve(committed);
  await vi.waitFor(() => expect(tell).toHaveBeenCalled(), 30_000);
  expect(drafts.get('/r')).toEqual({ ...emptyDraft, entry: { ...emptyDraft.entry, text: 'Written meanwhile' } });
  drafts.set('/r', sent);
  run.begin(sent, undefined);
  (await world.next(commit)).resolve(committed);
  await vi.waitFor(() => expect(drafts.get('/r')).toBeUndefined(), 30_000);
});

test('a hook that fails: what it printed is told, and the draft stays', async () => {
  run.begin(sent, undefined);
  const refused = new RequestFailure('git-failed', 'The pre-commit hook failed.', undefined, 'lint: 3 problems');
  (await world.next(commit)).resolve(Promise.reject(refused));
  const failure = { reason: 'git-failed', message: 'The pre-commit hook failed.', detail: 'lint: 3 problems' };
  await vi.waitFor(() => expect(tell).toHaveBeenCalledExactlyOnceWith({ kind: 'failed', failure }), 30_000);
  expect(drafts.get('/r')).toEqual(sent);
});

test.each(['cancel', 'dispose'] as const)('%s ends it', async (how) => {
  run.begin(sent, undefined);
  run[how]();
  const failure = expect.objectContaining({ reason: 'cancelled' });
  await vi.waitFor(() => expect(tell).toHaveBeenCalledExactlyOnceWith({ kind: 'failed', failure }), 30_000);
  expect(drafts.get('/r')).toEqual(sent);
});

test('a server that was started anew never answers what the one before was asked: that is the end, and the next commit can begin', async () => {
  run.begin(sent, undefined);
  run.abandon('It was restarted.');
  const failure = { reason: 'disconnected', message: 'It was restarted.' };
  expect(run.state).toEqual({ kind: 'failed', failure });
  run.begin(sent, undefined);
  (await world.next(commit)).resolve(committed);
  await vi.waitFor(() => expect(run.state.kind).toBe('committed'), 30_000);
  expect(tell).toHaveBeenCalledTimes(2);
});
