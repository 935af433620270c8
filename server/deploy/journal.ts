import type { DeploymentState, Phase, Probe } from '../protocol/deployTypes.ts';
import { Failure } from '../rpc/failure.ts';
import type { Reader, Row, Transaction } from '../store/types.ts';
import { type DeployedContainer, type DeploymentRecord, liveDeployment, readDeployment, type ServiceKey } from './records.ts';

/** Everything that changes rows of deployments. Called within one change of the store each. */

export type Evidence = Readonly<Record<string, unknown>>;

/** How far a step came. */
export interface Step {
  readonly state: 'intent' | 'done';
  readonly evidence: Evidence;
}

/** The journal of a deployment: each step as it was noted last. */
export function stepsOf(reader: Reader, id: string): Map<string, Step> {
  const rows = reader.all<Row & { step: string; state: 'intent' | 'done'; evidence: string }>(
    'select step, state, evidence from deployment_steps where deployment = ? order by n',
    [id],
  );
  return new Map(rows.map(({ step, state, evidence }) => [step, { state, evidence: JSON.parse(evidence) as Evidence }]));
}

export function noteStep(transaction: Transaction, id: string, step: string, state: Step['state'], evidence: Evidence): void {
  transaction.run(
    `insert into deployment_steps (deployment, n, step, state, time, evidence)
    values (?1, (select coalesce(max(n), 0) + 1 from deployment_steps where deployment = ?1), ?2, ?3, ?4, ?5)`,
    [id, step, state, transaction.now, JSON.stringify(evidence)],
  );
}

type New = Pick<
  DeploymentRecord,
  | 'id'
  | 'run'
  | 'project'
  | 'projectName'
  | 'environment'
  | 'service'
  | 'engine'
  | 'repository'
  | 'commit'
  | 'subject'
  | 'config'
  | 'overrides'
  | 'specHash'
  | 'image'
  | 'imageId'
  | 'digest'
  | 'actor'
  | 'rollbackTo'
  | 'fence'
  | 'url'
>;

/** A new one, queued. It takes the place of those of the same service that wait, whatever their ids. */
export function enqueue(transaction: Transaction, given: New): DeploymentRecord {
  const { now } = transaction;
  const waiting = transaction.all<Row & { id: string }>(
    "select id from deployments where project = ? and environment = ? and service = ? and state = 'running' and phase = 'queued' and started is null",
    [given.project, given.environment, given.service],
  );
  const reason = `A newer deployment of ${given.service} was asked for.`;
  for (const { id } of waiting) end(transaction, id, { state: 'superseded', reason, hint: null }, { by: given.id });
  transaction.run(
    `insert into deployments (
      id, run, project, project_name, environment, service, engine, repository, commit_id, subject, config, overrides, spec_hash, image, image_id,
      digest, phase, state, actor, rollback_to, created, fence, resumed, canceling, phase_times, probes, containers, url, crashes, crash_loop
    ) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 'queued', 'running', ?17, ?18, ?19, ?20, 0, 0, ?21, '[]', '[]', ?22, '[]', 0)`,
    [
      ...[given.id, given.run, given.project, given.projectName, given.environment, given.service, given.engine, given.repository],
      ...[given.commit, given.subject, JSON.stringify(given.config), JSON.stringify(given.overrides), given.specHash, given.image],
      ...[given.imageId, given.digest, given.actor, given.rollbackTo, now, given.fence],
      ...[JSON.stringify([{ phase: 'queued', started: now, ended: null }]), given.url],
    ],
  );
  const record = mustRead(transaction, given.id);
  event(transaction, record, given.rollbackTo === null ? 'queued' : 'rollback', given.rollbackTo === null ? {} : { to: given.rollbackTo });
  return record;
}

/** Enters a phase; being in it already changes nothing. */
export function enterPhase(transaction: Transaction, id: string, phase: Phase): void {
  const record = mustRead(transaction, id);
  if (record.phase === phase) return;
  transaction.run('update deployments set phase = ?2, phase_times = ?3, progress = null where id = ?1', [
    id,
    phase,
    phaseTimesAfter(transaction, record, phase),
  ]);
}

/** Work on it begins. */
export function begin(transaction: Transaction, id: string, fence: number): void {
  const record = mustRead(transaction, id);
  transaction.run('update deployments set started = ?2, fence = ?3 where id = ?1', [id, transaction.now, fence]);
  enterPhase(transaction, id, 'preparing');
  event(transaction, record, 'started');
}

/** It is taken up again; one that was handed over in order does not count as a crash. */
export function takeUp(transaction: Transaction, id: string, fence: number): void {
  const record = mustRead(transaction, id);
  const last = transaction.get<Row & { step: string }>('select step from deployment_steps where deployment = ? order by n desc limit 1', [
    id,
  ]);
  const resumed = record.resumed + (last?.step === 'suspended' ? 0 : 1);
  const { now } = transaction;
  const before = record.phaseTimes.map((each) => ({ ...each, ended: each.ended ?? now }));
  const times = [...before, { phase: 'interrupted', started: now, ended: now }, { phase: record.phase, started: now, ended: null }];
  transaction.run('update deployments set fence = ?2, resumed = ?3, phase_times = ?4 where id = ?1', [
    id,
    fence,
    resumed,
    JSON.stringify(times),
  ]);
  event(transaction, record, 'resumed', { times: resumed });
}

/**
 * From now on it is the live one, and the one before is not: both in one change. Throws `cancelled` when it is to be stopped, `conflict` when
 * something else is live by now.
 */
export function promote(transaction: Transaction, id: string, expected: string | null): void {
  const record = mustRead(transaction, id);
  if (record.canceling) throw new Failure('cancelled', 'Cancelled.');
  const previous = liveDeployment(transaction, record);
  if ((previous?.id ?? null) !== expected) throw new Failure('conflict', `Something else of ${record.service} is live by now.`);
  if (previous !== undefined) {
    transaction.run("update deployments set state = 'retired' where id = ?", [previous.id]);
    event(transaction, previous, 'retired', { by: id });
  }
  transaction.run("update deployments set state = 'live', live_since = ?2 where id = ?1", [id, transaction.now]);
  enterPhase(transaction, id, 'draining');
  event(transaction, record, 'live', { ...(record.image === null ? {} : { image: record.image }) });
}

/** Undoes a promotion: what was live before is so again. */
export function demote(transaction: Transaction, id: string, previous: string, why: Ending): void {
  end(transaction, id, { ...why, state: 'rolled-back' });
  transaction.run("update deployments set state = 'live' where id = ? and state = 'retired'", [previous]);
}

interface Ending {
  readonly reason: string | null;
  readonly hint: string | null;
}

/** Its work has ended. A live one stays live. */
export function end(
  transaction: Transaction,
  id: string,
  { state, reason, hint }: Ending & { readonly state: Exclude<DeploymentState, 'running' | 'retired' | 'removed'> },
  more: Readonly<Record<string, unknown>> = {},
): void {
  const record = mustRead(transaction, id);
  transaction.run(
    `update deployments set state = ?2, phase = ?2, reason = ?3, hint = ?4, ended = ?5, canceling = 0, progress = null, phase_times = ?6 where id = ?1`,
    [id, state, reason, hint, transaction.now, phaseTimesAfter(transaction, record, state, transaction.now)],
  );
  if (state !== 'live') event(transaction, record, state, { ...(reason === null ? {} : { reason }), ...more });
}

/** Asks one on its way to stop. One that had not begun has ended by now; one that had ended stays as it is. Throws `precondition` when it is live. */
export function askToCancel(transaction: Transaction, id: string): void {
  const record = mustRead(transaction, id);
  if (record.state === 'live') {
    throw new Failure('precondition', `${record.service} has been switched to this deployment already.`, {
      hint: `Go back instead: \`hearth deploy rollback ${record.environment} ${record.service}\`.`,
    });
  }
  if (record.ended !== null) return;
  if (record.started === null) {
    end(transaction, id, { state: 'canceled', reason: null, hint: null });
    return;
  }
  transaction.run('update deployments set canceling = 1 where id = ?', [id]);
}

/** Nothing of a service shall run any more. Answers what was live. */
export function removeService(transaction: Transaction, key: ServiceKey): DeploymentRecord | undefined {
  const live = liveDeployment(transaction, key);
  if (live === undefined) return undefined;
  transaction.run("update deployments set state = 'removed', crash_loop = 0 where id = ?", [live.id]);
  noteStep(transaction, live.id, 'remove', 'intent', {});
  event(transaction, live, 'removed');
  return live;
}

export function keepImage(
  transaction: Transaction,
  id: string,
  { image, imageId, digest }: { image: string; imageId: string; digest: string | null },
): void {
  transaction.run('update deployments set image = ?2, image_id = ?3, digest = ?4 where id = ?1', [id, image, imageId, digest]);
}

export function keepContainers(transaction: Transaction, id: string, containers: readonly DeployedContainer[]): void {
  transaction.run('update deployments set containers = ?2 where id = ?1', [id, JSON.stringify(containers)]);
}

export function keepProbes(transaction: Transaction, id: string, probes: readonly Probe[]): void {
  transaction.run('update deployments set probes = ?2 where id = ?1', [id, JSON.stringify(probes)]);
}

function phaseTimesAfter(transaction: Transaction, record: DeploymentRecord, phase: Phase, ended: number | null = null): string {
  const times = record.phaseTimes.map((each) => ({ ...each, ended: each.ended ?? transaction.now }));
  return JSON.stringify([...times, { phase, started: transaction.now, ended }]);
}

function event(transaction: Transaction, record: DeploymentRecord, kind: string, more: Readonly<Record<string, unknown>> = {}): void {
  const { environment, service, commit, run, project, id } = record;
  transaction.event({ project, entity: 'deployment', entityId: id, kind, payload: { environment, service, commit, run, ...more } });
}

function mustRead(reader: Reader, id: string): DeploymentRecord {
  const record = readDeployment(reader, id);
  if (record === undefined) throw new Failure('not-found', `There is no deployment ${id}.`);
  return record;
}
