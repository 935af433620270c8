import { describe, expect, it } from 'vitest';
import { keptSnapshots } from '../../../server/store/retention.ts';

const day = 24 * 3_600_000;
/** Noon. */
const now = 20_833 * day + day / 2;
const snapshots = (...ages: number[]) => ages.map((age) => ({ name: `${age}`, time: now - age }));
const kept = (list: ReturnType<typeof snapshots>, at = now) => [...keptSnapshots(list, at)].map(Number);

describe('snapshots that are kept', () => {
  it('are the newest three, the first of each day of a week, and the one that the week begins with', () => {
    const list = snapshots(0, 1000, 2000, 3000, 4000, day, day + 1000, 2 * day, 6.5 * day, 7 * day, 8 * day, 30 * day);
    expect(kept(list).sort((a, b) => a - b)).toEqual([0, 1000, 2000, 4000, day + 1000, 2 * day, 6.5 * day, 7 * day]);
  });

  it('are the newest three by position whatever the clock says', () => {
    expect(kept(snapshots(0, 1000, 2000), now + 400 * day)).toEqual([0, 1000, 2000]);
    expect(kept(snapshots(0, 1000, 2000, 3000), now - 400 * day).slice(0, 3)).toEqual([0, 1000, 2000]);
    // The clock was an hour ahead when the newest was written, then set back.
    expect(kept(snapshots(-3_600_000, 0, 1000, 2000))).toEqual([-3_600_000, 0, 1000, 2000]);
  });
});
