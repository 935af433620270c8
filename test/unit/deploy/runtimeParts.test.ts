import { expect, it } from 'vitest';
import { StampedOutput } from '../../../server/deploy/engine/stampedOutput.ts';
import { sampleOf } from '../../../server/deploy/engine/stats.ts';
import type { ContainerSample } from '../../../server/deploy/engine/types.ts';
import { hintsOf } from '../../../server/deploy/runtime/hints.ts';
import { lineFilter } from '../../../server/deploy/runtime/lineFilter.ts';
import { mergeByTime } from '../../../server/deploy/runtime/merge.ts';
import { OutputPump } from '../../../server/deploy/runtime/outputPump.ts';
import { Samples } from '../../../server/deploy/runtime/samples.ts';
import { cpuBetween } from '../../../server/deploy/runtime/stats.ts';
import { TerminalMask } from '../../../server/deploy/runtime/terminalMask.ts';
import type { Failure } from '../../../server/rpc/failure.ts';

const hour = 3_600_000;
const mb = 1024 * 1024;

function frame(text: string, time: string, stream = 1): Buffer {
  const payload = Buffer.from(`${time} ${text}`);
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(payload.length, 4);
  return Buffer.concat([head, payload]);
}
const at = (n: number) => `2026-11-22T00:00:00.${String(n).padStart(9, '0')}Z`;
const texts = (output: StampedOutput) => output.page().lines.map(({ text }) => text);

it('reads lines with their times, however the frames are cut', () => {
  const stream = Buffer.concat([
    frame('one\n', at(1)),
    frame('tw', at(2_000_000)),
    frame('o\n', at(3_000_000)),
    frame('three\n', at(4_000_000), 2),
  ]);
  for (const size of [1, 7, 31, 40, stream.length]) {
    const output = new StampedOutput(undefined, () => false);
    const frames = output.begin();
    for (let from = 0; from < stream.length; from += size) frames.push(stream.subarray(from, from + size));
    const { lines, position } = output.page();
    expect(lines.map(({ text, stream: each, time }) => [text, each, time % 1000])).toEqual([
      ['one', 'stdout', 0],
      ['two', 'stdout', 3],
      ['three', 'stderr', 4],
    ]);
    expect(position).toEqual({ time: at(4_000_000), pieces: 1 });
  }
});

it('goes on behind a position: pieces of the same time are not told again', () => {
  const output = new StampedOutput({ time: at(5), pieces: 2 }, () => false);
  output.begin().push(Buffer.concat([frame('a\n', at(5)), frame('b\n', at(5)), frame('c\n', at(5)), frame('d\n', at(6))]));
  expect(texts(output)).toEqual(['c', 'd']);
});

it('counts what it leaves out, and never joins half a line to another', () => {
  let full = false;
  const output = new StampedOutput(undefined, () => full);
  const frames = output.begin();
  frames.push(Buffer.concat([frame('kept\n', at(1)), frame('half of a sec', at(2))]));
  full = true;
  frames.push(Buffer.concat([frame('ret, and more', at(3)), frame(' of it\n', at(4)), frame('whole\n', at(5)), frame('begun ', at(6))]));
  full = false;
  frames.push(Buffer.concat([frame('its end\n', at(7)), frame('again\n', at(8))]));
  const { lines, dropped } = output.page();
  expect(lines.map(({ text }) => text)).toEqual(['kept', 'again']);
  expect(dropped).toBe(3);
});

it('looks for text without regard to case, unless it has a capital letter', async () => {
  const lines = ['Error in a', 'error in b', 'took 1234 ms'].map((text) => ({ text }));
  const found = async (search: string, regex = false) => (await lineFilter(search, regex))(lines).map(({ text }) => text);
  expect(await found('error')).toEqual(['Error in a', 'error in b']);
  expect(await found('Error')).toEqual(['Error in a']);
  expect(await found('^ERROR|\\d{4}', true)).toEqual(['took 1234 ms']);
  expect(await found('^error|took \\D', true)).toEqual(['Error in a', 'error in b']);
  await expect(lineFilter('(', true)).rejects.toMatchObject({ reason: 'invalid' } satisfies Partial<Failure>);
});

it('ends an expression that takes for ever', async () => {
  const filter = await lineFilter('(a+)+$', true);
  expect(() => filter([{ text: `${'a'.repeat(60)}!` }])).toThrow(expect.objectContaining({ reason: 'timeout' }));
});

it('does not count the time in which a busy machine did something else', async () => {
  const filter = await lineFilter('^a', true);
  const { test } = RegExp.prototype;
  let looks = 0;
  RegExp.prototype.test = function (text) {
    RegExp.prototype.test = test;
    looks++;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);
    return test.call(this, text);
  };
  try {
    expect(filter([{ text: 'ab' }, { text: 'ba' }])).toEqual([{ text: 'ab' }]);
  } finally {
    RegExp.prototype.test = test;
  }
  expect(looks).toBe(1);
});

it('merges by time, and keeps the order of each source', async () => {
  async function* source(...pages: number[][]) {
    for (const page of pages) yield page.map((time, index) => ({ time, name: `${time}.${index}` }));
  }
  const merged: string[] = [];
  for await (const page of mergeByTime([source([1, 4, 4], [9]), source([], [2, 3], [4, 10])])) merged.push(...page.map(({ name }) => name));
  expect(merged).toEqual(['1.0', '2.0', '3.1', '4.1', '4.2', '4.0', '9.0', '10.1']);
});

it('holds little for a slow reader, and hands on every line it took', async () => {
  let free: () => void = () => {};
  const got: string[] = [];
  let dropped = 0;
  const pump = new OutputPump<{ text: string }>(async (news) => {
    got.push(...news.lines.map(({ text }) => text));
    dropped = news.dropped;
    await new Promise<void>((resolve) => {
      free = resolve;
    });
  });
  let taken = 0;
  for (let line = 0; line < 100_000; line++) {
    if (pump.full) pump.drop(1);
    else {
      pump.add([{ text: `line ${line}` }]);
      taken++;
    }
  }
  expect(taken).toBe(20_000);
  const freeing = setInterval(() => free(), 0);
  await pump.room();
  await pump.end();
  clearInterval(freeing);
  expect(got.length).toBe(taken);
  expect(got.at(-1)).toBe('line 19999');
  expect(dropped).toBe(80_000);
  expect(pump.counts).toEqual({ lines: 20_000, dropped: 80_000 });
});

it('fails with its reader', async () => {
  const pump = new OutputPump<{ text: string }>(() => Promise.reject(new Error('gone')));
  pump.add([{ text: 'a' }]);
  await expect(pump.end()).rejects.toThrow('gone');
  await expect(pump.room()).rejects.toThrow('gone');
});

it('masks secrets in a terminal that are cut in two, and does not keep a prompt waiting', async () => {
  let shown = '';
  const mask = new TerminalMask(['hunter2-hunter2', 'pässwörter'], (output) => {
    shown += output.toString('utf8');
  });
  await mask.push(Buffer.from('$ echo hunter2-'));
  expect(shown).toBe('$ echo ');
  await mask.push(Buffer.from('hunter2\r\n'));
  expect(shown).toBe('$ echo ***\r\n');
  const other = Buffer.from('a pässwörter b');
  await mask.push(other.subarray(0, 4));
  await mask.push(other.subarray(4));
  expect(shown).toBe('$ echo ***\r\na *** b');
  await mask.push(Buffer.from('$ hunt'));
  await expect.poll(() => shown.endsWith('$ hunt')).toBe(true);
  expect(mask.masked).toBe(2);
  const bytes: Buffer[] = [];
  const plain = new TerminalMask([], (output) => void bytes.push(output));
  await plain.push(Buffer.from([0, 255, 128, 27]));
  expect(Buffer.concat(bytes)).toEqual(Buffer.from([0, 255, 128, 27]));
});

const sample = (more: Partial<ContainerSample>): ContainerSample => ({
  ...{ time: 0, cpu: 0, memory: 10 * mb, pids: 1, network: { received: 0, sent: 0 }, block: undefined },
  ...more,
});

it('reads what the engine says of a container, on both kinds of cgroups', () => {
  const stats = (memory: object) =>
    ({
      read: '2026-11-22T00:00:01.5Z',
      cpu_stats: { cpu_usage: { total_usage: 5e9 } },
      memory_stats: { usage: 100, stats: memory },
      pids_stats: { current: 3 },
      networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
      blkio_stats: {
        io_service_bytes_recursive: [
          { op: 'Read', value: 5 },
          { op: 'read', value: 1 },
          { op: 'Write', value: 7 },
        ],
      },
    }) as never;
  const found = sampleOf(stats({ inactive_file: 40 }));
  expect(found).toEqual({
    ...{ time: Date.parse('2026-11-22T00:00:01.5Z'), cpu: 5e9, memory: 60, pids: 3 },
    ...{ network: { received: 11, sent: 22 }, block: { read: 6, written: 7 } },
  });
  expect(sampleOf(stats({ total_inactive_file: 90, inactive_file: 1 }))?.memory).toBe(10);
  expect(sampleOf({ read: '0001-01-01T00:00:00Z', cpu_stats: { cpu_usage: { total_usage: 0 } } } as never)).toBeUndefined();
});

it('counts processors between two looks', () => {
  expect(cpuBetween(sample({ time: 1000, cpu: 1e9 }), sample({ time: 2000, cpu: 1.5e9 }))).toBe(0.5);
  expect(cpuBetween(sample({ time: 1000, cpu: 5e9 }), sample({ time: 2000, cpu: 1e9 }))).toBeUndefined();
});

it('knows what was used for an hour, from whenever somebody looked', () => {
  const samples = new Samples();
  const started = 1000;
  const look = (hours: number, cpu: number) => sample({ time: started + hours * hour, cpu });
  samples.add('a', started, look(0.5, 60e9));
  expect(samples.recent('a', started, look(0.5, 60e9))).toBeUndefined();
  samples.add('a', started, look(2, 60e9));
  samples.add('a', started, look(3, 60e9));
  // Busy in its first half hour, then not any more.
  expect(samples.recent('a', started, look(3, 60e9))).toMatchObject({ span: hour, cpu: 0 });
  samples.add('a', started + 9 * hour, look(9, 0));
  expect(samples.recent('a', started, look(9, 0))).toBeUndefined();
});

it('says what to know of resources', () => {
  const used = (more: object) => ({ cpu: 0.1, memory: 50 * mb, pids: 5, limits: { cpus: 1, memory: 100 * mb, pids: 100 }, ...more });
  const codes = (row: object, recent?: object, endlessLog = false) =>
    hintsOf(used(row), { recent: recent === undefined ? undefined : { span: hour, cpu: 0.4, network: 9e9, ...recent }, endlessLog }).map(
      ({ code }) => code,
    );
  expect(codes({})).toEqual([]);
  expect(codes({}, {})).toEqual([]);
  expect(codes({}, { cpu: 0.001, network: 100 })).toEqual(['idle', 'over-provisioned']);
  expect(codes({}, { cpu: 0.001, network: 1e9 })).toEqual(['over-provisioned']);
  expect(codes({ limits: { cpus: null, memory: 2000 * mb, pids: null } }, {})).toEqual(['over-provisioned']);
  expect(codes({ memory: 95 * mb, cpu: 0.95, pids: 99 })).toEqual(['near-limit', 'near-limit', 'near-limit']);
  expect(codes({ limits: { cpus: null, memory: null, pids: null } }, undefined, true)).toEqual(['no-limit', 'log-size']);
});
