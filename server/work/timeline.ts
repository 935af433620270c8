import type { ResultOf } from '../protocol/message.ts';
import type { timeline } from '../protocol/work.ts';
import type { Reader } from '../store/types.ts';
import { type ItemKey, unknownItem } from './itemRows.ts';

/** What the log in memory says of an item, newest first. `more`: older events are in memory, or may be in sealed segments. */
export function timelineOf(reader: Reader, { project, number }: ItemKey, limit: number): ResultOf<typeof timeline> {
  const rows = reader.all<{ sequence: number; time: number; actor: string; kind: string; payload: string | null }>(
    `select sequence, time, actor, kind, payload from events
     where entity = 'item' and entity_id = ? and project = ? order by sequence desc limit ?`,
    [String(number), project, limit + 1],
  );
  const item = reader.get<{ created: number }>('select created from items where project = ? and number = ?', [project, number]);
  if (item === undefined && rows.length === 0) throw unknownItem(number);
  const complete = rows.length <= limit && rows.at(-1)?.kind === 'created';
  return {
    events: rows.slice(0, limit).map(({ payload, ...event }) => ({ ...event, payload: payloadOf(payload) })),
    more: !complete && (rows.length > limit || reader.get('select 1 from segments limit 1') !== undefined),
  };
}

/** One that was erased is empty. */
function payloadOf(payload: string | null): Record<string, unknown> {
  return payload === null ? {} : (JSON.parse(payload) as Record<string, unknown>);
}
