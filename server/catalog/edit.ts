import { addressProblem } from '../config/index.ts';
import type { removeService, saveService } from '../protocol/catalog.ts';
import type { ParamsOf } from '../protocol/message.ts';
import { Failure } from '../rpc/failure.ts';
import type { Transaction } from '../store/types.ts';
import { tell } from './apply.ts';
import { type CatalogRecord, changedFacts, nextUpdate, readRecord, writeRecord } from './records.ts';

type Save = Omit<ParamsOf<typeof saveService>, 'repository'>;
type Remove = Omit<ParamsOf<typeof removeService>, 'repository'>;

/**
 * Adds a service by hand or changes one. An orphan of the file becomes one by hand. Throws `conflict` for one of the file and for one that
 * somebody else has changed, `invalid` for facts that cannot be.
 */
export function save(transaction: Transaction, project: string, { name, facts, change, seen }: Save): void {
  const mistake = mistakeOf(name, facts);
  if (mistake !== undefined) throw new Failure('invalid', mistake, { hint: 'Nothing was changed.' });
  const before = readRecord(transaction, project, name);
  if (before !== undefined && before.source === 'file' && before.orphan === null) throw ofFile(before, 'change it there');
  if ((before?.updated ?? null) !== seen) throw overtaken(name, before);
  const fields = changedFacts(before?.facts ?? {}, facts);
  if (before !== undefined && before.source === 'manual' && fields.length === 0) return;
  const { now } = transaction;
  const updated = nextUpdate(transaction, before);
  writeRecord(transaction, project, { name, source: 'manual', facts, line: null, orphan: null, created: before?.created ?? now, updated });
  const kind = before === undefined ? 'added' : before.orphan === null ? 'changed' : 'back';
  tell(transaction, project, name, kind, { source: 'manual', fields, change });
}

/** Answers whether there was one. Throws `conflict` for one of the file. */
export function remove(transaction: Transaction, project: string, { name, change }: Remove): boolean {
  const before = readRecord(transaction, project, name);
  if (before === undefined) return false;
  if (before.source === 'file' && before.orphan === null) throw ofFile(before, 'take it out there');
  transaction.run('delete from catalog_entries where project = ? and name = ?', [project, name]);
  tell(transaction, project, name, 'removed', { change });
  return true;
}

function mistakeOf(name: string, { dependsOn = [], links = [], runbook }: Save['facts']): string | undefined {
  if (dependsOn.includes(name)) return `${name} cannot need itself.`;
  const doubled = dependsOn.find((each, index) => dependsOn.indexOf(each) < index);
  if (doubled !== undefined) return `${doubled} is named twice.`;
  for (const { title, url } of links) {
    const problem = addressProblem(url);
    if (problem !== undefined) return `The address of the link “${title}” ${problem}.`;
  }
  const problem = runbook === undefined ? undefined : addressProblem(runbook);
  return problem === undefined ? undefined : `The address of the runbook ${problem}.`;
}

function ofFile({ name, detected }: CatalogRecord, what: string): Failure {
  const file = detected?.file ?? 'hearth.yaml';
  return new Failure('conflict', `${name} is of ${file}.`, { hint: `Open ${file} and ${what}, then apply it.` });
}

function overtaken(name: string, before: CatalogRecord | undefined): Failure {
  const now = before === undefined ? 'is not in the catalog any more' : 'was changed, or added, by somebody else meanwhile';
  return new Failure('conflict', `${name} ${now}.`, { hint: 'Look at it and decide again; nothing was changed.' });
}
