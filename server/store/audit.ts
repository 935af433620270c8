import { setImmediate } from 'node:timers/promises';
import type { exportLog, verify } from '../protocol/events.ts';
import type { ParamsOf, PartialOf, ResultOf } from '../protocol/message.ts';
import { throwIfCancelled } from '../rpc/failure.ts';
import type { Context } from '../rpc/router.ts';
import { type EventRow, eventColumns, eventHash, genesis, hex } from './eventChain.ts';
import { auditLineOf, matcher } from './eventFilter.ts';
import { type SegmentRow, segmentColumns, withinTimes } from './segmentFile.ts';
import { SegmentDamage, type Segments } from './segments.ts';
import type { Reader, StateStore } from './types.ts';

/** Rows taken in one go: a store that serves is never held up for long. */
const page = 2000;
/** A log that was rewritten has a problem in each row; the first ones say enough. */
const mostProblems = 1000;

type Problem = ResultOf<typeof verify>['problems'][number];

/** Follows the chain row by row, oldest first, and notes where it breaks. After a break it goes on with what the rows say. */
class Chain {
  readonly problems: Problem[] = [];
  sequence: number;
  /** Of the row at `sequence`; undefined when it could not be read. */
  hash: string | undefined;
  events = 0;

  constructor(sequence = 0, hash: string | undefined = genesis) {
    this.sequence = sequence;
    this.hash = hash;
  }

  follow(row: EventRow, segment?: string): void {
    this.expect(row.sequence, segment);
    const own = hex(row.hash);
    if (this.hash !== undefined && eventHash(row, this.hash) !== own) {
      this.note(
        row.sequence,
        `Event ${row.sequence} is not what was written: it does not match its hash and that of the event before.`,
        segment,
      );
    }
    this.sequence = row.sequence;
    this.hash = own;
    this.events++;
  }

  /** Notes a gap before this sequence. */
  expect(sequence: number, segment?: string): void {
    const next = this.sequence + 1;
    if (sequence === next) return;
    const missing = sequence - 1 > next ? `Events ${next} to ${sequence - 1} are` : `Event ${next} is`;
    this.note(next, sequence > next ? `${missing} missing.` : `Event ${sequence} comes a second time.`, segment);
    this.hash = undefined;
  }

  note(sequence: number, problem: string, segment?: string): void {
    if (this.problems.length < mostProblems) this.problems.push({ sequence, ...(segment === undefined ? {} : { segment }), problem });
  }
}

/** The next part of the log after a sequence: a sealed segment or rows in memory; undefined at the end. */
function nextPart(reader: Reader, after: number): { segment: SegmentRow } | { rows: EventRow[] } | undefined {
  const segment = reader.get<SegmentRow>(`select ${segmentColumns} from segments where last > ? order by first limit 1`, [after]);
  const rows = reader.all<EventRow>(`select ${eventColumns} from events where sequence > ? order by sequence limit ${page}`, [after]);
  const first = rows[0]?.sequence;
  if (segment !== undefined && (first === undefined || segment.first <= first)) return { segment };
  return rows.length === 0 ? undefined : { rows };
}

/** Checks the whole log. What is wrong is in the answer; it rejects only when it is cancelled or the store cannot be read. */
export async function verifyLog(
  store: StateStore,
  segments: Segments,
  context: Pick<Context, 'signal' | 'progress'>,
): Promise<ResultOf<typeof verify>> {
  const chain = new Chain();
  const total = await store.read((reader) => reader.get<{ last: number | null }>('select max(sequence) as last from events')?.last ?? 0);
  let checked = 0;
  let before: SegmentRow | undefined;
  for (;;) {
    throwIfCancelled(context.signal);
    context.progress({ message: 'Checking the log', done: chain.sequence, total: Math.max(total, chain.sequence) });
    const part = await store.read((reader) => nextPart(reader, chain.sequence));
    if (part === undefined) break;
    if ('rows' in part) {
      for (const row of part.rows) chain.follow(row);
      continue;
    }
    await verifySegment(chain, segments, part.segment, before);
    before = part.segment;
    checked++;
  }
  return {
    events: chain.events,
    segments: checked,
    head: { sequence: chain.sequence, hash: chain.hash ?? genesis },
    problems: chain.problems,
  };
}

/** Follows the chain through a sealed file; one that cannot be read is a problem, and the chain goes on behind it. */
async function verifySegment(chain: Chain, segments: Segments, segment: SegmentRow, before: SegmentRow | undefined): Promise<void> {
  const { name } = segment;
  const followed = chain.sequence;
  // Its first events were followed in memory, and sealed since.
  const resumed = segment.first <= followed && segment.first > (before?.last ?? 0);
  try {
    const header = await segments.header(segment);
    if (!resumed) chain.expect(segment.first, name);
    const asIndexed = header.first === segment.first && header.last === segment.last;
    if (!asIndexed) chain.note(segment.first, `The sealed segment ${name} does not hold the events that the store expects in it.`, name);
    if (header.previousSegment !== (before?.sha256 ?? null)) {
      chain.note(segment.first, `The sealed segment ${name} does not follow ${before?.name ?? 'the beginning of the log'}.`, name);
    }
    for await (const row of segments.rows(segment)) if (!resumed || row.sequence > followed) chain.follow(row, name);
  } catch (error) {
    if (!(error instanceof SegmentDamage)) throw error;
    chain.note(segment.first, error.message, name);
  }
  const reached = chain.sequence === segment.last && chain.hash === hex(segment.head);
  if (!reached && !chain.problems.some((each) => each.segment === name)) {
    chain.note(segment.last, `The sealed segment ${name} does not end with the event that the store expects.`, name);
  }
  chain.sequence = segment.last;
  chain.hash = hex(segment.head);
}

/**
 * Checks the rows in memory of one state that nobody changes, for backups; the first row is held against the segment it follows. The event
 * loop turns between pages: a hub that is silent for long is replaced.
 */
export async function verifyRows(reader: Reader): Promise<string[]> {
  const before = reader.get<SegmentRow>(`select ${segmentColumns} from segments order by first desc limit 1`);
  const chain = before === undefined ? new Chain() : new Chain(before.last, hex(before.head));
  for (;;) {
    const rows = reader.all<EventRow>(`select ${eventColumns} from events where sequence > ? order by sequence limit ${page}`, [
      chain.sequence,
    ]);
    if (rows.length === 0) return chain.problems.map(({ problem }) => problem);
    for (const row of rows) chain.follow(row);
    await setImmediate();
  }
}

type AuditRow = PartialOf<typeof exportLog>['rows'][number];

/** Streams the log, oldest first, segments included; those that cannot be read are named in the answer. */
export async function exportEvents(
  store: StateStore,
  segments: Segments,
  filter: ParamsOf<typeof exportLog>,
  context: Pick<Context<PartialOf<typeof exportLog>>, 'signal' | 'emit' | 'progress'>,
): Promise<ResultOf<typeof exportLog>> {
  const matches = matcher(filter);
  const unreadable: { segment: string; problem: string }[] = [];
  let last = 0;
  let previous = genesis;
  let count = 0;
  let batch: AuditRow[] = [];
  const take = (row: EventRow) => {
    if (matches(row)) batch.push({ ...auditLineOf(row), previous });
    last = row.sequence;
    previous = hex(row.hash);
  };
  const flush = async () => {
    count += batch.length;
    if (batch.length > 0) await context.emit({ rows: batch });
    batch = [];
  };
  for (;;) {
    throwIfCancelled(context.signal);
    context.progress({ message: 'Reading the log', done: last });
    const part = await store.read((reader) => nextPart(reader, last));
    if (part === undefined) break;
    if ('rows' in part) part.rows.forEach(take);
    else {
      const { segment } = part;
      // Events that were in memory a moment ago are given already.
      const given = last;
      try {
        if (withinTimes(segment, filter)) {
          for await (const row of segments.rows(segment)) {
            if (row.sequence > given) take(row);
            if (batch.length === page) await flush();
          }
        }
      } catch (error) {
        if (!(error instanceof SegmentDamage)) throw error;
        unreadable.push({ segment: error.segment, problem: error.message });
      }
      last = segment.last;
      previous = hex(segment.head);
    }
    await flush();
  }
  return { count, ...(unreadable.length === 0 ? {} : { unreadable }) };
}
