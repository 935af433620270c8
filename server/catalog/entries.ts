import type { CatalogEntry } from '../protocol/catalog.ts';
import type { Reader } from '../store/types.ts';
import { type Edges, reversed } from './graph.ts';
import { type CatalogRecord, defaultFacts, readRecords } from './records.ts';

/**
 * Which services a service of the project (its UUID) needs, directly, by name; each service of the catalog has a row, and only services of
 * the catalog are named. What is an orphan needs nothing any more, but is needed as long as somebody says so.
 */
export function needs(reader: Reader, project: string): Map<string, string[]> {
  return edgesOf(readRecords(reader, project));
}

export function edgesOf(records: readonly CatalogRecord[]): Map<string, string[]> {
  const names = new Set(records.map(({ name }) => name));
  return new Map(
    records.map(({ name, facts, orphan }) => [name, orphan === null ? (facts.dependsOn ?? []).filter((other) => names.has(other)) : []]),
  );
}

/** As the contract has them. */
export function entriesOf(records: readonly CatalogRecord[]): CatalogEntry[] {
  const edges: Edges = edgesOf(records);
  const back = reversed(edges);
  return records.map((record) => entryOf(record, edges, back));
}

function entryOf({ facts, ...record }: CatalogRecord, edges: Edges, back: Edges): CatalogEntry {
  const dependsOn = facts.dependsOn ?? [];
  return {
    ...record,
    type: facts.type ?? defaultFacts.type,
    owner: facts.owner ?? null,
    lifecycle: facts.lifecycle ?? defaultFacts.lifecycle,
    description: facts.description ?? null,
    links: facts.links ?? [],
    runbook: facts.runbook ?? null,
    dependsOn,
    dependedOnBy: [...(back.get(record.name) ?? [])],
    missing: dependsOn.filter((name) => !edges.has(name)),
  };
}
