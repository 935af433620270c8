import type { Event, list } from '../../server/protocol/events.ts';
import type { InputOf, ResultOf } from '../../server/protocol/message.ts';

type Question = InputOf<typeof list>;
type Unreadable = NonNullable<ResultOf<typeof list>['unreadable']>;
type Ask = (question: Question) => Promise<ResultOf<typeof list>>;

/** Rows fetched at a time, and the most that are asked for at once. */
const pageSize = 100;
const mostAtOnce = 1000;

/** The part of the log that is shown: newest first, without gaps, longer at the bottom when asked and at the top when something happens. */
export class EventPages {
  readonly #ask: Ask;
  #events: readonly Event[] = [];
  #more = false;
  #unreadable: Unreadable = [];
  #filter: Question = {};
  /** Raised by what makes answers that are still under way worthless. */
  #generation = 0;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  get events(): readonly Event[] {
    return this.#events;
  }

  /** Whether older ones can be asked for. */
  get more(): boolean {
    return this.#more;
  }

  /** Sealed parts of the log that are damaged or gone, as far as the rows reach. */
  get unreadable(): Unreadable {
    return this.#unreadable;
  }

  /** Reads the newest rows again, as many as there were. With a filter: of that one, from the first page. */
  async read(filter?: Question): Promise<void> {
    const shown = filter === undefined ? this.#events.length : 0;
    this.#filter = filter ?? this.#filter;
    const generation = ++this.#generation;
    const { events, more, unreadable = [] } = await this.#ask({ ...this.#filter, limit: Math.min(mostAtOnce, Math.max(pageSize, shown)) });
    if (generation !== this.#generation) return;
    this.#events = events;
    this.#more = more;
    this.#unreadable = unreadable;
  }

  /** One page of older rows. */
  async older(): Promise<void> {
    const oldest = this.#events.at(-1);
    if (oldest === undefined) return this.read();
    const generation = this.#generation;
    const { events, more, unreadable = [] } = await this.#ask({ ...this.#filter, before: oldest.sequence, limit: pageSize });
    if (generation !== this.#generation) return;
    this.#events = [...this.#events, ...events.filter(({ sequence }) => sequence < oldest.sequence)];
    this.#more = more;
    const known = new Set(this.#unreadable.map(({ segment }) => segment));
    this.#unreadable = [...this.#unreadable, ...unreadable.filter(({ segment }) => !known.has(segment))];
  }

  /** What happened since the newest row. */
  async newer(): Promise<void> {
    const newest = this.#events[0];
    if (newest === undefined) return this.read();
    const generation = this.#generation;
    // With the newest row itself: after a restore another one has its number, or none.
    const { events, more } = await this.#ask({ ...this.#filter, after: newest.sequence - 1, limit: mostAtOnce });
    if (generation !== this.#generation) return;
    const again = events.find(({ sequence }) => sequence === newest.sequence);
    if (more || again === undefined || !isSame(again, newest)) return this.read();
    const fresh = events.filter(({ sequence }) => sequence > (this.#events[0]?.sequence ?? 0));
    this.#events = [...fresh.sort((a, b) => b.sequence - a.sequence), ...this.#events];
  }
}

function isSame(one: Event, other: Event): boolean {
  return one.time === other.time && one.correlationId === other.correlationId && one.entityId === other.entityId && one.kind === other.kind;
}
