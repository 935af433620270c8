import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { Category, Draft } from './messages.ts';
import type { CommitModel } from './model.ts';

const categories: readonly Category[] = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

/** The change entry: how it stands, and a form where it is missing. */
export function EntryPart({ model }: { model: CommitModel }): JSX.Element | null {
  const { plan } = model;
  if (plan === undefined) return null;
  const { state, path, problems } = plan.entry;
  const open = (): void => {
    if (path !== undefined) void model.bridge.ask('openFile', { path });
  };
  const file =
    path === undefined ? null : (
      <button type="button" class="link" onClick={open}>
        {visibleName(path)}
      </button>
    );
  switch (state) {
    case 'not-required':
      return null;
    case 'present':
    case 'none-needed':
      return (
        <p class="line entry-line">
          <Icon name="pass" class="good" /> {state === 'present' ? 'Change entry' : 'No change entry needed'}
          {file}
        </p>
      );
    case 'broken':
      return (
        <fieldset class="entry" id="spot-entry">
          <legend>Change entry</legend>
          <p class="caution">
            <Icon name="warning" /> The entry cannot be used:
            {file}
          </p>
          <ul class="problems">
            {problems.map((problem, index) => (
              <li key={index}>{problem}</li>
            ))}
          </ul>
          <EntryForm model={model} />
        </fieldset>
      );
    case 'missing':
      return (
        <fieldset class="entry" id="spot-entry">
          <legend>Change entry</legend>
          {problems.map((problem, index) => (
            <p class="caution" key={index}>
              <Icon name="warning" /> {problem}
            </p>
          ))}
          <EntryForm model={model} />
        </fieldset>
      );
  }
}

function EntryForm({ model }: { model: CommitModel }): JSX.Element {
  const { entry } = model.draft;
  // Of the draft as it is by then: keys come faster than frames.
  const set = (change: Partial<Draft['entry']>): void => model.setDraft({ entry: { ...model.draft.entry, ...change } });
  return (
    <>
      <div class="entry-kinds">
        <select
          class="select"
          aria-label="Category"
          value={entry.category}
          disabled={entry.kind === 'none'}
          onChange={({ currentTarget }) => set({ category: currentTarget.value as Category })}
        >
          {categories.map((category) => (
            <option key={category} value={category}>
              {category}
            </option>
          ))}
        </select>
        <label class="kind">
          <input type="checkbox" checked={entry.kind === 'none'} onChange={() => set({ kind: entry.kind === 'none' ? 'entry' : 'none' })} />
          None needed
        </label>
      </div>
      {entry.kind === 'entry' ? (
        <textarea
          class="input write entry-text"
          rows={2}
          spellcheck
          aria-label="Change entry"
          placeholder="What changes for those who use it"
          value={entry.text}
          onInput={({ currentTarget }) => set({ text: currentTarget.value })}
        />
      ) : (
        <input
          type="text"
          class="input entry-text"
          aria-label="Why no entry is needed"
          placeholder="Why is none needed?"
          value={entry.reason}
          onInput={({ currentTarget }) => set({ reason: currentTarget.value })}
        />
      )}
    </>
  );
}
