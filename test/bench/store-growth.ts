// What a year of beats takes: written as the hub writes them, rolled up every hour, then weighed.

import { newState } from '../../server/monitor/apply.ts';
import { BeatBuffer } from '../../server/monitor/history/beatBuffer.ts';
import { hourLength } from '../../server/monitor/history/beats.ts';
import { appendRun, runsOf } from '../../server/monitor/history/hours.ts';
import { rollUp } from '../../server/monitor/history/rollUp.ts';
import { insertMonitor, newMonitorId, writeState } from '../../server/monitor/records.ts';
import { type Beat, monitorSettings } from '../../server/protocol/monitorTypes.ts';
import { realDisk } from '../../server/store/disk.ts';
import { Store } from '../../server/store/store.ts';
import { type Bench, summarise, valueAtMost } from './harness.ts';

const author = { actor: 'hub', correlationId: 'monitor-beats' };
const start = Date.UTC(2026, 0, 1);
const minute = 60_000;

export const bench: Bench = {
  name: 'store-growth',
  target: 'a year of one-minute beats of 100 monitors < 50 MB',
  async run(ctx) {
    const [count, days] = ctx.smoke ? [3, 3] : [100, 365];
    const home = ctx.temporaryFolder('home');
    let now = start;
    let journal = 0;
    // What is weighed is what is kept, not how fast this disk is.
    const disk = {
      ...realDisk,
      create: async (file: string) => {
        const made = await realDisk.create(file);
        return {
          ...made,
          datasync: async () => {},
          write: async (data: Uint8Array, position: number) => {
            if (file.endsWith('.journal')) journal += data.length;
            await made.write(data, position);
          },
        };
      },
    };
    const store = await Store.open({ home, fence: { number: 1, check: () => {} }, log: () => {}, clock: () => now, disk });
    ctx.cleanup(() => store.close());
    const ids = Array.from({ length: count }, (_, index) => newMonitorId(start + index * 1000));
    await store.write(author, (transaction) => {
      transaction.run("insert into projects (id, name, created) values ('p', 'shop', 0)");
      for (const [index, id] of ids.entries()) {
        const check = { kind: 'tcp' as const, host: 'a', port: 1 };
        const place = { project: 'p', service: null, environment: null, source: 'file' as const, line: 1 };
        insertMonitor(transaction, { ...place, id, name: `monitor-${index}`, check, settings: monitorSettings.parse({}) });
        writeState(transaction, id, newState(start));
      }
    });
    for (let hour = 0; hour < days * 24; hour++) {
      const at = start + hour * hourLength;
      await store.write(author, (transaction) => {
        for (const [index, id] of ids.entries()) {
          for (const run of runsOf(id, beatsOf(index, at, hourLength)).runs) appendRun(transaction, run);
        }
      });
      now = at + hourLength;
      await rollUp(store, author, now);
    }
    const before = journal;
    const hours = ctx.smoke ? 0.1 : 2;
    await asTheHubDoes(store, ids, now, hours);
    const image = await store.image();
    const megabyte = 1e6;
    const looks = `${(count * days * 1440).toLocaleString('en')} looks, down for ten minutes a day each`;
    return [
      valueAtMost(`${count} monitors, ${days} days`, 'MB', summarise([image.image.length / megabyte]), 50, looks),
      valueAtMost('journal of a day, beats written every 5 s', 'MB', summarise([((journal - before) / hours) * (24 / megabyte)])),
    ];
  },
};

/** Beats of a monitor, one a minute: answer times wander, ten minutes of each day fail. */
function beatsOf(monitor: number, from: number, length: number): Beat[] {
  return Array.from({ length: length / minute }, (_, index) => {
    const time = from + index * minute + ((monitor * 613) % minute);
    const minutes = Math.floor(time / minute) % 1440;
    const down = minutes >= monitor * 10 && minutes < monitor * 10 + 10;
    const slow = Math.sin(minutes / 200 + monitor) * 40 + 60 + ((time / 7919) % 30);
    return down
      ? { time, state: 'down', ok: false, milliseconds: null, message: 'connect ECONNREFUSED: nobody listens on port 443' }
      : { time, state: 'up', ok: true, milliseconds: slow, message: null };
  });
}

async function asTheHubDoes(store: Store, ids: readonly string[], from: number, hours: number): Promise<void> {
  const buffer = new BeatBuffer();
  const all = ids
    .flatMap((id, index) => beatsOf(index, from, hours * hourLength).map((beat) => ({ id, beat })))
    .sort((a, b) => a.beat.time - b.beat.time);
  let flushed = from;
  for (const { id, beat } of all) {
    if (beat.time - flushed > 5000) {
      const batch = buffer.take();
      await store.write(author, (transaction) => batch.write(transaction));
      flushed = beat.time;
    }
    buffer.add(id, beat);
  }
}
