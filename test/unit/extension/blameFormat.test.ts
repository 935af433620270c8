import { describe, expect, test } from 'vitest';
import { clip, columns, formatBlame, padded, plain } from '../../../extension/git/blameFormat.ts';
import { gutterText, gutterWidth } from '../../../extension/git/blameGutter.ts';
import { resolveSwitch } from '../../../extension/git/blameSwitch.ts';
import { heatOf } from '../../../extension/git/heat.ts';
import { calendarDate, calendarTime, relativeTime } from '../../../extension/git/relativeTime.ts';
import type { BlamedCommit } from '../../../server/protocol/gitTypes.ts';

const now = 1_760_000_000;
const day = 86_400;

function commit(over: Partial<BlamedCommit> = {}): BlamedCommit {
  const who = { author: 'Ada Example', authorMail: '<ada@example.test>', authorTime: now - 21 * day, authorTz: '+0000' };
  return {
    ...who,
    committer: 'Ada Example',
    committerMail: '<ada@example.test>',
    committerTime: now,
    committerTz: '+0000',
    summary: 'Fix retry after timeout',
    ...over,
  };
}

const format = (template: string, over?: Partial<BlamedCommit>): string =>
  formatBlame(template, { id: '0123456789abcdef0123456789abcdef01234567', commit: commit(over), now, language: 'en' });

test('a time that no calendar knows is shown as its number', () => {
  expect([calendarDate(1e13, 'en'), calendarTime(-1e13, 'en')]).toEqual(['10000000000000', '-10000000000000']);
});

describe('the template of the annotation', () => {
  test('reads as promised by default', () => {
    expect(format('${author}, ${ago} · ${summary|60}')).toBe('Ada Example, 3 weeks ago · Fix retry after timeout');
  });

  test('knows every token, and keeps what it does not know as written', () => {
    expect(format('${author}|${mail}|${date}|${summary}|${id}|${nonsense}')).toBe(
      'Ada Example|ada@example.test|Sep 18, 2025|Fix retry after timeout|01234567|${nonsense}',
    );
  });

  test('cuts to a length, never inside a character', () => {
    expect(format('${summary|12}')).toBe('Fix retry a…');
    expect(format('${summary|7}', { summary: '日本語の要約' })).toBe('日本語…');
    expect(columns(clip('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 5))).toBe(5);
  });

  test('leaves no separator behind where something is missing', () => {
    expect(format('${author}, ${ago} · ${summary|60}', { summary: '' })).toBe('Ada Example, 3 weeks ago');
    expect(format('${author} · ${summary}', { author: '' })).toBe('Fix retry after timeout');
  });

  test('a token in repository text stays text', () => {
    expect(format('${author}: ${summary}', { author: '${summary}', summary: '${author}' })).toBe('${summary}: ${author}');
  });

  test('line ends, control characters and direction marks do not get through', () => {
    expect(plain('a\nb\tc\u001b[31m\u202edcba\u2066x')).toBe('a b c [31mdcbax');
  });
});

describe('ages', () => {
  test.each([
    [0, 'now'],
    [59, 'now'],
    [60, '1 minute ago'],
    [30 * 3600, '1 day ago'],
    [6 * day, '6 days ago'],
    [45 * day, '1 month ago'],
    [400 * day, '1 year ago'],
    [-7200, 'in 2 hours'],
  ])('%d seconds: %s', (age, text) => expect(relativeTime(now - age, now, 'en')).toBe(text));

  test('in the language of the window, and in English where there is none', () => {
    expect(relativeTime(now - 3 * 7 * day, now, 'de')).toBe('vor 3 Wochen');
    expect(relativeTime(now - 3 * 7 * day, now, 'qps-ploc')).toMatch(/3/);
    expect(relativeTime(now - 3 * 7 * day, now, 'not a language')).toBe('3 weeks ago');
  });
});

describe('heat', () => {
  test('is warm up to the threshold and cold beyond it, in ten steps and never more', () => {
    const steps = [0, 17, 18, 36, 54, 72, 89, 90, 179, 180, 360, 720, 1440, 10_000].map((days) => heatOf(now - days * day, now, 90));
    expect(steps).toEqual([0, 0, 1, 2, 3, 4, 4, 5, 5, 6, 7, 8, 9, 9]);
    expect(heatOf(now + 5 * day, now, 90)).toBe(0);
    expect(heatOf(now - day, now, 0)).toBe(5); // a threshold of nothing is one day
  });
});

describe('a gutter row', () => {
  const input = { now, language: 'en', uncommitted: 'Uncommitted' };

  test('has the same width whatever is in it', () => {
    const rows = [
      commit(),
      commit({ author: 'A', summary: '' }),
      commit({ author: '王小明王小明王小明王小明', summary: '修復'.repeat(30) }),
      commit({ summary: 'x'.repeat(500) }),
    ];
    for (const row of rows) expect(columns(gutterText('1'.repeat(40), row, input))).toBe(gutterWidth);
    expect(columns(gutterText('0'.repeat(40), commit(), input))).toBe(gutterWidth);
  });

  test('says who, what and when', () => {
    expect(gutterText('1'.repeat(40), commit(), input)).toMatch(/^Ada Example\s+Fix retry after timeout\s+3w ago$/);
    expect(gutterText('0'.repeat(40), commit(), input)).toBe(padded('Uncommitted', gutterWidth));
  });
});

test('auto steps aside for another tool; a choice by hand does not', () => {
  expect([resolveSwitch('auto', true), resolveSwitch('auto', false)]).toEqual(['off', 'on']);
  expect([resolveSwitch('on', true), resolveSwitch('off', false), resolveSwitch<'auto' | 'onDemand'>('onDemand', true)]).toEqual([
    'on',
    'off',
    'onDemand',
  ]);
});
