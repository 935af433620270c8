import type * as z from 'zod/mini';
import { liveDeployment } from '../../deploy/index.ts';
import { serviceName } from '../../protocol/catalog.ts';
import { incidentStates, type openIncident, type updateIncident } from '../../protocol/incident.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Reader, Transaction } from '../../store/types.ts';
import { runbookOf } from './automatic.ts';
import * as journal from './journal.ts';
import { findIncident, type IncidentRecord, incidentName } from './records.ts';

/** What people say of incidents. */

type Given<D extends { params: z.ZodMiniType }> = Omit<z.output<D['params']>, 'repository' | 'incident'>;
type NewByHand = Given<typeof openIncident>;
type Update = Given<typeof updateIncident>;

/** What was said of it, for those who follow incidents: `is identified`; and the note with it. */
export interface Said {
  readonly incident: IncidentRecord;
  readonly said: readonly string[];
}

/** Throws `not-found` for an item that is none, `invalid` for a name that no service can have. */
export function openByHand(transaction: Transaction, project: string, given: NewByHand, actor: string): IncidentRecord {
  const { title, severity, services, environment = null, item = null } = given;
  for (const name of services) {
    if (!serviceName.safeParse(name).success)
      throw new Failure('invalid', `${JSON.stringify(name)} is no name of a service.`, { hint: '`hearth services list` lists them.' });
  }
  if (item !== null) requireItem(transaction, project, item);
  const [service] = services;
  const live = service === undefined || environment === null ? undefined : liveDeployment(transaction, { project, environment, service });
  return journal.insertIncident(transaction, {
    ...{ project, title: title.trim(), severity, source: 'manual', services: [...new Set(services)], environment, item, actor },
    ...{ deployment: live?.id ?? null, commit: live?.commit ?? null, started: transaction.now },
    runbook: service === undefined ? null : runbookOf(transaction, project, service),
  });
}

/**
 * Throws `precondition` for one that was merged, `invalid` for a state that goes back (only to `investigating`, and only with a note) and
 * `not-found` for an item that is none. What it is already changes nothing.
 */
export function updateByHand(transaction: Transaction, project: string, named: string, update: Update, actor: string): Said {
  const incident = findIncident(transaction, project, named);
  refuseMerged(transaction, incident);
  const { state, severity, title, note, item, acknowledge } = update;
  const said: string[] = [];
  if (title !== undefined && title.trim() !== incident.title) {
    transaction.run('update incidents set title = ? where id = ?', [title.trim(), incident.id]);
    const renamed = { ...incident, title: title.trim() };
    journal.note(transaction, renamed, { actor, kind: 'note', text: `Renamed from: ${incident.title}` }, 'renamed', {
      from: incident.title,
    });
  }
  if (severity !== undefined && severity !== incident.severity) {
    transaction.run('update incidents set severity = ? where id = ?', [severity, incident.id]);
    const text = `Severity: ${severity} (was ${incident.severity})`;
    journal.note(transaction, incident, { actor, kind: 'severity', text }, 'severity', { from: incident.severity, to: severity });
    said.push(`is ${severity}`);
  }
  if (item !== undefined && item !== incident.item) link(transaction, incident, item, actor);
  if (acknowledge === true) journal.acknowledge(transaction, incident, actor);
  if (acknowledge === false) journal.takeBackAcknowledgement(transaction, incident, actor);
  if (state !== undefined && state !== incident.state) {
    refuseBack(incident, state, note);
    journal.enterState(transaction, incident, state, {
      actor,
      text: note === undefined ? stateWords[state] : `${stateWords[state]}: ${note}`,
      note,
    });
    // A person sees more than the monitors do: that they are well does not resolve it again.
    if (state === 'investigating') transaction.run('update incidents set recovered = null where id = ?', [incident.id]);
    said.push(`is ${state === 'investigating' ? 'being investigated again' : state === 'monitoring' ? 'fixed and watched' : state}`);
  } else if (note !== undefined) {
    journal.note(transaction, incident, { actor, kind: 'note', text: note }, 'noted', { text: journal.shortened(note) });
  }
  return { incident: journal.mustRead(transaction, incident.id), said };
}

/** Throws `precondition` when one of them was merged, when the second is resolved and the first is not, and `invalid` when they are one. */
export function mergeByHand(transaction: Transaction, project: string, named: string, into: string, actor: string): IncidentRecord {
  const from = findIncident(transaction, project, named);
  const target = findIncident(transaction, project, into);
  if (from.id === target.id) throw new Failure('invalid', 'An incident cannot be merged into itself.');
  refuseMerged(transaction, from);
  refuseMerged(transaction, target);
  if (target.resolved !== null && from.resolved === null) {
    throw new Failure('precondition', `${incidentName(target)} is resolved, ${incidentName(from)} is not.`, {
      hint: `Open it again first: \`hearth incident update ${incidentName(target)} --state investigating --note …\`, or merge the other way round.`,
    });
  }
  journal.mergeInto(transaction, from, target, actor);
  return journal.mustRead(transaction, target.id);
}

const stateWords = {
  investigating: 'Investigating again',
  identified: 'The cause is known',
  monitoring: 'Fixed: monitoring',
  resolved: 'Resolved',
} as const;

function refuseMerged(reader: Reader, incident: IncidentRecord): void {
  if (incident.mergedInto === null) return;
  const other = reader.get<{ number: number }>('select number from incidents where id = ?', [incident.mergedInto])?.number;
  throw new Failure('precondition', `${incidentName(incident)} goes on as I-${other}.`, { hint: `Say it of I-${other}.` });
}

function refuseBack({ state: from, ...incident }: IncidentRecord, to: (typeof incidentStates)[number], note: string | undefined): void {
  if (from === 'merged' || incidentStates.indexOf(to) > incidentStates.indexOf(from)) return;
  if (to !== 'investigating') {
    throw new Failure('invalid', `${incidentName(incident)} is ${from} already: it goes back only to investigating.`, {
      hint: '`--state investigating --note WHY` begins again.',
    });
  }
  if (note === undefined)
    throw new Failure('invalid', `Why is ${incidentName(incident)} investigated again?`, { hint: 'Say it in a note.' });
}

function link(transaction: Transaction, incident: IncidentRecord, item: number | null, actor: string): void {
  if (item !== null) requireItem(transaction, incident.project, item);
  transaction.run('update incidents set item = ? where id = ?', [item, incident.id]);
  const text = item === null ? 'No work item belongs to it any more' : `Work item ${item}: ${titleOf(transaction, incident.project, item)}`;
  journal.note(transaction, incident, { actor, kind: 'linked', text }, 'linked', { item });
}

function titleOf(reader: Reader, project: string, item: number): string | undefined {
  return reader.get<{ title: string }>('select title from items where project = ? and number = ?', [project, item])?.title;
}

function requireItem(reader: Reader, project: string, item: number): void {
  if (titleOf(reader, project, item) !== undefined) return;
  throw new Failure('not-found', `There is no work item ${item}.`, { hint: '`hearth work list` lists them.' });
}
