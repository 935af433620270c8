import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { Icon, IconButton } from '../ui/components.tsx';
import { DraftLine } from './draftField.tsx';
import type { Item } from './messages.ts';
import type { ItemModel } from './model.ts';
import { dropIndex } from './reorder.ts';

type Check = Item['checklist'][number];

interface Drag {
  readonly id: string;
  /** Where it would land among the others. */
  readonly to: number;
}

/** What is to be done: ticked, written, moved and removed in place. */
export function Checklist({ model, item }: { model: ItemModel; item: Item }): JSX.Element {
  const { checklist, checks } = item;
  const list = useRef<HTMLUListElement>(null);
  const [drag, setDrag] = useState<Drag | undefined>(undefined);
  const next = useRef<HTMLTextAreaElement>(null);
  const rows = (): HTMLElement[] => [...(list.current?.children ?? [])] as HTMLElement[];
  const place = (id: string, y: number): number => {
    const middles = rows()
      .filter((row) => row.dataset['check'] !== id)
      .map((row) => row.getBoundingClientRect())
      .map(({ top, height }) => top + height / 2);
    return dropIndex(middles, y);
  };
  /** The keyboard stays on what was moved, unless it has gone on meanwhile. */
  const move = async (check: Check, to: number): Promise<void> => {
    const focused = document.activeElement;
    const follow = (): void => {
      if (document.activeElement === document.body && focused instanceof HTMLElement && focused.isConnected) focused.focus();
    };
    const moved = model.moveCheck(check.id, to);
    requestAnimationFrame(follow);
    await moved;
    follow();
  };
  const others = drag === undefined ? [] : checklist.filter(({ id }) => id !== drag.id);
  return (
    <section class="card" aria-labelledby="checklist">
      <h2 id="checklist" tabIndex={-1}>
        Checklist{' '}
        {checks.total === 0 ? null : (
          <span class="count">
            {checks.done}/{checks.total}
            <span class="visually-hidden"> done</span>
          </span>
        )}
      </h2>
      {checks.total === 0 ? (
        <p class="quiet">Nothing to tick off yet.</p>
      ) : (
        <progress class="visually-hidden" value={checks.done} max={checks.total} aria-label="Checklist" />
      )}
      <ul class="checks" ref={list}>
        {checklist.map((check, at) => {
          const before = drag !== undefined && others[drag.to]?.id === check.id;
          const last = drag !== undefined && drag.to === others.length && others.at(-1)?.id === check.id;
          return (
            <li
              key={check.id}
              data-check={check.id}
              class={['check', drag?.id === check.id ? 'dragged' : '', before ? 'drop-before' : '', last ? 'drop-after' : ''].join(' ')}
              onKeyDown={(event) => {
                const step = event.altKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
                if (step === undefined) return;
                event.preventDefault();
                // Keys may come faster than frames: where it stands is asked of the model.
                void move(check, model.indexOf(check.id) + step);
              }}
            >
              <button
                type="button"
                class="grip"
                title="Drag to move (Alt+↑, Alt+↓)"
                aria-label={`Move ${check.text}, ${at + 1} of ${checks.total}`}
                aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
                onPointerDown={(event) => {
                  event.preventDefault();
                  event.currentTarget.focus();
                  event.currentTarget.setPointerCapture(event.pointerId);
                  setDrag({ id: check.id, to: at });
                }}
                onPointerMove={({ clientY }) => {
                  if (drag?.id === check.id) setDrag({ id: check.id, to: place(check.id, clientY) });
                }}
                onPointerUp={({ clientY }) => {
                  if (drag?.id === check.id) void move(check, place(check.id, clientY));
                  setDrag(undefined);
                }}
                onPointerCancel={() => setDrag(undefined)}
              >
                <Icon name="gripper" />
              </button>
              <input
                type="checkbox"
                class="tick"
                aria-label={check.text}
                checked={check.done}
                onChange={({ currentTarget }) => void model.tick(check.id, currentTarget.checked)}
              />
              <div class="check-text">
                <DraftLine
                  model={model}
                  field={`check:${check.id}`}
                  stored={check.text}
                  label={`Text of entry ${at + 1}`}
                  class={check.done ? 'done' : ''}
                  onEnter={() => next.current?.focus()}
                />
              </div>
              <IconButton
                icon="close"
                label={`Remove ${check.text}`}
                onClick={() => {
                  next.current?.focus();
                  void model.removeCheck(check);
                }}
              />
            </li>
          );
        })}
      </ul>
      <div class="check new-check">
        <Icon name="add" />
        <textarea
          ref={next}
          class="line"
          rows={1}
          dir="auto"
          aria-label="New entry of the checklist"
          placeholder="Add something to do; Enter adds it"
          value={model.drafts.text('newCheck')}
          onInput={({ currentTarget }) => model.drafts.type('newCheck', '', currentTarget.value.replace(/\s*\n\s*/g, ' '))}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.isComposing) return;
            event.preventDefault();
            void model.addCheck();
          }}
        />
      </div>
    </section>
  );
}
