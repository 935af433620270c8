import type { Detected } from '../compose/detect.ts';
import type { HearthConfig } from '../config/index.ts';
import type { ServiceFacts } from '../protocol/catalog.ts';
import type { Transaction } from '../store/types.ts';
import { type CatalogRecord, changedFacts, nextUpdate, readRecords, writeRecord } from './records.ts';

/**
 * Brings the catalog of a project (its UUID) to what was applied, by name, in the transaction of `config/apply`. What the file does not have
 * any more becomes an orphan and comes back under its name; what was added by hand stays, and is the file's once the file has it. So it is
 * with what was detected in compose files, except that what was added by hand, or stands in `hearth.yaml`, counts more. Each difference is an
 * event (`service`: `added`, `changed`, `orphaned`, `back`); without one nothing is written.
 */
export function applyCatalog(transaction: Transaction, project: string, config: HearthConfig, detected: readonly Detected[] = []): void {
  const known = new Map(readRecords(transaction, project).map((record) => [record.name, record]));
  for (const { name, facts, ...found } of detected) {
    const before = known.get(name);
    if (Object.hasOwn(config.catalog, name) || before?.source === 'manual') continue;
    known.delete(name);
    put(transaction, project, before, { name, facts, line: null, detected: found });
  }
  for (const [name, { facts, line }] of Object.entries(config.catalog)) {
    const before = known.get(name);
    known.delete(name);
    put(transaction, project, before, { name, facts, line });
  }
  for (const record of known.values()) {
    if (record.source !== 'file' || record.orphan !== null) continue;
    writeRecord(transaction, project, { ...record, orphan: transaction.now, line: null, updated: nextUpdate(transaction, record) });
    tell(transaction, project, record.name, 'orphaned', {});
  }
}

function put(
  transaction: Transaction,
  project: string,
  before: CatalogRecord | undefined,
  entry: Pick<CatalogRecord, 'name' | 'facts' | 'line' | 'detected'>,
): void {
  const { now } = transaction;
  const { name, facts, line, detected } = entry;
  const after: CatalogRecord = { ...entry, source: 'file', orphan: null, created: before?.created ?? now, updated: now };
  if (before === undefined) {
    writeRecord(transaction, project, after);
    tell(transaction, project, name, 'added', { source: 'file' });
    return;
  }
  const fields = changedFacts(before.facts, facts);
  const isTaken = before.source === 'manual';
  const isBack = before.orphan !== null;
  if (fields.length > 0 || isTaken || isBack) {
    writeRecord(transaction, project, { ...after, updated: nextUpdate(transaction, before) });
    // What somebody has written by hand is not lost without a trace.
    const replaced: { replaced?: ServiceFacts } = isTaken ? { replaced: before.facts } : {};
    tell(transaction, project, name, isBack ? 'back' : 'changed', { source: 'file', fields, ...replaced });
  } else if (before.line !== line || JSON.stringify(before.detected) !== JSON.stringify(detected))
    writeRecord(transaction, project, { ...after, updated: before.updated });
}

/** A row of the event log. */
export function tell(
  transaction: Transaction,
  project: string,
  name: string,
  kind: 'added' | 'changed' | 'orphaned' | 'back' | 'removed',
  payload: Readonly<Record<string, unknown>>,
): void {
  transaction.event({ project, entity: 'service', entityId: name, kind, payload: { name, ...payload } });
}
