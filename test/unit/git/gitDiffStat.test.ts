import { expect, test } from 'vitest';
import { statLines } from '../../../server/cli/gitDiffStat.ts';
import type { ChangedFile } from '../../../server/protocol/gitTypes.ts';

test('a comparison of very many files has its lines and totals', () => {
  const files = Array.from(
    { length: 300_000 },
    (_, number): ChangedFile => ({
      path: `file${number}`,
      status: 'modified',
      additions: number === 7 ? 40 : 1,
      deletions: 0,
      binary: false,
      oldMode: '100644',
      newMode: '100644',
    }),
  );
  const totals = { files: files.length, additions: 300_039, deletions: 0 };
  const lines = statLines(files, totals, String, (_style, text) => text);
  expect(lines).toHaveLength(300_001);
  expect(lines[7]).toMatch(/^ file7 +\| {2}40 \++$/);
  expect(lines.at(-1)).toBe(' 300000 files changed, 300039 insertions(+)');
});
