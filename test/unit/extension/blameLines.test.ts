import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { lineBefore } from '../../../extension/git/blameParent.ts';
import { BlameTable, isUncommitted } from '../../../extension/git/blameTable.ts';
import { linesBefore } from '../../../extension/git/permalinkLines.ts';
import type { BlamedCommit } from '../../../server/protocol/gitTypes.ts';
import { createRepository } from '../../support/repositories/repository.ts';

const repository = createRepository();
afterAll(() => repository.dispose());

/** git's own patch between two texts. */
function patchOf(before: readonly string[], after: readonly string[], context: number): string {
  repository.write('old', before.map((line) => `${line}\n`).join(''));
  repository.write('new', after.map((line) => `${line}\n`).join(''));
  return repository.tryGit(['diff', '--no-index', `-U${context}`, '--', 'old', 'new']).stdout.toString();
}

const text = fc.array(fc.constantFrom('a', 'b', 'c', '', '-- x', '++ y', '@@ -1 +1 @@', '\\ no'), { maxLength: 14 });

describe('following a line to the parent', () => {
  test('an unchanged line lands on itself, any line lands inside the file', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom(0, 3), (before, after, context) => {
        const patch = patchOf(before, after, context);
        const added = addedLines(patchOf(before, after, 0));
        for (let line = 1; line <= after.length; line++) {
          const landed = lineBefore(patch, line);
          expect(landed).toBeGreaterThanOrEqual(1);
          if (before.length > 0) expect(landed).toBeLessThanOrEqual(before.length);
          if (!added.has(line)) expect(before[landed - 1], `${line} → ${landed}\n${patch}`).toBe(after[line - 1]);
        }
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  test('a replaced line lands on what it replaced', () => {
    const patch = patchOf(['a', 'b', 'c', 'd'], ['a', 'B', 'C', 'd'], 0);
    expect([1, 2, 3, 4].map((line) => lineBefore(patch, line))).toEqual([1, 2, 3, 4]);
  });
});

function addedLines(patch: string): Set<number> {
  const found = new Set<number>();
  for (const [, start, count] of patch.matchAll(/^@@ -\S+ \+(\d+)(?:,(\d+))? @@/gm)) {
    for (let line = Number(start); line < Number(start) + Number(count ?? 1); line++) found.add(line);
  }
  return found;
}

describe('a selection as HEAD has it', () => {
  const hunks = [
    { oldStart: 3, oldLines: ['x', 'y'], newStart: 3, newCount: 1 }, // two lines became one
    { oldStart: 8, oldLines: [], newStart: 7, newCount: 3 }, // three new lines
  ];

  test.each([
    [1, 2, { start: 1, end: 2 }],
    [4, 6, { start: 5, end: 7 }],
    [5, 11, { start: 6, end: 9 }],
    [3, 3, { start: 3, end: 3 }],
    [6, 8, { start: 7, end: 7 }],
    [9, 10, { start: 8, end: 8 }],
  ])('lines %d to %d', (start, end, expected) => expect(linesBefore(hunks, start, end)).toEqual(expected));

  test('new lines only are nowhere', () => expect(linesBefore(hunks, 7, 9)).toBeUndefined());
});

describe('the blame of a document as it arrives', () => {
  const facts = (summary: string): BlamedCommit => ({
    author: 'A',
    authorMail: '',
    authorTime: 1,
    authorTz: '',
    committer: 'A',
    committerMail: '',
    committerTime: 1,
    committerTz: '',
    summary,
  });
  const [one, two] = ['1'.repeat(40), '2'.repeat(40)];

  test('runs in any order; what has not come is unknown; groups and lines of a commit are found', () => {
    const table = new BlameTable(6);
    table.add({
      runs: { line: [4], count: [2], originalLine: [40], commit: [two], origin: [0] },
      origins: [{ path: 'b' }],
      commits: { [two]: facts('two') },
    });
    expect(table.at(1)).toBeUndefined();
    expect(table.at(5)).toMatchObject({ commit: two, originalLine: 41, origin: { path: 'b' }, facts: { summary: 'two' } });
    table.add({
      runs: { line: [1, 6], count: [3, 1], originalLine: [1, 9], commit: [one, one], origin: [1, 1] },
      origins: [{ path: 'a' }],
      commits: { [one]: facts('one') },
    });
    expect(table.groups(1, 6).map(({ span }) => span)).toEqual([
      [1, 3],
      [4, 5],
      [6, 6],
    ]);
    expect(table.spansOf(one)).toEqual([
      [1, 3],
      [6, 6],
    ]);
    expect(table.groups(2, 4)).toEqual([
      { commit: one, span: [2, 3] },
      { commit: two, span: [4, 4] },
    ]);
  });

  test('a table can be handed on whole', () => {
    const table = new BlameTable(3);
    table.add({
      runs: { line: [2, 1], count: [2, 1], originalLine: [5, 1], commit: [one, two], origin: [0, 0] },
      origins: [{ path: 'a' }],
      commits: { [one]: facts('one'), [two]: facts('two') },
    });
    const copy = new BlameTable(0);
    copy.add(table.asBatch());
    expect([1, 2, 3].map((line) => copy.at(line))).toEqual([1, 2, 3].map((line) => table.at(line)));
    expect(copy.lineCount).toBe(3);
  });

  test('the zero id stands for no commit, in both lengths', () => {
    expect([isUncommitted('0'.repeat(40)), isUncommitted('0'.repeat(64)), isUncommitted(one)]).toEqual([true, true, false]);
  });
});
