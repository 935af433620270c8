// Masking of secrets in what is logged: in the forms that programs print them, in lines and in pieces of a stream.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor } from '../../../server/environment/redactor.ts';

const secret = "pä$$w&rd/+ 'q\"uote'";

describe('a secret is masked', () => {
  const redactor = new Redactor([secret]);
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const forms: [string, string][] = [
    ['as it is', secret],
    ['in JSON', JSON.stringify({ secret })],
    ['in base64', base64(secret)],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in a URL', encodeURIComponent(secret)],
    ['in a form', new URLSearchParams({ secret }).toString().slice('secret='.length)],
    ['in a URL of lower case', encodeURIComponent(secret).replace(/%../g, (each) => each.toLowerCase())],
  ];
  test.each(forms)('%s', (_, text) => {
    const masked = redactor.redact(`before ${text} after`);
    expect(masked).toContain('***');
    expect(masked).not.toContain(text);
    expect(masked.startsWith('before ')).toBe(true);
    expect(masked.endsWith(' after')).toBe(true);
  });

  test('in base64 of something that holds it, wherever it stands there', () => {
    const value = 'correct-horse';
    const mine = new Redactor([value]);
    for (const before of ['', 'a', 'ab', 'abc', 'user:']) {
      for (const after of ['', 'x', 'xy', '@host']) {
        const text = mine.redact(base64(`${before}${value}${after}`));
        expect(text, before + after).toContain('***');
        // Of the value's own bytes at most those are left that share a character with what stands beside it.
        expect(Buffer.from(text.replaceAll('***', ''), 'base64').toString('latin1')).not.toMatch(/rrect|horse/);
      }
    }
  });

  test('every line of one with several lines, also in base64 that comes in lines', () => {
    const key = `-----BEGIN KEY-----\n${'QUJD'.repeat(16)}\n${'REVG'.repeat(9)}==\n-----END KEY-----\n`;
    const mine = new Redactor([key]);
    for (const line of key.trim().split('\n')) expect(mine.redact(`> ${line} <`)).toBe('> *** <');
    const wrapped = base64(key).match(/.{1,76}/g) ?? [];
    expect(wrapped.length).toBeGreaterThan(1);
    for (const line of wrapped) expect(mine.redact(line)).not.toContain(line);
    expect(mine.redact(JSON.stringify(key.trim()))).toBe('"***"');
  });
});

test('short values and everything else stay', () => {
  const redactor = new Redactor(['12345', '', 'longer-secret']);
  expect(redactor.redact('12345 longer-secre longer-secret')).toBe('12345 longer-secre ***');
  expect(new Redactor([]).redact('anything')).toBe('anything');
  expect(new Redactor(['.*abc(d)']).redact('xyzabcd .*abc(d)')).toBe('xyzabcd ***');
});

test('what somebody has left of one before an ellipsis is masked', () => {
  const redactor = new Redactor(['correct-horse-battery']);
  expect(redactor.redact('it says correct-hor…')).toBe('it says ***…');
  expect(redactor.redact('it says correct-hor … (12 more characters)')).toBe('it says *** … (12 more characters)');
  expect(redactor.redact('corre… correct-hor, correct-horse-battery…')).toBe('corre… correct-hor, ***…');
});

test('of secrets that begin alike the longer one goes whole', () => {
  expect(new Redactor(['secret-one', 'secret-one-and-more']).redact('secret-one-and-more secret-one')).toBe('*** ***');
});

test('a stream in any pieces is what the whole text would be, and no piece shows a secret', () => {
  const secrets = ['hunter2-hunter2', 'p@ss word/1', 'ααααββββ'];
  const redactor = new Redactor(secrets);
  const word = fc.oneof(fc.constantFrom(...secrets, 'hunter2-', 'p@ss', '\n', 'αααα', '…', 'p@ss wo…'), fc.string({ maxLength: 12 }));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.array(fc.nat(40), { maxLength: 30 }), (words, cuts) => {
      const text = words.join('');
      const stream = redactor.stream();
      let out = '';
      let at = 0;
      for (const cut of cuts) {
        out += stream.push(text.slice(at, at + cut));
        at += cut;
      }
      out += stream.push(text.slice(at)) + stream.end();
      expect(out).toBe(redactor.redact(text));
      for (const each of secrets) expect(out).not.toContain(each);
    }),
    { numRuns: 500 },
  );
});
