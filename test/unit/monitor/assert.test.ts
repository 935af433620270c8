import { describe, expect, it } from 'vitest';
import { parseAssertion } from '../../../server/config/assertion.ts';
import { type AllFacts, evaluate, type Judged } from '../../../server/monitor/checks/assert.ts';
import { assertionProblems } from '../../../server/monitor/checks/index.ts';
import { check } from '../../../server/protocol/monitorTypes.ts';

async function judged(text: string, facts: Partial<AllFacts>): Promise<Judged> {
  const parsed = parseAssertion(text);
  if ('problem' in parsed) throw new Error(`${text}: ${parsed.problem}`);
  const [only] = await evaluate([parsed.assertion], { milliseconds: 100, ...facts });
  return only ?? expect.fail('nothing was judged');
}

const json = (value: unknown) => ({ text: JSON.stringify(value) });
const shop = json({
  ok: true,
  load: 0.4,
  errors: [],
  name: 'shop',
  checks: [{ state: 'ok' }, { state: 'ok' }, { state: 'slow' }],
  none: null,
});

describe('assertions', () => {
  it.each<[string, Partial<AllFacts>]>([
    ['status == 200', { status: 200 }],
    ['status != 500', { status: 200 }],
    ['status in 200..299, 304', { status: 304 }],
    ['status not in 200..299', { status: 301 }],
    ['time < 500ms', { milliseconds: 499.9 }],
    ['certificate > 14d', { certificateLeft: 15 * 86_400_000 }],
    ['size >= 1kB', { size: { bytes: 1024, more: false } }],
    ['header.age < 10', { headers: { age: '9' } }],
    ['header.age == 10', { headers: { age: '10.0' } }],
    ['header.etag == W/"10"', { headers: { etag: 'W/"10"' } }],
    ['header.x not exists', { headers: {} }],
    ['text contains "Shop"', { text: 'My Shop' }],
    ['text not matches /error/i', { text: 'fine' }],
    ['json $.ok == true', shop],
    ['json $.load < 0.5', shop],
    ['json $.errors == []', shop],
    ['json $.errors[0] not exists', shop],
    ['json $.none == null', shop],
    ['json $.checks[?@.state == "slow"] exists', shop],
    ['json $.checks[0,1].state == ok', shop],
    ['json $.checks[*].state in ok, slow', shop],
    ['json $.checks contains {"state": "slow"}', shop],
    ['json $ contains name', shop],
    ['json $.name matches /^sh/', shop],
    ['answers contains WWW.example.test.', { answers: ['10 www.example.test'] }],
    ['answers == 192.0.2.1', { answers: ['192.0.2.1'] }],
    ['answers >= 2', { answers: ['a', 'b'] }],
    ['answers not exists', { answers: [] }],
    ['answers matches /^v=spf1/', { answers: ['x', 'v=spf1 -all'] }],
    ['value < 80', { value: 79 }],
    ['value == up', { value: 'up' }],
    ['exit == 3', { exit: 3 }],
  ])('%s holds', async (text, facts) => expect(await judged(text, facts)).toMatchObject({ ok: true }));

  it.each<[string, Partial<AllFacts>, string]>([
    ['status == 200', { status: 500 }, 'status 500, wanted 200'],
    ['status != 500', { status: 500 }, 'status 500, wanted != 500'],
    ['status == 200', {}, 'status missing, wanted 200'],
    ['time < 500ms', { milliseconds: 812.3 }, 'time is 812 ms, wanted < 500ms'],
    ['certificate > 14d', { certificateLeft: 3 * 86_400_000 + 5 }, 'certificate is 3 days, wanted > 14d'],
    ['size < 1kB', { size: { bytes: 1_048_576, more: true } }, 'size is more than 1 MB, wanted < 1kB'],
    ['header.x exists', { headers: {} }, 'header.x is missing, wanted exists'],
    ['header.x not contains a', { headers: {} }, 'header.x is missing, wanted not contains a'],
    ['header.age < 10', { headers: { age: 'old' } }, 'header.age is "old", wanted < 10'],
    ['header.age == 10', { headers: { age: '' } }, 'header.age is "", wanted 10'],
    ['text contains "Shop"', { text: 'Not\nhere \u001b[31m\u202e' }, 'text is "Not here ", wanted contains "Shop"'],
    ['json $.ok == true', { text: '<html>' }, 'json $.ok is no JSON: "<html>", wanted true'],
    ['json $.ok == "true"', shop, 'json $.ok is true, wanted "true"'],
    ['json $.load == "0.4"', shop, 'json $.load is 0.4, wanted "0.4"'],
    ['json $.gone == 1', shop, 'json $.gone is missing, wanted 1'],
    ['json $.gone != 1', shop, 'json $.gone is missing, wanted != 1'],
    ['json $.checks[*].state == ok', shop, 'json $.checks[*].state is "slow" (one of 3), wanted ok'],
    ['json $.checks[*].state != slow', shop, 'json $.checks[*].state is "slow" (one of 3), wanted != slow'],
    ['answers contains 192.0.2.1', { answers: ['192.0.2.10'] }, 'answers is 192.0.2.10, wanted contains 192.0.2.1'],
    ['answers == 192.0.2.1', { answers: ['192.0.2.1', '192.0.2.2'] }, 'answers is 192.0.2.1, 192.0.2.2, wanted 192.0.2.1'],
    ['value < 80', { value: 'warm' }, 'value is "warm", wanted < 80'],
  ])('%s says what was there instead', async (text, facts, message) =>
    expect(await judged(text, facts)).toMatchObject({ ok: false, message }),
  );

  const beginning = { text: 'My Shop, errors', cut: true };
  const large = { size: { bytes: 1_048_576, more: true } };
  it.each<[string, Partial<AllFacts>]>([
    ['text contains "footer"', beginning],
    ['text not contains "footer"', beginning],
    ['text matches /footer/', beginning],
    ['text not matches /footer/', beginning],
    ['json $.ok == true', { text: '{"ok": true, "rest": [', cut: true }],
    ['json $.errors not exists', { text: '{"ok": true} ', cut: true }],
    ['size > 5MB', large],
    ['size < 5MB', large],
    ['size == 5MB', large],
    ['size != 5MB', large],
  ])('%s is undecided when the answer goes on behind what is read', async (text, facts) => {
    const seen = await judged(text, facts);
    expect(seen).toMatchObject({ ok: false, undecided: true });
    expect(seen.message).toMatch(/ is undecided: the answer is larger than the 1 MB that is read$/);
  });

  it.each<[string, Partial<AllFacts>, boolean]>([
    ['text contains "Shop"', beginning, true],
    ['text not contains "errors"', beginning, false],
    ['text matches /^My/', beginning, true],
    ['text not matches /errors/', beginning, false],
    ['text == ok', beginning, false],
    ['text != ok', beginning, true],
    ['size > 1MB', large, true],
    ['size <= 1MB', large, false],
    ['size == 1MB', large, false],
    ['size != 1MB', large, true],
  ])('%s is decided by what was read of it', async (text, facts, ok) => {
    const seen = await judged(text, facts);
    expect([seen.ok, seen.undecided]).toEqual([ok, undefined]);
  });

  it('an expression that would take for ever is stopped', async () => {
    const seen = await judged('text matches /^(a+)+$/', { text: `${'a'.repeat(60)}b` });
    expect(seen).toMatchObject({ ok: false, actual: 'not decided within 250 ms' });
    expect(await judged('text matches /^a+b$/', { text: `${'a'.repeat(60)}b` })).toMatchObject({ ok: true });
  });

  it('JSON of any depth and size is an answer, not a fault', async () => {
    const deep = await judged('json $..x == 1', { text: `${'['.repeat(200_000)}${']'.repeat(200_000)}` });
    expect(deep.ok).toBe(false);
    const names = await judged('json $.__proto__ exists', { text: '{}' });
    expect(names.ok).toBe(false);
  });

  it('mistakes inside JSON paths are found, with their place', async () => {
    const http = check.parse({ kind: 'http', url: 'https://shop.example.test/' });
    const problems = await assertionProblems(http, ['status == 200', 'json $.a[?] == 1', 'json $.a..b[1:2:3] exists', 'exit == 0']);
    expect(problems).toMatchObject([
      { expression: 'json $.a[?] == 1', problem: expect.stringContaining('The JSON path cannot be read'), at: 10 },
      { expression: 'exit == 0', at: 0 },
    ]);
  });
});
