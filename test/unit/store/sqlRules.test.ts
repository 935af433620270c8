import { describe, expect, it } from 'vitest';
import { checkSql, checkValues } from '../../../server/store/sqlRules.ts';

const refused = (kind: Parameters<typeof checkSql>[0], sql: string) => expect(() => checkSql(kind, sql), sql).toThrow();
const allowed = (kind: Parameters<typeof checkSql>[0], sql: string) => expect(() => checkSql(kind, sql), sql).not.toThrow();

describe('what SQL may do', () => {
  it('refuses in a change what replay could not repeat', () => {
    for (const value of [
      'random()',
      'hex(randomblob(8))',
      'current_timestamp',
      'CURRENT_DATE',
      "datetime('now')",
      'unixepoch()',
      'changes()',
    ]) {
      refused('change', `insert into a values (${value})`);
    }
    refused('change', 'update a set x = last_insert_rowid ( )');
    allowed('change', `insert into a (time, date, note) values (?, ?, 'random() at current_time')`);
    allowed('change', 'delete from a where time < ? -- random()');
  });

  it('refuses in a change what would leave its transaction', () => {
    for (const sql of ['begin', 'commit', 'pragma foreign_keys = off', 'vacuum', `attach 'x' as y`, 'create table a (x)', 'savepoint x']) {
      refused('change', sql);
    }
    refused('change', 'insert or rollback into a values (1)');
    refused('change', 'delete from a; delete from b');
    allowed('change', 'insert into a values (1);');
    allowed('change', 'insert or replace into releases (release) values (?)');
    allowed('change', 'with old as (select 1) delete from a where x in old');
  });

  it('lets readers only read', () => {
    for (const sql of [
      'delete from a',
      'with x as (select 1) insert into a select * from x',
      'pragma user_version = 1',
      'replace into a values (1)',
    ]) {
      refused('read', sql);
    }
    allowed('read', `select replace(x, 'a', 'b'), 'delete' from a`);
    allowed('read', 'with x as (select 1) select * from x');
    allowed('read', 'pragma table_info(a)');
  });

  it('lets migrations make tables but nothing that ends or outlives the transaction', () => {
    allowed('migration', 'create table a (x integer references b (x)) strict');
    allowed('migration', 'create trigger t after insert on a begin update b set x = 1; delete from c; end');
    for (const sql of ['begin immediate', 'pragma user_version = 2', 'vacuum', `attach 'x' as y`, 'create temp table a (x)', 'reindex']) {
      refused('migration', sql);
    }
    refused('migration', 'create table a (x integer references b (x) deferrable initially deferred)');
    refused('migration', `create trigger t after insert on a begin select raise(rollback, 'no'); end`);
    refused('migration', `update a set made = datetime('now')`);
  });

  it('refuses values that would not come back as they are', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1n, true, undefined, {}, new Date()]) {
      expect(() => checkValues([value as never]), String(value)).toThrow();
    }
    expect(() => checkValues([null, 'x', 1.5, -(2 ** 53) + 1, new Uint8Array(1)])).not.toThrow();
  });
});
