import type { Repository } from '../git/index.ts';
import type { ProjectOf } from '../project/index.ts';
import type { Item } from '../protocol/work.ts';
import { Failure } from '../rpc/failure.ts';
import type { Context } from '../rpc/router.ts';
import { authorOf } from '../store/author.ts';
import type { StateStore } from '../store/types.ts';
import { changeItem, type ItemChange, readItem } from './itemChange.ts';
import { type ItemKey, unknownItem } from './itemRows.ts';
import { storable } from './itemText.ts';

/** Which item a request names. */
export interface Named {
  readonly repository: string;
  readonly id: number;
}

/** What the handlers of work items have in common: from the repository of a request to the item in the store. */
export class ItemDesk {
  readonly store: StateStore;
  readonly projectOf: ProjectOf;

  constructor({ store, projectOf }: { store: StateStore; projectOf: ProjectOf }) {
    this.store = store;
    this.projectOf = projectOf;
  }

  async key({ repository, id }: Named, context: Context<never>): Promise<ItemKey> {
    const project = await this.projectOf.id(repository, context);
    if (project === undefined) throw unknownItem(id);
    return { project, number: id };
  }

  /** One change of one item; answers what `apply` did and the item after it. */
  async change<T>(named: Named, context: Context<never>, apply: (change: ItemChange) => T): Promise<{ item: Item; answer: T }> {
    const key = await this.key(named, context);
    const answer = await changeItem(this.store, authorOf(context), key, apply);
    return { item: await readItem(this.store, key), answer };
  }

  /** A person's name as it is kept; `me` is whoever git says works here. */
  async person(name: string, root: string, context: Context<never>): Promise<string> {
    if (name.trim() !== 'me') return storable(name.trim());
    const own = await this.ownName(root, context);
    if (own !== undefined) return own;
    throw new Failure('precondition', 'Git does not know your name.', { hint: 'Set it: `git config user.name "Your Name"`.' });
  }

  /** `user.name` of git. */
  async ownName(root: string, context: Context<never>): Promise<string | undefined> {
    const repository: Repository = await this.projectOf.repository(root, context);
    // 1: no such key.
    const { stdout } = await repository.run(['config', '--get', 'user.name'], { accept: [0, 1], signal: context.signal });
    const name = storable(
      stdout
        .toString('utf8')
        .replace(/[\0-\x1f\x7f]+/g, ' ')
        .trim(),
    ).slice(0, 200);
    return name === '' ? undefined : name;
  }
}
