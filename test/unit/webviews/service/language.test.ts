// What a browser calls its language may be no language tag at all; the chart library must be loaded all the same.
import { afterEach, expect, test, vi } from 'vitest';
import { validLanguage } from '../../../../webviews/service/language.ts';

afterEach(() => void vi.unstubAllGlobals());

test.each([
  ['en-US@posix', 'en-US'],
  ['en_US.UTF-8', 'en'],
  ['de-CH', 'de-CH'],
  ['', 'en'],
  [undefined, 'en'],
])('the language %j is %j', (tag, language) => {
  expect(validLanguage(tag)).toBe(language);
});

test('the chart library can be loaded where the language of the browser is that of POSIX', async () => {
  const browser = { language: 'en-US@posix' };
  vi.stubGlobal('navigator', browser);
  // It was loaded above, with the language of Node.
  vi.resetModules();
  await import('../../../../webviews/service/language.ts');
  expect(() => new Intl.NumberFormat(navigator.language)).not.toThrow();
});
