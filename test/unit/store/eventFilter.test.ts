import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { appendEvent, type EventRow, eventColumns, eventHash, genesis, hex } from '../../../server/store/eventChain.ts';
import { auditLineOf, conditions, type EventFilter, eventOf, matcher, rowOf } from '../../../server/store/eventFilter.ts';
import { migrations } from '../../../server/store/schema.ts';
import { Sqlite } from '../../../server/store/sqlite.ts';

const words = ['alpha', 'Beta', 'GAMMA 100%', 'under_score', 'quote"d', 'back\\slash', 'Straße', 'Été', 'tab\there', '{"a":1}', ''];
let sqlite: Sqlite;
let rows: EventRow[];

beforeAll(async () => {
  sqlite = await Sqlite.open();
  for (const migration of migrations) migration.run(sqlite);
  let time = 1_700_000_000_000;
  for (const [at, word] of words.entries()) {
    for (const other of words) {
      time += at % 3 === 0 ? -1000 : 7000;
      const author = { actor: at % 2 === 0 ? 'cli' : 'window', correlationId: `c-${at}` };
      const payload = { text: word, nested: { list: [other, at, null, true] } };
      appendEvent(sqlite, author, time, {
        entity: 'note',
        entityId: `${word}-${at}`,
        kind: `kind ${other}`,
        payload,
        project: at % 4 === 0 ? 'p' : undefined,
      });
    }
  }
  rows = sqlite.all<EventRow>(`select ${eventColumns} from events order by sequence`);
});

describe('filters of the event log', () => {
  test('say the same in SQL and in code, whatever is asked', () => {
    const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const filters: fc.Arbitrary<EventFilter> = fc.record({
      text: optional(fc.constantFrom(...words, 'alph', 'BETA', 'strasse', 'STRASSE', 'été', '%', '_', 'nested', '"', '100')),
      project: optional(fc.constantFrom('p', 'q')),
      kind: optional(fc.constantFrom(...words.map((word) => `kind ${word}`))),
      actor: optional(fc.constantFrom('cli', 'window')),
      entityId: optional(fc.constantFrom('alpha-0', 'Beta-1')),
      correlationId: optional(fc.constantFrom('c-1', 'c-2')),
      since: optional(fc.constantFrom(1_700_000_000_000, 1_700_000_100_000)),
      until: optional(fc.constantFrom(1_700_000_100_000, 1_700_000_300_000)),
    });
    fc.assert(
      fc.property(filters, (filter) => {
        const { where, params } = conditions(filter);
        const condition = where.length === 0 ? '' : `where ${where.join(' and ')}`;
        const inSql = sqlite
          .all<EventRow>(`select ${eventColumns} from events ${condition} order by sequence`, params)
          .filter(matcher(filter));
        expect(inSql.map(({ sequence }) => sequence)).toEqual(rows.filter(matcher(filter)).map(({ sequence }) => sequence));
      }),
      { numRuns: 300 },
    );
  });

  test('text is found in values whatever their case, not in names', () => {
    const found = (text: string) => rows.filter(matcher({ text })).length;
    expect(found('beta')).toBeGreaterThan(0);
    expect(found('ÉTÉ')).toBe(found('été'));
    expect(found('été')).toBeGreaterThan(0);
    expect(found('nested')).toBe(0);
    expect(found('100%')).toBeGreaterThan(0);
    expect(found('100_')).toBe(0);
  });
});

describe('the chain', () => {
  test('each row follows the one before; a line of an export is the row again', () => {
    let previous = genesis;
    for (const row of rows) {
      expect(eventHash(row, previous)).toBe(hex(row.hash));
      expect(eventHash(rowOf(JSON.parse(JSON.stringify(auditLineOf(row)))), previous)).toBe(hex(row.hash));
      previous = hex(row.hash);
    }
  });

  test('each field is covered by the hash', () => {
    const row = rows[5] as EventRow;
    const changed: Partial<EventRow>[] = [
      { sequence: 7 },
      { time: row.time + 1 },
      { actor: 'other' },
      { correlation: 'other' },
      { project: 'other' },
      { entity: 'other' },
      { entity_id: 'other' },
      { kind: 'other' },
      { payload: '{}' },
      { salt: new Uint8Array(16) },
      { payload_hash: new Uint8Array(32) },
    ];
    const hashes = [row, ...changed.map((change) => ({ ...row, ...change }))].map((each) => eventHash(each, genesis));
    expect(new Set(hashes).size).toBe(changed.length + 1);
    expect(eventHash(row, 'f'.repeat(64))).not.toBe(hashes[0]);
  });

  test('an erased payload keeps its hash, and shows as empty', () => {
    const row = rows[3] as EventRow;
    const previous = hex((rows[2] as EventRow).hash);
    const bytes = Buffer.concat([row.salt, Buffer.from(row.payload ?? '')]);
    const erased: EventRow = { ...row, payload: null, payload_hash: new Uint8Array(createHash('sha256').update(bytes).digest()) };
    expect(eventHash(erased, previous)).toBe(hex(row.hash));
    expect(eventOf(erased).payload).toEqual({});
    expect(rowOf(JSON.parse(JSON.stringify(auditLineOf(erased))))).toMatchObject({ payload: null, sequence: row.sequence });
  });

  test('text that SQLite cannot keep is stored as it will be read', () => {
    const sequence = appendEvent(sqlite, { actor: 'a\0b', correlationId: '\ud800' }, 1, {
      entity: 'e',
      entityId: 'x\0y',
      kind: 'k',
      payload: { '\ud800': '\0' },
    });
    const row = sqlite.get<EventRow>(`select ${eventColumns} from events where sequence = ?`, [sequence]) as EventRow;
    expect(row).toMatchObject({ actor: 'a\ufffdb', correlation: '\ufffd', entity_id: 'x\ufffdy' });
    expect(eventHash(row, hex((rows.at(-1) as EventRow).hash))).toBe(hex(row.hash));
    expect(eventOf(row).payload).toEqual({ '\ud800': '\0' });
  });
});
