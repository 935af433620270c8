import type { ParamsOf } from '../protocol/message.ts';
import type { commentItem } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import type { ItemChange } from './itemChange.ts';
import { shortened, storable } from './itemText.ts';

const mostComments = 1000;

type Action = ParamsOf<typeof commentItem>['action'];

/** Carries out one change of the comments of an item. `id` and `author` are those of a comment to be added. */
export function changeComments(change: ItemChange, action: Action, { id, author }: { id: string; author: string }): void {
  const { before, transaction, run, event, key } = change;
  switch (action.kind) {
    case 'add': {
      if (before.comments >= mostComments) {
        throw new Failure('too-large', `An item has at most ${mostComments} comments.`, { hint: 'Remove some that nobody needs.' });
      }
      const text = storable(action.text);
      run('insert into item_comments (project, number, id, author, text, time) values (?1, ?2, ?3, ?4, ?5, ?6)', [
        id,
        author,
        text,
        transaction.now,
      ]);
      event('commented', { author, text: shortened(text, 300) });
      return;
    }
    case 'edit': {
      const { text, author: by } = found(change, action.comment);
      const to = storable(action.text.to);
      if (text === to) return;
      if (text !== action.text.from) {
        throw new Failure('conflict', `Somebody has changed this comment of #${key.number}: it is “${shortened(text, 120)}” now.`, {
          hint: 'Look at it and decide again; nothing was changed.',
        });
      }
      run('update item_comments set text = ?4, edited = ?5 where project = ?1 and number = ?2 and id = ?3', [
        action.comment,
        to,
        transaction.now,
      ]);
      event('comment-edited', { author: by, text: shortened(to, 300) });
      return;
    }
    case 'remove': {
      const { text, author: by } = found(change, action.comment);
      run('delete from item_comments where project = ?1 and number = ?2 and id = ?3', [action.comment]);
      event('comment-removed', { author: by, length: text.length });
      return;
    }
  }
}

function found({ before, key }: ItemChange, id: string): { text: string; author: string } {
  const comment = before.commentList.find((each) => each.id === id);
  if (comment !== undefined) return comment;
  throw new Failure('not-found', `This comment of #${key.number} is gone: somebody has removed it.`, { hint: 'Look at the item again.' });
}
