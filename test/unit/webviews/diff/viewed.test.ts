// A file that is marked as viewed stays so when a list that was asked before comes to its end, and what is read later counts.
import { expect, test, vi } from 'vitest';
import type { DiffContract, ListPiece } from '../../../../webviews/diff/messages.ts';
import { DiffModel, type Kept } from '../../../../webviews/diff/model.ts';
import type { Bridge } from '../../../../webviews/ui/bridge.ts';

vi.stubGlobal('requestAnimationFrame', (run: () => void) => queueMicrotask(run));

const changed = {
  path: 'a.ts',
  status: 'modified',
  additions: 1,
  deletions: 1,
  binary: false,
  oldMode: '100644',
  newMode: '100644',
  contents: 1,
} as const;

/** A shell that answers when it is told to. */
function panel() {
  const asked: { readonly method: string; readonly answer: (value: unknown) => void }[] = [];
  const listeners = new Map<string, (value: unknown) => void>();
  const bridge = {
    kept: undefined,
    keep: () => {},
    on: (name: string, listener: (value: unknown) => void) => listeners.set(name, listener),
    ask: (method: string) => new Promise((answer) => asked.push({ method, answer })),
  };
  const model = new DiffModel(bridge as unknown as Bridge<DiffContract, Kept>);
  const sides = { from: { kind: 'commit', revision: 'HEAD' }, to: { kind: 'worktree' } };
  const settings = { layout: 'side-by-side', whitespace: 'show', context: 3, wordWrap: true, tabSize: 4 };
  listeners.get('opened')?.({ pair: { repository: '/shop', ...sides }, name: 'shop', fromLabel: 'HEAD', toLabel: 'disk', settings });
  const answer = async (method: string, value: unknown): Promise<void> => {
    const at = asked.findIndex((each) => each.method === method);
    expect(at, `${method} is asked`).toBeGreaterThanOrEqual(0);
    asked.splice(at, 1)[0]?.answer(value);
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  const listed = (...viewed: string[]): ListPiece =>
    ({ files: [changed], end: { from: { label: 'HEAD' }, to: { label: 'disk' }, viewed } }) as unknown as ListPiece;
  return { model, answer, listed };
}

test('a mark made while the list is read stays', async () => {
  const { model, answer, listed } = panel();
  await answer('list', listed());
  const [key = ''] = model.files.keys();
  void model.list();
  model.toggleViewed(key);
  await answer('setViewed', null);
  await answer('list', listed());
  expect([...model.viewed]).toEqual([key]);
  // The file changed since: the shell knows better.
  void model.list();
  await answer('list', listed());
  expect([...model.viewed]).toEqual([]);
});

test('a mark that is taken back while the list is read stays away', async () => {
  const { model, answer, listed } = panel();
  await answer('list', listed());
  const [key = ''] = model.files.keys();
  void model.list();
  await answer('list', listed(key));
  expect([...model.viewed]).toEqual([key]);
  model.toggleViewed(key);
  void model.list();
  await answer('list', listed(key));
  expect([...model.viewed]).toEqual([]);
  await answer('setViewed', null);
  void model.list();
  await answer('list', listed());
  expect([...model.viewed]).toEqual([]);
});
