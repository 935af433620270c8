// Templates of variables: what they mean, and what is wrong with them.
import { describe, expect, test } from 'vitest';
import { parseTemplate, templateProblem } from '../../../server/config/template.ts';

const text = (value: string) => ({ kind: 'text', text: value });

describe('a template', () => {
  test.each([
    ['plain', [text('plain')]],
    ['', []],
    ['a${B}c', [text('a'), { kind: 'reference', name: 'B' }, text('c')]],
    ['$${B} costs $5 and $', [text('$'), text('{B} costs $5 and $')]],
    ['${A:-x y}', [{ kind: 'reference', name: 'A', otherwise: { kind: 'default', text: 'x y', whenEmpty: true } }]],
    ['${A-}', [{ kind: 'reference', name: 'A', otherwise: { kind: 'default', text: '', whenEmpty: false } }]],
    ['${A:?set it}', [{ kind: 'reference', name: 'A', otherwise: { kind: 'message', text: 'set it', whenEmpty: true } }]],
    ['${A?}', [{ kind: 'reference', name: 'A', otherwise: { kind: 'message', text: '', whenEmpty: false } }]],
    ['$2y$10$abc', [text('$2y$10$abc')]],
  ])('%j', (template, parts) => {
    expect(parseTemplate(template)).toEqual({ parts });
  });

  test.each(['${', '${A', '${1A}', '${}', '${A:}', '${A B}', '${A:+x}', '${$(id)}'])('%j is none', (template) => {
    expect(templateProblem(template)).toMatch(/"\$" before "\{" is written "\$\$"/);
  });
});
