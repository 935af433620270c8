// `.env` files as `hearth env set --dotenv` reads them.
import { describe, expect, test } from 'vitest';
import { parseDotenv } from '../../../server/cli/dotenv.ts';

describe('NAME=value lines', () => {
  test('with comments, quotes, several lines, export', () => {
    const text = [
      '\ufeff# a comment',
      'PLAIN=value # comment',
      'HASH=a#b',
      '  export SPACED =  two words  ',
      "SINGLE='as $it \\n is'",
      'DOUBLE="a\\nb \\"q\\" \\\\" # comment',
      'KEY="-----BEGIN',
      'line two',
      '-----END"',
      '',
      'EMPTY=',
      'ONLY_COMMENT= # nothing',
      'URL=postgres://u:p@h/db?x=1',
      'PLAIN=again',
    ].join('\r\n');
    expect(parseDotenv(text)).toEqual({
      PLAIN: 'again',
      HASH: 'a#b',
      SPACED: 'two words',
      SINGLE: 'as $it \\n is',
      DOUBLE: 'a\nb "q" \\',
      KEY: '-----BEGIN\nline two\n-----END',
      EMPTY: '',
      ONLY_COMMENT: '',
      URL: 'postgres://u:p@h/db?x=1',
    });
  });

  test.each([
    ['A=1\nnot a line\n', 'Line 2'],
    ['A="1\n2"\n\n=3', 'Line 4'],
    ["A='hidden\n", 'line 1'],
    ['A="1" 2', 'line 1'],
  ])('%j is refused with the number of the line, not with what it holds', (text, where) => {
    expect(() => parseDotenv(text)).toThrow(where);
    expect(() => parseDotenv(text)).not.toThrow(/not a|hidden/);
  });
});
