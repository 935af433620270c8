// A change is taken back while the marks are still being read for what was typed last.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inlineDiff } from '../../../server/protocol/git.ts';
import { Emitter, ViewWorld, vscodeViews } from '../../support/vscodeViews.ts';

vi.mock('vscode', async () => (await import('../../support/vscodeViews.ts')).vscodeViews);
vi.mock('../../../extension/git/inlineDiffPaint.ts', () => ({
  InlineDiffPaint: class {
    paint(): void {}
    dispose(): void {}
  },
}));

const { InlineDiff } = await import('../../../extension/git/inlineDiff.ts');

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('Revert waits for its answer, however long that takes', async () => {
  const world = new ViewWorld();
  const typed = new Emitter<object>();
  vscodeViews.workspace.onDidChangeTextDocument = typed.event as never;
  const applied = vi.spyOn(vscodeViews.workspace, 'applyEdit');
  const document = { uri: 'file:///r/a.txt', version: 1, lineCount: 3, lineAt: () => ({ text: '' }) };
  vscodeViews.window.activeTextEditor = { document, selection: { active: { line: 0 } } };
  const diff = new InlineDiff(world.shell);
  const run = (command: string, argument: object) => (diff.commands[command] as unknown as (given: object) => Promise<void>)(argument);
  const answer = (version: number) => ({
    state: 'diffed',
    version,
    hunks: [{ oldStart: 0, oldLines: [], newStart: 1, newCount: 1 }],
    against: {},
  });

  const started = run('hearth.git.inlineDiff', { against: { kind: 'index' } });
  (await world.next(inlineDiff)).resolve(answer(1));
  await started;
  document.version = 2;
  typed.fire({ document, contentChanges: [{}] });
  const reverted = run('hearth.git.revertInlineChange', { line: 0 });
  reverted.catch(() => {});
  await vi.advanceTimersByTimeAsync(5000);
  (await world.next(inlineDiff)).resolve(answer(2));
  await reverted;
  expect(applied).toHaveBeenCalledOnce();
  diff.dispose();
});
