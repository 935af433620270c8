import { type Item, type ItemRow, type ItemState, itemStates, list, show } from '../../server/protocol/work.ts';
import type { LivePlaces } from '../deploy/wherePlaces.ts';
import type { ServerConnection } from '../server.ts';
import type { WorkFilter } from './workFilter.ts';

/** Items of a state fetched at a time. */
export const pageSize = 100;

/** The items of one state, as far as they are shown. */
export interface Group {
  readonly state: ItemState;
  readonly items: readonly ItemRow[];
  /** Of that state, under the filter. */
  readonly total: number;
}

export interface Overview {
  readonly groups: readonly Group[];
  /** Items of the project, whatever the filter. */
  readonly all: number;
  /** Whose Merge & Complete was interrupted. */
  readonly interrupted: ReadonlySet<number>;
}

/** The order of the view: what is worked on first. */
const shownStates: readonly ItemState[] = ['started', 'review', 'planned', 'done', 'canceled'];

/** What the view asks of one repository's items, each thing once until something happens. */
export class WorkReader {
  readonly root: string;
  /** Where the commits of items run. */
  readonly places: Pick<LivePlaces, 'of' | 'ask'> | undefined;
  readonly #server: Pick<ServerConnection, 'send'>;
  readonly #limits = new Map<ItemState, number>();
  readonly #items = new Map<number, Promise<Item>>();
  #overview: Promise<Overview> | undefined;
  #filter: WorkFilter = {};

  constructor(server: Pick<ServerConnection, 'send'>, root: string, places?: Pick<LivePlaces, 'of' | 'ask'>) {
    this.#server = server;
    this.root = root;
    this.places = places;
  }

  set filter(filter: WorkFilter) {
    this.#filter = filter;
    this.#limits.clear();
    this.drop();
  }

  overview(): Promise<Overview> {
    if (this.#overview === undefined) {
      const asked = this.#read();
      asked.catch(() => {
        if (this.#overview === asked) this.#overview = undefined;
      });
      this.#overview = asked;
    }
    return this.#overview;
  }

  /** An item with everything that is known of it. */
  item(id: number): Promise<Item> {
    let asked = this.#items.get(id);
    if (asked === undefined) {
      asked = this.#server.send(show, { repository: this.root, id }).then(({ item }) => item);
      asked.catch(() => this.#items.delete(id));
      this.#items.set(id, asked);
    }
    return asked;
  }

  /** One page more of a state. */
  more(state: ItemState): void {
    this.#limits.set(state, this.#limit(state) + pageSize);
    this.#overview = undefined;
  }

  /** Something happened: all that was read is stale. */
  drop(): void {
    this.#overview = undefined;
    this.#items.clear();
  }

  #limit(state: ItemState): number {
    return this.#limits.get(state) ?? pageSize;
  }

  async #read(): Promise<Overview> {
    const answers = await Promise.all(
      shownStates.map((state) =>
        this.#server.send(list, { repository: this.root, filter: { ...this.#filter, states: [state] }, limit: this.#limit(state) }),
      ),
    );
    const [first] = answers;
    return {
      groups: shownStates.map((state, at) => ({ state, items: answers[at]?.items ?? [], total: answers[at]?.total ?? 0 })),
      all: itemStates.reduce((sum, state) => sum + (first?.counts[state] ?? 0), 0),
      interrupted: new Set(first?.interrupted),
    };
  }
}
