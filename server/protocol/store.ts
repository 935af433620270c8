import * as z from 'zod/mini';
import { request } from './message.ts';

/** Messages about the store: what it holds, backups, restore, the archive. Times are milliseconds since the epoch, sizes bytes. */

const table = z.object({ name: z.string(), rows: z.int() });

export const info = request({
  method: 'store/info',
  purpose: 'Say how large the store is, what it holds and what was found wrong with its files.',
  where: 'hub',
  params: z.strictObject({}),
  result: z.object({
    home: z.string(),
    /** Made with the store; stamped on everything that Hearth creates elsewhere. */
    ownerId: z.string(),
    schema: z.int(),
    tables: z.array(table),
    /** The last journal record (log sequence number) and the snapshot that start-up would read. */
    position: z.int(),
    snapshot: z.optional(z.object({ name: z.string(), position: z.int(), time: z.int() })),
    size: z.object({
      database: z.int(),
      journals: z.int(),
      snapshots: z.int(),
      segments: z.int(),
      backups: z.int(),
      quarantine: z.int(),
    }),
    /** Journal records since the newest snapshot. */
    records: z.int(),
    /** Damaged files, kept under other names; and what was found at start-up, in a sentence each. */
    quarantined: z.array(z.string()),
    warnings: z.array(z.string()),
  }),
});

export const migrate = request({
  method: 'store/migrate',
  purpose: 'Try the pending migrations on a copy in memory and say what they would change. Nothing is written.',
  params: z.strictObject({ dryRun: z.literal(true) }),
  result: z.object({
    from: z.int(),
    to: z.int(),
    steps: z.array(z.object({ version: z.int(), name: z.string(), statements: z.int() })),
    integrity: z.string(),
    foreignKeys: z.int(),
    tables: z.array(z.object({ name: z.string(), before: z.optional(z.int()), after: z.optional(z.int()) })),
    schemaDifference: z.array(z.string()),
  }),
});

export const diagnose = request({
  method: 'store/diagnose',
  purpose: 'Say whether the store can be opened, and what `store/recover` would keep and leave out. Writes nothing.',
  params: z.strictObject({}),
  result: z.object({
    /** `damaged`: it is not opened before `store/recover`. */
    state: z.enum(['whole', 'damaged']),
    /** Why it is not opened, in one sentence. */
    problem: z.optional(z.string()),
    /** The last change that can be read in order, and how many after it cannot. */
    position: z.int(),
    lost: z.int(),
    /** Files that would be put aside. */
    damaged: z.array(z.string()),
  }),
});

export const recover = request({
  method: 'store/recover',
  purpose: 'Open a store whose journal is damaged in the middle with what is readable; the damaged file is kept in quarantine.',
  confirm: 'Changes written after the damage cannot be read and would be left out. `hearth store recover` without `--yes` shows how many.',
  params: z.strictObject({}),
  result: z.object({ position: z.int(), lost: z.int(), quarantined: z.array(z.string()) }),
});

const backupRow = z.object({
  name: z.string(),
  time: z.int(),
  why: z.enum(['daily', 'migration', 'restore', 'manual']),
  schema: z.int(),
  position: z.int(),
  size: z.int(),
  /** Opened and checked after it was written. */
  verified: z.boolean(),
});

export const backups = request({
  method: 'backup/list',
  purpose: 'List the backups and the span of time that can be restored to any moment.',
  where: 'hub',
  params: z.strictObject({}),
  result: z.object({ backups: z.array(backupRow), span: z.optional(z.object({ from: z.int(), to: z.int() })) }),
});

export const createBackup = request({
  method: 'backup/create',
  purpose: 'Write a backup now and check it by opening it.',
  where: 'hub',
  params: z.strictObject({ /** Also copy it to this file. */ path: z.optional(z.string()) }),
  result: z.object({ backup: backupRow }),
});

export const verifyBackup = request({
  method: 'backup/verify',
  purpose: 'Open a backup and check it: its digest, the database, references, the chain of its events.',
  where: 'hub',
  params: z.strictObject({ name: z.string() }),
  result: z.object({ backup: backupRow, problems: z.array(z.string()) }),
});

/** A backup by name, a file from elsewhere, or a moment. */
export const restoreSource = z.union([
  z.strictObject({ name: z.string() }),
  z.strictObject({ path: z.string() }),
  z.strictObject({ time: z.int() }),
]);

export const previewRestore = request({
  method: 'backup/preview',
  purpose: 'Say what a restore would change: rows per table now and then, events that would be undone, whose identity the backup carries.',
  where: 'hub',
  params: z.strictObject({ source: restoreSource }),
  result: z.object({
    time: z.int(),
    schema: z.int(),
    tables: z.array(z.object({ name: z.string(), now: z.int(), restored: z.int() })),
    eventsUndone: z.int(),
    ownerId: z.object({ now: z.string(), restored: z.string() }),
  }),
});

export const restore = request({
  method: 'backup/restore',
  purpose: 'Replace the state by that of a backup or a moment. A backup of the present is written first.',
  where: 'hub',
  confirm: 'Everything changed since then would be undone; a backup of the present is written first.',
  params: z.strictObject({
    source: restoreSource,
    /** `move`: this home goes on as the one the backup was made of. `copy`: it gets a new identity, the other one lives on. */
    identity: z.enum(['move', 'copy']),
  }),
  result: z.object({ backup: z.string(), position: z.int(), eventsUndone: z.int() }),
});

export const exportArchive = request({
  method: 'store/export',
  purpose: 'Write everything as one archive of JSON lines (documented in the README).',
  where: 'hub',
  params: z.strictObject({ path: z.string() }),
  result: z.object({ path: z.string(), rows: z.int(), size: z.int() }),
});

export const importArchive = request({
  method: 'store/import',
  purpose: 'Replace the state by that of an archive. A backup of the present is written first.',
  where: 'hub',
  confirm: 'Everything in the store would be replaced; a backup of the present is written first.',
  params: z.strictObject({ path: z.string(), identity: z.enum(['move', 'copy']) }),
  result: z.object({ backup: z.string(), rows: z.int() }),
});
