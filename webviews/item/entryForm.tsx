import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ItemModel } from './model.ts';

const categories = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'] as const;
const none = 'none';

/** A change entry, or why none is needed. */
export function EntryForm({ model }: { model: ItemModel }): JSX.Element {
  const [category, setCategory] = useState<(typeof categories)[number] | typeof none>(model.item?.type === 'fix' ? 'Fixed' : 'Added');
  const text = model.drafts.text('newEntry');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const send = (): void => {
    if (text.trim() === '') field.current?.focus();
    else void model.addEntry(category === none ? { kind: 'none', reason: text.trim() } : { kind: 'entry', category, text: text.trim() });
  };
  const cancel = (): void => {
    model.drafts.revert('newEntry');
    model.openEntry(false);
  };
  return (
    <form
      class="entry"
      aria-label="Change entry"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') cancel();
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
      }}
    >
      <label>
        <span>Category</span>
        <select
          class="select"
          value={category}
          onChange={({ currentTarget }) => setCategory(currentTarget.value as (typeof categories)[number] | typeof none)}
        >
          {categories.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
          <option value={none}>None needed</option>
        </select>
      </label>
      <textarea
        ref={field}
        class="area"
        rows={3}
        dir="auto"
        aria-label={category === none ? 'Why no entry is needed' : 'What a user gets'}
        placeholder={category === none ? 'Why no entry is needed' : 'What a user gets'}
        value={text}
        onInput={({ currentTarget }) => model.drafts.type('newEntry', '', currentTarget.value)}
      />
      <div class="buttons">
        <button type="submit" class="button" disabled={model.addingEntry}>
          Add to the change log
        </button>
        <button type="button" class="button secondary" onClick={cancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
