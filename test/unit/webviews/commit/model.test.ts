// What the commit panel does with what the user presses, against a shell in memory.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { CommitState } from '../../../../webviews/commit/messages.ts';
import { CommitModel } from '../../../../webviews/commit/model.ts';
import { emptyDraft, type Spot } from '../../../../webviews/commit/rules.ts';
import { changed, committed, FakeShell, id, planned, twoHunks } from './fakeShell.ts';

vi.stubGlobal('requestAnimationFrame', (run: () => void) => queueMicrotask(run));

let shell: FakeShell;
let model: CommitModel;

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
/** The shell was asked and has not answered yet: it is looked at more often than its shortest delay. */
const asked = (method: string, times: number) =>
  vi.waitFor(() => expect(shell.calls(method)).toHaveLength(times), { interval: 1, timeout: 30_000 });
async function open(draft?: unknown, commit: CommitState = { kind: 'none' }): Promise<void> {
  model = new CommitModel(shell.bridge);
  shell.tell('opened', { repository: '/r', name: 'r', trusted: true, tabSize: 4, draft, commit });
  await settled();
}

beforeEach(async () => {
  shell = new FakeShell();
  shell.lists.changes = [changed('b.ts'), changed('a.ts')];
  shell.lists.staged = [changed('s.ts')];
  await open();
});

describe('files and hunks', () => {
  test('lists are sorted, and the first file that is not staged is chosen with its difference', () => {
    expect(model.changes.sections.map(({ files }) => files.map(({ path }) => path))).toEqual([[], ['s.ts'], ['a.ts', 'b.ts']]);
    expect(model.changes.place).toEqual({ section: 'changes', key: 'a.ts' });
    expect(model.changes.body).toMatchObject({ kind: 'loaded', of: 'changes/a.ts' });
    expect(model.changes.hunks).toBe(2);
  });

  test('n and p go through the hunks and over to the next file', async () => {
    model.changes.stepHunk(1);
    expect(model.changes.hunk).toBe(1);
    model.changes.stepHunk(1);
    await settled();
    expect([model.changes.place?.key, model.changes.hunk]).toEqual(['b.ts', 0]);
    model.changes.stepHunk(-1);
    await settled();
    expect(model.changes.place?.key).toBe('a.ts');
  });

  test('the current hunk is staged as git wrote it; a staged one only comes out', async () => {
    model.changes.stepHunk(1);
    await model.changes.actOnHunk('stage');
    const second = `@@ -20${twoHunks.split('@@ -20')[1]}`;
    expect(shell.calls('hunks')).toEqual([{ action: 'stage', file: 'a.ts', hunks: [second] }]);
    await model.changes.actOnHunk('unstage');
    expect(shell.calls('hunks'), 'what is not staged cannot be unstaged').toHaveLength(1);
    model.changes.choose({ section: 'staged', key: 's.ts' });
    await settled();
    await model.changes.actOnHunk('stage');
    await model.changes.actOnHunk('discard');
    expect(shell.calls('hunks')).toHaveLength(1);
    await model.changes.actOnHunk('unstage');
    expect(shell.calls('hunks')[1]).toMatchObject({ action: 'unstage', file: 's.ts' });
  });

  test('a file without hunks goes as a whole', async () => {
    shell.lists.changes = [changed('new.ts', { status: 'untracked' })];
    await model.refresh(true);
    await model.changes.actOnHunk('stage');
    expect(shell.calls('stage')).toEqual([{ files: ['new.ts'] }]);
    expect(shell.calls('hunks')).toEqual([]);
  });

  test('a change is staged, never the whole file, also when the key came before the difference', async () => {
    shell.delays.set('file', 20);
    model.changes.choose({ section: 'changes', key: 'b.ts' });
    await model.changes.actOnHunk('stage');
    expect(shell.calls('stage')).toEqual([]);
    expect(shell.calls('hunks')).toMatchObject([{ action: 'stage', file: 'b.ts', hunks: [expect.stringMatching(/^@@ -1,2 /)] }]);
    model.changes.choose({ section: 'changes', key: 'a.ts' });
    const left = model.changes.actOnHunk('stage');
    model.changes.choose({ section: 'changes', key: 'b.ts' });
    await left;
    expect([shell.calls('stage').length, shell.calls('hunks').length], 'of a file that was left').toEqual([0, 1]);
  });

  test('the next key counts as soon as the difference is new, whatever else is still read', async () => {
    shell.delays.set('plan', 200);
    const first = model.changes.actOnHunk('stage');
    await settled();
    const second = model.changes.actOnHunk('stage');
    expect(shell.calls('hunks')).toHaveLength(2);
    await Promise.all([first, second]);
  });

  test('the file that is staged gives its place to the next one', async () => {
    const place = model.changes.place;
    shell.lists.changes = [changed('b.ts')];
    shell.lists.staged = [changed('a.ts'), changed('s.ts')];
    if (place !== undefined) await model.changes.toggleStaged(place);
    expect(shell.calls('stage')).toEqual([{ files: ['a.ts'] }]);
    expect(model.changes.place).toEqual({ section: 'changes', key: 'b.ts' });
  });

  test('everything at once, but never files in conflict in passing', async () => {
    await model.changes.actOnAll('stage', 'changes');
    expect(shell.calls('stage')).toEqual([{}]);
    shell.lists.changes = [changed('both.ts', { status: 'unmerged' }), changed('a.ts')];
    await model.refresh(true);
    await model.changes.actOnAll('stage', 'changes');
    expect(shell.calls('stage')[1]).toEqual({ files: ['a.ts'] });
  });

  test('a stale hunk is said, and what is shown is read anew', async () => {
    shell.failures.set('hunks', { reason: 'conflict', message: 'a.ts changed since it was shown.' });
    const before = shell.calls('file').length;
    await model.changes.actOnHunk('stage');
    expect(model.outcome).toMatchObject({ kind: 'failed', what: 'action', failure: { reason: 'conflict' } });
    expect(shell.calls('file').length).toBeGreaterThan(before);
  });

  test('discarding can be undone from the panel, and done again', async () => {
    await model.changes.actOnHunk('discard');
    expect(model.outcome).toMatchObject({ kind: 'discarded', undo: 'undo-3' });
    await model.undoLast();
    expect(shell.calls('undo')).toEqual([{ id: 'undo-3' }]);
    expect(model.outcome).toMatchObject({ kind: 'undone', undo: 'undo-3' });
    await model.undoLast();
    expect(shell.calls('redo')).toEqual([{ id: 'undo-3' }]);
  });
});

describe('the commit', () => {
  test('goes to what stands in the way instead', async () => {
    const gone: Spot[] = [];
    model.onGo = (spot) => gone.push(spot);
    await model.commit();
    expect(gone).toEqual(['message']);
    expect(model.outcome).toMatchObject({ kind: 'blocked', blocker: { spot: 'message' } });
    expect(shell.calls('commit')).toEqual([]);
    model.setDraft({ message: 'Fix it' });
    expect(model.outcome.kind).toBe('nothing');
  });

  test('waits for what was pressed just before, also when the repository is heard to move meanwhile', async () => {
    shell.lists.staged = [];
    await model.refresh(true);
    model.setDraft({ message: 'Fix it' });
    shell.delay = 20;
    const staging = model.changes.actOnAll('stage', 'changes');
    const committing = model.commit();
    // The lists are being read by now (twice before): the reading that the move begins is the one that counts.
    await asked('list', 6);
    shell.lists.staged = [changed('a.ts')];
    shell.tell('moved', { index: true });
    await Promise.all([staging, committing]);
    expect(shell.calls('commit')).toHaveLength(1);
  });

  test('what is staged need not be listed yet', async () => {
    shell.delays.set('list', 50);
    const opened = open({ ...emptyDraft, message: 'Fix it' });
    await model.commit();
    expect(shell.calls('commit')).toHaveLength(1);
    await opened;
  });

  test('what stood in the way is not said any more once it is gone', async () => {
    shell.lists.staged = [];
    await model.refresh(true);
    model.setDraft({ message: 'Fix it' });
    await model.commit();
    expect(model.blocked?.spot).toBe('staged');
    shell.lists.staged = [changed('a.ts')];
    await model.refresh(true);
    expect(model.blocked).toBeUndefined();
  });

  test('carries message, entry and allowed findings; then the draft is empty', async () => {
    const finding = { rule: 'r', message: 'm', path: 'a', line: 1, column: 1, endColumn: 2, preview: 'x…', fingerprint: 'f1' };
    shell.plan = planned({ entry: { state: 'missing', problems: [] }, findings: [finding] });
    await model.refresh(true);
    model.setDraft({ message: 'Fix it', entry: { kind: 'entry', category: 'Fixed', text: 'Retry', reason: '' } });
    model.allow('f1', true);
    await model.commit();
    const entry = { kind: 'entry', category: 'Fixed', text: 'Retry' };
    const draft = { message: 'Fix it', amend: false, allow: ['f1'], entry: { ...entry, reason: '' } };
    expect(shell.calls('commit')).toEqual([{ draft, entry }]);
    expect(model.draft).toEqual(emptyDraft);
    expect(model.outcome).toMatchObject({ kind: 'committed', committed: { undo: 'undo-1' } });
    await model.undoLast();
    expect(shell.calls('undo')).toEqual([{ id: 'undo-1' }]);
    expect(model.draft.message, 'the message is there to start from again').toBe('Fix it');
  });

  test('an entry that nobody asks for does not go along', async () => {
    model.setDraft({ message: 'Fix it', entry: { kind: 'entry', category: 'Fixed', text: 'Left from another branch', reason: '' } });
    await model.commit();
    expect(shell.calls('commit')).toEqual([{ draft: expect.objectContaining({ message: 'Fix it' }) }]);
  });

  test('what is written while it commits stays, and what was committed goes', async () => {
    shell.plan = planned({ last: { id: id('c'), message: 'Now\n', pushed: false } });
    await model.refresh(true);
    model.setDraft({ message: 'Now' });
    shell.delay = 20;
    const first = model.commit();
    await asked('commit', 1);
    expect(model.committing).toBe(true);
    model.setDraft({ message: 'The next one' });
    await first;
    expect(model.draft).toEqual({ ...emptyDraft, message: 'The next one' });

    model.setDraft({ message: 'Now' });
    const second = model.commit();
    await asked('commit', 2);
    expect(model.committing).toBe(true);
    model.setAmend(true);
    await second;
    const amending = { ...emptyDraft, message: 'Now', amend: true };
    await vi.waitFor(() => expect(model.draft, 'amend that was ticked meanwhile starts from what was committed').toEqual(amending), 30_000);
  });

  test('what a hook printed is shown, and the message stays', async () => {
    shell.failures.set('commit', { reason: 'git-failed', message: 'The pre-commit hook failed.', detail: 'lint: 3 problems' });
    model.setDraft({ message: 'Fix it' });
    await model.commit();
    expect(model.outcome).toMatchObject({ kind: 'failed', what: 'commit', failure: { detail: 'lint: 3 problems' } });
    expect(model.draft.message).toBe('Fix it');
  });
});

describe('the message', () => {
  test('amend fills in the last one, and gives back what was there', async () => {
    shell.plan = planned({ last: { id: id('b'), message: 'Last one\n', pushed: true } });
    await model.refresh(true);
    model.setAmend(true);
    await settled();
    expect(model.draft).toMatchObject({ amend: true, message: 'Last one' });
    expect(shell.calls('plan').at(-1)).toEqual({ amend: true });
    model.setAmend(false);
    expect(model.draft).toMatchObject({ amend: false, message: '' });
    model.setDraft({ message: 'Mine' });
    model.setAmend(true);
    expect(model.draft.message, 'nothing that was written is lost').toBe('Mine');
  });

  test('amend right after a commit fills in what was just committed, not the message before it', async () => {
    shell.plan = planned({ last: { id: id('b'), message: 'Before\n', pushed: false } });
    await model.refresh(true);
    model.setDraft({ message: 'Now' });
    shell.plan = planned({ last: { id: id('c'), message: 'Now\n', pushed: false } });
    shell.delay = 20;
    const committing = model.commit();
    await new Promise<void>((resolve) => model.subscribe(() => model.outcome.kind === 'committed' && resolve()));
    model.setAmend(true);
    await committing;
    await vi.waitFor(() => expect(model.draft).toMatchObject({ amend: true, message: 'Now' }), 30_000);
  });

  test('an emptied message stays empty while the plan is read again', async () => {
    shell.plan = planned({ last: { id: id('b'), message: 'Last one\n', pushed: false } });
    await model.refresh(true);
    model.setAmend(true);
    await settled();
    model.setDraft({ message: '' });
    await model.refresh(true);
    expect(model.draft.message).toBe('');
  });

  test('a merge begins with the message git wrote', async () => {
    shell.plan = planned({ operation: 'merge', suggestion: "Merge branch 'x'\n" });
    await model.refresh(true);
    expect(model.draft.message).toBe("Merge branch 'x'");
  });

  test('a suggestion replaces it and can be taken back; nothing is asked before', async () => {
    expect(shell.calls('suggest')).toEqual([]);
    model.setDraft({ message: 'wip' });
    await model.suggest();
    expect(shell.calls('suggest')).toEqual([{ fallback: 'Update a.ts', allow: [] }]);
    expect(model.draft.message).toBe('A suggested message');
    model.putBack();
    expect(model.draft.message).toBe('wip');
  });

  test('who suggests is told which findings are allowed', async () => {
    model.allow('f1', true);
    await model.suggest();
    expect(shell.calls('suggest')).toEqual([{ fallback: 'Update a.ts', allow: ['f1'] }]);
  });

  test('each change of the draft is kept by the shell, and comes back with the panel', async () => {
    model.setDraft({ message: 'Half a mess' });
    expect(shell.calls('saveDraft').at(-1)).toMatchObject({ message: 'Half a mess' });
    await open({ ...emptyDraft, message: 'Half a mess' });
    expect(model.draft.message).toBe('Half a mess');
  });
});

describe('while a commit is on its way', () => {
  test('what else is done then does not hide it: it is not begun twice, and says its end', async () => {
    shell.delays.set('commit', 60);
    model.setDraft({ message: 'Now' });
    const committing = model.commit();
    await settled();
    await model.changes.actOnHunk('discard');
    expect([model.outcome.kind, model.committing]).toEqual(['discarded', true]);
    await model.commit();
    await committing;
    expect([shell.calls('commit').length, model.outcome.kind, model.committing]).toEqual([1, 'committed', false]);
  });

  test('a suggestion that was asked before it is not put into the next message', async () => {
    shell.delays.set('suggest', 40);
    const suggesting = model.suggest();
    model.setDraft({ message: 'Mine' });
    await model.commit();
    await suggesting;
    expect([model.draft.message, model.outcome.kind]).toEqual(['', 'committed']);
  });

  test('it is cancelled also while it waits for what was staged just before', async () => {
    shell.delays.set('stage', 20);
    model.setDraft({ message: 'Now' });
    const staging = model.changes.toggleStaged({ section: 'changes', key: 'a.ts' });
    const committing = model.commit();
    model.cancelCommit();
    await Promise.all([staging, committing]);
    expect([shell.calls('commit').length, model.outcome.kind, model.committing]).toEqual([0, 'nothing', false]);
  });

  test('undo that is pressed twice is done once', async () => {
    model.setDraft({ message: 'Now' });
    await model.commit();
    shell.delays.set('undo', 10);
    await Promise.all([model.undoLast(), model.undoLast()]);
    expect([shell.calls('undo').length, shell.calls('redo').length, model.outcome.kind]).toEqual([1, 0, 'undone']);
  });
});

describe('a commit that the page before this one began', () => {
  const sent = { ...emptyDraft, message: 'Now', entry: { ...emptyDraft.entry, text: 'Sent with it' } };
  const stored = () => structuredClone(sent);

  test('is said while it is on its way; its end empties what was committed, not what was written since', async () => {
    await open(stored(), { kind: 'committing' });
    expect([model.outcome.kind, model.committing]).toEqual(['committing', true]);
    await model.commit();
    expect(shell.calls('commit')).toEqual([]);
    model.setDraft({ message: 'The next one' });
    shell.tell('ended', { kind: 'committed', sent, committed });
    expect([model.outcome.kind, model.committing]).toEqual(['committed', false]);
    expect(model.draft).toEqual({ ...emptyDraft, message: 'The next one' });
    expect(shell.calls('saveDraft').at(-1)).toEqual(model.draft);
    expect(shell.calls('heardEnd')).toHaveLength(1);
    await model.undoLast();
    expect(shell.calls('undo')).toEqual([{ id: 'undo-1' }]);
  });

  test('is cancelled by the shell, and over when that says so', async () => {
    await open(stored(), { kind: 'committing' });
    model.cancelCommit();
    expect(shell.calls('cancelCommit')).toHaveLength(1);
    expect(model.committing).toBe(true);
    shell.tell('ended', { kind: 'failed', failure: { reason: 'cancelled', message: 'Cancelled.' } });
    expect([model.outcome.kind, model.committing, model.draft]).toEqual(['nothing', false, sent]);
  });

  test('and that ended while no page was there says how, once', async () => {
    const failure = { reason: 'git-failed', message: 'The pre-commit hook failed.', detail: 'lint: 3 problems' };
    await open(stored(), { kind: 'failed', failure });
    expect(model.outcome).toEqual({ kind: 'failed', failure, what: 'commit' });
    expect([model.draft, shell.calls('heardEnd').length]).toEqual([sent, 1]);
    await open(undefined, { kind: 'committed', sent, committed });
    expect(model.outcome).toEqual({ kind: 'committed', committed, message: 'Now' });
    expect([model.draft, shell.calls('heardEnd').length]).toEqual([emptyDraft, 2]);
  });

  test('is not taken as ended before this page knows what it is about', () => {
    model = new CommitModel(shell.bridge);
    shell.tell('ended', { kind: 'committed', sent, committed });
    expect([model.outcome.kind, shell.calls('heardEnd').length]).toEqual(['nothing', 0]);
  });
});

test('a reading that is given up ends with the one that replaced it', async () => {
  shell.delay = 10;
  const list = model.changes.staged;
  const first = list.read();
  shell.lists.staged = [changed('later.ts')];
  void list.read();
  await first;
  expect(list.phase.kind).toBe('listed');
  expect(list.files.map(({ path }) => path)).toEqual(['later.ts']);
});

test('after a reload the same file is chosen, also while the list is still read, and closed sections stay closed', async () => {
  shell.kept = { repository: '/r', place: { section: 'changes', key: 'b.ts' }, closed: ['staged'] };
  await open();
  expect(model.changes.place).toEqual({ section: 'changes', key: 'b.ts' });
  expect(model.changes.body).toMatchObject({ kind: 'loaded', of: 'changes/b.ts' });
  expect(model.changes.rows[0]).toMatchObject({ kind: 'section', section: 'staged', open: false });
});

test('where the server is away, it says so, and reads everything when it is back', async () => {
  shell.failures.set('plan', { reason: 'disconnected', message: 'The Hearth server was restarted.' });
  await model.refresh(true);
  expect(model.away).toBe(true);
  shell.tell('restarted', null);
  await settled();
  expect(model.away).toBe(false);
});
