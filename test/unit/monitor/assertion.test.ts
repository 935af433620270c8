import { describe, expect, it } from 'vitest';
import { type Assertion, assertionSubjects, parseAssertion } from '../../../server/config/assertion.ts';
import { checkKinds } from '../../../server/protocol/monitorTypes.ts';

function read(text: string): Assertion {
  const parsed = parseAssertion(text);
  if ('problem' in parsed) throw new Error(`${text}: ${parsed.problem}`);
  return parsed.assertion;
}

describe('the assertion language', () => {
  it.each([
    ['status == 200', { kind: 'status' }, { kind: 'equals', value: 200 }],
    [' status in 200..299, 304 ', { kind: 'status' }, { kind: 'in', values: [{ from: 200, to: 299 }, 304] }],
    ['time < 1.5s', { kind: 'time' }, { kind: 'order', sign: '<', value: 1500 }],
    ['time <= 1m30s', { kind: 'time' }, { kind: 'order', sign: '<=', value: 90_000 }],
    ['size > 2kB', { kind: 'size' }, { kind: 'order', sign: '>', value: 2048 }],
    ['size == 33', { kind: 'size' }, { kind: 'equals', value: 33 }],
    ['certificate>14d', { kind: 'certificate' }, { kind: 'order', sign: '>', value: 1_209_600_000 }],
    ['header.Content-Type contains json', { kind: 'header', name: 'content-type' }, { kind: 'contains', value: 'json' }],
    ['text contains "say \\"Shop\\" \\u00e4"', { kind: 'text' }, { kind: 'contains', value: 'say "Shop" ä' }],
    ["text contains 'it\\'s \"here\"'", { kind: 'text' }, { kind: 'contains', value: `it's "here"` }],
    ['text matches /a\\/b [/] c/i', { kind: 'text' }, { kind: 'matches', pattern: 'a\\/b [/] c', flags: 'i' }],
    ['json $.ok == true', { kind: 'json', path: '$.ok' }, { kind: 'equals', value: true }],
    ['json $.a==null', { kind: 'json', path: '$.a' }, { kind: 'equals', value: null }],
    ['json $["a b"][?@.x == 1].y < 3', { kind: 'json', path: '$["a b"][?@.x == 1].y' }, { kind: 'order', sign: '<', value: 3 }],
    ['json $.list == [1, "two"]', { kind: 'json', path: '$.list' }, { kind: 'equals', value: [1, 'two'] }],
    ['json $.word == up', { kind: 'json', path: '$.word' }, { kind: 'equals', value: 'up' }],
    ['answers >= 2', { kind: 'answers' }, { kind: 'order', sign: '>=', value: 2 }],
    ['answers contains 192.0.2.1', { kind: 'answers' }, { kind: 'contains', value: '192.0.2.1' }],
    ['header.x exists', { kind: 'header', name: 'x' }, { kind: 'exists' }],
    ['value == true', { kind: 'value' }, { kind: 'equals', value: 'true' }],
  ])('reads %s', (text, subject, test) => {
    expect(read(text)).toMatchObject({ expression: text.trim(), subject, test, not: false });
  });

  it.each(['status != 500', 'text not contains "x"', 'json $.errors not exists', 'exit not in 1, 2', 'header.x not  matches /y/'])(
    'knows the opposite: %s',
    (text) => expect(read(text).not).toBe(true),
  );

  it('says what is wanted as it is written, without the sign of what is plainly equal', () => {
    expect(read('status == 200').wanted).toBe('200');
    expect(read('time < 500ms ').wanted).toBe('< 500ms');
    expect(read('text not contains "x"').wanted).toBe('not contains "x"');
  });

  it.each([
    ['', 0],
    ['stat == 200', 0],
    ['  stat == 200', 2],
    ['status', 6],
    ['status = 200', 7],
    ['status == ', 10],
    ['status == abc', 10],
    ['status contains 2', 7],
    ['status == 200 or 300', 14],
    ['status in 200..100', 10],
    ['status in 200,', 14],
    ['time < 500', 7],
    ['certificate > 14', 14],
    ['size < big', 7],
    ['header == x', 6],
    ['text contains two words', 18],
    ['text contains "open', 14],
    ['text contains "\\q"', 14],
    ['text matches /(/', 13],
    ['text matches /a/g', 16],
    ['json ok == 1', 5],
    ['json $.a[?@.b == 1 == 2', 23],
    ['json $.a] == 2', 8],
    ['json $.a == [1,', 12],
    ['text not == "a"', 9],
  ])('says where the mistake of `%s` is', (text, at) => {
    expect(parseAssertion(text)).toMatchObject({ problem: expect.stringMatching(/\.$/), at });
  });

  it('knows which check can tell what', () => {
    expect(parseAssertion('status == 200', 'tcp')).toEqual({ problem: 'A tcp check knows no `status`: time.', at: 0 });
    expect(parseAssertion('time < 1s', 'push')).toEqual({ problem: 'A push check knows no `time`: nothing.', at: 0 });
    expect(parseAssertion('status == 200', 'http')).toHaveProperty('assertion');
  });

  it('reads every example it shows', () => {
    for (const { example, checks } of Object.values(assertionSubjects)) {
      for (const check of checks) expect(parseAssertion(example, check), example).toHaveProperty('assertion');
    }
    expect(checkKinds.filter((kind) => !Object.values(assertionSubjects).some(({ checks }) => checks.includes(kind)))).toEqual([
      'docker',
      'push',
    ]);
  });
});
