// Whoever changes, removes or swaps a row of the log is found out, by name.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { exportLog } from '../../../server/protocol/events.ts';
import type { PartialOf } from '../../../server/protocol/message.ts';
import { Failure } from '../../../server/rpc/failure.ts';
import { exportEvents, verifyLog } from '../../../server/store/audit.ts';
import type { Transaction } from '../../../server/store/types.ts';
import { author, calm, day, openState, type TestState } from '../../support/stateStore.ts';

let state: TestState;
beforeEach(async () => {
  state = await openState();
  for (let part = 0; part < 2; part++) {
    await Promise.all(Array.from({ length: 10 }, (_, each) => state.happen('kind', { part, each }, each === 3 ? { project: 'p' } : {})));
    state.clock += 100 * day;
    await state.keeping.segments.seal(state.store, state.clock);
  }
  await Promise.all(Array.from({ length: 10 }, (_, each) => state.happen('young', { each })));
});
afterEach(() => state.close());

const verify = () => verifyLog(state.store, state.keeping.segments, calm);
const tamper = (change: (transaction: Transaction) => void) => state.store.write(author, change);
const folder = () => path.join(state.home, 'store/segments');
const files = () => readdirSync(folder()).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)) as [string, string];
const problems = async () => (await verify()).problems.map(({ problem }) => problem);

async function exported(filter: Parameters<typeof exportEvents>[2] = {}) {
  const rows: PartialOf<typeof exportLog>['rows'] = [];
  const summary = await exportEvents(state.store, state.keeping.segments, filter, {
    ...calm,
    emit: async ({ rows: more }) => void rows.push(...more),
  });
  return { ...summary, rows };
}

describe('verification', () => {
  test('follows the chain from the first sealed event to the last one', async () => {
    const { events, segments, head, problems: found } = await verify();
    const last = await state.store.read((reader) =>
      reader.get('select sequence, hex(hash) as hash from events order by sequence desc limit 1'),
    );
    expect({ events, segments, found }).toEqual({ events: 32, segments: 2, found: [] });
    expect({ sequence: head.sequence, hash: head.hash.toUpperCase() }).toEqual(last);
  });

  test('an empty log has nothing wrong with it', async () => {
    const empty = await openState();
    expect(await verifyLog(empty.store, empty.keeping.segments, calm)).toMatchObject({ events: 0, problems: [], head: { sequence: 0 } });
    await empty.close();
  });

  test.each<[what: string, change: (transaction: Transaction) => void, problem: string]>([
    [
      'a changed payload',
      (t) => void t.run(`update events set payload = '{"each":6}' where sequence = 28`),
      'Event 28 is not what was written',
    ],
    ['a changed actor', (t) => void t.run(`update events set actor = 'nobody' where sequence = 28`), 'Event 28 is not what was written'],
    ['a changed time', (t) => void t.run('update events set time = time + 1 where sequence = 28'), 'Event 28 is not what was written'],
    ['a removed row', (t) => void t.run('delete from events where sequence = 28'), 'Event 28 is missing.'],
    ['removed rows', (t) => void t.run('delete from events where sequence between 26 and 29'), 'Events 26 to 29 are missing.'],
    ['another hash', (t) => void t.run('update events set hash = salt where sequence = 28'), 'Event 28 is not what was written'],
  ])('%s is found and named', async (_, change, problem) => {
    await tamper(change);
    expect((await problems())[0]).toContain(problem);
    expect((await verify()).problems.every(({ sequence }) => sequence >= 26 && sequence <= 29)).toBe(true);
  });

  test('a row that was written anew with a fitting hash breaks the link to the next', async () => {
    await tamper((t) => {
      t.run('delete from events where sequence = 32');
      t.run('update events set payload = ? where sequence = 31', ['{}']);
      // What a forger can compute: the hash of the row itself.
      t.run('update events set sequence = 32 where sequence = 31');
    });
    expect(await problems()).toContain('Event 31 is missing.');
  });

  test('a missing, a damaged and a swapped segment are named; the chain goes on behind them', async () => {
    const [first, second] = files();
    const kept = readFileSync(path.join(folder(), first));
    copyFileSync(path.join(folder(), second), path.join(folder(), first));
    expect(await verify()).toMatchObject({
      segments: 2,
      problems: [{ sequence: 1, segment: first, problem: `The sealed segment ${first} is damaged: its content is not what was sealed.` }],
    });
    rmSync(path.join(folder(), first));
    expect(await problems()).toEqual([`The sealed segment ${first} is missing.`]);
    writeFileSync(path.join(folder(), first), kept);
    expect(await problems()).toEqual([]);
  });

  test('a segment that was rewritten, its place in the index too, is found out by the chain', async () => {
    const [first] = files();
    const file = path.join(folder(), first);
    const lines = gunzipSync(readFileSync(file)).toString().split('\n');
    lines[4] = (lines[4] ?? '').replace('\\"each\\":3', '\\"each\\":4');
    const bytes = gzipSync(lines.join('\n'));
    writeFileSync(file, bytes);
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await tamper((t) => void t.run('update segments set sha256 = ?, size = ? where name = ?', [sha256, bytes.length, first]));
    const found = await verify();
    expect(found.problems[0]).toMatchObject({
      sequence: 4,
      segment: first,
      problem: expect.stringContaining('Event 4 is not what was written'),
    });
    // And by the segment behind it, which names the file that it followed.
    expect(found.problems[1]?.problem).toContain(`does not follow ${first}`);
  });

  test('is cancelled between pages, and says how far it is', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const progress = ({ done }: { done?: number }) => {
      seen.push(done ?? -1);
      controller.abort();
    };
    await expect(verifyLog(state.store, state.keeping.segments, { signal: controller.signal, progress })).rejects.toEqual(
      new Failure('cancelled', 'Cancelled.'),
    );
    expect(seen).toEqual([0]);
  });

  test('goes on while events are written and sealed', async () => {
    const [result] = await Promise.all([
      verify(),
      (async () => {
        for (let each = 0; each < 50; each++) await state.happen('meanwhile', { each });
        await state.keeping.segments.seal(state.store, state.clock + 200 * day);
      })(),
    ]);
    expect(result.problems).toEqual([]);
    expect(await problems()).toEqual([]);
  });
});

describe('the export', () => {
  test('has every event, sealed or not, in order', async () => {
    const { count, rows, unreadable } = await exported();
    expect(count).toBe(32);
    expect(unreadable).toBeUndefined();
    expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 32 }, (_, at) => at + 1));
    expect(rows[0]).toMatchObject({ previous: '0'.repeat(64), payload: '{"part":0,"each":0}' });
    for (const [at, row] of rows.entries()) if (at > 0) expect(row.previous).toBe(rows[at - 1]?.hash);
  });

  test('a filtered one gives each row what it takes to check it', async () => {
    const { rows } = await exported({ project: 'p' });
    expect(rows.map(({ sequence }) => sequence)).toEqual([4, 15]);
    const all = (await exported()).rows;
    expect(rows.map(({ previous }) => previous)).toEqual([all[2]?.hash, all[13]?.hash]);
    const { rows: late } = await exported({ since: state.clock });
    expect(late[0]?.previous).toBe(all[(late[0]?.sequence as number) - 2]?.hash);
  });

  test('is verified by a few lines that know nothing of Hearth: those of the README', async () => {
    const check = (lines: readonly unknown[]) => {
      const input = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      return spawnSync(process.execPath, ['--input-type=module', '-e', recipe()], { encoding: 'utf8', input });
    };
    const { rows } = await exported();
    expect(check(rows)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^32 events, head [0-9a-f]{64}\n$/) });
    expect(check(rows.map((row) => (row.sequence === 9 ? { ...row, actor: 'x' } : row)))).toMatchObject({ status: 1 });
    expect(check(rows.map((row) => (row.sequence === 9 ? { ...row, payload: '{}' } : row))).stderr).toContain('event 9');
    expect(check(rows.filter(({ sequence }) => sequence !== 9)).stderr).toContain('event 10');
  });

  test('a segment that cannot be read is named', async () => {
    const [first] = files();
    rmSync(path.join(folder(), first));
    expect(await exported()).toMatchObject({ unreadable: [{ segment: first }], count: 23 });
  });
});

/** The README's own way to verify the chain, as a person copies it. */
function recipe(): string {
  const readme = readFileSync(path.resolve(import.meta.dirname, '../../../README.md'), 'utf8');
  const found = /```js\n(\/\/ verify\.mjs[\s\S]*?)```/.exec(readme)?.[1];
  if (found === undefined) throw new Error('the README does not say how the log is verified');
  return found;
}
