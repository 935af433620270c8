import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DiffListParser } from '../../../server/git/diffListParser.ts';
import { quote, shownPath, unquote } from '../../../server/git/diffPath.ts';

const id = (digit: string) => digit.repeat(40);

const output = [
  `:100644 100755 ${id('1')} ${id('2')} M\0a\tb\nc\0`,
  `:100644 100644 ${id('3')} ${id('4')} R086\0old name\0new name\0`,
  `:000000 100644 ${id('0')} ${id('0')} U\0both\0`,
  `:100644 100644 ${id('5')} ${id('0')} M\0both\0`,
  `:100644 100644 ${id('6')} ${id('7')} M\0caf\xe9\0`,
  `:100644 100644 ${id('8')} ${id('9')} M\0same\0`,
  '3\t1\ta\tb\nc\0',
  '10\t0\t\0old name\0new name\0',
  '0\t0\tboth\0',
  '4\t2\tboth\0',
  '-\t-\tcaf\xe9\0',
].join('');

const expected = [
  {
    path: 'a\tb\nc',
    status: 'modified',
    additions: 3,
    deletions: 1,
    binary: false,
    oldMode: '100644',
    newMode: '100755',
    oldId: id('1'),
    newId: id('2'),
  },
  {
    path: 'new name',
    oldPath: 'old name',
    status: 'renamed',
    similarity: 86,
    additions: 10,
    deletions: 0,
    binary: false,
    oldMode: '100644',
    newMode: '100644',
    oldId: id('3'),
    newId: id('4'),
  },
  { path: 'both', status: 'unmerged', additions: 4, deletions: 2, binary: false, oldMode: '100644', newMode: '100644', oldId: id('5') },
  {
    path: 'caf\ufffd',
    pathBytes: Buffer.from('caf\xe9', 'latin1').toString('base64'),
    status: 'modified',
    additions: 0,
    deletions: 0,
    binary: true,
    oldMode: '100644',
    newMode: '100644',
    oldId: id('6'),
    newId: id('7'),
  },
  {
    path: 'same',
    status: 'modified',
    additions: 0,
    deletions: 0,
    binary: false,
    oldMode: '100644',
    newMode: '100644',
    oldId: id('8'),
    newId: id('9'),
  },
];

test('reads names and counts, however the stream is cut', () => {
  const bytes = Buffer.from(output, 'latin1');
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const parser = new DiffListParser();
      let at = 0;
      for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
        parser.push(bytes.subarray(at, cut));
        at = cut;
      }
      expect(parser.files.map(({ row }) => row)).toEqual(expected);
      expect(parser.files.map(({ counted }) => counted)).toEqual([true, true, true, true, false]);
      expect(parser.counting).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('quoting and unquoting a name are each other’s way back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
      const name = Buffer.from(bytes).toString('latin1');
      if (name.startsWith('"')) return;
      expect(unquote(quote(name))).toBe(name);
    }),
    { numRuns: 1000 },
  );
  expect(quote('a"b\n\x01\x7f')).toBe('"a\\"b\\n\\001\\177"');
  expect(quote('caf\xe9 x')).toBe('caf\xe9 x');
});

test('a name that is UTF-8 travels as text alone, also with U+FFFD in it', () => {
  const latin1 = (text: string) => Buffer.from(text).toString('latin1');
  expect(shownPath(latin1('é \ufffd'))).toEqual({ path: 'é \ufffd' });
  expect(shownPath('\xff')).toEqual({ path: '\ufffd', pathBytes: '/w==' });
});
