import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { IconButton } from '../ui/components.tsx';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import { Conflict } from './draftField.tsx';
import type { Item } from './messages.ts';
import type { ItemModel } from './model.ts';

type Comment = Item['commentList'][number];

/** What was said about the item, oldest first, and a field to say more. */
export function Comments({ model, item }: { model: ItemModel; item: Item }): JSX.Element {
  const text = model.drafts.text('newComment');
  return (
    <section class="card" aria-labelledby="comments">
      <h2 id="comments">Comments {item.commentList.length === 0 ? null : <span class="count">{item.commentList.length}</span>}</h2>
      <ul class="comments">
        {item.commentList.map((comment) => (
          <Said key={comment.id} model={model} comment={comment} />
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void model.addComment();
        }}
      >
        <textarea
          class="area"
          rows={2}
          dir="auto"
          aria-label="New comment"
          placeholder="Say something about it"
          value={text}
          onInput={({ currentTarget }) => model.drafts.type('newComment', '', currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void model.addComment();
          }}
        />
        <div class="buttons">
          <button type="submit" class="button secondary" disabled={text.trim() === '' || model.addingComment}>
            Comment
          </button>
        </div>
      </form>
    </section>
  );
}

function Said({ model, comment }: { model: ItemModel; comment: Comment }): JSX.Element {
  const key = `comment:${comment.id}` as const;
  const draft = model.drafts.get(key);
  const [editing, setEditing] = useState(draft !== undefined);
  const { time, edited } = comment;
  const stop = (): void => {
    model.drafts.revert(key);
    setEditing(false);
  };
  return (
    <li class="comment">
      <div class="comment-head">
        <strong>
          <bdi>{visibleName(comment.author)}</bdi>
        </strong>
        <time class="quiet" dateTime={new Date(time).toISOString()} title={moment(time)}>
          {ago(time)}
          {edited === undefined ? '' : ' (edited)'}
        </time>
        <span class="gap" />
        <IconButton icon="edit" label="Edit the comment" pressed={editing} onClick={() => (editing ? stop() : setEditing(true))} />
        <IconButton icon="trash" label="Remove the comment" onClick={() => void model.removeComment(comment)} />
      </div>
      {editing ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void model.drafts.save(key).then(() => model.drafts.get(key) === undefined && setEditing(false));
          }}
        >
          <textarea
            class="area"
            rows={3}
            dir="auto"
            aria-label="Comment"
            value={model.drafts.text(key, comment.text)}
            onInput={({ currentTarget }) => model.drafts.type(key, comment.text, currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape' && !event.isComposing) stop();
            }}
          />
          <Conflict model={model} field={key} />
          <div class="buttons">
            <button type="submit" class="button">
              Save
            </button>
            <button type="button" class="button secondary" onClick={stop}>
              Cancel
            </button>
          </div>
        </form>
      ) : (
        <p class="comment-text" dir="auto">
          {comment.text}
        </p>
      )}
    </li>
  );
}
