import { expect, test } from 'vitest';
import type { Memento } from 'vscode';
import { ViewedMarks } from '../../../extension/git/diffPanelViewed.ts';
import type { ChangedFile } from '../../../server/protocol/gitTypes.ts';
import { createRepository } from '../../support/repositories/repository.ts';

/** What VS Code keeps for a workspace. */
function memory(): Memento {
  const kept = new Map<string, unknown>();
  return {
    keys: () => [...kept.keys()],
    get: <T>(key: string, otherwise?: T) => (structuredClone(kept.get(key)) as T | undefined) ?? (otherwise as T),
    update: async (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
  } as Memento;
}

const row = (path: string, more: Partial<ChangedFile>): ChangedFile => ({
  path,
  status: 'modified',
  additions: 1,
  deletions: 0,
  binary: false,
  oldMode: '100644',
  newMode: '100644',
  ...more,
});

test('a mark belongs to the pair of contents and survives a restart', async () => {
  const state = memory();
  const file = row('a.ts', { oldId: 'a'.repeat(40), newId: 'b'.repeat(40) });
  await new ViewedMarks(state).set('/repository', [file], true);
  const later = new ViewedMarks(state);
  expect(await later.among('/repository', [file])).toEqual([file]);
  expect(await later.among('/elsewhere', [{ ...file, additions: 7 }])).toHaveLength(1);
  expect(await later.among('/repository', [{ ...file, newId: 'c'.repeat(40) }])).toEqual([]);
  await later.set('/repository', [file], false);
  expect(await new ViewedMarks(state).among('/repository', [file])).toEqual([]);
});

test('a file of the work tree is known by what is in it', async () => {
  using repository = createRepository();
  repository.write('deep/a.ts', 'one\n');
  const marks = new ViewedMarks(memory());
  const file = row('deep/a.ts', { oldId: 'a'.repeat(40) });
  await marks.set(repository.root, [file], true);
  expect(await marks.among(repository.root, [file])).toEqual([file]);
  repository.write('deep/a.ts', 'two\n');
  expect(await marks.among(repository.root, [file])).toEqual([]);
  repository.write('deep/a.ts', 'one\n');
  expect(await marks.among(repository.root, [file])).toEqual([file]);
  repository.remove('deep/a.ts');
  expect(await marks.among(repository.root, [file])).toEqual([]);
});
