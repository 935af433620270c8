import { expect, test } from 'vitest';
import { type DocumentEvent, Documents } from '../../../server/rpc/documents.ts';
import { formatLine, withFields } from '../../../server/rpc/log.ts';

const position = (line: number, character: number) => ({ line, character });

test('text follows the edits, and listeners hear each before the next', () => {
  const documents = new Documents();
  const events: [DocumentEvent['kind'], string | undefined, number | undefined][] = [];
  const stop = documents.onEvent((event) =>
    events.push([event.kind, 'document' in event ? event.document.getText() : undefined, 'before' in event ? event.before : undefined]),
  );
  documents.open('file:///a', 'plaintext', 1, 'one\ntwo\n');
  documents.change('file:///a', 2, [{ range: { start: position(1, 0), end: position(1, 3) }, text: 'TWO' }]);
  documents.change('file:///a', 3, [
    { range: { start: position(0, 0), end: position(1, 0) }, text: '' },
    { range: { start: position(0, 3), end: position(0, 3) }, text: '!' },
  ]);
  documents.save('file:///a');
  expect(documents.get('file:///a')?.getText()).toBe('TWO!\n');
  expect(documents.get('file:///a')?.version).toBe(3);
  documents.close('file:///a');
  expect(documents.get('file:///a')).toBeUndefined();
  expect(events).toEqual([
    ['open', 'one\ntwo\n', undefined],
    ['change', 'one\nTWO\n', 1],
    ['change', 'TWO!\n', 2],
    ['save', 'TWO!\n', undefined],
    ['close', undefined, undefined],
  ]);
  stop();
  documents.open('file:///b', 'plaintext', 1, '');
  expect(events).toHaveLength(5);
});

test('edits of a document that is not open are ignored', () => {
  const documents = new Documents();
  documents.change('file:///nowhere', 2, [{ text: 'x' }]);
  documents.save('file:///nowhere');
  expect(documents.all()).toEqual([]);
});

test('log lines: fields are readable, and quoted where they must be', () => {
  expect(formatLine('answered', { id: 'ab12', ms: 1.5, path: '/a/b.ts', text: 'two words', gone: undefined })).toBe(
    'answered id=ab12 ms=1.5 path=/a/b.ts text="two words"',
  );
  const lines: string[] = [];
  const log = withFields((_level, text, fields) => lines.push(formatLine(text, fields)), { id: 'x' });
  log('info', 'said', { a: 1 });
  expect(lines).toEqual(['said id=x a=1']);
});
