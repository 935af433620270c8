import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogParser, refsOf } from '../../../server/git/logParser.ts';

const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
const id = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 });
const time = fc.integer({ min: 0, max: 4_000_000_000 });
const commit = fc.record({
  id,
  parents: fc.array(id, { maxLength: 3 }),
  author: text,
  authorMail: text,
  authorTime: time,
  committerTime: time,
  subject: text,
});

describe('LogParser', () => {
  test('reads what git writes, whatever the messages hold and wherever the output is cut', () => {
    fc.assert(
      fc.property(fc.array(commit, { maxLength: 6 }), fc.array(fc.nat(400), { maxLength: 8 }), (commits, cuts) => {
        const output = Buffer.from(
          commits
            .map((each) => [
              each.id,
              each.parents.join(' '),
              each.author,
              each.authorMail,
              each.authorTime,
              each.committerTime,
              '',
              each.subject,
            ])
            .map((fields) => `${fields.join('\0')}\0`)
            .join(''),
        );
        const parser = new LogParser();
        const rows = pieces(output, cuts).flatMap((chunk) => parser.push(chunk));
        expect(rows).toEqual(commits.map((each) => ({ ...each, refs: [] })));
      }),
    );
  });

  test('a damaged date is 0', () => {
    const fields = ['a'.repeat(40), '', 'A', 'a@b', 'nonsense', '18446744073709551615', '', 'S'];
    expect(new LogParser().push(Buffer.from(`${fields.join('\0')}\0`))).toMatchObject([{ authorTime: 0, committerTime: 0 }]);
  });
});

test('decorations become full names', () => {
  expect(refsOf('')).toEqual([]);
  expect(refsOf('HEAD -> refs/heads/main, tag: refs/tags/v1, refs/remotes/origin/main')).toEqual([
    'HEAD',
    'refs/heads/main',
    'refs/tags/v1',
    'refs/remotes/origin/main',
  ]);
  // A comma is allowed in a ref, a space is not.
  expect(refsOf('HEAD, refs/heads/a,b, refs/heads/->x')).toEqual(['HEAD', 'refs/heads/a,b', 'refs/heads/->x']);
});

/** The buffer in pieces whose lengths are given; the rest is the last one. */
function pieces(buffer: Buffer, lengths: readonly number[]): Buffer[] {
  const result: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    result.push(buffer.subarray(at, at + length));
    at += length;
  }
  return [...result, buffer.subarray(at)];
}
