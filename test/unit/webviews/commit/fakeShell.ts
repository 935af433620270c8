// The shell's end of a commit panel, in memory: two lists, differences, a plan; it writes down what it was asked.

import type { Area, ChangedFile, CommitContract, Committed, Draft, Plan } from '../../../../webviews/commit/messages.ts';
import type { Kept } from '../../../../webviews/commit/model.ts';
import type { Bridge } from '../../../../webviews/ui/bridge.ts';
import { PanelError } from '../../../../webviews/ui/bridge.ts';
import type { PanelFailure } from '../../../../webviews/ui/messages.ts';

export const id = (digit: string): string => digit.repeat(40);

export function changed(path: string, more: Partial<ChangedFile> = {}): ChangedFile {
  return {
    path,
    status: 'modified',
    additions: 1,
    deletions: 1,
    binary: false,
    oldMode: '100644',
    newMode: '100644',
    contents: 1,
    ...more,
  };
}

export function planned(more: Partial<Plan> = {}): Plan {
  return {
    head: { state: 'branch', branch: 'main', commit: id('a') },
    staged: { files: 1, additions: 1, deletions: 1 },
    unmerged: 0,
    entry: { state: 'not-required', problems: [] },
    findings: [],
    warnings: [],
    suggestion: 'Update a.ts',
    identity: { name: 'Ada', mail: 'ada@example.test' },
    signing: false,
    hooks: { names: [], hearth: false },
    ...more,
  };
}

export const twoHunks = [
  'diff --git a/a.ts b/a.ts',
  '--- a/a.ts',
  '+++ b/a.ts',
  '@@ -1,2 +1,2 @@',
  '-old',
  '+new',
  ' same',
  '@@ -20,2 +20,2 @@ function far()',
  '-far',
  '+near',
  ' same',
  '',
].join('\n');

export const committed: Committed = {
  commit: id('c'),
  subject: 'Done',
  totals: { files: 1, additions: 1, deletions: 1 },
  output: '',
  undo: 'undo-1',
};

export class FakeShell {
  readonly asked: [method: string, params: unknown][] = [];
  readonly lists: Record<Area, ChangedFile[]> = { staged: [], changes: [] };
  plan: Plan = planned();
  patches = new Map<string, string>();
  /** The next request of this name fails so. */
  failures = new Map<string, PanelFailure>();
  kept: Kept | undefined;
  /** Milliseconds that each answer takes. */
  delay = 0;
  /** Those of some requests. */
  readonly delays = new Map<string, number>();
  readonly #listeners = new Map<string, (value: never) => void>();

  get bridge(): Bridge<CommitContract, Kept> {
    return {
      ask: (method: string, params: unknown, options?: { signal?: AbortSignal }) => this.#answer(method, params, options?.signal),
      on: (name: string, listener: (value: never) => void) => void this.#listeners.set(name, listener),
      keep: (state: Kept) => {
        this.kept = structuredClone(state);
      },
      kept: structuredClone(this.kept),
      ready: () => {},
    } as unknown as Bridge<CommitContract, Kept>;
  }

  tell(name: keyof CommitContract['events'], value: unknown): void {
    this.#listeners.get(name)?.(value as never);
  }

  calls(method: string): unknown[] {
    return this.asked.filter(([name]) => name === method).map(([, params]) => params);
  }

  async #answer(method: string, params: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    this.asked.push([method, params]);
    const delay = this.delays.get(method) ?? this.delay;
    await (delay === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, delay)));
    if (signal?.aborted) throw new PanelError({ reason: 'cancelled', message: 'Cancelled.' });
    const failure = this.failures.get(method);
    if (failure !== undefined) {
      this.failures.delete(method);
      if (method !== 'commit') throw new PanelError(failure);
      this.tell('ended', { kind: 'failed', failure });
      return null;
    }
    switch (method) {
      case 'list':
        return { files: this.lists[(params as { area: Area }).area], end: true };
      case 'file': {
        const patch = this.patches.get((params as { file: string }).file) ?? twoHunks;
        return { kind: 'text', patch, lines: patch.split('\n').length, truncated: false };
      }
      case 'plan':
        return this.plan;
      case 'commit':
        this.tell('ended', { kind: 'committed', sent: structuredClone((params as { draft: Draft }).draft), committed });
        return null;
      case 'discard':
        return { undo: 'undo-2' };
      case 'hunks':
        return (params as { action: string }).action === 'discard' ? { undo: 'undo-3' } : {};
      case 'undo':
      case 'redo':
        return { kept: [] };
      case 'suggest':
        return { text: 'A suggested message', by: 'A model' };
      default:
        return null;
    }
  }
}
