// A process that opens a store as the hub does, and says how long it took and how much memory it needed. `storeProcess HOME`.
import { readFileSync } from 'node:fs';
import { addItem, openStore } from '../storeSupport.ts';

/** Bytes, now and at most. */
function memory(): { now: number; peak: number } {
  const text = readFileSync('/proc/self/status', 'utf8');
  const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { now: of('VmRSS'), peak: of('VmHWM') };
}

async function main(home: string): Promise<void> {
  const started = performance.now();
  const store = await openStore(home, { fence: { number: 3, check: () => {} } });
  const openMs = performance.now() - started;
  const opened = memory();
  const author = { actor: 'bench', correlationId: '1-1' };
  const first = 50_000_000;
  await store.write(author, (transaction) => addItem(transaction, first));

  // Writers go on while the snapshot is made: the longest that one of them waits is what a user feels.
  let [done, longestMs, busy] = [0, 0, true];
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let count = 1; busy; count += 1) {
      const asked = performance.now();
      await store.write(author, (transaction) => addItem(transaction, first + writer * 1_000_000 + count));
      longestMs = Math.max(longestMs, performance.now() - asked);
      done += 1;
    }
  });
  const snapshotStarted = performance.now();
  await store.snapshot();
  const snapshotMs = performance.now() - snapshotStarted;
  busy = false;
  await Promise.all(writers);
  console.log(JSON.stringify({ openMs, opened: opened.now, openPeak: opened.peak, snapshotMs, peak: memory().peak, longestMs, done }));
  // As a kill would end it: the next one opens the same files.
  process.exit(0);
}

void main(process.argv[2] ?? '');
