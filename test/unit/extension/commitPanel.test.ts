// A commit panel whose page is unloaded while it is hidden, and loads anew.
import { expect, test, vi } from 'vitest';
import { stage } from '../../../server/protocol/gitActions.ts';
import { commit, commitPlan } from '../../../server/protocol/workFlow.ts';
import { emptyDraft } from '../../../webviews/commit/rules.ts';
import { Emitter, ViewWorld } from '../../support/vscodeViews.ts';

vi.mock('vscode', async () => {
  const { vscodeViews } = await import('../../support/vscodeViews.ts');
  const uri = (place: string) => ({ toString: () => place });
  return {
    ...vscodeViews,
    Uri: { file: uri, joinPath: (_base: unknown, ...parts: string[]) => uri(parts.join('/')) },
    window: { ...vscodeViews.window, onDidChangeWindowState: () => ({ dispose: () => {} }) },
    workspace: { ...vscodeViews.workspace, getConfiguration: () => ({ get: () => 4 }) },
  };
});
vi.mock('../../../extension/git/diffPanelSource.ts', () => ({ watchPair: () => ({ dispose: () => {} }) }));
vi.mock('../../../extension/git/revisionOpen.ts', () => ({}));

const { CommitDrafts } = await import('../../../extension/git/commitDrafts.ts');
const { CommitPanel } = await import('../../../extension/git/commitPanel.ts');

test('what changes the repository goes on, what is read does not, and the page that comes back knows of the commit', async () => {
  const world = new ViewWorld();
  const page = new Emitter<object>();
  const closed = new Emitter<void>();
  const posted: { kind: string; name?: string; value?: { commit?: unknown } }[] = [];
  const webview = {
    onDidReceiveMessage: page.event,
    postMessage: (text: string) => posted.push(JSON.parse(text)),
    asWebviewUri: (given: object) => given,
  };
  const panel = { webview, onDidDispose: closed.event };
  const drafts = new CommitDrafts({ get: () => ({}), update: async () => {} } as never);
  new CommitPanel(world.shell, panel as never, '/r', drafts);
  const ask = (id: number, method: string, params: object) => page.fire({ kind: 'request', id, method, params });
  const told = (event: string) => posted.findLast(({ name }) => name === event)?.value;
  const opening = () => told('opened');

  page.fire({ kind: 'ready' });
  expect(opening()?.commit).toEqual({ kind: 'none' });
  const draft = { ...emptyDraft, message: 'Now' };
  ask(1, 'stage', {});
  ask(2, 'plan', { amend: false });
  ask(3, 'saveDraft', draft);
  ask(4, 'commit', { draft });
  expect(world.asked.map(({ method }) => method)).toEqual([stage.method, commitPlan.method, commit.method]);
  page.fire({ kind: 'ready' });
  expect(opening()).toMatchObject({ draft, commit: { kind: 'committing' } });
  expect(world.asked.map(({ method }) => method)).toEqual([stage.method, commit.method]);

  const committed = { commit: 'c'.repeat(40), subject: 'Now' };
  (await world.next(commit)).resolve(committed);
  const ended = { kind: 'committed', sent: draft, committed };
  await vi.waitFor(() => expect(told('ended')).toEqual(ended), 30_000);
  page.fire({ kind: 'ready' });
  expect(opening()?.commit).toEqual(ended);
  expect(opening()).not.toHaveProperty('draft');
  ask(1, 'heardEnd', {});
  page.fire({ kind: 'ready' });
  expect(opening()?.commit).toEqual({ kind: 'none' });

  ask(1, 'commit', { draft });
  ask(2, 'cancelCommit', {});
  await vi.waitFor(() => expect(told('ended')).toMatchObject({ failure: { reason: 'cancelled' } }), 30_000);
  closed.fire();
});
