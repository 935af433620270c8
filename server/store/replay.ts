import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Failure } from '../rpc/failure.ts';
import type { Disk } from './disk.ts';
import type { JournalRecord } from './journalFormat.ts';
import type { Layout } from './layout.ts';
import { readSnapshot } from './snapshot.ts';
import { Sqlite } from './sqlite.ts';

/** A state while it is built from files. */
export interface State {
  sqlite: Sqlite;
  /** The last record that is in it. */
  position: number;
  schema: number;
  readonly snapshot: { readonly name: string; readonly position: number; readonly time: number } | undefined;
}

/** Records per transaction, after which the event loop turns. */
const perTransaction = 500;

/** Applies what comes after the state's position, without a gap. Answers true when the moment that was asked for is reached. */
export async function replay(
  disk: Disk,
  layout: Layout,
  state: State,
  file: string,
  records: Iterable<JournalRecord>,
  { newest, until = Number.POSITIVE_INFINITY }: { newest: number; until?: number },
): Promise<boolean> {
  let pending = 0;
  const flush = () => {
    if (pending > 0) state.sqlite.run('commit');
    pending = 0;
  };
  for (const record of records) {
    if (record.position <= state.position) continue;
    if (record.position !== state.position + 1) throw gap(file, state.position);
    refuseNewer(record.schema, newest);
    if (record.time > until) {
      flush();
      return true;
    }
    if ('replace' in record) flush();
    else if (pending === 0) state.sqlite.run('begin');
    await applyRecord(disk, layout, state, file, record);
    if ('changes' in record && ++pending === perTransaction) {
      flush();
      await setImmediate();
    }
  }
  flush();
  return false;
}

/** One record, inside a transaction unless it replaces everything. */
export async function applyRecord(disk: Disk, layout: Layout, state: State, file: string, record: JournalRecord): Promise<void> {
  if ('replace' in record) {
    const found = await readSnapshot(disk, path.join(layout.snapshots, record.replace.name)).catch(() => undefined);
    if (found?.sha256 !== record.replace.sha256) throw gap(record.replace.name, state.position);
    state.sqlite.close();
    state.sqlite = await Sqlite.open(found.image);
  } else {
    try {
      for (const statements of record.changes) for (const [sql, params] of statements) state.sqlite.run(sql, params);
    } catch (error) {
      throw new Failure('io', `The record ${record.position} of the journal ${file} cannot be replayed: ${(error as Error).message}.`, {
        hint: recoverHint,
        cause: error,
      });
    }
  }
  if (record.schema !== state.schema) state.sqlite.forgetStatements();
  state.position = record.position;
  state.schema = record.schema;
}

/** A newer Hearth wrote this: nothing of it is touched. */
export function refuseNewer(schema: number, newest: number): void {
  if (schema <= newest) return;
  throw new Failure('precondition', `This state was written by a newer Hearth (schema ${schema}, this one knows ${newest}).`, {
    hint: 'Update Hearth; nothing was changed.',
  });
}

const recoverHint = '`hearth store recover` shows what can be read and goes on with it; nothing was changed.';

export function gap(file: string, position: number): Failure {
  return new Failure('io', `The store is damaged: after change ${position}, ${file} cannot be read in order.`, { hint: recoverHint });
}
