import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlameEntry, BlameParser } from '../../../server/git/blameParser.ts';
import { BlameTable } from '../../../server/git/blameTable.ts';

const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const output = Buffer.concat([
  Buffer.from(`${a} 3 1 2\nauthor Zoë\nauthor-mail <zoe@example.test>\nauthor-time 12\nauthor-tz +0130\ncommitter `),
  Buffer.from([0xff]),
  Buffer.from(
    `\ncommitter-mail <c>\ncommitter-time 13\ncommitter-tz -0200\nsummary \nboundary\nunheard-of thing\nprevious ${b} "a\\tb\\303\\274"\nfilename "q\\"uote"\n${a} 9 5 1\nfilename ü ü\n`,
  ),
]);

function parse(chunks: readonly Buffer[]): BlameEntry[] {
  const entries: BlameEntry[] = [];
  const parser = new BlameParser((entry) => entries.push(entry));
  for (const chunk of chunks) parser.push(chunk);
  return entries;
}

describe('BlameParser', () => {
  it('reads facts once, quoted names, bytes that are not UTF-8, and keys of later versions', () => {
    const [first, second] = parse([output]);
    expect(first).toMatchObject({ commit: a, originalLine: 3, line: 1, count: 2 });
    expect(first?.facts).toEqual({
      author: 'Zoë',
      authorMail: 'zoe@example.test',
      authorTime: 12,
      authorTz: '+0130',
      committer: '\ufffd',
      committerMail: 'c',
      committerTime: 13,
      committerTz: '-0200',
      summary: '',
      boundary: true,
    });
    expect(first?.origin).toEqual({ path: 'q"uote', previous: { commit: b, path: 'a\tb\xc3\xbc' } });
    expect(second).toEqual({
      commit: a,
      originalLine: 9,
      line: 5,
      count: 1,
      origin: { path: Buffer.from('ü ü').toString('latin1'), previous: undefined },
      facts: undefined,
    });
  });

  it('does not care where the output is cut', () => {
    const whole = parse([output]);
    fc.assert(
      fc.property(fc.array(fc.nat(output.length)), (cuts) => {
        const at = [0, ...cuts.sort((x, y) => x - y), output.length];
        expect(parse(at.slice(1).map((end, index) => output.subarray(at[index], end)))).toEqual(whole);
      }),
    );
  });
});

describe('BlameTable', () => {
  it('packs and unpacks, and refuses what does not fit together', () => {
    const table = new BlameTable();
    for (const entry of parse([output])) table.addEntry(entry);
    table.add(3, 2, 7, 0, 0);
    const packed = JSON.parse(JSON.stringify(table.pack()));
    expect(BlameTable.unpack(packed)?.pack()).toEqual(table.pack());
    expect(BlameTable.unpack({ ...packed, lineCount: 6 })).toBeUndefined();
    expect(BlameTable.unpack({ ...packed, origins: [] })).toBeUndefined();
    expect(BlameTable.unpack({ ...packed, runs: packed.runs.slice(5) })).toBeUndefined();
    expect(BlameTable.unpack({} as never)).toBeUndefined();
  });

  it('keeps the first answer of a line', () => {
    const table = new BlameTable();
    const one = table.commitIndex(a, undefined);
    const two = table.commitIndex(b, undefined);
    const origin = table.originIndex({ path: 'x' });
    table.add(2, 1, 2, one, origin);
    table.add(1, 3, 1, two, origin);
    expect([...table.ordered()].map(({ line, count, commit }) => [line, count, commit])).toEqual([
      [1, 1, two],
      [2, 1, one],
      [3, 1, two],
    ]);
    expect(table.runs.map(({ line }) => line)).toEqual([2, 1, 3]);
    expect(table.known).toBe(3);
  });
});
