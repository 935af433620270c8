// A page is drawn with what its model knows, however early the model learns it.
import { h, render } from 'preact';
import { expect, test } from 'vitest';
import { useDrawn } from '../../../../webviews/ui/drawn.ts';

/** As much of an element as holds one text. */
function page() {
  const text = { nodeType: 3, data: '', parentNode: undefined as unknown, nextSibling: null };
  const createTextNode = (data: string) => Object.assign(text, { data });
  const root = {
    nodeType: 1,
    namespaceURI: 'http://www.w3.org/1999/xhtml',
    firstChild: null,
    childNodes: [],
    ownerDocument: { createTextNode },
    insertBefore: (node: typeof text) => Object.assign(node, { parentNode: root }),
  };
  return { root: root as unknown as HTMLElement, text };
}

test('an answer that comes before the first frame is drawn', async () => {
  const listeners = new Set<() => void>();
  const model = {
    said: 'waiting',
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const Words = () => {
    useDrawn(model);
    return model.said;
  };
  const { root, text } = page();
  render(h(Words, {}), root);
  expect(text.data).toBe('waiting');
  model.said = 'the answer';
  for (const listener of listeners) listener();
  await expect.poll(() => text.data).toBe('the answer');
});
