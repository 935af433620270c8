import { UsageFailure } from './usage.ts';

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A moment as a person writes it, in milliseconds since the epoch: `2h`, `3d` (ago), `2026-01-31`, `2026-01-31 14:30` (local time), or with a
 * zone. `name` is the option's.
 */
export function momentOf(text: string, name: string, now = Date.now()): number {
  const ago = /^(\d+)\s*([smhdw])$/.exec(text.trim());
  const since = ago === null ? undefined : now - Number(ago[1]) * (units[ago[2] ?? ''] ?? 0);
  // No calendar reaches further back than this.
  if (since !== undefined && since > -8.64e15) return since;
  const date = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d(?:\.\d{1,3})?))?\s*(Z|[+-]\d\d:?\d\d)?)?$/.exec(text.trim());
  if (date !== null) {
    const [, year, month, day, hour = '00', minute = '00', second = '00', zone = ''] = date;
    const moment = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
    // `2026-02-31` would silently be in March.
    const exists = new Date(Number(year), Number(month), 0).getDate() >= Number(day);
    if (!Number.isNaN(moment) && exists) return moment;
  }
  throw new UsageFailure(`${name} takes a time: "${text}" is none.`, 'Such as 2h, 3d, 2026-01-31 or "2026-01-31 14:30".');
}
