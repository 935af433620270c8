import type { CatalogEntry, DetectedService, ServiceFacts } from '../protocol/catalog.ts';
import type { Reader, Row, Transaction } from '../store/types.ts';

/** A row of `catalog_entries`. Times are milliseconds since the epoch. */
export interface CatalogRecord {
  readonly name: string;
  readonly source: CatalogEntry['source'];
  readonly facts: ServiceFacts;
  /** Where the applied `hearth.yaml` has it, from 1. */
  readonly line: number | null;
  /** Of a compose file. */
  readonly detected?: DetectedService;
  /** Since when its source is gone. */
  readonly orphan: number | null;
  readonly created: number;
  readonly updated: number;
}

interface Stored extends Row {
  name: string;
  source: string;
  facts: string;
  line: number | null;
  orphan: number | null;
  created: number;
  updated: number;
  detected: string | null;
}

const columns = 'name, source, facts, line, orphan, created, updated, detected';

/** All of a project (its UUID) by name. */
export function readRecords(reader: Reader, project: string): CatalogRecord[] {
  return reader.all<Stored>(`select ${columns} from catalog_entries where project = ? order by name`, [project]).map(recordOf);
}

export function readRecord(reader: Reader, project: string, name: string): CatalogRecord | undefined {
  const row = reader.get<Stored>(`select ${columns} from catalog_entries where project = ? and name = ?`, [project, name]);
  return row === undefined ? undefined : recordOf(row);
}

export function writeRecord(transaction: Transaction, project: string, record: CatalogRecord): void {
  const { name, source, facts, line, orphan, created, updated, detected } = record;
  transaction.run(
    `insert into catalog_entries (project, ${columns}) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
     on conflict (project, name) do update set source = excluded.source, facts = excluded.facts, line = excluded.line,
       orphan = excluded.orphan, updated = excluded.updated, detected = excluded.detected`,
    [
      project,
      name,
      source,
      JSON.stringify(facts),
      line,
      orphan,
      created,
      updated,
      detected === undefined ? null : JSON.stringify(detected),
    ],
  );
}

/** A time of change that no earlier look at the entry can have seen. */
export function nextUpdate({ now }: Transaction, before: CatalogRecord | undefined): number {
  return Math.max(now, (before?.updated ?? 0) + 1);
}

/** What counts where nobody says. */
export const defaultFacts = { type: 'other', lifecycle: 'production', links: [], dependsOn: [] } as const satisfies ServiceFacts;

/** Names of the facts that differ in what they come to. */
export function changedFacts(before: ServiceFacts, after: ServiceFacts): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof ServiceFacts>;
  const told = (facts: ServiceFacts, name: keyof ServiceFacts) => JSON.stringify({ ...defaultFacts, ...facts }[name]);
  return [...names].filter((name) => told(before, name) !== told(after, name)).sort();
}

function recordOf({ source, facts, detected, ...row }: Stored): CatalogRecord {
  const found = detected === null ? {} : { detected: JSON.parse(detected) as DetectedService };
  return { ...row, ...found, source: source === 'file' ? 'file' : 'manual', facts: JSON.parse(facts) as ServiceFacts };
}
