import { stripVTControlCharacters, styleText } from 'node:util';
import { expect, test } from 'vitest';
import { PatchPrinter } from '../../../server/cli/gitDiffPatch.ts';

const patch = [
  'diff --git a/é.txt b/é.txt',
  'index 1..2 100644',
  '--- a/é.txt',
  '+++ b/é.txt',
  '@@ -1,4 +1,4 @@ function x',
  ' one',
  '-const total = é;',
  '--- not a header',
  '+const whole = é;',
  '+++ not a header',
  ' four',
  'diff --git a/b b/b',
  '@@ -1 +1 @@',
  '-x',
  '+y',
  '\\ No newline at end of file',
  '',
].join('\n');

function print(words: boolean, size: number): string {
  const printer = new PatchPrinter((style, text) => styleText(style, text, { validateStream: false }), words);
  const bytes = Buffer.from(patch);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) parts.push(printer.take(bytes.subarray(at, at + size)));
  return Buffer.concat([...parts, printer.finish()]).toString();
}

test('colours change nothing of the text, however it arrives', () => {
  for (const words of [false, true]) {
    for (const size of [1, 7, 10_000]) expect(stripVTControlCharacters(print(words, size))).toBe(patch);
  }
});

test('headers are bold, hunks cyan, lines red and green, also those that look like headers', () => {
  const shown = print(false, 100);
  for (const [style, text] of [
    ['bold', '--- a/é.txt'],
    ['cyan', '@@ -1,4 +1,4 @@'],
    ['red', '--- not a header'],
    ['green', '+++ not a header'],
    ['red', '-x'],
  ] as const) {
    expect(shown).toContain(styleText(style, text, { validateStream: false }));
  }
});

test('words that differ are turned around', () => {
  const inverse = styleText('inverse', styleText('red', 'total', { validateStream: false }), { validateStream: false });
  expect(print(true, 100)).toContain(inverse);
  expect(print(false, 100)).not.toContain(inverse);
});
