import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Category } from '../../../server/protocol/workFlow.ts';
import { type Added, addEntries, countItem, type Group } from '../../../server/work/changelogDocument.ts';
import { entryLines } from '../../../server/work/changelogEntry.ts';
import { categories } from '../../../server/work/changelogFragment.ts';

const date = '2026-11-21';
const group = (category: Category, ...texts: string[]): Group => ({ category, entries: texts.map((text) => entryLines(text, undefined)) });

/** Takes the additions out again, last first. */
function without({ text, additions }: Added): string {
  let old = text;
  for (const each of [...additions].reverse()) {
    expect(old.slice(each.offset, each.offset + each.text.length)).toBe(each.text);
    old = old.slice(0, each.offset) + old.slice(each.offset + each.text.length);
  }
  return old;
}

const kept = `# Changelog

Keep a Changelog.

## [Unreleased]

### Added

- One.

### Fixed

- Two.

## [1.0.0] - 2026-01-01

### Added

- First.

[Unreleased]: https://example.org/compare
[1.0.0]: https://example.org/1.0.0
`;

describe('a change log', () => {
  test('gets entries below their categories, missing ones in the order of Keep a Changelog', () => {
    const { text } = addEntries(kept, [group('Added', 'Three.'), group('Changed', 'Four.'), group('Security', 'Five.')]);
    expect(text).toBe(
      kept.replace('- One.\n', '- One.\n- Three.\n\n### Changed\n\n- Four.\n').replace('- Two.\n', '- Two.\n\n### Security\n\n- Five.\n'),
    );
  });

  test('that is missing is made with its title and the sentence about its format', () => {
    const { text } = addEntries('', [group('Fixed', 'It.')]);
    expect(text).toMatch(/^# Changelog\n\n[\s\S]*Keep a Changelog[\s\S]*\n\n## \[Unreleased\]\n\n### Fixed\n\n- It\.\n$/);
  });

  test('without Unreleased gets it before the first version', () => {
    const old = '# Log\n\nText.\n\n## About\n\nMore.\n\n## 2.1.0\n\n- x\n';
    expect(addEntries(old, [group('Added', 'A.')]).text).toBe(
      '# Log\n\nText.\n\n## About\n\nMore.\n\n## [Unreleased]\n\n### Added\n\n- A.\n\n## 2.1.0\n\n- x\n',
    );
  });

  test('without any version gets Unreleased at its end, before the link definitions', () => {
    expect(addEntries('# Log\n\n[a]: https://x\n', [group('Added', 'A.')]).text).toBe(
      '# Log\n\n## [Unreleased]\n\n### Added\n\n- A.\n\n[a]: https://x\n',
    );
    expect(addEntries('# Log', [group('Added', 'A.')]).text).toBe('# Log\n\n## [Unreleased]\n\n### Added\n\n- A.');
  });

  test('with versions that are underlined, or headings in code and comments, is read as Markdown is', () => {
    const old = '# Log\n\n```md\n## [Unreleased]\n```\n<!--\n## 9.0.0\n-->\n\n1.0.0\n-----\n\n- x\n';
    expect(addEntries(old, [group('Added', 'A.')]).text).toBe(
      old.replace('1.0.0\n---', '## [Unreleased]\n\n### Added\n\n- A.\n\n1.0.0\n---'),
    );
  });

  test('keeps CRLF, tabs, a byte order mark and bytes that are no UTF-8', () => {
    const old = '\xef\xbb\xbf# Log\r\n\t\xff\xfe tab\r\n\r\n## Unreleased\r\n\r\n### Added\r\n* One\r\n';
    const added = addEntries(old, [group('Added', 'Two.')]);
    expect(added.text).toBe(`${old}- Two.\r\n`);
    expect(without(added)).toBe(old);
  });

  test('with an empty category or section is filled', () => {
    expect(addEntries('## [Unreleased]\n### Added\n\n### Fixed\n', [group('Added', 'A.'), group('Fixed', 'F.')]).text).toBe(
      '## [Unreleased]\n### Added\n\n- A.\n\n### Fixed\n\n- F.\n',
    );
    expect(addEntries('# L\n## [Unreleased]\n## 1.0.0\n', [group('Added', 'A.')]).text).toBe(
      '# L\n## [Unreleased]\n\n### Added\n\n- A.\n## 1.0.0\n',
    );
  });

  test('that is released gives what Unreleased held to the version', () => {
    const { text } = addEntries(kept, [group('Added', 'Three.')], { version: '1.1.0', date });
    expect(text).toBe(
      kept.replace('## [Unreleased]\n', `## [Unreleased]\n\n## [1.1.0] - ${date}\n`).replace('- One.\n', '- One.\n- Three.\n'),
    );
    expect(addEntries(kept, [], { version: '1.1.0', date }).text).toContain(`## [Unreleased]\n\n## [1.1.0] - ${date}\n\n### Added`);
    expect(addEntries('# L\n\n## [Unreleased]\n\n## 1.0\n', [], { version: '1.1.0', date }).additions).toEqual([]);
    expect(addEntries('# L\n\n## 1.0.0\n', [group('Added', 'A.')], { version: '1.1.0', date }).text).toBe(
      `# L\n\n## [1.1.0] - ${date}\n\n### Added\n\n- A.\n\n## 1.0.0\n`,
    );
  });

  test('says how often Unreleased names an item', () => {
    expect(countItem('## [Unreleased]\n\n- A (#12)\n- B (#12)\n\n## 1.0.0\n\n- C (#13)\n', 12)).toBe(2);
    expect(countItem('## [Unreleased]\n\n- A (#123)\n\n## 1.0.0\n\n- B (#12)\n', 12)).toBe(0);
  });
});

const piece = fc.oneof(
  fc.constantFrom(
    '## [Unreleased]',
    '## Unreleased',
    '## [1.0.0] - 2026-01-01',
    '## v2',
    '1.2.3\n---',
    '### Added',
    '### Fixed',
    '### Odd',
    '#### deep',
    '- a',
    '  more',
    '* b',
    '```',
    '~~~~',
    '<!--',
    '-->',
    '[x]: y',
    '',
    '\t',
    '# T',
    '\xef\xbb\xbf',
    '\xff',
  ),
  fc.string({ maxLength: 12 }).map((text) => Buffer.from(text, 'utf8').toString('latin1')),
);
const documents = fc
  .array(fc.tuple(piece, fc.constantFrom('\n', '\n', '\r\n', '\n\n', '')), { maxLength: 30 })
  .map((parts) => parts.flat().join(''));
const groups = fc
  .uniqueArray(fc.constantFrom(...categories), { minLength: 1 })
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map((category) =>
        fc
          .array(fc.string({ minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 3 })
          .map((texts) =>
            group(category, ...texts.map((text) => Buffer.from(`x${text}`.replace(/[\r\n]/g, ' ').trimEnd()).toString('latin1'))),
          ),
      ),
    ),
  );

describe('whatever a change log holds', () => {
  test('every byte of it stays, and what was added comes out again', () => {
    fc.assert(
      fc.property(documents, groups, fc.boolean(), (old, wanted, release) => {
        const added = addEntries(old, wanted, release ? { version: '9.9.9', date } : undefined);
        expect(without(added)).toBe(old);
        for (const { entries } of wanted)
          for (const entry of entries)
            expect(added.text.replaceAll('\r\n', '\n').replaceAll('--&gt;', '-->')).toContain(entry.join('\n').replaceAll('--&gt;', '-->'));
      }),
      { numRuns: 2000 },
    );
  });

  test('what looks like a link in a comment at the end is no link', () => {
    const { text } = addEntries('<!--\n[x]: y-->\n', [group('Added', 'A.')]);
    expect(text).toBe('<!--\n[x]: y-->\n\n## [Unreleased]\n\n### Added\n\n- A.\n');
  });

  test('an entry does not close a comment that is only text', () => {
    const wanted = [group('Added', 'a --> b', 'c'), group('Removed', 'd')];
    const { text } = addEntries('<!-- not closed\n', wanted);
    expect(text).toBe('<!-- not closed\n\n## [Unreleased]\n\n### Added\n\n- a --&gt; b\n- c\n\n### Removed\n\n- d\n');
    expect(addEntries(text, wanted).additions).toEqual([]);
    expect(addEntries('<!-- closed -->\n', wanted).text).toContain('- a --> b\n');
  });

  test('adding the same again adds nothing', () => {
    fc.assert(
      fc.property(documents, groups, fc.boolean(), (old, wanted, release) => {
        const how = release ? { version: '9.9.9', date } : undefined;
        const { text } = addEntries(old, wanted, how);
        expect(addEntries(text, wanted, how).additions).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});
