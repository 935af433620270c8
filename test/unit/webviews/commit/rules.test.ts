import { describe, expect, test } from 'vitest';
import { blockersOf, draftAfter, emptyDraft, newEntryOf, openFindings, subjectHint } from '../../../../webviews/commit/rules.ts';
import { planned } from './fakeShell.ts';

const finding = (fingerprint: string) => ({
  rule: 'aws',
  message: 'An AWS key',
  path: 'a.env',
  line: 1,
  column: 1,
  endColumn: 9,
  preview: 'AKIA…',
  fingerprint,
});

describe('the subject', () => {
  test.each([
    ['', 'empty', 0],
    ['Fix it', 'good', 6],
    ['x'.repeat(50), 'good', 50],
    ['x'.repeat(51), 'long', 51],
    ['x'.repeat(72), 'long', 72],
    ['x'.repeat(73), 'too-long', 73],
    ['Subject\n\nBody', 'good', 7],
    ['Subject\nBody', 'long', 7],
    ['\nBody', 'long', 0],
    ['👩‍🚀 emoji', 'good', 9],
  ] as const)('%j is %s', (message, level, length) => {
    expect(subjectHint(message)).toMatchObject({ level, length });
  });
});

describe('the change entry', () => {
  test('goes along once it says something', () => {
    expect(newEntryOf(emptyDraft)).toBeUndefined();
    const entry = { kind: 'entry', category: 'Fixed', text: '  Retry. ', reason: 'ignored' } as const;
    expect(newEntryOf({ ...emptyDraft, entry })).toEqual({ kind: 'entry', category: 'Fixed', text: 'Retry.' });
    expect(newEntryOf({ ...emptyDraft, entry: { ...entry, kind: 'none', reason: ' tests only ' } })).toEqual({
      kind: 'none',
      reason: 'tests only',
    });
  });
});

test('what was committed is compared by value: it may have been to the shell and back', () => {
  const sent = { ...emptyDraft, message: 'Fix it', entry: { ...emptyDraft.entry, text: 'Retry' }, allow: ['f1'] };
  expect(draftAfter(structuredClone(sent), sent)).toEqual(emptyDraft);
  expect(draftAfter(structuredClone(sent), { ...sent, allow: ['f1', 'f2'] })).toEqual({ ...emptyDraft, allow: ['f1', 'f2'] });
});

describe('what stands in the way', () => {
  const ready = { trusted: true, staged: 1, conflicts: 0, plan: planned(), draft: { ...emptyDraft, message: 'Fix it' } };
  const spots = (change: Partial<Parameters<typeof blockersOf>[0]>) => blockersOf({ ...ready, ...change }).map(({ spot }) => spot);

  test('nothing, when all is there; and what is not known yet is no obstacle', () => {
    expect(spots({})).toEqual([]);
    expect(spots({ plan: undefined })).toEqual([]);
  });

  test('each by its place, the first to do first', () => {
    expect(spots({ trusted: false })).toEqual(['trust']);
    expect(spots({ conflicts: 2 })).toEqual(['conflicts']);
    expect(spots({ plan: planned({ unmerged: 1 }) })).toEqual(['conflicts']);
    const { identity: _gone, ...nobody } = planned();
    expect(spots({ plan: nobody })).toEqual(['identity']);
    expect(spots({ staged: 0 })).toEqual(['staged']);
    expect(spots({ draft: { ...emptyDraft, message: ' \n' } })).toEqual(['message']);
    expect(spots({ plan: planned({ entry: { state: 'missing', problems: [] } }) })).toEqual(['entry']);
    expect(spots({ plan: planned({ entry: { state: 'broken', problems: ['x'] } }) })).toEqual(['entry']);
    const problems = ['changes/1.md is written but not staged.'];
    expect(blockersOf({ ...ready, plan: planned({ entry: { state: 'missing', problems } }) })).toEqual([
      { spot: 'entry', text: 'The change entry is not in the commit: changes/1.md is written but not staged.' },
    ]);
    expect(spots({ trusted: false, staged: 0, draft: emptyDraft })).toEqual(['trust', 'staged', 'message']);
  });

  test('a merge and an amend need nothing staged', () => {
    expect(spots({ staged: 0, plan: planned({ operation: 'merge' }) })).toEqual([]);
    expect(spots({ staged: 0, draft: { ...ready.draft, amend: true } })).toEqual([]);
    expect(spots({ staged: 0, plan: planned({ operation: 'rebase' }) })).toEqual(['staged']);
  });

  test('findings until each is allowed', () => {
    const plan = planned({ findings: [finding('f1'), finding('f2')] });
    expect(spots({ plan })).toEqual(['secrets']);
    expect(openFindings(plan, { ...ready.draft, allow: ['f1'] }).map(({ fingerprint }) => fingerprint)).toEqual(['f2']);
    expect(spots({ plan, draft: { ...ready.draft, allow: ['f1'] } })).toEqual(['secrets']);
    expect(spots({ plan, draft: { ...ready.draft, allow: ['f1', 'f2'] } })).toEqual([]);
  });
});
