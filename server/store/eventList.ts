import type { Event, list } from '../protocol/events.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import { throwIfCancelled } from '../rpc/failure.ts';
import { type EventRow, eventColumns } from './eventChain.ts';
import { asksForContent, conditions, type EventFilter, eventOf, matcher } from './eventFilter.ts';
import { type SegmentRow, withinTimes } from './segmentFile.ts';
import { SegmentDamage, type Segments, segmentsOf } from './segments.ts';
import type { StateStore, Value } from './types.ts';

/** Rows looked at in one read of the store, so that others get their turn during a long search. */
const chunk = 2000;

type ListParams = ParamsOf<typeof list>;

/** What `events/list` answers. Pages go on from the last row they gave; a segment that cannot be read is named and left out. */
export async function listEvents(
  store: StateStore,
  segments: Segments,
  params: ListParams,
  signal: AbortSignal,
): Promise<ResultOf<typeof list>> {
  const search = new Search(store, segments, params, signal);
  const rows = params.after === undefined ? search.newestFirst() : search.oldestFirst();
  const events: Event[] = [];
  let more = false;
  for await (const row of rows) {
    more = events.length === params.limit;
    if (more) break;
    events.push(eventOf(row));
  }
  const last = await store.read((reader) => reader.get<{ last: number | null }>('select max(sequence) as last from events')?.last ?? 0);
  return { events, more, last, ...(search.unreadable.length === 0 ? {} : { unreadable: search.unreadable }) };
}

/** One walk over live rows and sealed segments, in either direction. */
class Search {
  readonly unreadable: { segment: string; problem: string }[] = [];
  readonly #store: StateStore;
  readonly #segments: Segments;
  readonly #filter: EventFilter;
  readonly #signal: AbortSignal;
  readonly #after: number;
  readonly #before: number;
  readonly #limit: number;
  /** A search for content opens segments only when it is asked to; paging goes on into them. */
  readonly #sealed: boolean;

  constructor(store: StateStore, segments: Segments, params: ListParams, signal: AbortSignal) {
    this.#store = store;
    this.#segments = segments;
    this.#filter = params;
    this.#signal = signal;
    this.#after = params.after ?? 0;
    this.#before = params.before ?? Number.MAX_SAFE_INTEGER;
    this.#limit = params.limit;
    this.#sealed = params.sealed || !asksForContent(params);
  }

  async *newestFirst(): AsyncGenerator<EventRow> {
    let before = this.#before;
    for (let going = true; going; ) {
      const { rows, end } = await this.#live('desc', before);
      yield* rows;
      going = end !== undefined;
      before = end ?? rows.at(-1)?.sequence ?? before;
    }
    if (!this.#sealed) return;
    const index = await this.#store.read(segmentsOf);
    for (const segment of index.reverse()) {
      if (segment.first >= before || !this.#mayHold(segment)) continue;
      // A file is read from its beginning: only as many as a page takes are kept.
      const newest: EventRow[] = [];
      for await (const row of this.#sealedRows(segment, this.#after, before)) {
        newest.push(row);
        if (newest.length > this.#limit + 1) newest.shift();
      }
      yield* newest.reverse();
    }
  }

  async *oldestFirst(): AsyncGenerator<EventRow> {
    let after = this.#after;
    for (;;) {
      const live = (await this.#segmentAfter(after)) === undefined ? await this.#live('asc', after) : undefined;
      // Asked again: what is not in memory any more may have been sealed in between.
      const segment = await this.#segmentAfter(after);
      if (segment !== undefined) {
        if (this.#mayHold(segment)) yield* this.#sealedRows(segment, after, this.#before);
        after = segment.last;
        continue;
      }
      if (live === undefined) continue;
      yield* live.rows;
      if (live.end === undefined) return;
      after = live.end;
    }
  }

  /** The first sealed segment that goes beyond a sequence, when this search reads them. */
  #segmentAfter(after: number): Promise<SegmentRow | undefined> | undefined {
    return this.#sealed
      ? this.#store.read((reader) => segmentsOf(reader).find((each) => each.last > after && each.first < this.#before))
      : undefined;
  }

  #mayHold(segment: SegmentRow): boolean {
    return segment.last > this.#after && segment.first < this.#before && withinTimes(segment, this.#filter);
  }

  /** Those between two sequences: what was given while it was in memory is not given again when it was sealed since. */
  async *#sealedRows(segment: SegmentRow, after: number, before: number): AsyncGenerator<EventRow> {
    const matches = matcher(this.#filter);
    throwIfCancelled(this.#signal);
    try {
      for await (const row of this.#segments.rows(segment)) {
        if (row.sequence > after && row.sequence < before && matches(row)) yield row;
      }
    } catch (error) {
      if (!(error instanceof SegmentDamage)) throw error;
      this.unreadable.push({ segment: error.segment, problem: error.message });
    }
  }

  /** The next rows of the log in memory from a sequence on; `end` is where to go on, undefined at the end. */
  async #live(order: 'asc' | 'desc', from: number): Promise<{ rows: EventRow[]; end: number | undefined }> {
    throwIfCancelled(this.#signal);
    const { where, params } = conditions(this.#filter);
    const bounds: Value[] = order === 'asc' ? [from, this.#before] : [this.#after, from];
    const limit = this.#filter.text === undefined ? Math.min(chunk, this.#limit + 1) : chunk;
    const sql = `select ${eventColumns} from events where ${['sequence > ?', 'sequence < ?', ...where].join(' and ')} order by sequence ${order} limit ${limit}`;
    const rows = await this.#store.read((reader) => reader.all<EventRow>(sql, [...bounds, ...params]));
    return { rows: rows.filter(matcher(this.#filter)), end: rows.length < limit ? undefined : rows.at(-1)?.sequence };
  }
}
