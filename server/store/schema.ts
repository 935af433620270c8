import type { Migration } from './migrations.ts';

/** Tables as of schema 1. Nothing is `autoincrement` or deferred; numbers are integers, times milliseconds since the epoch. */
const first = [
  // `ownerId`, `schema`.
  'create table meta (key text primary key, value text not null) strict, without rowid',
  // Answers given under an idempotency key, in the same change that it names; forgotten after a day.
  'create table request_keys (key text primary key, answer text, time integer not null) strict, without rowid',
  'create index request_keys_time on request_keys (time)',

  'create table projects (id text primary key, name text not null, root_commit text, remote text, created integer not null) strict, without rowid',
  // Git common directories that carry a project's id, as last seen.
  'create table repositories (common_dir text primary key, project text not null references projects (id), seen integer not null) strict, without rowid',
  // What the user trusts a connection to run for a repository.
  'create table trust (connection text not null, repository text not null, time integer not null, primary key (connection, repository)) strict, without rowid',

  `create table events (
    sequence integer primary key, time integer not null, actor text not null, correlation text not null, project text,
    entity text not null, entity_id text not null, kind text not null, payload text, payload_hash blob, salt blob not null, hash blob not null
  ) strict`,
  // Events that were moved to a sealed file (segmentFile.ts).
  `create table segments (
    first integer primary key, last integer not null, min_time integer not null, max_time integer not null,
    name text not null, size integer not null, sha256 text not null, head blob not null
  ) strict`,
] as const;

/** In order; the number of the last one is the schema this program writes. Released ones are never edited. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'identity, projects, event log',
    run: (database) => {
      for (const sql of first) database.run(sql);
    },
  },
];
