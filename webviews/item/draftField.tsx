import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { type DraftKey, problemOf } from './itemDrafts.ts';
import type { ItemModel } from './model.ts';

interface LineProps {
  readonly model: ItemModel;
  readonly field: DraftKey;
  readonly stored: string;
  readonly label: string;
  readonly class?: string;
  readonly placeholder?: string;
  /** After Enter saved it. */
  onEnter?(): void;
}

/** A text of one line that is edited where it stands, and wraps. Enter and leaving it save, Escape gives up. */
export function DraftLine({ model, field, stored, label, class: extra = '', placeholder, onEnter }: LineProps): JSX.Element {
  const text = model.drafts.text(field, stored);
  const problem = model.drafts.get(field) === undefined ? undefined : problemOf(field, text);
  return (
    <>
      <textarea
        class={`line ${extra}`}
        rows={1}
        dir="auto"
        aria-label={label}
        aria-invalid={problem !== undefined}
        placeholder={placeholder}
        value={text}
        spellcheck={false}
        onInput={({ currentTarget }) => model.drafts.type(field, stored, currentTarget.value.replace(/\s*\n\s*/g, ' '))}
        onBlur={() => void model.drafts.save(field)}
        onKeyDown={(event) => {
          // An input method that composes a word uses Enter and Escape itself.
          if (event.isComposing) return;
          if (event.key === 'Enter') {
            event.preventDefault();
            void model.drafts.save(field);
            onEnter?.();
          } else if (event.key === 'Escape') model.drafts.revert(field);
        }}
      />
      {problem === undefined ? null : (
        <p class="field-problem" role="alert">
          <Icon name="error" /> {problem}
        </p>
      )}
      <Conflict model={model} field={field} />
    </>
  );
}

/** Two texts, and which one shall stay: nothing is overwritten unasked. */
export function Conflict({ model, field }: { model: ItemModel; field: DraftKey }): JSX.Element | null {
  const draft = model.drafts.get(field);
  if (draft?.theirs === undefined) return null;
  return (
    <div class="conflict" role="alert">
      <p>
        <Icon name="warning" /> Changed in another window or terminal while you were writing:
      </p>
      <blockquote class="theirs" dir="auto">
        {draft.theirs === '' ? <em>(empty)</em> : draft.theirs}
      </blockquote>
      <div class="buttons">
        <button type="button" class="button" onClick={() => void model.drafts.resolve(field, 'mine')}>
          Keep mine
        </button>
        <button type="button" class="button secondary" onClick={() => void model.drafts.resolve(field, 'theirs')}>
          Take theirs
        </button>
      </div>
    </div>
  );
}
