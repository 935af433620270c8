// Differences that are read while something else is wanted already, and the keys that wait for them.
import { expect, test } from 'vitest';
import { FileBodies } from '../../../../webviews/diff/bodies.ts';
import type { ChangedFile, DiffOptions, FileDiff } from '../../../../webviews/diff/messages.ts';
import type { DiffModel } from '../../../../webviews/diff/model.ts';
import { Navigator, type Scroller } from '../../../../webviews/diff/navigator.ts';

const file = (path: string): ChangedFile => ({
  path,
  status: 'modified',
  additions: 1,
  deletions: 1,
  binary: false,
  oldMode: '100644',
  newMode: '100644',
  contents: 1,
});
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const options: DiffOptions = { whitespace: 'show', context: 3, renames: true, copies: false };

function reading() {
  const asked: { readonly context: number; answer(patch: string): void }[] = [];
  const bodies = new FileBodies(
    (params) =>
      new Promise<FileDiff>((resolve) =>
        asked.push({
          context: params.options.context,
          answer: (patch) => resolve({ kind: 'text', patch, lines: 1, truncated: false } as FileDiff),
        }),
      ),
    () => {},
    () => options,
  );
  const answer = async (patch: string) => {
    asked.shift()?.answer(patch);
    await settle();
  };
  const patch = () => {
    const body = bodies.get('a.ts');
    return body.kind === 'loaded' && 'patch' in body.diff ? body.diff.patch : undefined;
  };
  return { bodies, asked, answer, patch };
}

test('more context that is wanted while a difference is read is read after it', async () => {
  const { bodies, asked, answer, patch } = reading();
  const a = file('a.ts');
  bodies.want([a]);
  bodies.wish(a, { context: 10 });
  bodies.want([a]);
  await answer('with 3');
  bodies.want([a]);
  expect(asked.map(({ context }) => context)).toEqual([10]);
  bodies.wish(a, { context: 25 });
  await answer('with 10');
  bodies.want([a]);
  await answer('with 25');
  bodies.want([a]);
  expect([patch(), asked]).toEqual(['with 25', []]);
});

test('what moved while a difference was read is read again, also when the answer is the same', async () => {
  const { bodies, asked, answer, patch } = reading();
  const a = file('a.ts');
  bodies.want([a]);
  bodies.markStale();
  await answer('before');
  bodies.want([a]);
  expect(asked).toHaveLength(1);
  bodies.markStale();
  await answer('before');
  bodies.want([a]);
  expect(asked).toHaveLength(1);
  await answer('after');
  bodies.want([a]);
  expect([patch(), asked]).toEqual(['after', []]);
});

/** Two changes in each file; a difference is there once it was read. */
function walking() {
  const reads = new Map<string, () => void>();
  const read = new Set(['a.ts', 'd.ts']);
  const shown = ['a.ts', 'b.ts', 'c.ts', 'd.ts'].map(file);
  const model = {
    shown,
    index: new Map(shown.map(({ path }, at) => [path, at])),
    current: undefined as { key: string; change: number } | undefined,
    setCurrent: (key: string, change = -1) => {
      model.current = { key, change };
    },
    changed: () => {},
    isCollapsed: () => false,
    body: (key: string) => ({ kind: read.has(key) ? 'loaded' : 'waiting' }),
    bodies: {
      read: ({ path }: ChangedFile) =>
        new Promise<void>((resolve) =>
          reads.set(path, () => {
            read.add(path);
            resolve();
          }),
        ),
    },
  };
  const navigator = new Navigator(model as unknown as DiffModel);
  navigator.scroller = {
    show: () => {},
    focus: () => {},
    viewOf: () => ({ changes: [3, 7] }),
    place: () => undefined,
  } as unknown as Scroller;
  const answer = async (path: string) => {
    reads.get(path)?.();
    await settle();
  };
  return { model, navigator, answer };
}

test('each key is a step, also while the next file is read', async () => {
  const { model, navigator, answer } = walking();
  model.setCurrent('a.ts', 1);
  void navigator.change(1);
  void navigator.change(1);
  void navigator.change(1);
  await settle();
  await answer('b.ts');
  await answer('c.ts');
  expect(model.current).toEqual({ key: 'c.ts', change: 0 });
});

test('who has gone to another file meanwhile stays there, and goes on from there at once', async () => {
  const { model, navigator, answer } = walking();
  model.setCurrent('a.ts', 1);
  void navigator.change(1);
  await settle();
  navigator.go('d.ts');
  await navigator.change(1);
  expect(model.current).toEqual({ key: 'd.ts', change: 0 });
  await answer('b.ts');
  expect(model.current).toEqual({ key: 'd.ts', change: 0 });
});
