// A container that prints faster than anybody can read: memory stays bounded, what is left out is counted, what is shown is whole.
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engines } from '../../../server/deploy/engine/index.ts';
import type { Engine, OutputPage } from '../../../server/deploy/engine/types.ts';
import type { DeploymentRecord } from '../../../server/deploy/records.ts';
import { Follower } from '../../../server/deploy/runtime/follower.ts';
import { OutputPump } from '../../../server/deploy/runtime/outputPump.ts';
import type { Speaker } from '../../../server/deploy/runtime/speakers.ts';
import type { OutputLine } from '../../../server/protocol/runtime.ts';
import { FakeEngine } from '../../support/fakeEngine.ts';

let fake: FakeEngine;
let engines: Engines;
let engine: Engine;

beforeAll(async () => {
  fake = await FakeEngine.start();
  engines = new Engines({ home: tmpdir(), log: () => {} });
  engine = await engines.get(fake.address, AbortSignal.timeout(30_000));
});
afterAll(async () => {
  engines.dispose();
  await fake.dispose();
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is held once everything is collected that nobody holds: how late that is done by itself is not of interest. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const stamp = '2026-11-22T00:00:00.000000001Z ';

function frame(payload: Buffer, stream = 1): Buffer {
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(stamp.length + payload.length, 4);
  return Buffer.concat([head, Buffer.from(stamp), payload]);
}

/** The engine sends a piece so many times, as fast as it is taken, and then some more, and ends. */
function flood(id: string, piece: Buffer, times: number, last: Buffer): void {
  fake.fail('GET', new RegExp(`/containers/${id}/logs`), async (_, response) => {
    const gone = once(response, 'close');
    response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    for (let count = 0; count < times && !response.destroyed; count++)
      if (!response.write(piece)) await Promise.race([once(response, 'drain'), gone]);
    response.end(last);
  });
}

/** Follows it until it has said `the end` or nothing more comes. */
async function follow(id: string, take: (news: { lines: OutputLine[]; dropped: number }) => unknown) {
  const pump = new OutputPump<OutputLine>(take);
  const ended = new AbortController();
  let most = 0;
  let shown = 0;
  const speaker = {
    ...{ engine, record: {} as DeploymentRecord, row: { id, name: id, state: 'running' } },
    shown: (lines: OutputPage['lines']) => {
      if (Math.floor((shown + lines.length) / 25_000) > Math.floor(shown / 25_000)) most = Math.max(most, held());
      shown += lines.length;
      return lines.map((line) => ({ service: 'web', container: id, ...line }));
    },
  } as unknown as Speaker;
  const follower = new Follower({
    pump,
    positions: new Map(),
    question: { since: undefined, stream: undefined },
    speakers: async () => [],
  });
  const running = follower.run([speaker], ended.signal).catch(() => {});
  return {
    pump,
    get most() {
      return most;
    },
    stop: async () => {
      ended.abort();
      await running;
      await pump.end();
    },
  };
}

test('128 MB of lines to somebody who does not read: nothing piles up, every line is told or counted', { timeout: 600_000 }, async () => {
  const line = frame(Buffer.from(`${'log line '.repeat(12)}\n`));
  const perPiece = 500;
  const piece = Buffer.concat(Array.from({ length: perPiece }, () => line));
  const times = Math.ceil((128 * 1024 * 1024) / piece.length);
  flood('flood', piece, times, frame(Buffer.from('the end\n')));
  let release: () => void = () => {};
  const blocked = new Promise<void>((resolve) => {
    release = resolve;
  });
  const before = held();
  let told = 0;
  const seen = await follow('flood', async ({ lines }) => {
    told += lines.length;
    await blocked;
  });
  const all = times * perPiece + 1;
  // The reader waits, and most of it has gone by.
  await expect.poll(() => seen.pump.counts.dropped, { timeout: 400_000 }).toBeGreaterThan(all - 30_000);
  expect(Math.max(seen.most, held()) - before).toBeLessThan(80 * 1024 * 1024);
  expect(told).toBeLessThanOrEqual(500);
  release();
  await expect.poll(() => told + seen.pump.counts.dropped, { timeout: 120_000 }).toBe(all);
  await seen.stop();
  expect(seen.pump.counts.lines).toBe(told);
});

test('lines of 1 MB and bytes that are no text: cut, and still lines', { timeout: 200_000 }, async () => {
  const long = Array.from({ length: 64 }, () => frame(Buffer.alloc(16 * 1024, 'x')));
  const binary = frame(
    Buffer.concat([Buffer.from(Array.from({ length: 256 }, (_, byte) => (byte === 10 || byte === 13 ? 1 : byte))), Buffer.from('\n')]),
    2,
  );
  flood('binary', Buffer.concat([...long, frame(Buffer.from('\n')), binary]), 100, frame(Buffer.from('the end\n')));
  const got: OutputLine[] = [];
  const seen = await follow('binary', ({ lines }) => void got.push(...lines));
  await expect.poll(() => got.at(-1)?.text, { timeout: 120_000 }).toBe('the end');
  await seen.stop();
  expect(got.length + seen.pump.counts.dropped).toBe(201);
  const cut = got.filter((line) => line.cut === true);
  expect(cut.length).toBeGreaterThan(0);
  for (const { text } of cut) expect(text).toMatch(/^x{12288} … \(\d+ more characters\)$/);
  expect(got.filter(({ stream }) => stream === 'stderr').every(({ text }) => text.startsWith('\0') && text.endsWith('\ufffd'))).toBe(true);
});

test('a stream that is no output of Docker ends the following with a reason', async () => {
  fake.fail('GET', /\/containers\/broken\/logs/, (_, response) => response.end(Buffer.alloc(100, 7)));
  const pump = new OutputPump<OutputLine>(() => {});
  const row = { id: 'broken', name: 'broken', state: 'running' };
  const speaker = { engine, record: {}, row, shown: () => [] } as unknown as Speaker;
  const follower = new Follower({
    pump,
    positions: new Map(),
    question: { since: undefined, stream: undefined },
    speakers: async () => [speaker],
  });
  await expect(follower.run([speaker], AbortSignal.timeout(60_000))).rejects.toMatchObject({ reason: 'io' });
});
