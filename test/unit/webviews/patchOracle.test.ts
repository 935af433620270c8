// Our reader of patches against diff2html's, on patches that git makes of random edits: two implementations that agree.
import { parse } from 'diff2html';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parsePatch } from '../../../webviews/ui/code/patch.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

let repository: Repository;
beforeAll(() => {
  repository = createRepository();
});
afterAll(() => repository.dispose());

/** Few different lines, so that git finds moved and repeated ones; the last may lack its line end. */
const text = fc
  .tuple(
    fc.array(fc.constantFrom('alpha', 'beta', '', '}', '  indented', 'ends with é', '+plus', '-minus', ' space'), { maxLength: 40 }),
    fc.boolean(),
  )
  .map(([lines, ended]) => lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''));

test('every line of a patch has the kind, the text and the numbers that diff2html gives it', () => {
  let compared = 0;
  fc.assert(
    fc.property(text, text, (before, after) => {
      if (before === after) return;
      repository.write('a.txt', before);
      repository.write('b.txt', after);
      const patch = repository.tryGit(['diff', '--no-index', '-U2', 'a.txt', 'b.txt']).stdout.toString('utf8');
      const theirs = parse(patch)[0]?.blocks.flatMap(({ lines }) =>
        lines.map((line) => ({
          type: { insert: 'added', delete: 'removed', context: 'context' }[line.type as string],
          text: line.content.slice(1),
          oldNumber: line.oldNumber,
          newNumber: line.newNumber,
        })),
      );
      const ours = parsePatch(patch).hunks.flatMap(({ lines }) =>
        lines.map(({ type, text: shown, oldNumber, newNumber }) => ({ type, text: shown, oldNumber, newNumber })),
      );
      expect(ours).toEqual(theirs);
      compared += ours.length;
    }),
    { numRuns: 100, seed: 7 },
  );
  expect(compared).toBeGreaterThan(500);
});
