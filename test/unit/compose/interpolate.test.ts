import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpolate } from '../../../server/compose/interpolate.ts';

const values: Readonly<Record<string, string>> = { A: 'a', EMPTY: '', DOLLAR: '$A' };
const filled = (text: string) => interpolate(text, (name) => values[name]);

describe('variables of a compose file', () => {
  test.each([
    ['$A-${A}', 'a-a'],
    ['${NO:-b}${NO-b}${EMPTY:-b}${EMPTY-b}', 'bbb'],
    ['${A:+b}${NO:+b}${EMPTY:+b}${EMPTY+b}', 'bb'],
    ['${A:?must}${EMPTY?must}', 'a'],
    ['$$A $${A} $$$A', '$A ${A} $a'],
    ['${NO:-${EMPTY:-${A}x}y}', 'axy'],
    ['${NO:-{"a":{"b":1}}}', '{"a":{"b":1}}'],
    ['$(date) $1 a$ 5$', '$(date) $1 a$ 5$'],
    ['${DOLLAR}', '$A'],
  ])('%s', (text, expected) => {
    expect(filled(text)).toEqual({ text: expected, unresolved: [], mistakes: [] });
  });

  test('without a value are named, but not in what does not count', () => {
    expect(filled('${NO} $NO ${MORE:-${LESS}} ${A:-${NEVER}} ${NO:+${NEVER}}')).toMatchObject({
      text: '   a ',
      unresolved: ['NO', 'LESS'],
    });
  });

  test('that must have one, and forms that are none, are mistakes', () => {
    expect(filled('${NO:?set it}').mistakes).toEqual(['The variable `NO` must have a value: set it.']);
    expect(filled('${EMPTY:?}').mistakes).toEqual(['The variable `EMPTY` must have a value.']);
    expect(filled('${A:-${NO?never}}').mistakes).toEqual([]);
    for (const wrong of ['${', '${}', '${1}', '${A', '${A!b}', '${A:-${B}']) expect(filled(wrong).mistakes, wrong).toHaveLength(1);
  });

  test('are what they were built from', () => {
    type Piece = { readonly written: string; readonly meant: string };
    const text: fc.Arbitrary<Piece> = fc.stringMatching(/^[a-z0-9 :/@.,-]{0,8}$/).map((each) => ({ written: each, meant: each }));
    const name = fc.constantFrom('A', 'EMPTY', 'NO');
    const { whole } = fc.letrec<{ piece: Piece; whole: Piece }>((tie) => ({
      piece: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.constant({ written: '$$', meant: '$' }),
        name.map((each) => ({ written: `\${${each}}`, meant: values[each] ?? '' })),
        fc.tuple(name, fc.constantFrom(':-', '-', ':+', '+'), tie('whole')).map(([each, sign, inside]) => {
          const value = values[each];
          const isThere = value !== undefined && (value !== '' || !sign.startsWith(':'));
          const meant = sign.endsWith('+') ? (isThere ? inside.meant : '') : isThere ? value : inside.meant;
          return { written: `\${${each}${sign}${inside.written}}`, meant };
        }),
      ),
      whole: fc.array(tie('piece'), { maxLength: 4 }).map((pieces) => ({
        written: pieces.map(({ written }) => written).join(''),
        meant: pieces.map(({ meant }) => meant).join(''),
      })),
    }));
    fc.assert(
      fc.property(whole, ({ written, meant }) => {
        expect(filled(written)).toMatchObject({ text: meant, mistakes: [] });
      }),
      { numRuns: 300 },
    );
  });
});
