import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entryLines } from '../../../server/work/changelogEntry.ts';
import { categories, isFragmentName, itemOfName, parseFragment, withEntry } from '../../../server/work/changelogFragment.ts';

const parse = (text: string, name = 'changes/12.md') => parseFragment(name, Buffer.from(text));
const problems = (text: string) => parse(text).problems.map(({ line, problem }) => `${line} ${problem}`);

describe('a fragment', () => {
  test('has entries below the headings of Keep a Changelog', () => {
    expect(parse('\ufeff### Added\r\n\r\nOne.\r\n\r\nMore.\r\n\r\n### fixed ###\r\n- a\r\n- b\r\n')).toEqual({
      path: 'changes/12.md',
      item: 12,
      entries: [
        { category: 'Added', text: 'One.\n\nMore.' },
        { category: 'Fixed', text: '- a\n- b' },
      ],
      problems: [],
    });
  });

  test('or says why none is needed', () => {
    expect(parse('### None needed\n\nOnly tests.\n')).toMatchObject({ entries: [], none: 'Only tests.', problems: [] });
    expect(problems('### None needed\n')).toEqual(['1 says that no entry is needed, but not why']);
    expect(problems('### Added\nA\n### None needed\nB\n')).toEqual(['3 has entries and says that none is needed']);
  });

  test('belongs to the item of its name', () => {
    expect(['12.md', '12-more.md', '12-a b.md', 'x12.md', '0.md', '12.txt', '12a.md'].map(itemOfName)).toEqual([
      12,
      12,
      12,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(['12.md', 'login.md', 'README.md', '.hidden.md', '_template.md', '12.txt'].filter(isFragmentName)).toEqual([
      '12.md',
      'login.md',
    ]);
  });

  test.each([
    [
      '### Addded\n\nA.\n',
      '1 has an unknown heading "Addded"; known are Added, Changed, Deprecated, Removed, Fixed, Security and None needed',
    ],
    ['### Added\n\n### Fixed\nB\n', '1 has nothing below "Added"'],
    ['Hello\nthere\n### Added\nA\n', '1 has text before the first heading'],
    ['### Added\nA\n# Title\n', '3 has a heading of another level than "###"'],
    ['### Added\n<<<<<<< HEAD\nA\n=======\nB\n>>>>>>> x\n', '2 has a conflict marker', '6 has a conflict marker'],
    ['', '1 is empty: write "### Added" and a text below it'],
    ['### Added\na\0b\n', '2 holds binary data'],
  ])('%j is refused with its lines', (text, ...expected) => {
    expect(problems(text)).toEqual(expected);
  });

  test('that is not UTF-8, or too large, is refused', () => {
    expect(parseFragment('changes/1.md', Buffer.from([0x23, 0xff])).problems).toEqual([{ line: 1, problem: 'is not UTF-8 text' }]);
    expect(parse(`### Added\n${'x'.repeat(64_000)}`).problems).toEqual([{ line: 1, problem: 'is larger than 64 kB' }]);
  });

  test('may hold headings inside code and below its own', () => {
    expect(parse('### Added\n\n#### Deep\n\n```sh\n# comment\n### Odd\n```\n')).toMatchObject({
      entries: [{ text: '#### Deep\n\n```sh\n# comment\n### Odd\n```' }],
      problems: [],
    });
  });

  test('that gets an entry keeps what it had, and drops that none is needed', () => {
    const one = withEntry('', undefined, { kind: 'entry', category: 'Added', text: ' One.\r\n' });
    expect(one).toBe('### Added\n\n One.\n');
    const two = withEntry('### Added\n\nOne.\n\n\n', parse('### Added\n\nOne.\n'), { kind: 'entry', category: 'Added', text: 'Two.' });
    expect(two).toBe('### Added\n\nOne.\n\n### Added\n\nTwo.\n');
    expect(withEntry(two, parse(two), { kind: 'entry', category: 'Added', text: 'Two.' })).toBe(two);
    expect(withEntry('### None needed\n\nx\n', parse('### None needed\n\nx\n'), { kind: 'entry', category: 'Fixed', text: 'F.' })).toBe(
      '### Fixed\n\nF.\n',
    );
  });
});

describe('an entry', () => {
  test('becomes a bullet with the number of its item', () => {
    expect(entryLines('One.', 12)).toEqual(['- One. (#12)']);
    expect(entryLines('One, see #12.', 12)).toEqual(['- One, see #12.']);
    expect(entryLines('One, see #123.', 12)).toEqual(['- One, see #123. (#12)']);
    expect(entryLines('One\nand more.\n\nSecond.\n\n    code', 12)).toEqual([
      '- One',
      '  and more. (#12)',
      '',
      '  Second.',
      '',
      '      code',
    ]);
  });

  test('that is a list stays one', () => {
    expect(entryLines('- a\n  more\n  - deep\n* b\ntext\n\nbelow', 3)).toEqual([
      '- a',
      '  more (#3)',
      '  - deep',
      '* b',
      '  text (#3)',
      '',
      '  below',
    ]);
  });

  test('that begins with code or HTML has the number behind it', () => {
    expect(entryLines('```\nx\n```', 3)).toEqual(['- ```', '  x', '  ```', '', '  (#3)']);
    expect(entryLines('<b>x</b>', 3)).toEqual(['- <b>x</b>', '', '  (#3)']);
  });

  test('never reaches out of its bullet, whatever it holds', () => {
    const piece = fc.constantFrom(
      '- a',
      '* b',
      '```',
      '~~~',
      '# x',
      '### Added',
      '<!--',
      '<pre>',
      '  in',
      'text',
      '',
      '\ttab',
      '> q',
      '1. one',
      '    code',
      '[a]: b',
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), fc.option(fc.nat(99)), (lines, item) => {
        for (const [at, line] of entryLines(lines.join('\n').trim() || 'x', item ?? undefined).entries()) {
          expect(line === '' || (at === 0 ? /^[-*+] / : /^(?:[-*+] | {2}|\t)/).test(line), JSON.stringify(line)).toBe(true);
        }
      }),
    );
  });

  test('comes back from a fragment as it was written', () => {
    fc.assert(
      fc.property(fc.constantFrom(...categories), fc.string({ unit: 'grapheme' }), (category, given) => {
        const text = `x ${given}`.replace(/[\r\n\0]/g, ' ').trimEnd();
        expect(parse(withEntry('', undefined, { kind: 'entry', category, text }))).toMatchObject({
          entries: [{ category, text }],
          problems: [],
        });
      }),
    );
  });
});
