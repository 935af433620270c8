import type { JSX } from 'preact';
import { Conflict } from './draftField.tsx';
import { problemOf } from './itemDrafts.ts';
import type { Item } from './messages.ts';
import type { ItemModel } from './model.ts';
import { notesLimit } from './words.ts';

/** What and why, in at most 2000 characters; saved when the keys rest and when the field is left. */
export function Notes({ model, item }: { model: ItemModel; item: Item }): JSX.Element {
  const text = model.drafts.text('notes', item.notes);
  const draft = model.drafts.get('notes');
  const problem = problemOf('notes', text);
  const state = draft === undefined ? '' : problem === undefined && draft.theirs === undefined ? 'saving…' : 'not saved';
  return (
    <section class="card" aria-labelledby="notes-title">
      <h2 id="notes-title">Notes</h2>
      <textarea
        id="notes"
        class="area notes"
        rows={5}
        dir="auto"
        aria-labelledby="notes-title"
        aria-describedby="notes-count"
        aria-invalid={problem !== undefined}
        placeholder="What changes and why; needed before the item can be completed."
        value={text}
        onInput={({ currentTarget }) => model.drafts.type('notes', item.notes, currentTarget.value)}
        onBlur={() => void model.drafts.save('notes')}
      />
      <p
        id="notes-count"
        class={problem === undefined ? 'counter quiet' : 'counter field-problem'}
        role={problem === undefined ? undefined : 'alert'}
      >
        <span>{problem ?? state}</span>
        <span class="numbers">
          {text.length}/{notesLimit}
        </span>
      </p>
      <Conflict model={model} field="notes" />
    </section>
  );
}
