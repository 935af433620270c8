import { expect, test, vi } from 'vitest';
import type { UndoEntry } from '../../../server/protocol/gitActions.ts';

vi.mock('vscode', () => ({
  env: { language: 'en' },
  l10n: { t: (text: string, ...args: unknown[]) => text.replace(/\{(\d+)\}/g, (_, index) => String(args[Number(index)])) },
  MarkdownString: class {},
}));

const { actionOn, doneSentence, entryName, kindIcon, kindWord, ownActions, refLines, undoneLast } = await import(
  '../../../extension/git/undoWords.ts'
);
const { undoEntry } = await import('../../../server/protocol/gitActions.ts');

const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];

test('every kind of action has a word and an icon', () => {
  for (const kind of undoEntry.shape.kind.options) {
    expect(kindWord(kind)).toMatch(/^[A-Z]/);
    expect(kindIcon(kind)).toMatch(/^[a-z-]+$/);
  }
});

test('a label of the repository is one line without what reorders it', () => {
  expect(entryName({ kind: 'commit', label: 'Fix \u202eit\nBody' })).toBe('Commit: Fix  it');
  expect(entryName({ kind: 'discard', label: '' })).toBe('Discard');
  expect(entryName({ kind: 'delete-branch', label: 'Delete branch x' })).toBe('Delete branch x');
});

test('refs are told in the direction they will go', () => {
  const refs = [
    { name: 'refs/heads/main', before: a, after: b },
    { name: 'refs/heads/gone', before: a, after: null },
    { name: 'refs/heads/new', before: null, after: b },
  ];
  expect(refLines({ refs }, 'undo')).toEqual(['main: bbbbbbb → aaaaaaa', 'gone comes back at aaaaaaa', 'new goes away (it is at bbbbbbb)']);
  expect(refLines({ refs }, 'redo')).toEqual(['main: aaaaaaa → bbbbbbb', 'gone goes away (it is at aaaaaaa)', 'new comes back at bbbbbbb']);
  expect(refLines({ refs: Array.from({ length: 10 }, () => refs[0] ?? { name: '', before: null, after: null }) }, 'undo').at(-1)).toBe(
    '… and 2 more',
  );
});

test('what is undone is done again; what was interrupted is undone', () => {
  expect((['done', 'undone', 'interrupted'] as const).map((state) => actionOn({ state }))).toEqual(['undo', 'redo', 'undo']);
});

test('what was done, and what was kept, in one sentence', () => {
  const entry = { kind: 'commit', label: 'Fix it' } as const;
  expect(doneSentence('undo', entry, 0, [])).toBe('Undone: Commit: Fix it.');
  expect(doneSentence('undo', entry, 2, ['a\n.txt'])).toBe(
    'Undone: Commit: Fix it. 2 files are changed back. Kept, because they changed since: a⏎.txt',
  );
});

test('what was undone last is done again first, whatever was undone and redone in between', () => {
  const entry = (id: string, state: UndoEntry['state'], more: Partial<UndoEntry> = {}): UndoEntry => ({
    id,
    time: 1,
    kind: 'commit',
    label: id,
    actor: 'a',
    state,
    refs: [],
    worktree: '/r',
    ...more,
  });
  const entries = [
    entry('r2', 'done', { kind: 'redo', of: 'c3' }),
    entry('u3', 'done', { kind: 'undo', of: 'c1' }),
    entry('u2', 'done', { kind: 'undo', of: 'c2' }),
    entry('u1', 'done', { kind: 'undo', of: 'c3' }),
    entry('c3', 'done'),
    entry('c2', 'undone'),
    entry('c1', 'undone'),
  ];
  expect(undoneLast(entries)?.id).toBe('c1');
  expect(ownActions(entries).map(({ id }) => id)).toEqual(['c3', 'c2', 'c1']);
  expect(undoneLast([entry('c1', 'done')])).toBeUndefined();
});
