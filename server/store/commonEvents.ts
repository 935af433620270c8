import { type EventRow, genesis, hex } from './eventChain.ts';
import { type SegmentRow, segmentColumns } from './segmentFile.ts';
import { SegmentDamage, type Segments } from './segments.ts';
import type { Reader } from './types.ts';

/** Asks one state; each question may come at another moment. */
export type Ask = <T>(query: (reader: Reader) => T) => T | Promise<T>;

/** The last event of a state. */
export function headOf(reader: Reader): { sequence: number; hash: string } {
  const last = reader.get<{ sequence: number; hash: Uint8Array }>('select sequence, hash from events order by sequence desc limit 1');
  return last === undefined ? { sequence: 0, hash: genesis } : { sequence: last.sequence, hash: hex(last.hash) };
}

/** How many events two logs have in common: as each hash covers the one before, they are equal up to there and nowhere after. */
export async function commonEvents(segments: Segments, one: Ask, other: Ask): Promise<number> {
  const equal = async (sequence: number) => {
    const hash = await hashAt(segments, one, sequence);
    return hash !== undefined && hash === (await hashAt(segments, other, sequence));
  };
  let low = 0;
  let high = Math.min((await one(headOf)).sequence, (await other(headOf)).sequence);
  // Nearly always one log is the beginning of the other.
  if (high === 0 || (await equal(high))) return high;
  high--;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (await equal(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

async function hashAt(segments: Segments, ask: Ask, sequence: number): Promise<string | undefined> {
  const found = await ask((reader) => ({
    row: reader.get<Pick<EventRow, 'hash'>>('select hash from events where sequence = ?', [sequence]),
    segment: reader.get<SegmentRow>(`select ${segmentColumns} from segments where ? between first and last`, [sequence]),
  }));
  if (found.row !== undefined) return hex(found.row.hash);
  if (found.segment === undefined) return undefined;
  if (found.segment.last === sequence) return hex(found.segment.head);
  try {
    for await (const row of segments.rows(found.segment)) if (row.sequence === sequence) return hex(row.hash);
  } catch (error) {
    if (!(error instanceof SegmentDamage)) throw error;
  }
  return undefined;
}
