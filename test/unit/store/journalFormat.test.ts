import { describe, expect, it } from 'vitest';
import { decodeHeader, decodeJournal, encodeHeader, encodeRecord, type JournalRecord } from '../../../server/store/journalFormat.ts';

const header = { fence: 3, part: 2, base: 40, previous: [{ file: '00000003-0001.journal', length: 1234 }] };
const record = (position: number): JournalRecord => ({
  position,
  time: 1_700_000_000_000 + position,
  fence: 3,
  schema: 1,
  changes: [[['insert into a values (?, ?)', [position, `text ${position}`]]]],
});
const records = [41, 42, 43].map(record);
const frames = [encodeHeader(header), ...records.map(encodeRecord)];
const whole = Buffer.concat(frames);
/** Where each frame ends. */
const ends = frames.map((_, index) => Buffer.concat(frames.slice(0, index + 1)).length);
const positionsOf = (bytes: Buffer) => {
  const content = decodeJournal(bytes);
  return {
    ...content,
    positions: [...content.records].map(({ position }) => position),
    after: content.stranded.map(({ position }) => position),
  };
};

describe('the journal format', () => {
  it('gives back what was written, values exactly', () => {
    const values = [
      null,
      '',
      'ünï\u0000cödé 🌍',
      0,
      -1,
      1.5,
      2 ** 53 - 1,
      1e300,
      -(2 ** 31) - 1,
      new Uint8Array([0, 255, 26]),
      new Uint8Array(),
    ];
    const written: JournalRecord = {
      position: 1,
      time: 2,
      fence: 3,
      schema: 4,
      changes: [
        [],
        [
          ['insert into a values (?)', values],
          ['delete from a', []],
        ],
        [['delete from a', [1]]],
      ],
    };
    const [read] = [...decodeJournal(Buffer.concat([encodeHeader(header), encodeRecord(written)])).records];
    const plain = JSON.parse(JSON.stringify(read, (_, value) => (value?.type === 'Buffer' ? value.data : value)));
    expect(plain).toEqual(JSON.parse(JSON.stringify(written, (_, value) => (value instanceof Uint8Array ? [...value] : value))));
    expect(decodeHeader(whole).header).toEqual(header);
    const replacement: JournalRecord = { position: 1, time: 2, fence: 3, schema: 4, replace: { name: 'x.replacement', sha256: 'ab' } };
    expect([...decodeJournal(Buffer.concat([encodeHeader(header), encodeRecord(replacement)])).records]).toEqual([replacement]);
  });

  it('writes each SQL text once per record', () => {
    const sql = 'insert into a_table_with_a_name (column_one, column_two) values (?, ?)';
    const changes = Array.from({ length: 10 }, (_, index) => [[sql, [index, index]] as const]);
    expect(encodeRecord({ position: 1, time: 1, fence: 1, schema: 1, changes }).toString().split('a_table_with_a_name')).toHaveLength(2);
  });

  it('keeps every whole record of a file that is cut at any byte', () => {
    for (let length = 0; length < whole.length; length += 1) {
      const kept = ends.filter((end) => end <= length).length;
      const { header: found, positions, ending, after, length: valid } = positionsOf(whole.subarray(0, length));
      expect(found === undefined).toBe(kept === 0);
      expect(positions).toEqual([41, 42, 43].slice(0, Math.max(0, kept - 1)));
      expect(valid).toBe(kept === 0 ? 0 : ends[kept - 1]);
      expect(ending).toBe(ends.includes(length) || length === 0 ? 'whole' : 'torn');
      expect(after).toEqual([]);
    }
  });

  it('finds every flipped bit, and tells the last record from one in the middle', () => {
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const hit = ends.findIndex((end) => bit >> 3 < end);
      const { header: found, positions, ending, after } = positionsOf(bytes);
      expect(found === undefined).toBe(hit === 0);
      expect(positions).toEqual(hit === 0 ? [] : [41, 42, 43].slice(0, hit - 1));
      expect(after).toEqual(hit === 0 ? [41, 42, 43] : [41, 42, 43].slice(hit));
      expect(ending).toBe(hit === ends.length - 1 ? 'flipped' : 'damaged');
    }
  });

  it('ignores what another process appends behind the length that counts', () => {
    const content = decodeJournal(Buffer.concat([whole, encodeRecord(record(44))]).subarray(0, whole.length));
    expect([[...content.records].length, content.ending]).toEqual([3, 'whole']);
  });
});
