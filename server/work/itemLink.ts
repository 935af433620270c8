import type { ParamsOf } from '../protocol/message.ts';
import type { link } from '../protocol/work.ts';
import { changeOf, type ItemChange, refuseWhileCompleting } from './itemChange.ts';
import { setState } from './itemMove.ts';
import { storable } from './itemText.ts';

type Link = Pick<ParamsOf<typeof link>, 'branch' | 'base' | 'commits' | 'gone' | 'start'>;

/** Writes down what git says of an item's branch and commits; answers whether anything was new. */
export function linkItem(change: ItemChange, link: Link): boolean {
  const { before, key, transaction, run, event } = change;
  const told: Record<string, unknown> = {};
  const branch = typeof link.branch === 'string' ? storable(link.branch) : link.branch;
  if (branch !== undefined && branch !== before.branch) {
    if (branch !== null) takeFromOthers(change, branch);
    const had = branch === null ? 0 : 1;
    run('update items set branch = ?3, had_branch = max(had_branch, ?4) where project = ?1 and number = ?2', [branch, had]);
    told['branch'] = { from: before.branch, to: branch };
  }
  const base = link.base === undefined ? undefined : storable(link.base);
  if (base !== undefined && base !== before.base) {
    run('update items set base = ?3 where project = ?1 and number = ?2', [base]);
    told['base'] = { from: before.base, to: base };
  }
  const starts = link.start ? before.state !== 'started' : typeof branch === 'string' && before.state === 'planned';
  if (starts) {
    refuseWhileCompleting(transaction, key);
    setState(change, 'started');
    told['state'] = { from: before.state, to: 'started' };
  }
  const added = addCommits(change, link.commits);
  if (added > 0) told['commits'] = added;
  const gone = link.gone
    .map((id) => run('delete from item_commits where project = ?1 and number = ?2 and id = ?3', [id]))
    .reduce((sum, count) => sum + count, 0);
  if (gone > 0) told['gone'] = gone;
  if (Object.keys(told).length === 0) return false;
  event('linked', told);
  return true;
}

/** A branch has one item: git says now which. */
function takeFromOthers({ transaction, key }: ItemChange, branch: string): void {
  const others = transaction.all<{ number: number }>('select number from items where project = ? and branch = ? and number <> ?', [
    key.project,
    branch,
    key.number,
  ]);
  for (const { number } of others) {
    const other = changeOf(transaction, { project: key.project, number });
    other.run('update items set branch = null where project = ?1 and number = ?2');
    other.event('linked', { branch: { from: branch, to: null }, taken: key.number });
  }
}

function addCommits({ run }: ItemChange, commits: Link['commits']): number {
  let added = 0;
  for (const { id, subject, author, authorTime, source } of commits) {
    added += run(
      `insert into item_commits (project, number, id, subject, author, author_time, source) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
       on conflict do nothing`,
      [id, storable(subject), storable(author), authorTime, source],
    );
  }
  return added;
}
